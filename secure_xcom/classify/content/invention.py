"""``invent``: texts in the shape of a secret, made from a notation that no push protection takes for one.

In ``ghp_<30 base62><checksum>`` each ``<...>`` stands for invented characters, always the same ones: as
``<30 base62>`` does for thirty letters and digits, ``<checksum>`` for the checksum of the run before it, and
``<b64 ...>`` for a text in base64. Anything else stands for itself.
"""

from __future__ import annotations

import base64
import hashlib
import re
import string
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.checksum import base62_crc32

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALPHABETS: Final[Mapping[str, str]] = {
    "base62": string.digits + string.ascii_letters,
    "base64": string.digits + string.ascii_letters + "+/",
    "url-safe": string.digits + string.ascii_letters + "-_",
    "base32": string.ascii_uppercase + "234567",
    "bech32": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "lower": string.digits + string.ascii_lowercase,
    "upper": string.digits + string.ascii_uppercase,
    "letters": string.ascii_letters,
    "digits": "123456789",
    "x": "x",
}
"""Digits have no zero, so that an invented number never begins with one."""

_PIECE: Final = re.compile(r"<(?:(\d{1,4}) (\S+?)|(checksum)|(b64|b64url) ([^<>]*))>")


def invent(notation: str) -> str:
    """Return the text that a notation stands for."""
    pieces: list[str] = []
    end = 0
    for found in _PIECE.finditer(notation):
        pieces.append(notation[end : found.start()])
        pieces.append(_piece(found, "".join(pieces)))
        end = found.end()
    return "".join((*pieces, notation[end:]))


def _piece(found: re.Match[str], before: str) -> str:
    count, alphabet, checksum, encoding, plain = found.groups()
    if count:
        return _invented(_ALPHABETS[alphabet], int(count), f"{found.string}{found.start()}")
    if checksum:
        return base62_crc32(re.split(r"[^A-Za-z0-9]", before)[-1])
    encode = base64.b64encode if encoding == "b64" else base64.urlsafe_b64encode
    encoded = encode(plain.replace("\\n", "\n").encode()).decode()
    return encoded if encoding == "b64" else encoded.rstrip("=")


def _invented(alphabet: str, count: int, seed: str) -> str:
    # The bytes are the same on each machine, and depend on nothing but the notation.
    return "".join(alphabet[byte % len(alphabet)] for byte in hashlib.shake_128(seed.encode()).digest(count))
