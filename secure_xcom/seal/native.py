"""``NativeSealer``: objects for a store that encrypts by itself, framed with their coordinates and times.

The frame lets a reader compare the coordinates that were asked for with those the writer gave. It authenticates
nothing: that is the store's part, whose policy says which identity may write below which path.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import Tampered
from secure_xcom.model.pieces import Bytes, Pieces
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.sealer import Unopened
from secure_xcom.seal.context import context_bytes, parse_context

if TYPE_CHECKING:
    from secure_xcom.ports.store import Head

NATIVE_MAGIC: Final = b"SXN2"

_TIMES: Final = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class Framed:
    """The frame of an object that the store has decrypted already; what comes after ``size`` bytes is the plaintext.

    There is no key to ask for: what was read is unlocked.
    """

    context: SealContext
    size: int

    def open(self, blob: Bytes) -> Bytes:
        return memoryview(blob)[self.size :]


class NativeSealer:
    """Encrypts nothing itself: the store keeps the bytes encrypted, and its policy says who may write them."""

    encrypts = False

    def seal(self, plaintext: bytes | Pieces, context: SealContext) -> bytes:
        return frame(NATIVE_MAGIC, plaintext, context)

    def read(self, head: Head) -> Framed:
        return Framed(*unframe(NATIVE_MAGIC, head.data))

    def unlock(self, unopened: Unopened) -> Framed:
        if not isinstance(unopened, Framed):
            raise TypeError("an object is opened by the sealer that read it")
        return unopened


def frame(magic: bytes, plaintext: bytes | Pieces, context: SealContext) -> bytes:
    """Return magic, times, length-prefixed context and ``plaintext``."""
    described = context_bytes(context)
    times = _TIMES.pack(context.created, context.expires)
    return b"".join((magic, times, len(described).to_bytes(2, "big"), described, *Pieces.of(plaintext)))


def unframe(magic: bytes, data: bytes | bytearray) -> tuple[SealContext, int]:
    """Return the context and where the plaintext starts; raises ``Tampered`` for what ``frame`` did not begin."""
    start = len(magic) + _TIMES.size + 2
    if len(data) < start or data[: len(magic)] != magic:
        raise Tampered("the store holds something else than an object that secure-xcom wrote without a key")
    created, expires = _TIMES.unpack(data[len(magic) : start - 2])
    end = start + int.from_bytes(data[start - 2 : start], "big")
    if len(data) < end:
        raise Tampered("the stored object is cut")
    return parse_context(bytes(data[start:end]), created, expires), end
