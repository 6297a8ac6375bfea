"""What is written in base64 within a token or a header."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from secure_xcom.classify.content.placeholders import is_placeholder

if TYPE_CHECKING:
    import re


def decoded(text: str) -> bytes:
    """Return the bytes of a text in base64 for URLs, padded or not; empty if the text is not base64."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


def holds_a_password(found: re.Match[str]) -> bool:
    """Whether the base64 of a Basic header is a user and a password."""
    try:
        user, colon, password = decoded(found["secret"].replace("+", "-").replace("/", "_")).decode().partition(":")
    except UnicodeDecodeError:
        return False
    return bool(colon) and f"{user}{password}".isprintable() and not is_placeholder(password or user)
