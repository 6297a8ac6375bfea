"""How names and patterns of names are compared: as people read them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_PIECE: Final = 256
"""Characters that are normalised at once."""


def as_read(name: str) -> str:
    """Return a name as people read it: a zero-width space or full-width letters hide nothing."""
    if name.isascii():
        return name
    # To normalise a long run of combining marks takes time that is quadratic in its length.
    pieces = (name[start : start + _PIECE] for start in range(0, len(name), _PIECE))
    compatible = "".join(unicodedata.normalize("NFKC", piece) for piece in pieces)
    return "".join(character for character in compatible if unicodedata.category(character) != "Cf")


def normal_name(name: str) -> str:
    """Return a name in lower case, any run of characters other than letters, digits and ``_`` as one ``_``."""
    return re.sub(r"\W+", "_", as_read(name).strip().lower())


def normal_pattern(pattern: str) -> str:
    """As ``normal_name``, with the wildcards ``*`` and ``?`` as they are."""
    return re.sub(r"[^\w*?]+", "_", as_read(pattern).strip().lower())
