"""The settings beside a secret, in a dict called ``auth`` or ``jwt``: users, hosts, periods and switches.

Such a dict is a section of settings as often as it is a user and a password. The secrets of a section are sealed, and
its settings stay readable. A part is a setting only if its name says so and its value reads like one, as in ``{"user":
"bob"}``. What nobody can tell is sealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from secure_xcom.classify.descriptions import describes, is_random
from secure_xcom.classify.distinct import is_date
from secure_xcom.classify.name_words import MEASURED_LAST_WORDS, words
from secure_xcom.classify.stand_ins import STATES
from secure_xcom.classify.values import Strength, is_harmless
from secure_xcom.classify.words import words_of
from secure_xcom.model.value import CLASSNAME

LONGEST_KEY: Final = 40
"""Characters of a setting's name. What is longer may be something else, of which a section is sealed whole."""

LONGEST_LABEL: Final = 128
"""Characters of a setting that people wrote."""

MOST_ITEMS: Final = 64
"""Items in a list of settings."""

LARGEST_COUNT: Final = 999
"""A number up to this counts, whatever its name: no secret is that easy to guess."""

LARGEST_PERIOD: Final = 10**8
"""Seconds of three years, milliseconds of a day."""


def is_section(keys: Iterable[str]) -> bool:
    """Return whether the keys of a dict are names of settings. Any other key may be a secret itself."""
    return all(
        len(key) <= LONGEST_KEY and _key().fullmatch(key) is not None and not any(map(is_random, _run().findall(key)))
        for key in keys
    )


def is_setting(key: str, value: object) -> bool:
    """Return whether a part of a section is no secret. Of dicts, moments alone are settings."""
    if isinstance(value, dict):
        return CLASSNAME in value and is_harmless(value, Strength.STRONG)
    items = value if isinstance(value, list) else [value]
    return len(items) <= MOST_ITEMS and all(_is_leaf(key, item) for item in items)


def _is_leaf(key: str, value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    *before, name = words_of(key) or ("",)
    if isinstance(value, (int, float)):
        return abs(value) <= (
            LARGEST_PERIOD if name in MEASURED_LAST_WORDS else LARGEST_COUNT if name not in _UNTOLD else -1
        )
    if not isinstance(value, str):
        return False
    return is_harmless(value, Strength.STRONG) or _is_text(key, before, name, value)


def _is_text(key: str, before: list[str], name: str, text: str) -> bool:
    if name in MEASURED_LAST_WORDS:
        return _period().fullmatch(text) is not None or _is_day(text)
    if name in _DATED:
        return _is_day(text)
    if name in _IDS:
        return _KEYS.isdisjoint(before) and describes(key, text, names_keys=False)
    if name in _LABELS or describes(key, text, names_keys=False):
        return _is_label(text)
    return name not in _UNTOLD and (text.lower() in STATES or _span().fullmatch(text) is not None)


def _is_label(text: str) -> bool:
    is_short = len(text) <= LONGEST_LABEL
    return is_short and not any(map(is_random, _run().findall(text))) and _label().fullmatch(text) is not None


def _is_day(text: str) -> bool:
    # Without signs between them, the digits of a date may as well be a number that lets somebody in.
    return not text.isdigit() and is_date(text)


@cache
def _key() -> re.Pattern[str]:
    word = "(?:[A-Za-z]+[0-9]{1,2}(?![0-9]))?[A-Za-z]*"
    return re.compile(rf"{word}(?:[_.-]{word}){{0,5}}")


@cache
def _label() -> re.Pattern[str]:
    word = "[A-Za-z]{1,24}[0-9]{0,2}"
    joined = rf"{word}(?:[._/-](?:{word}|[0-9]{{1,2}})){{0,8}}"
    path = rf"(?:\.{{0,2}}/)?{joined}"
    domain = r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})"
    address = rf"[a-z][a-z0-9+.-]{{1,24}}://{domain}{{0,8}}(?::[0-9]{{1,5}})?(?:/{joined})?/?"
    return re.compile(rf"{path}|{joined}@{domain}{{1,8}}|{address}")


@cache
def _run() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9]{8,}", re.ASCII)


@cache
def _period() -> re.Pattern[str]:
    return re.compile(r"[0-9]{1,8}(?: ?(?:ms|[smhdw]|seconds?|minutes?|hours?|days?|weeks?|months?|years?))?", re.ASCII)


@cache
def _span() -> re.Pattern[str]:
    return re.compile(r"[0-9]{1,4}(?:ms|[smhdw])", re.ASCII)


_DATED: Final = words("at date time timestamp")

_LABELS: Final = words(
    """
    user username login email mail host hostname server domain realm db database dbname schema tenant role roles group
    groups scope scopes driver dialect protocol warehouse catalog
    """
)
"""Last words of names of further settings that a section has beside a secret."""

_IDS: Final = words("id ids")

_KEYS: Final = words("key keys access secret token")
"""Before an id they make it half of a pair of keys, which mostly names nobody."""

_UNTOLD: Final = words("value values val data content contents code codes number text string raw")
"""Last words of names that say nothing of what stands there."""
