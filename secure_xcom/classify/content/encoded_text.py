"""``text_in``: the text that a whole text is the base64 of, as Airflow's ``SSHOperator`` returns what a command prints.

Pictures, digests and tokens are base64 too, and no text: their first bytes tell.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from secure_xcom.classify.content.late import late

LARGEST: Final = 1 << 20
"""Characters of base64 beyond which it is not decoded."""

_SHORTEST_TEXT: Final = 24
"""Characters of base64 below which a text is too short for a name and a value."""

_SHORTEST: Final = 16
"""Characters of base64 that tell whether a text is encoded. Of twelve random bytes hardly any are a text."""

_BEGINNING: Final = late(r"\n((?:[A-Za-f][A-Za-z0-9+/]{3}){2}[A-Za-z0-9+/]{8})")


def may_hold(texts: str) -> bool:
    """Return whether one of some texts, a line each, begins as the base64 of a text does; a ``False`` is certain."""
    return len(texts) >= _SHORTEST_TEXT and any(map(_is_printable, _BEGINNING().findall(f"\n{texts}")))


def text_in(text: str) -> str | None:
    """Return the text that ``text`` is the base64 of (RFC 4648, section 4), with or without ends of lines."""
    if not _SHORTEST_TEXT <= len(text) <= LARGEST or not text[0].isalnum() or " " in text[:_SHORTEST]:
        return None
    if not may_hold(text[:_SHORTEST_TEXT]):
        return None
    return decoded(text)


def decoded(text: str) -> str | None:
    """Return what ``text`` is the base64 of, if that is UTF-8, however short it is; ``None`` otherwise."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _is_printable(encoded: str) -> bool:
    data = base64.b64decode(encoded)
    return all(byte >= _SPACE or byte in _WHITE for byte in data) and _is_text(data)


def _is_text(data: bytes) -> bool:
    # A character of several bytes may be cut at the end.
    return "\ufffd" not in data.decode(errors="replace").rstrip("\ufffd") and b"\x7f" not in data


_SPACE: Final = 0x20
_WHITE: Final = b"\t\n\r\x1b"
"""What stands in the output of commands, colours too."""
