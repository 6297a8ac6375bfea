"""``is_of_an_entry``: whether a part of an entry in a list of users is a setting, as its name says.

A list under the name of credentials may hold anything. It is a list of users only if nothing in it is unknown.
"""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.name_words import ASKED_LAST_WORDS, ASKING_WORDS, words
from secure_xcom.classify.sections import is_setting
from secure_xcom.classify.words import words_of


def is_of_an_entry(key: str, value: object) -> bool:
    """Return whether a part of an entry is a text or a list with the name of a setting, or a switch."""
    names = words_of(key)
    if isinstance(value, bool):
        return names[:1] == ("is",) or (bool(names) and (names[-1] in _STATES or names[0] in ASKING_WORDS))
    if isinstance(value, list):
        return names in _LISTED and all(isinstance(item, str) for item in value)
    return isinstance(value, str) and bool(names) and is_setting(key, value)


_STATES: Final = ASKED_LAST_WORDS | words("verified active admin locked disabled")

_LISTED: Final = (("groups",), ("roles",), ("scopes",))
