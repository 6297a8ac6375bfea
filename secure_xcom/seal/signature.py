"""Detached signatures of files, which ``openssl`` checks too: Ed25519 (RFC 8032), or ECDSA on P-256 with SHA-256.

An Ed25519 signature is its 64 bytes, an ECDSA signature the DER of RFC 3279, section 2.2.3. Beside ``seal.cipher`` this
alone imports ``cryptography``. It signs documents, and no sealed value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from secure_xcom.errors import ConfigurationError, translated

PrivateKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey

_KINDS: Final = "an Ed25519 key or an ECDSA key on P-256, in PEM"
_MALFORMED: Final = (ValueError, TypeError, UnsupportedAlgorithm)


def private_key(pem: bytes, passphrase: Callable[[], bytes]) -> PrivateKey:
    """Read a private key; ``passphrase`` is asked if the key is encrypted. Raises ``ConfigurationError``."""
    problem = f"--sign-key: the file does not hold the private key of {_KINDS}, or its passphrase is another one"
    with translated(_MALFORMED, into=lambda _: ConfigurationError(problem)):
        # Both of OpenSSL's forms of an encrypted key name it so: RFC 7468, section 11, and RFC 1421.
        secret = passphrase() if b"ENCRYPTED" in pem else None
        key = load_pem_private_key(pem, secret)
    match key:
        case Ed25519PrivateKey() | EllipticCurvePrivateKey(curve=SECP256R1()):
            return key
    raise ConfigurationError(f"--sign-key: the key is of another kind: use {_KINDS}")


def public_key(pem: bytes) -> PublicKey:
    """Read a public key. Raises ``ConfigurationError``."""
    problem = f"--key: the file does not hold the public key of {_KINDS}"
    with translated(_MALFORMED, into=lambda _: ConfigurationError(problem)):
        key = load_pem_public_key(pem)
    match key:
        case Ed25519PublicKey() | EllipticCurvePublicKey(curve=SECP256R1()):
            return key
    raise ConfigurationError(f"--key: the key is of another kind: use {_KINDS}")


def sign(key: PrivateKey, content: bytes) -> bytes:
    """Return the signature. Ed25519 gives the same for the same content; ECDSA gives another one each time."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(content)
    return key.sign(content, ECDSA(SHA256()))


def is_signed(key: PublicKey, signature: bytes, content: bytes) -> bool:
    """Whether the signature is of this content and by this key."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, content)
        else:
            key.verify(signature, content, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
