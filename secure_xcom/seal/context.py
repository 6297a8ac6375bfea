"""The wire form of a sealed object's context, and the strict reader of length-prefixed fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from secure_xcom.errors import Tampered, translated
from secure_xcom.model.contract import Contract, Reader
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.pieces import Bytes
from secure_xcom.model.seal import SealContext

_FIELDS: Final = (b"dag_id", b"key", b"map_index", b"object_id", b"run_id", b"task_id")
_FIELDS_UNDER_CONTRACT: Final = tuple(sorted((*_FIELDS, b"consume", b"readers")))
"""The context's names, sorted, as they stand on the wire."""

_CONSUME: Final = {b"many": False, b"once": True}

_UNREADABLE: Final = "the sealed object's context is not in the format that this version reads"


class FieldReader:
    """Takes fields from the front of ``data``; raises ``Tampered`` when there are fewer bytes than a field needs."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self.position = 0

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return self.position == len(self._data)

    def take(self, count: int) -> bytes:
        """Take exactly ``count`` bytes."""
        taken = bytes(self._data[self.position : self.position + count])
        if len(taken) != count:
            raise Tampered("the sealed object is cut")
        self.position += count
        return taken

    def prefixed(self, width: int) -> bytes:
        """Take a field that follows its length, a big-endian integer of ``width`` bytes."""
        return self.take(int.from_bytes(self.take(width), "big"))


def prefixed(data: bytes, width: int) -> bytes:
    """Return ``data`` after its length, a big-endian integer of ``width`` bytes."""
    return len(data).to_bytes(width, "big") + data


def text_of(data: bytes) -> str:
    """Decode UTF-8, lone surrogates allowed since a key may hold them; raises ``Tampered``."""
    with translated(UnicodeDecodeError, into=lambda _: Tampered("the sealed object's header is not UTF-8")):
        return data.decode("utf-8", "surrogatepass")


def context_bytes(context: SealContext) -> bytes:
    """Length-prefixed (name, value) pairs in the order of the names, as in the AWS Encryption SDK's context."""
    where = context.coordinates
    values = {
        b"dag_id": _bytes(where.dag_id),
        b"key": _bytes(where.key),
        b"map_index": str(where.map_index).encode(),
        b"object_id": _bytes(context.object_id),
        b"run_id": _bytes(where.run_id),
        b"task_id": _bytes(where.task_id),
    }
    if context.contract is not None:
        values[b"consume"] = b"once" if context.contract.once else b"many"
        values[b"readers"] = _readers_bytes(context.contract.readers)
    return b"".join(prefixed(name, 2) + prefixed(value, 2) for name, value in sorted(values.items()))


def parse_context(data: bytes, created: int, expires: int) -> SealContext:
    """Reverse ``context_bytes``; raises ``Tampered`` for any other encoding."""
    values = _pairs(FieldReader(data))
    if tuple(values) not in (_FIELDS, _FIELDS_UNDER_CONTRACT):
        raise Tampered(_UNREADABLE)
    contract = None
    if b"readers" in values:
        contract = _contract_of(values[b"consume"], values[b"readers"])
    dag_id, key, map_index, object_id, run_id, task_id = (text_of(values[name]) for name in _FIELDS)
    if not _is_canonical_int(map_index):
        raise Tampered(_UNREADABLE)
    where = Coordinates(dag_id=dag_id, run_id=run_id, task_id=task_id, key=key, map_index=int(map_index))
    return SealContext(coordinates=where, object_id=object_id, created=created, expires=expires, contract=contract)


def _pairs(reader: FieldReader) -> Mapping[bytes, bytes]:
    pairs: dict[bytes, bytes] = {}
    while not reader.is_at_end:
        name = reader.prefixed(2)
        if name in pairs:
            raise Tampered(_UNREADABLE)
        pairs[name] = reader.prefixed(2)
    return pairs


def _readers_bytes(readers: frozenset[Reader]) -> bytes:
    return b"".join(sorted(prefixed(_bytes(one.dag_id), 2) + prefixed(_bytes(one.task_id), 2) for one in readers))


def _contract_of(consume: bytes, readers: bytes) -> Contract:
    found, fields = set(), FieldReader(readers)
    while not fields.is_at_end:
        found.add(Reader(text_of(fields.prefixed(2)), text_of(fields.prefixed(2))))
    # One encoding for each contract: sorted, and no reader twice.
    if consume not in _CONSUME or _readers_bytes(frozenset(found)) != readers:
        raise Tampered(_UNREADABLE)
    return Contract(readers=frozenset(found), once=_CONSUME[consume])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_canonical_int(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 12 and str(int(text)) == text
