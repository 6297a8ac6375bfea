"""Checksums and account numbers that providers build into their tokens."""

from __future__ import annotations

import base64
import string
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import re

_BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase

_CHECKSUM_LENGTH: Final = 6
"""Characters of GitHub's and npm's checksum: what 32 bits take in base62, with zeros before it."""

_LAST_ACCOUNT: Final = 999_999_999_999
"""The numbers of AWS accounts have twelve digits."""


def base62_crc32(text: str) -> str:
    """Return the CRC-32 of a text in base62, as GitHub and npm append it to their tokens.

    Source: "Behind GitHub's new authentication token formats", The GitHub Blog, 2021.
    """
    number, digits = zlib.crc32(text.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(_CHECKSUM_LENGTH, "0")


def ends_with_checksum(found: re.Match[str]) -> bool:
    """Whether the last six characters after the prefix are the checksum of those before them."""
    body = found[0].partition("_")[2]
    return base62_crc32(body[:-_CHECKSUM_LENGTH]) == body[-_CHECKSUM_LENGTH:]


def holds_an_account(found: re.Match[str]) -> bool:
    """Whether an AWS access key id holds the number of an account.

    After the prefix of four, an id is base32; bits 2 to 41 of it are the account's number.
    """
    first = int.from_bytes(base64.b32decode(found[0][4:])[:6], "big")
    return (first & 0x7FFF_FFFF_FF80) >> 7 <= _LAST_ACCOUNT
