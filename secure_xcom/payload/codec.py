"""The sealed parts of a row to bytes, and back.

MessagePack (msgspec) carries Airflow's encoding as it is; each type that neither JSON nor MessagePack has is an
extension type, listed in ``_Ext`` and in docs/format.md. There is no pickle, and nothing here names code to run.
"""

from __future__ import annotations

import datetime as dt
from enum import IntEnum
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import msgspec

from secure_xcom.errors import PayloadError, Tampered, translated
from secure_xcom.model.pieces import Pieces
from secure_xcom.model.value import BINARY, Extension, ExtensionKind, Node
from secure_xcom.payload.buffers import Opened, Unsealed
from secure_xcom.payload.foreign import guarded, name_of
from secure_xcom.payload.parts import InDict, InList, InObject, Large, Part, Root

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_INT64: Final = range(-(2**63), 2**64)
"""Integers that MessagePack holds (its specification, "Integer")."""


class _Ext(IntEnum):
    MAP = 1  # a dict with a key that has lone surrogates
    PAIRS = ExtensionKind.PAIRS  # a dict that Airflow refuses
    INT = 3
    TEXT = 4  # a string with lone surrogates, which UTF-8 cannot hold
    BYTES = ExtensionKind.BYTES
    BYTEARRAY = ExtensionKind.BYTEARRAY
    COMPLEX = ExtensionKind.COMPLEX
    TIME = ExtensionKind.TIME
    BLOB = 9  # bytes that stand in a buffer


_IN_BUFFERS: Final = frozenset((_Ext.BLOB, *BINARY))

_MALFORMED: Final = (
    msgspec.DecodeError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    OSError,
    RecursionError,
)


_INLINE: Final = 4096
"""Bytes up to which a ``bytes`` stands within the tree."""


def encode_parts(parts: Root) -> Unsealed:
    """Encode ``parts``. Raises ``PayloadError`` for a value nested too deeply, or a table that Arrow cannot hold."""
    packer = _Packer()
    with translated(RecursionError, into=lambda _: PayloadError("the value is nested too deeply, or contains itself")):
        try:
            # MessagePack has a form for nearly all that values hold.
            packer.unsealed.tree = packer.dump(parts)
        except (OverflowError, UnicodeEncodeError):
            packer = _Packer()
            packer.unsealed.tree = packer.dump(packer.branch(parts))
    return packer.unsealed


def decode_parts(opened: Opened) -> tuple[Root, bool]:
    """Return the parts that ``encode_parts`` encoded, and whether there are extensions among them.

    Raises ``Tampered`` for bytes of another shape, and ``MissingDependency`` for what this worker has no library for.
    """
    with translated(_MALFORMED, into=_unreadable):
        unpacker = _Unpacker(opened)
        return unpacker.parts(), unpacker.has_extensions


def _unreadable(error: Exception) -> Exception:
    if isinstance(error, RecursionError):
        return PayloadError("the sealed value is nested too deeply to be rebuilt in this task")
    return Tampered("the sealed object's content is not in the format that this version reads")


class _Packer:
    def __init__(self) -> None:
        self.unsealed = Unsealed()
        self.dump = msgspec.msgpack.Encoder(enc_hook=self.pack).encode

    def branch(self, parts: Root) -> list[object]:
        """Return ``parts`` as arrays, with all that they hold in types that MessagePack holds exactly."""
        kind = parts.__struct_config__.tag
        match parts:
            case Part(content) | Large(content):
                return [kind, self.pack(content)]
            case InDict(children):
                return [kind, [[self._text(key), self.branch(inner)] for key, inner in children]]
            case InList(children):
                return [kind, [[position, self.branch(inner)] for position, inner in children]]
            case InObject(classname, version, data):
                return [kind, self.pack(classname), self.pack(version), self.branch(data)]

    def pack(self, node: object) -> object:
        """Return ``node`` in types that MessagePack holds exactly. Raises ``TypeError`` for a mark."""
        if isinstance(node, str):
            return self._text(node)
        if node is None or isinstance(node, (bool, float)):
            return node
        if isinstance(node, int):
            return node if node in _INT64 else self._ext(_Ext.INT, hex(node))
        if isinstance(node, list):
            items = []
            # Loops and not comprehensions, which would be a second frame for each level of nesting.
            for item in node:
                items.append(self.pack(item))  # noqa: PERF401
            return items
        if isinstance(node, dict):
            return self._dict(node)
        if isinstance(node, Extension):
            return self._extension(node)
        raise TypeError("a mark is taken off before its content is sealed")

    def _dict(self, node: dict[str, Node]) -> object:
        packed = {}
        for key, item in node.items():
            packed[key] = self.pack(item)
        if all(map(_is_utf8, packed)):
            return packed
        return self._ext(_Ext.MAP, [[self._text(key), item] for key, item in packed.items()])

    def _extension(self, node: Extension) -> object:
        content = node.content
        match node.kind:
            case ExtensionKind.BYTES if isinstance(content, bytes) and len(content) > _INLINE:
                return self._ext(_Ext.BLOB, self.unsealed.add(Pieces((content,))))
            case ExtensionKind.BYTES if isinstance(content, bytes):
                return self._ext(_Ext.BYTES, content)
            case ExtensionKind.PAIRS if isinstance(content, list):
                return self._ext(_Ext.PAIRS, [self.pack(pair) for pair in content])
            case ExtensionKind.BYTEARRAY if isinstance(content, bytearray):
                return self._ext(_Ext.BYTEARRAY, bytes(content))
            case ExtensionKind.COMPLEX if isinstance(content, complex):
                return self._ext(_Ext.COMPLEX, [content.real, content.imag])
            case ExtensionKind.TIME if isinstance(content, dt.time):
                zone = self._zone(content.tzinfo)
                return self._ext(_Ext.TIME, [content.replace(tzinfo=None).isoformat(), content.fold, zone])
            case kind if kind in BINARY:
                return self._binary(kind, content)
        raise TypeError("an extension holds a value of its own kind")

    def _binary(self, kind: ExtensionKind, value: object) -> msgspec.msgpack.Ext:
        from secure_xcom.payload.binary import written

        # What a library raises may quote a cell.
        buffer, beside = guarded(
            lambda: written(kind, value), lambda: f"a value of type {name_of(type(value))}", "cannot be encoded"
        )
        words = [self._text(word) if isinstance(word, str) else word for word in beside]
        return msgspec.msgpack.Ext(int(kind), self.dump([self.unsealed.add(buffer), *words]))

    def _zone(self, zone: dt.tzinfo | None) -> object:
        """Name a time zone: ``False`` for none, an offset in seconds, that and a name of its own, or a key of the time
        zone database."""
        if zone is None:
            return False
        if type(zone) is dt.timezone:
            offset = zone.utcoffset(None)
            seconds, name = offset.total_seconds(), zone.tzname(None)
            return seconds if name == dt.timezone(offset).tzname(None) else [seconds, self._text(str(name))]
        if type(zone) is ZoneInfo and zone.key is not None:
            return zone.key
        raise TypeError("a time has one of the time zones that encode lets pass")

    def _ext(self, code: _Ext, content: object) -> msgspec.msgpack.Ext:
        return msgspec.msgpack.Ext(int(code), self.dump(content))

    def _text(self, text: str) -> object:
        return text if _is_utf8(text) else self._ext(_Ext.TEXT, text.encode("utf-8", "surrogatepass"))


def _is_utf8(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Unpacker:
    def __init__(self, opened: Opened) -> None:
        self.load = msgspec.msgpack.Decoder(ext_hook=self._unpack).decode
        self._load_parts = msgspec.msgpack.Decoder(Root, ext_hook=self._unpack).decode
        self._opened = opened
        self.has_extensions = False

    def parts(self) -> Root:
        parts: Root = self._load_parts(self._opened.tree)
        self._opened.require_all_taken()
        return parts

    def _unpack(self, code: int, data: memoryview) -> object:
        content = self.load(data)
        if code in _IN_BUFFERS:
            self.has_extensions = True
            return self._buffered(code, content)
        kind, read = _READERS.get(code, (None, None))
        if kind is None or read is None:
            raise Tampered("the sealed object's content has a type that this version does not know")
        if type(content) is not kind:
            raise Tampered("the sealed object's content holds a malformed value")
        value = read(content)
        self.has_extensions = self.has_extensions or isinstance(value, Extension)
        return value

    def _buffered(self, code: int, content: object) -> Extension:
        if code == _Ext.BLOB:
            return Extension(ExtensionKind.BYTES, bytes(self._opened.take(content)))
        from secure_xcom.payload.binary import read

        kind = ExtensionKind(code)
        if not isinstance(content, list) or not content:
            raise Tampered("the sealed object's content holds a malformed value")
        number, *beside = content
        with translated(Exception, into=lambda _: Tampered("the sealed object's table or array is malformed")):
            return Extension(kind, read(kind, self._opened.take(number), beside))


def _zone_of(zone: object) -> dt.tzinfo | None:
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


def _time(row: Sequence[object]) -> dt.time:
    text, fold, zone = row
    return dt.time.fromisoformat(str(text)).replace(fold=int(str(fold)), tzinfo=_zone_of(zone))


_READERS: Final[dict[int, tuple[type, Callable[..., object]]]] = {
    _Ext.MAP: (list, lambda pairs: dict(pairs)),
    _Ext.PAIRS: (list, lambda pairs: Extension(ExtensionKind.PAIRS, [[key, item] for key, item in pairs])),
    _Ext.INT: (str, lambda text: int(text, 16)),
    _Ext.TEXT: (bytes, lambda data: data.decode("utf-8", "surrogatepass")),
    _Ext.BYTEARRAY: (bytes, lambda data: Extension(ExtensionKind.BYTEARRAY, bytearray(data))),
    _Ext.COMPLEX: (list, lambda pair: Extension(ExtensionKind.COMPLEX, complex(*pair))),
    _Ext.BYTES: (bytes, lambda data: Extension(ExtensionKind.BYTES, data)),
    _Ext.TIME: (list, lambda row: Extension(ExtensionKind.TIME, _time(row))),
}
"""Of each extension type, the type that its content must have and what makes the node of it. Without the first,
``bytearray`` would take a number for a size, and fill the memory with zeros."""
