"""The settings beside a secret, in a dict called ``auth`` or ``jwt``: users, hosts, periods and switches.

Such a dict is a section of settings as often as it is a user and a password. The secrets of a section are sealed, and
its settings stay readable. A part is a setting only if its name is one of those listed here and its value reads like
one, as in ``{"user": "bob"}``. What nobody can tell is sealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from secure_xcom.classify.descriptions import is_random
from secure_xcom.classify.distinct import is_date
from secure_xcom.classify.name_words import COUNTS, PERIODS, words
from secure_xcom.classify.values import Strength, is_harmless
from secure_xcom.classify.words import words_of
from secure_xcom.model.value import CLASSNAME

DEEPEST: Final = 6
"""Sections in one another; what stands deeper is sealed whole, so that the row nests no deeper than it has to."""

LONGEST_KEY: Final = 40
"""Characters of a setting's name. What is longer may be something else, of which a section is sealed whole."""

LONGEST_LABEL: Final = 128
"""Characters of a setting that people wrote."""

MOST_ITEMS: Final = 64
"""Items in a list of settings."""

LARGEST_COUNT: Final = 10**6
LARGEST_PERIOD: Final = 10**8
"""Seconds of three years, milliseconds of a day."""


def are_settings(keys: Iterable[str]) -> bool:
    """Return whether the keys of a dict are names of settings. Any other key may be a secret itself."""
    return all(
        len(key) <= LONGEST_KEY and _key().fullmatch(key) is not None and not any(map(is_random, _run().findall(key)))
        for key in keys
    )


def is_setting(key: str, value: object) -> bool:
    """Return whether a part of a section is no secret. Of dicts, moments alone are settings."""
    if isinstance(value, dict):
        return CLASSNAME in value and is_harmless(value, Strength.STRONG)
    names = words_of(key) or ("",)
    if isinstance(value, list):
        # A list under the name of one user is a user and a password.
        return names[-1] in _LISTED and len(value) <= MOST_ITEMS and all(_is_leaf(names, item) for item in value)
    return _is_leaf(names, value)


def _is_leaf(names: tuple[str, ...], value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        largest = LARGEST_PERIOD if names[-1] in _PERIODS else LARGEST_COUNT if names[-1] in COUNTS else -1
        return 0 <= value <= largest
    return isinstance(value, str) and (is_harmless(value, Strength.STRONG) or _is_text(names, value))


def _is_text(names: tuple[str, ...], text: str) -> bool:
    *before, name = names
    if name in _IDS:
        return " ".join(before) in _OWNERS and _id().fullmatch(text) is not None
    if len(text) > LONGEST_LABEL or any(map(is_random, _run().findall(text))) or _is_unspeakable(text):
        return False
    if name in _PERIODS or name in COUNTS:
        return _period().fullmatch(text) is not None or _is_day(text)
    if name in _DATED:
        return _is_day(text)
    if name in _ADDRESSES and _OPENING.isdisjoint(before) and _address().fullmatch(text) is not None:
        return True
    is_label = name in _LABELS or (name == "name" and (not before or " ".join(before) in _OWNERS))
    return is_label and _label().fullmatch(text) is not None


def _is_unspeakable(text: str) -> bool:
    return _unspeakable().search(text.partition("://")[2] or text) is not None


def _is_day(text: str) -> bool:
    # Without signs between them, the digits of a date may as well be a number that lets somebody in.
    return not text.isdigit() and is_date(text)


@cache
def _key() -> re.Pattern[str]:
    word = "(?:[A-Za-z]+[0-9]{1,2}(?![0-9]))?[A-Za-z]*"
    return re.compile(rf"{word}(?:[_.-]{word}){{0,5}}")


_HOST: Final = r"(?:[a-z0-9-]{1,24}\.){0,8}[a-z0-9-]{1,24}(?::[0-9]{1,5})?"
_WORD: Final = "[A-Za-z]{1,16}[0-9]{0,2}"


@cache
def _label() -> re.Pattern[str]:
    """Match words that are joined, an address of mail, and a host."""
    domain = r"(?:[a-z0-9-]{1,24}\.)"
    joined = rf"{_WORD}(?:[._-](?:{_WORD}|[0-9]{{1,2}})){{0,8}}"
    return re.compile(rf"{joined}(?:@{domain}{{1,8}}[a-z]{{2,16}})?|{domain}{_HOST}")


@cache
def _address() -> re.Pattern[str]:
    """Match an address without a user and a query, and a path: three steps at most, of small letters."""
    steps = "(?:/(?:[a-z]{1,16}(?:[_-][a-z]{1,16}){0,2}|v[0-9]))"
    return re.compile(rf"[a-z][a-z0-9+.-]{{1,24}}://{_HOST}{steps}{{0,3}}/?|\.{{0,2}}{steps}{{1,4}}(?:\.[a-z]{{2,5}})?")


@cache
def _unspeakable() -> re.Pattern[str]:
    """Match what no word of a language has: five consonants in a row, or four that are a word."""
    consonant = "[b-df-hj-np-tv-xz]"
    return re.compile(rf"{consonant}{{5}}|(?<![a-z]){consonant}{{4}}(?![a-z])", re.IGNORECASE)


@cache
def _run() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9]{8,}", re.ASCII)


@cache
def _id() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9][\w.@-]{0,99}", re.ASCII)


@cache
def _period() -> re.Pattern[str]:
    unit = "(?:ms|[smhdw]|seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
    return re.compile(rf"[0-9]{{1,5}}|[0-9]{{1,4}} ?{unit}", re.ASCII)


_PERIODS: Final = PERIODS | words("in age")
_DATED: Final = words("at date time timestamp expires expiry expiration")

_LABELS: Final = words(
    """
    user username login email mail host hostname server domain realm db database dbname schema tenant role roles group
    groups scope scopes driver dialect protocol warehouse catalog region type scheme algorithm alg method provider
    namespace issuer iss audience aud mode kind
    """
)
"""Last words of names of settings that people write."""

_LISTED: Final = words("roles groups scopes hosts urls uris audience aud endpoints")
"""Last words of names of lists of settings."""

_ADDRESSES: Final = words("url urls uri uris endpoint endpoints issuer iss audience aud host path server")

_OPENING: Final = words("reset magic invite invitation verify verification activation confirm signed sas webhook hook")
"""Words of addresses that let somebody in."""

_IDS: Final = words("id ids")

_OWNERS: Final = words(
    """
    user db database host server client app application service account schema region realm project cluster tenant
    organization organisation org workspace directory subscription
    """
)
"""What has a name, or an id, that everybody may know."""
