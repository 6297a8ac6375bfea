"""What pyarrow does not tell of a message of Arrow's IPC format: whether its buffers are compressed.

A writer here never compresses them, since a payload is compressed as a whole, in blocks that say how much they give.
pyarrow would unpack any such buffer, whatever its size. The layout is FlatBuffers', with the tables of Arrow's
``Message.fbs``.
"""

from __future__ import annotations

import struct
from typing import Final

_HEADER_TYPE: Final = 1
_HEADER: Final = 2
"""Fields of ``Message``."""

_DICTIONARY: Final = 2
"""``DictionaryBatch`` among the types of a header. The other types that follow a schema are record batches."""

_DATA: Final = 1
"""The field of ``DictionaryBatch`` that is a ``RecordBatch``."""

_COMPRESSION: Final = 3
"""The field of ``RecordBatch`` that is there if its buffers are compressed."""


def is_compressed(message: bytes) -> bool:
    """Whether a message's metadata, without its length, says so. Raises ``struct.error`` for what is cut."""
    root = _u32(message, 0)
    kind = _field(message, root, _HEADER_TYPE)
    batch = _table(message, root, _HEADER)
    if kind and message[kind : kind + 1] == bytes((_DICTIONARY,)):
        batch = _table(message, batch, _DATA)
    return bool(_field(message, batch, _COMPRESSION))


def _table(message: bytes, table: int, field: int) -> int:
    """Return where the table is that a field refers to."""
    place = _field(message, table, field)
    if not place:
        raise struct.error("a message has no such table")
    return place + _u32(message, place)


def _field(message: bytes, table: int, number: int) -> int:
    """Return where a field of a table is; 0 if it is left out."""
    vtable = table - struct.unpack_from("<i", message, table)[0]
    if vtable < 0:
        raise struct.error("a message has no such table")
    entry = 4 + 2 * number
    offset = _u16(message, vtable + entry) if entry + 2 <= _u16(message, vtable) else 0
    return table + offset if offset else 0


def _u16(message: bytes, place: int) -> int:
    return int(struct.unpack_from("<H", message, place)[0])


def _u32(message: bytes, place: int) -> int:
    return int(struct.unpack_from("<I", message, place)[0])
