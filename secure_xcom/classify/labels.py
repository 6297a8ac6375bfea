"""``is_label``: whether a text is what a page shows beside a field, and no secret.

Translations of pages have ``{"password": "Password"}``, and descriptions of forms ``{"reset_token": "Reset token"}``.
A passphrase is made of words too: so each word has to be one of pages, and one has to name a secret.
"""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.name_words import words

LONGEST: Final = 160
"""Characters of a label or of a sentence."""

_SHORTEST_SENTENCE: Final = 5
"""Words of a sentence, which may be any."""


def is_label(text: str) -> bool:
    """Return whether a text is a label of a field or of a button, or a sentence to a user about a secret."""
    if len(text) > LONGEST or not text[:1].isupper() or (found := _SAID.fullmatch(text)) is None:
        return False
    said, end = found["words"].lower().split(), found["end"]
    if _NOUNS.isdisjoint(said):
        return False
    # A password may be the word for one with a sign behind it.
    if all(word in _NOUNS or word in _OF_PAGES for word in said):
        return len(said) > 1 or end in ("", ":")
    return len(said) >= _SHORTEST_SENTENCE and end in (".", "!", "?") and said[0] in _TO_USERS


def is_said(text: str) -> bool:
    """Return whether a text says something in two words or more, in any language, with a capital before them.

    No token, key or cookie does. A passphrase may.
    """
    if len(text) > LONGEST or not (text[:1].isupper() or not text.isascii()) or len(text.split()) == 1:
        return False
    return all(letter.isalpha() or letter in _SIGNS for letter in text)


_SIGNS: Final = " .,:;!?'()-"

_SAID: Final = re.compile(
    r"(?P<words>[A-Z][A-Za-z']{0,24}(?: [A-Za-z']{1,24}){0,23})(?: \([a-z/ ]{1,24}\))?(?P<end>[:.!?]?)", re.ASCII
)

_NOUNS: Final = words(
    """
    password passwords passphrase passcode secret secrets token tokens key keys cookie cookies credential credentials
    webhook webhooks code codes pin passwort kennwort schlüssel wachtwoord
    """
)

_TO_USERS: Final = words("you your please this if enter invalid incorrect we")
"""How sentences begin that a page says to its users."""

_OF_PAGES: Final = words(
    """
    a an the your our my new old current confirm confirmation repeat retype enter type show hide copy copied create
    created generate regenerate revoke revoked reset forgot forgotten change changed delete deleted add edit update
    updated save view view manage rotate invalid incorrect wrong missing required optional not set is was has been
    personal access api url client app application user admin account login sign in out up session refresh bearer
    authentication authorization auth two-factor verification security private public shared signing ssh encryption
    license product service name value type expires expired expiry temporary initial database email and or of for to
    please again visit link
    """
)
"""Words of labels and of buttons."""
