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
from secure_xcom.classify.key_names import rule_of_words
from secure_xcom.classify.name_words import COUNTS
from secure_xcom.classify.section_words import (
    ADDRESSES,
    BOUNDING,
    CARRIED,
    CARRIERS,
    CARRYING,
    DATED,
    IDS,
    LABELS,
    LASTING,
    LIMITING,
    LISTED,
    NUMBERED,
    OPENING,
    OWNERS,
    PARTIES,
    PREFIXED,
    SITES,
    SPANS,
)
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

LONGEST_PERIOD: Final = 10**10
"""Milliseconds of three months."""

ROUND: Final = 3600
"""What a long period is a multiple of. Of random numbers one in so many is."""

UNLIMITED: Final = ("-1", "-1ms", "-1s")

LARGEST_LIMIT: Final = 1000
"""The largest number under a name that says that it is a limit, and not of what."""


def are_settings(keys: Iterable[str]) -> bool:
    """Return whether the keys of a dict are names of settings. Any other key may be a secret itself."""
    return all(
        len(key) <= LONGEST_KEY and _key().fullmatch(key) is not None and not any(map(is_random, _run().findall(key)))
        for key in keys
    )


def is_setting(key: str, value: object, group: str = "") -> bool:
    """Return whether a part of a section is no secret. Of dicts, moments alone are settings.

    ``group`` is what the section is called, if the name of the part says nothing of a secret.
    """
    if isinstance(value, dict):
        return CLASSNAME in value and is_harmless(value, Strength.STRONG)
    names = words_of(key) or ("",)
    if isinstance(value, list):
        # A list under the name of one user is a user and a password.
        return names[-1] in LISTED and len(value) <= MOST_ITEMS and all(_is_leaf(names, item) for item in value)
    return _is_leaf(names, value) or (bool(group) and _is_limit(names, words_of(group), value))


def are_periods(name: str, values: Iterable[object]) -> bool:
    """Return whether all values in a dict are periods by its name: small or round numbers, or with a unit.

    Other numbers may be a code: it would have to stand under the name of a period, and nobody could tell.
    """
    last = words_of(name)[-1:]
    return bool(last) and last[0] in LASTING and all(map(_is_sure_period, values))


def _is_sure_period(value: object) -> bool:
    if isinstance(value, str):
        return not value.isdigit() and _period().fullmatch(value) is not None
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return 0 <= value <= LARGEST_LIMIT or (value <= LARGEST_PERIOD and value % 60 == 0)


def _is_limit(names: tuple[str, ...], group: tuple[str, ...], value: object) -> bool:
    """Return whether a number is a limit by the name of its group, or by how its own begins."""
    is_bound = names[0] in BOUNDING and rule_of_words(names[1:]) is None
    if not is_bound and (not group or group[-1] not in LIMITING):
        return False
    if isinstance(value, str):
        return not is_bound and _period().fullmatch(value) is not None and not value.isdigit()
    return isinstance(value, int) and -1 <= value <= LARGEST_LIMIT


def is_measure(key: str, value: object) -> bool:
    """Return whether a part of a section is a number, a period or a switch, or says how a token is sent.

    No word that people choose is one, so that a dict of such parts holds no secret whatever it is called.
    """
    names = words_of(key) or ("",)
    if not isinstance(value, str):
        return not isinstance(value, (dict, list)) and _is_leaf(names, value)
    if names[-1] in IDS or (names[-1] in PARTIES and "://" in value):
        return _is_text(names, value)
    return is_harmless(value, Strength.STRONG) or _is_measure(names[-1], value) or _is_carrier(names, value)


def _is_leaf(names: tuple[str, ...], value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        if names[-1] in SPANS or names[-2:] == ("expire", "time"):
            return -1 <= value <= LARGEST_PERIOD or _is_round(value)
        return -1 <= value <= (LARGEST_COUNT if names[-1] in COUNTS else 99 if names[-1] in NUMBERED else -2)
    if not isinstance(value, str):
        return False
    default = _default().fullmatch(value)
    return (
        is_harmless(value, Strength.STRONG) or _is_text(names, value) or bool(default and _is_text(names, default[1]))
    )


def _is_text(names: tuple[str, ...], text: str) -> bool:
    *before, name = names
    if name in IDS:
        return " ".join(before) in OWNERS and _id().fullmatch(text) is not None
    if len(text) > LONGEST_LABEL or any(map(is_random, _run().findall(text))) or _is_unspeakable(text):
        return False
    if name in SPANS or name in COUNTS:
        return _is_measure(name, text) or _is_day(text)
    if _is_carrier(names, text):
        return True
    if name in DATED:
        return _is_day(text)
    if name in ADDRESSES and OPENING.isdisjoint(before) and _address().fullmatch(text) is not None:
        return True
    if _is_of_a_kind(names, text):
        return True
    is_name = name == "name" and (not before or " ".join(before) in OWNERS or before[-1] == "secret")
    is_label = name in LABELS or is_name or names == ("existing", "secret")
    return is_label and _label().fullmatch(text) is not None


def _is_of_a_kind(names: tuple[str, ...], text: str) -> bool:
    """Return whether a text is what stands under few names: a number of a database, a party, a prefix, which sites."""
    name = names[-1]
    return (
        (name in NUMBERED and text.isascii() and text.isdecimal() and len(text) <= 2)
        or (name in PARTIES and _party().fullmatch(text) is not None)
        or (name in PREFIXED and _prefix().fullmatch(text) is not None)
        or (names[-2:] == ("same", "site") and text.lower() in SITES)
        or (name == "version" and _version().fullmatch(text) is not None)
        or (names[-2:] == ("expire", "time") and _is_measure("timeout", text))
    )


def _is_carrier(names: tuple[str, ...], text: str) -> bool:
    if names[-1] not in CARRYING and names[-2:] not in CARRIED:
        return False
    word = text.strip().lower()
    return word in CARRIERS or _carrier().fullmatch(word) is not None


def _is_measure(name: str, text: str) -> bool:
    if name not in SPANS and name not in COUNTS:
        return False
    default = _default().fullmatch(text)
    text = default[1] if default else text.removeprefix("-") if text in UNLIMITED else text
    return _period().fullmatch(text) is not None or (
        text.isascii() and text.isdecimal() and len(text) <= 11 and _is_round(int(text))
    )


def _is_round(number: int) -> bool:
    return 0 < number <= LONGEST_PERIOD and number % ROUND == 0


def _is_unspeakable(text: str) -> bool:
    spoken = _acronym().sub("", text.partition("://")[2] or text)
    return _unspeakable().search(spoken) is not None


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
    joined = rf"\*|{_WORD}(?:[._-](?:{_WORD}|[0-9]{{1,2}})){{0,8}}"
    return re.compile(rf"{joined}(?:@{domain}{{1,8}}[a-z]{{2,16}})?|{domain}{_HOST}")


@cache
def _address() -> re.Pattern[str]:
    """Match an address without a user and a query, and a path: three steps at most, of small letters."""
    steps = "(?:/(?:[a-z]{1,16}(?:[_-][a-z]{1,16}){0,2}|v[0-9]|oauth2))"
    return re.compile(rf"[a-z][a-z0-9+.-]{{1,24}}://{_HOST}{steps}{{0,3}}/?|\.{{0,2}}{steps}{{1,4}}(?:\.[a-z]{{2,5}})?")


@cache
def _unspeakable() -> re.Pattern[str]:
    """Match what no word of a language has: five consonants in a row, or four that are a word."""
    consonant = "[b-df-hj-np-tv-xz]"
    return re.compile(rf"{consonant}{{5}}|(?<![a-z]){consonant}{{4}}(?![a-z])", re.IGNORECASE)


@cache
def _acronym() -> re.Pattern[str]:
    return re.compile(r"(?<![a-z])(?:smtps?|https?|html|grpcs?|mqtts?|xmpp|nntp)(?![a-z])", re.IGNORECASE)


@cache
def _carrier() -> re.Pattern[str]:
    """Match the name of a header or a cookie that carries a token: ``satoken``, ``x-acme-token``."""
    return re.compile(r"(?:x[-_])?(?:[a-z]{1,12}[-_]){0,3}(?:token|jwt|session|authorization)|satoken", re.ASCII)


@cache
def _party() -> re.Pattern[str]:
    """Match words in capitals, as an audience is called: ``OrdersAPIAudience``."""
    return re.compile(r"(?:[A-Z][a-z]{1,14}|[A-Z]{2,4}(?![a-z])){1,6}", re.ASCII)


@cache
def _version() -> re.Pattern[str]:
    return re.compile(r"v?[0-9]{1,2}(?:\.[0-9]{1,2}){1,2}", re.ASCII)


@cache
def _prefix() -> re.Pattern[str]:
    """Match words before a colon, with which the keys of a cache begin: ``online_token:``."""
    return re.compile(r"(?:[a-z]{2,16}[_:-]){1,4}(?<=:)", re.ASCII)


@cache
def _default() -> re.Pattern[str]:
    """Match a variable with a default: ``${JWT_TTL:86400}``."""
    return re.compile(r"\$\{[A-Za-z][\w.-]{0,63}:-?([\w .:/@*-]{1,128})\}", re.ASCII)


@cache
def _run() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9]{8,}", re.ASCII)


@cache
def _id() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9][\w.@-]{0,99}", re.ASCII)


@cache
def _period() -> re.Pattern[str]:
    unit = "(?:ms|[smhdw]|seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
    iso = "P(?=[0-9T])(?:[0-9]{1,3}D)?(?:T(?:[0-9]{1,3}[HMS]){1,3})?"
    return re.compile(rf"[0-9]{{1,5}}|[0-9]{{1,4}} ?{unit}|{iso}", re.ASCII)
