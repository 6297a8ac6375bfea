"""Texts as every database takes and compares them."""

from __future__ import annotations

import hashlib


def digest(*texts: str) -> str:
    """Return what identifies the texts, in their order. Coordinates are no secret, so this is no hash of one."""
    joined = b"".join(len(data).to_bytes(4, "big") + data for data in map(_bytes, texts))
    return hashlib.sha256(joined).hexdigest()


def readable(text: str) -> str:
    """Return ``text`` as every database takes it: escaped where it holds NUL, control characters or lone surrogates."""
    if text.isprintable() and "\\" not in text:
        return text
    return text.encode("unicode_escape").decode("ascii")


def original(text: str) -> str:
    """Reverse ``readable``; what it never returns stays as it is."""
    if "\\" not in text:
        return text
    try:
        return text.encode("ascii").decode("unicode_escape")
    except UnicodeError:
        return text


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
