"""The wire form of a sealed object's context, and the strict reader of length-prefixed fields."""

from __future__ import annotations

from typing import Final

from secure_xcom.errors import Tampered
from secure_xcom.model import Coordinates, SealContext

_FIELDS: Final = ("dag_id", "key", "map_index", "object_id", "run_id", "task_id")
"""The context's names, sorted, as they stand on the wire."""

_UNREADABLE: Final = "the sealed object's context is not in the format that this version reads"


class Reader:
    """Takes fields from the front of ``data``; raises ``Tampered`` when there are fewer bytes than a field needs."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def take(self, count: int) -> bytes:
        """Take exactly ``count`` bytes."""
        taken = self._data[self.position : self.position + count]
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
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        pass
    raise Tampered("the sealed object's header holds bytes that are not UTF-8")


def context_bytes(context: SealContext) -> bytes:
    """Length-prefixed (name, value) pairs in the order of the names, as in the AWS Encryption SDK's context."""
    where = context.coordinates
    values = (where.dag_id, where.key, str(where.map_index), context.object_id, where.run_id, where.task_id)
    return b"".join(
        prefixed(name.encode(), 2) + prefixed(value.encode("utf-8", "surrogatepass"), 2)
        for name, value in zip(_FIELDS, values, strict=True)
    )


def parse_context(data: bytes, created: int, expires: int) -> SealContext:
    """Reverse ``context_bytes``; raises ``Tampered`` for any other encoding."""
    reader = Reader(data)
    names, values = [], {}
    for name in _FIELDS:
        names.append(text_of(reader.prefixed(2)))
        values[name] = text_of(reader.prefixed(2))
    if tuple(names) != _FIELDS or reader.position != len(data) or not _is_canonical_int(values["map_index"]):
        raise Tampered(_UNREADABLE)
    object_id, map_index = values.pop("object_id"), int(values.pop("map_index"))
    coordinates = Coordinates(map_index=map_index, **values)
    return SealContext(coordinates=coordinates, object_id=object_id, created=created, expires=expires)


def _is_canonical_int(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 12 and str(int(text)) == text
