"""Encode the sealed parts of a value to bytes, with their exact types, and back.

MessagePack (msgspec) carries the types it has; each of the others is an extension type of ours, listed in ``_Ext``
and in docs/format.md. Objects of classes that are not listed go through Airflow's own serialisation, whose list of
allowed classes decides what may be rebuilt. There is no pickle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import IntEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from secure_xcom.errors import PayloadError, SecureXComError, Tampered, translated
from secure_xcom.model.value import JSON, Part
from secure_xcom.payload.serde import unmarked
from secure_xcom.secret import Secret

_INT64: Final = range(-(2**63), 2**64)
"""Integers that MessagePack holds (its specification, "Integer")."""


class _Ext(IntEnum):
    TUPLE = 1
    SET = 2
    FROZENSET = 3
    PAIRS = 4  # a dict whose keys are not all strings
    INT = 5
    TEXT = 6  # a string with lone surrogates, which UTF-8 cannot hold
    BYTEARRAY = 7
    COMPLEX = 8
    DECIMAL = 9
    UUID = 10
    DATE = 11
    TIME = 12
    DATETIME = 13
    TIMEDELTA = 14
    OBJECT = 15  # Airflow's encoding of an object


def encode_parts(parts: Sequence[Part], encode_object: Callable[[object], JSON]) -> bytes:
    """Return the bytes of ``parts``.

    Raises what ``encode_object`` raises, and ``RecursionError`` for a value nested too deeply.
    """
    packer = _Packer(encode_object)
    return packer.dump([[packer.pack(list(part.path)), part.encoded, packer.pack(part.value)] for part in parts])


def decode_parts(data: bytes, decode_object: Callable[[JSON], object]) -> list[Part]:
    """Return the parts that ``encode_parts`` encoded.

    Raises ``Tampered`` for bytes of another shape, and what ``decode_object`` raises.
    """
    unpacker = _Unpacker(decode_object)
    with translated(_MALFORMED, into=_unreadable):
        rows = unpacker.load(data)
        return [_part(row) for row in rows] if isinstance(rows, list) else [_part(rows)]


_MALFORMED: Final = (
    msgspec.DecodeError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the decoder and the readers of extension types raise for bytes that no writer writes."""


def _unreadable(error: Exception) -> SecureXComError:
    if isinstance(error, RecursionError):
        return PayloadError("the sealed value is nested too deeply to be rebuilt in this task")
    return Tampered("the sealed object's content is not in the format that this version reads")


def _part(row: object) -> Part:
    match row:
        case [list(path), bool(encoded), value] if all(type(step) in (str, int) for step in path):
            return Part(path=tuple(path), encoded=encoded, value=value)
    raise Tampered("the sealed object's content is not a list of parts")


class _Packer:
    def __init__(self, encode_object: Callable[[object], JSON]) -> None:
        self._encode_object = encode_object
        self.dump = msgspec.msgpack.Encoder().encode

    def pack(self, value: object) -> object:
        """Return ``value`` in types that MessagePack holds exactly."""
        # Exact types: a subclass is another type to the consumer, and Airflow knows what becomes of it.
        if value is None or type(value) in (bool, float, bytes):
            return value
        if isinstance(value, str) and type(value) is str:
            return self._text(value)
        if isinstance(value, int) and type(value) is int:
            return value if value in _INT64 else self._ext(_Ext.INT, hex(value))
        if isinstance(value, Secret):
            return self.pack(value.reveal())
        if isinstance(value, dict):
            return self._dict(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._sequence(value)
        return self._scalar(value)

    def _ext(self, code: _Ext, content: object) -> msgspec.msgpack.Ext:
        return msgspec.msgpack.Ext(int(code), self.dump(content))

    def _text(self, text: str) -> object:
        try:
            text.encode()
        except UnicodeEncodeError:
            return self._ext(_Ext.TEXT, text.encode("utf-8", "surrogatepass"))
        return text

    def _dict(self, value: dict[object, object]) -> object:
        # Exact strings that UTF-8 holds can be keys of a MessagePack map; anything else goes as pairs.
        if all(type(key) is str and key.isascii() for key in value):
            return {key: self.pack(item) for key, item in value.items()}
        return self._ext(_Ext.PAIRS, [[self.pack(key), self.pack(item)] for key, item in value.items()])

    def _sequence(self, value: list[object] | tuple[object, ...] | set[object] | frozenset[object]) -> object:
        items = [self.pack(item) for item in value]
        if isinstance(value, list):
            return items
        if isinstance(value, tuple):
            return self._ext(_Ext.TUPLE, items)
        return self._ext(_Ext.SET if isinstance(value, set) else _Ext.FROZENSET, items)

    def _scalar(self, value: object) -> object:
        match value:
            case bytearray():
                return self._ext(_Ext.BYTEARRAY, bytes(value))
            case complex():
                exact = complex.__complex__(value)
                return self._ext(_Ext.COMPLEX, [exact.real, exact.imag])
            case Decimal():
                return self._ext(_Ext.DECIMAL, str(value))
            case UUID():
                return self._ext(_Ext.UUID, value.bytes)
        # Exact types only: pendulum's subclasses keep their class through Airflow's encoding.
        if type(value) is dt.date:
            return self._ext(_Ext.DATE, value.isoformat())
        if type(value) is dt.timedelta:
            return self._ext(_Ext.TIMEDELTA, [value.days, value.seconds, value.microseconds])
        if type(value) is dt.datetime and (zone := _zone(value.tzinfo)) is not None:
            return self._ext(_Ext.DATETIME, [value.replace(tzinfo=None).isoformat(), value.fold, self.pack(zone)])
        if type(value) is dt.time and (zone := _zone(value.tzinfo)) is not None:
            return self._ext(_Ext.TIME, [value.replace(tzinfo=None).isoformat(), value.fold, self.pack(zone)])
        return self._object(self._encode_object(value))

    def _object(self, content: JSON) -> object:
        """Airflow encodes an enum or a subclass of a primitive type as the primitive: keep that, as it does."""
        if isinstance(content, bool):
            return content
        # A subclass may print itself as something else; these slots of the primitive types give what it is.
        if isinstance(content, str):
            return self._text(str.__str__(content))
        if isinstance(content, int):
            return self.pack(int.__int__(content))
        if isinstance(content, float):
            return float.__float__(content)
        return self._ext(_Ext.OBJECT, self.pack(unmarked(content)))


class _Unpacker:
    def __init__(self, decode_object: Callable[[JSON], object]) -> None:
        self._decode_object = decode_object
        self.load = msgspec.msgpack.Decoder(ext_hook=self._unpack).decode

    def _unpack(self, code: int, data: memoryview) -> object:
        content = self.load(data)
        if code == _Ext.OBJECT:
            return self._decode_object(content)
        kind, read = _READERS.get(code, (None, None))
        if kind is None or read is None:
            raise Tampered("the sealed object's content has a type that this version does not know")
        if type(content) is not kind:
            raise Tampered("the sealed object's content holds a malformed value")
        return read(content)


def _zone(zone: dt.tzinfo | None) -> str | float | bool | list[object] | None:
    """Name a time zone: ``False`` for a naive value, an offset in seconds, that and a name of its own, or a key of the
    time zone database; ``None`` if it is of another kind."""
    if zone is None:
        return False
    if type(zone) is dt.timezone:
        offset = zone.utcoffset(None)
        seconds, name = offset.total_seconds(), zone.tzname(None)
        return seconds if name == dt.timezone(offset).tzname(None) else [seconds, name]
    if type(zone) is ZoneInfo and zone.key is not None:
        return zone.key
    return None


def _tzinfo(zone: object) -> dt.tzinfo | None:
    if zone is False:
        return None
    if isinstance(zone, str):
        return ZoneInfo(zone)
    if isinstance(zone, list):
        seconds, name = zone
        return dt.timezone(dt.timedelta(seconds=seconds), name)
    if isinstance(zone, float):
        return dt.timezone(dt.timedelta(seconds=zone))
    raise Tampered("the sealed object's content names no time zone")


_READERS: Final[dict[int, tuple[type, Callable[..., object]]]] = {
    _Ext.TUPLE: (list, tuple),
    _Ext.SET: (list, set),
    _Ext.FROZENSET: (list, frozenset),
    _Ext.PAIRS: (list, dict),
    _Ext.INT: (str, lambda text: int(text, 16)),
    _Ext.TEXT: (bytes, lambda data: data.decode("utf-8", "surrogatepass")),
    _Ext.BYTEARRAY: (bytes, bytearray),
    _Ext.COMPLEX: (list, lambda pair: complex(*pair)),
    _Ext.DECIMAL: (str, Decimal),
    _Ext.UUID: (bytes, lambda data: UUID(bytes=data)),
    _Ext.DATE: (str, dt.date.fromisoformat),
    _Ext.TIME: (list, lambda row: dt.time.fromisoformat(row[0]).replace(fold=row[1], tzinfo=_tzinfo(row[2]))),
    _Ext.DATETIME: (list, lambda row: dt.datetime.fromisoformat(row[0]).replace(fold=row[1], tzinfo=_tzinfo(row[2]))),
    _Ext.TIMEDELTA: (list, lambda row: dt.timedelta(days=row[0], seconds=row[1], microseconds=row[2])),
}
"""Of each extension type, the type that its content must have and what makes the value of it. Without the first,
``bytearray`` would take a number for a size, and fill the memory with zeros."""
