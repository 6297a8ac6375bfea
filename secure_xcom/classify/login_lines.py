"""``is_of_logins``: whether a text is a file of logins: a user and a password on each line, and no name for them."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.login_cells import is_chosen_well, looks_chosen
from secure_xcom.classify.name_words import words

SHAPE_LOGINS: Final = "shape-logins"

LONGEST: Final = 16_384
"""Characters of a text that is looked at."""

_LINE: Final = re.compile(
    r"(?P<user>(?![\w-]{1,60}\.[a-z]{2,5}[:=;,\t])[a-z][\w.@-]{1,63})(?P<sign>[:=;,\t])(?P<password>[^\s:=;,]{8,64})",
    re.ASCII,
)

_SETTINGS: Final = words(
    """
    host port region bucket url uri path version image name id title file format type mode env table database schema
    topic queue job task run date time size level zone account cluster project branch commit tag hash digest python
    """
)
"""What stands before values in lines of settings."""

_VERSION: Final = re.compile(r"[A-Za-z]{0,24}[-_.]?v?[0-9]{1,4}(?:[._-][A-Za-z0-9]{1,8}){1,6}", re.ASCII)
"""A version, with a word before it."""

_PAIR: Final = 2


def is_of_logins(text: str) -> bool:
    """Return whether each line is a user and what looks chosen, and half of those like nothing but a password."""
    if len(text) > LONGEST:
        return False
    lines = [line for line in text.splitlines() if line.strip()]
    found = [match for line in lines if (match := _LINE.fullmatch(line.strip())) is not None]
    if len(found) < _PAIR or len(found) != len(lines):
        return False
    users = {match["user"].lower() for match in found}
    if len(users) != len(found) or len({match["sign"] for match in found}) > 1 or not _SETTINGS.isdisjoint(users):
        return False
    passwords = [match["password"] for match in found]
    if any(map(_VERSION.fullmatch, passwords)):
        return False
    return all(map(looks_chosen, passwords)) and sum(map(is_chosen_well, passwords)) * 2 >= len(passwords)
