"""Names as text that nothing takes for more than text.

The ids of Dags, runs and tasks, and keys, are chosen by Dag authors and come from a database: on a terminal they could
move the cursor, in a diagram close a label, in a page begin a script. Different names stay different.
"""

from __future__ import annotations

import re
from typing import Final

_MERMAIDS_OWN: Final = str.maketrans({"\ufb02": "\\ufb02", "\xb6": "\\xb6"})
"""With these two Mermaid marks the beginning and the end of character codes for itself."""

_NO_WORD: Final = re.compile(r"(?!(?<=\w)[.-]\w)[^\w ]")
"""Anything but words, and a dot or hyphen within one: ``1. `` and ``- `` begin a list in Mermaid's labels."""


def visible(text: str) -> str:
    """Return ``text`` on one line, with control characters, direction marks and lone surrogates as escapes.

    An empty one stands for what a refused request left open.
    """
    return "".join(_escaped(character) for character in text) or "(none)"


def mermaid(text: str) -> str:
    """Return ``text`` for a quoted label of Mermaid.

    Mermaid looks into its labels for directives (``%%{``), HTML, Markdown, formulas and icons before it reads
    character codes, so all but words is written in those.
    """
    plain = visible(text).translate(_MERMAIDS_OWN)
    return _NO_WORD.sub(lambda found: f"#{ord(found[0])};", plain)


def dot(text: str) -> str:
    """Return ``text`` for a quoted label of DOT, which knows escapes and HTML's entities."""
    return visible(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')


def _escaped(character: str) -> str:
    if character.isprintable() and character != "\\":
        return character
    return character.encode("unicode_escape").decode("ascii")
