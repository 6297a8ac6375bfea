"""The envelope: the versioned wire format of a sealed object. docs/format.md is its specification.

The header is parsed strictly: one encoding for each value, no unknown version, nothing left over. Nothing
in a parsed header is trusted before ``authenticate_header`` has checked the commitment. The three fields that lead to
the data key (kek type, kek id, wrapped key) are compared with the configuration by the caller.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from secure_xcom.errors import Tampered
from secure_xcom.model.pieces import Bytes, Pieces
from secure_xcom.model.seal import SealContext, WrappedKey
from secure_xcom.seal import cipher
from secure_xcom.seal.context import FieldReader, context_bytes, parse_context, prefixed, text_of

MAGIC: Final = b"SXC1"
SUITE_AES256_GCM_HKDF_SHA512: Final = 1
CODEC_PARTS: Final = 2
SEGMENT_LOG2: Final = 20
"""1 MiB: the largest segment that stays within the processor's cache while it is encrypted."""

_FIXED: Final = struct.Struct(">4sBBBBQQQ")
_SEGMENT_LOG2_READ: Final = range(12, 25)
"""Segment sizes that a reader accepts, 4 KiB to 16 MiB."""
_SIZES: Final = "the sealed object's sizes are impossible: it was altered or cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the segments. ``bound`` is the part that the key is derived from."""

    context: SealContext
    plaintext_bytes: int
    segment_bytes: int
    kek_type: str
    kek_id: str
    wrapped: bytes
    salt: bytes
    commitment: bytes
    bound: bytes = field(repr=False)
    size: int
    """Bytes from the magic to the first segment."""


def seal_envelope(
    plaintext: bytes | Pieces, context: SealContext, data_key: bytes, salt: bytes, kek: tuple[str, str, bytes]
) -> bytearray:
    """Return the envelope of ``plaintext``. ``kek`` is (type, id, wrapped data key); ``salt`` is fresh and random.

    The envelope is the only buffer of the plaintext's size that this takes.
    """
    pieces = Pieces.of(plaintext)
    bound = _bound_header(context, pieces.size)
    key, commitment = cipher.derive(data_key, salt, bound)
    kek_type, kek_id, wrapped = kek
    header = b"".join(
        (bound, prefixed(kek_type.encode(), 1), prefixed(kek_id.encode(), 2), prefixed(wrapped, 2), salt, commitment)
    )
    envelope = bytearray(len(header) + cipher.sealed_size(pieces.size, 1 << SEGMENT_LOG2))
    envelope[: len(header)] = header
    cipher.encrypt_segments(key, pieces, 1 << SEGMENT_LOG2, memoryview(envelope)[len(header) :])
    return envelope


def rewrapped(envelope: bytes, header: Header, key: WrappedKey) -> bytes:
    """Return the envelope with its data key wrapped anew. All else stays byte for byte, and so does what is bound.

    The header is not authenticated: that takes the data key. What was altered in it stays so, and does not open.
    """
    wrapping = (prefixed(key.kek_type.encode(), 1), prefixed(key.kek_id.encode(), 2), prefixed(key.wrapped, 2))
    # What comes after the wrapped key begins with salt and commitment, which have one length each.
    rest = memoryview(envelope)[header.size - cipher.SALT_BYTES - cipher.COMMITMENT_BYTES :]
    return b"".join((header.bound, *wrapping, rest))


def authenticate_header(header: Header, data_key: bytes) -> bytes:
    """Return the key of the segments; raises ``Tampered`` unless every bound byte of the header is authentic."""
    key, commitment = cipher.derive(data_key, header.salt, header.bound)
    cipher.require_commitment(commitment, header.commitment)
    return key


def open_segments(header: Header, envelope: Bytes, key: bytes) -> bytearray:
    """Return the plaintext of a whole envelope; raises ``Tampered`` unless every segment is authentic."""
    segments = memoryview(envelope)[header.size :]
    return cipher.decrypt_segments(key, segments, header.plaintext_bytes, header.segment_bytes)


def parse_header(head: Bytes, size: int) -> Header:
    """Parse how an envelope of ``size`` bytes begins, without authenticating.

    Raises ``Tampered`` for anything but one complete header of this version that tells the size of what follows.
    """
    reader = FieldReader(head)
    magic, suite, flags, log2, codec, created, expires, length = _FIXED.unpack(reader.take(_FIXED.size))
    if magic != MAGIC or suite != SUITE_AES256_GCM_HKDF_SHA512 or flags or codec != CODEC_PARTS:
        raise Tampered("not a sealed object of a version that this secure-xcom reads")
    if log2 not in _SEGMENT_LOG2_READ or cipher.sealed_size(length, 1 << log2) > size:
        raise Tampered(_SIZES)
    context = parse_context(reader.prefixed(2), created, expires)
    bound = bytes(head[: reader.position])
    header = Header(
        context=context,
        plaintext_bytes=length,
        segment_bytes=1 << log2,
        kek_type=text_of(reader.prefixed(1)),
        kek_id=text_of(reader.prefixed(2)),
        wrapped=reader.prefixed(2),
        salt=reader.take(cipher.SALT_BYTES),
        commitment=reader.take(cipher.COMMITMENT_BYTES),
        bound=bound,
        size=reader.position,
    )
    if header.size + cipher.sealed_size(length, header.segment_bytes) != size:
        raise Tampered(_SIZES)
    return header


def _bound_header(context: SealContext, length: int) -> bytes:
    fixed = _FIXED.pack(
        MAGIC,
        SUITE_AES256_GCM_HKDF_SHA512,
        0,
        SEGMENT_LOG2,
        CODEC_PARTS,
        context.created,
        context.expires,
        length,
    )
    return fixed + prefixed(context_bytes(context), 2)
