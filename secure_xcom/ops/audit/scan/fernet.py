"""``is_encrypted`` and ``opens_with_known_key``: what Airflow encrypts, and whether everybody has the key.

A token of Fernet is authenticated by HMAC-SHA256 over the rest of it (github.com/fernet/spec). So whether a key is the
right one shows without decrypting anything, and nothing is decrypted here.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from typing import Final

KNOWN_KEYS: Final = (
    # Docker images of Airflow had it as their default, and hundreds of public repositories copied it.
    "46BKJoQYlPPOexq0OhDZnIlNepKFf87WFwLbfzqDDho=",
    # Examples of Docker Compose, of operators for Kubernetes and of tutorials.
    "81HqDtbqAywKSOumSha3BhWNOdQ26slT6K0YaZeZyPs=",
)
"""Fernet keys that stand in public documents, so that what they encrypt is plaintext to everybody."""

_TOKEN: Final = re.compile(r"gAAAAA[\w-]{94,}={0,2}", re.ASCII)
"""Version 0x80 and a time before the year 2242, in base64; the shortest token has 73 bytes."""

_MAC_BYTES: Final = 32
_SIGNING_BYTES: Final = 16
"""A key is 16 bytes for signing, then 16 for encrypting."""


def is_encrypted(text: str) -> bool:
    """Whether a text is a token of Fernet."""
    return _TOKEN.fullmatch(text) is not None


def opens_with_known_key(token: str) -> bool:
    """Whether one of ``KNOWN_KEYS`` encrypted it."""
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return False
    signed, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
    return any(hmac.compare_digest(hmac.digest(key, signed, "sha256"), mac) for key in _signing_keys())


def _signing_keys() -> list[bytes]:
    return [base64.urlsafe_b64decode(key)[:_SIGNING_BYTES] for key in KNOWN_KEYS]
