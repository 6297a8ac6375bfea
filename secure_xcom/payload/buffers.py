"""The payload with buffers: a MessagePack value, and beside it large binary values, which it refers to by number.

So a table or a long ``bytes`` is not copied into MessagePack. docs/format.md, section 7, has the layout.
Everything in it is authentic by the time that this reads it. Sizes are bounded all the same, before memory is taken.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import PayloadError, Tampered, translated
from secure_xcom.model.pieces import Bytes, Pieces
from secure_xcom.payload.packing import PACKING, packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAD: Final = 0xC1
"""The one byte with which no MessagePack value begins (its specification, "never used")."""

MAX_BYTES: Final = 1 << 30
"""Largest payload, unpacked: as large as the largest object (``ports.store``)."""

_FIXED: Final = struct.Struct(">BBHIQ")
_ALIGNED: Final = 8
"""Where a buffer begins: at a multiple of the widest number in it."""

_AS_IT_IS: Final = 0


class Unsealed:
    """A value while it is encoded: its buffers, of which a node keeps the number, and in the end the ``tree``."""

    def __init__(self) -> None:
        self.tree = b""
        self._buffers: list[Pieces] = []

    def add(self, buffer: Pieces) -> int:
        """Take a buffer, and return its number."""
        self._buffers.append(buffer)
        return len(self._buffers) - 1

    @property
    def size(self) -> int:
        """Bytes of the value before any compression."""
        return len(self.tree) + sum(buffer.size for buffer in self._buffers)

    def payload(self, *, share: float = 0) -> Pieces:
        """Return the payload, compressed if a sample of it shrinks to ``share`` of its size (``payload.packing``).

        Raises ``PayloadError`` for one too large.
        """
        body = Pieces(self._body())
        if body.size > MAX_BYTES:
            raise PayloadError(f"the value has {body.size} bytes, and the most that can be sealed is {MAX_BYTES}")
        blocks = packed(body, share) if share else None
        if blocks is None and not self._buffers:
            return body
        packing = _AS_IT_IS if blocks is None else PACKING
        sizes = [buffer.size for buffer in self._buffers]
        lead = _FIXED.pack(LEAD, packing, 0, len(sizes), len(self.tree)) + struct.pack(f">{len(sizes)}Q", *sizes)
        return Pieces((lead, *(body if blocks is None else blocks)))

    def _body(self) -> list[Bytes]:
        pieces: list[Bytes] = [self.tree]
        size = len(self.tree)
        for buffer in self._buffers:
            padding = bytes(-size % _ALIGNED)
            pieces += [padding, *buffer]
            size += len(padding) + buffer.size
        return pieces


class Opened:
    """A payload's MessagePack value, ``tree``, and its buffers, each of which may be taken once."""

    def __init__(self, tree: Bytes, buffers: Sequence[memoryview] = ()) -> None:
        self.tree = tree
        self._buffers = dict(enumerate(buffers))

    def take(self, number: object) -> memoryview:
        """Return a buffer. Raises ``Tampered`` for a number without a buffer, and for one that was taken before."""
        buffer = self._buffers.pop(number, None) if type(number) is int else None
        if buffer is None:
            raise _malformed()
        return buffer

    def require_all_taken(self) -> None:
        """Raise ``Tampered`` if a buffer belongs to no node."""
        if self._buffers:
            raise _malformed()


def open_payload(payload: Bytes) -> Opened:
    """Return what a payload is made of. Raises ``Tampered`` unless it has the layout, all of it.

    Raises ``MissingDependency`` for a compressed one where no library for it is installed.
    """
    if not len(payload) or payload[0] != LEAD:
        return Opened(payload)
    data = memoryview(payload)
    # What is compressed is let go of before the value is built.
    del payload
    with translated(struct.error, into=lambda _: _malformed()):
        _, packing, reserved, count, tree_bytes = _FIXED.unpack_from(data)
        start = _FIXED.size + count * 8
        sizes = struct.unpack(f">{count}Q", data[_FIXED.size : start])
    starts, end = list[int](), tree_bytes
    for size in sizes:
        starts.append(end + -end % _ALIGNED)
        end = starts[-1] + size
    if reserved or packing not in (_AS_IT_IS, PACKING) or end > MAX_BYTES or not (count or packing):
        raise _malformed()
    body = data[start:] if packing == _AS_IT_IS else memoryview(unpacked(data[start:], end))
    spans = [slice(start, start + size) for start, size in zip(starts, sizes, strict=True)]
    between = zip((tree_bytes, *(span.stop for span in spans)), starts, strict=False)
    if len(body) != end or any(any(body[stop:start]) for stop, start in between):
        raise _malformed()
    return Opened(body[:tree_bytes], [body[span] for span in spans])


def tree_begins(payload: Bytes, size: int) -> bytes | None:
    """Return the first bytes of a payload's MessagePack value, ``None`` for a compressed one.

    Raises ``Tampered`` for a payload of another layout.
    """
    start = 0
    if len(payload) and payload[0] == LEAD:
        with translated(struct.error, into=lambda _: _malformed()):
            _, packing, _, count, _ = _FIXED.unpack_from(payload)
        if packing == PACKING:
            return None
        start = _FIXED.size + count * 8
    return bytes(memoryview(payload)[start : start + size])


def _malformed() -> Tampered:
    return Tampered("the sealed object's buffers are not in the format that this version reads")
