"""The cryptography: key derivation with commitment, and segmented AES-256-GCM.

Only this module and ``seal.signature`` import ``cryptography``.

Sources: HKDF is RFC 5869. The segment nonces are those of the STREAM construction (Hoang, Reyhanitabar, Rogaway,
Vizar, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015): a counter and a flag that
marks the last segment, so that segments cannot be reordered, dropped or cut. GCM alone does not commit to its key;
the commitment derived beside the key does, as in the AWS Encryption SDK's suite 0x0478.
"""

from __future__ import annotations

import hmac
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from secure_xcom.errors import Tampered, translated
from secure_xcom.model.pieces import Pieces

KEY_BYTES: Final = 32
SALT_BYTES: Final = 32
COMMITMENT_BYTES: Final = 32
TAG_BYTES: Final = 16
NONCE_BYTES: Final = 12

_LABEL: Final = b"secure-xcom envelope v1"

_DAMAGED: Final = "the sealed object was altered or cut, or its key belongs to another object"


def derive(data_key: bytes, salt: bytes, header: bytes) -> tuple[bytes, bytes]:
    """Return (encryption key, commitment), both bound to every byte of ``header``.

    The salt is fresh for each object, so that one data key seals many objects without a nonce being used twice
    under one encryption key.
    """
    digest = Hash(SHA256())
    digest.update(header)
    kdf = HKDF(algorithm=SHA512(), length=KEY_BYTES + COMMITMENT_BYTES, salt=salt, info=_LABEL + digest.finalize())
    okm = kdf.derive(data_key)
    return okm[:KEY_BYTES], okm[KEY_BYTES:]


def require_commitment(expected: bytes, found: bytes) -> None:
    """Compare in constant time; raises ``Tampered`` unless they are equal."""
    if not hmac.compare_digest(expected, found):
        raise Tampered(_DAMAGED)


def sealed_size(plaintext_bytes: int, segment_bytes: int) -> int:
    """Size of what ``encrypt_segments`` writes. An empty plaintext still has one, authenticated, segment."""
    return plaintext_bytes + TAG_BYTES * _segments(plaintext_bytes, segment_bytes)


def encrypt_segments(key: bytes, plaintext: Pieces, segment_bytes: int, target: memoryview) -> None:
    """Encrypt ``plaintext`` into ``target``, in segments of ``segment_bytes``, each followed by its tag.

    One call per segment into one buffer: a single call over tens of megabytes costs ten times as much, in page faults.
    """
    aead = AESGCM(key)
    count = _segments(plaintext.size, segment_bytes)
    segments = plaintext.segments(segment_bytes) if plaintext.size else (b"",)
    for number, segment in enumerate(segments):
        start = number * (segment_bytes + TAG_BYTES)
        into = target[start : start + len(segment) + TAG_BYTES]
        aead.encrypt_into(_nonce(number, last=number == count - 1), segment, None, into)


def decrypt_segments(key: bytes, sealed: memoryview, plaintext_bytes: int, segment_bytes: int) -> bytearray:
    """Reverse ``encrypt_segments``; raises ``Tampered`` and returns nothing unless every segment is authentic."""
    if len(sealed) != sealed_size(plaintext_bytes, segment_bytes):
        raise Tampered(_DAMAGED)
    aead = AESGCM(key)
    count = _segments(plaintext_bytes, segment_bytes)
    plaintext = bytearray(plaintext_bytes)
    target = memoryview(plaintext)
    with translated(InvalidTag, into=lambda _: Tampered(_DAMAGED)):
        for number in range(count):
            into = target[number * segment_bytes : (number + 1) * segment_bytes]
            start = number * (segment_bytes + TAG_BYTES)
            segment = sealed[start : start + len(into) + TAG_BYTES]
            aead.decrypt_into(_nonce(number, last=number == count - 1), segment, None, into)
    return plaintext


def wrap_key(kek: bytes, data_key: bytes, context: bytes, nonce: bytes) -> bytes:
    """Wrap a data key under a local KEK with AES-256-GCM, ``context`` as associated data."""
    return nonce + AESGCM(kek).encrypt(nonce, data_key, context)


def unwrap_key(kek: bytes, wrapped: bytes, context: bytes) -> bytes | None:
    """Return the data key, or ``None`` when the wrapped key is not authentic for this KEK and context."""
    try:
        return AESGCM(kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        return None


def mac(key: bytes, message: bytes) -> bytes:
    """Return HMAC-SHA256 (RFC 2104) of ``message``."""
    return hmac.digest(key, message, "sha256")


def same(first: bytes, second: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(first, second)


def _segments(plaintext_bytes: int, segment_bytes: int) -> int:
    return max(1, -(-plaintext_bytes // segment_bytes))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "big") + bytes([last])
