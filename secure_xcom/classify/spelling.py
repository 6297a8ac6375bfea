"""How names and patterns of names are compared: as people read them."""

from __future__ import annotations

import re
import unicodedata


def as_read(name: str) -> str:
    """Return a name as people read it: a zero-width space or full-width letters hide nothing."""
    if name.isascii():
        return name
    compatible = unicodedata.normalize("NFKC", name)
    return "".join(character for character in compatible if unicodedata.category(character) != "Cf")


def normal_name(name: str) -> str:
    """Return a name in lower case, any run of characters other than letters, digits and ``_`` as one ``_``."""
    return re.sub(r"\W+", "_", as_read(name).strip().lower())


def normal_pattern(pattern: str) -> str:
    """As ``normal_name``, with the wildcards ``*`` and ``?`` as they are."""
    return re.sub(r"[^\w*?]+", "_", as_read(pattern).strip().lower())
