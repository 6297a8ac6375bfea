"""The settings beside a secret, in a dict called ``auth`` or ``jwt``: users, hosts, periods and switches.

Such a dict is a section of settings as often as it is a user and a password. The secrets of a section are sealed, and
its settings stay readable. A part is a setting only if its name is one of those listed here and its value reads like
one, as in ``{"user": "bob"}``. What nobody can tell is sealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from secure_xcom.classify import section_patterns
from secure_xcom.classify.descriptions import describes
from secure_xcom.classify.name_words import COUNTS
from secure_xcom.classify.randomness import is_camel_case, is_random
from secure_xcom.classify.section_measures import is_day, is_limit, is_number_of, is_period_of, is_sure_period
from secure_xcom.classify.section_words import (
    ADDRESSES,
    ALGORITHMS,
    CARRIED,
    CARRIERS,
    CARRYING,
    DATED,
    IDS,
    LABELS,
    LISTED,
    NETWORKS,
    NUMBERED,
    OPENING,
    OWNERS,
    PARTIES,
    PREFIXED,
    SAID_TOGETHER,
    SITED,
    SITES,
    SPANS,
    STAGES,
    TIMED,
    TYPES,
    WRITERS,
)
from secure_xcom.classify.values import Strength, is_harmless, is_public_key
from secure_xcom.classify.words import words_of
from secure_xcom.model.value import CLASSNAME

DEEPEST: Final = 6
"""Sections in one another; what stands deeper is sealed whole, so that the row nests no deeper than it has to."""

LONGEST_KEY: Final = 40
"""Characters of a setting's name. What is longer may be something else, of which a section is sealed whole."""

LONGEST_PHRASE: Final = 64
"""Characters of a setting's name of many words, as in ``token-validity-in-seconds-for-remember-me``."""

_WORDS_OF_A_PHRASE: Final = 4

LONGEST_LABEL: Final = 128
"""Characters of a setting that people wrote."""

MOST_ITEMS: Final = 64
"""Items in a list of settings."""

_OF_PEOPLE: Final = (("name",), ("full", "name"), ("display", "name"), ("user", "name"))

_LISTS: Final = (("roles",), ("rules",), ("groups",), ("scopes",), ("projects",), ("domains",), ("policies",))

_WHERE_IT_RUNS: Final = (("env",), ("environment",), ("stage",))

_METHODS: Final = frozenset(("password", "token", "totp", "saml2", "oauth1", "external", "mapped", "kerberos"))
"""Ways to log in, in the words of OpenStack."""

LONGEST_STEP: Final = 300
"""Seconds for which a one-time code is one."""

MOST_STEPS: Final = 10
"""Steps of time before and after, whose codes are taken too."""

SHORTEST_ID: Final = 16

MOST_DIGITS: Final = 12
"""Digits of a code."""


def are_settings(keys: Iterable[str]) -> bool:
    """Return whether the keys of a dict are names of settings. Any other key may be a secret itself."""
    return all(
        len(key) <= (LONGEST_PHRASE if key.count("-") + key.count("_") >= _WORDS_OF_A_PHRASE else LONGEST_KEY)
        and section_patterns.key_of_settings().fullmatch(key) is not None
        and not any(is_random(run) and not is_camel_case(run) for run in section_patterns.run().findall(key))
        for key in keys
    )


def is_setting(key: str, value: object, group: str = "") -> bool:
    """Return whether a part of a section is no secret. Of dicts, moments alone are settings.

    ``group`` is what the section is called, if the name of the part says nothing of a secret.
    """
    if isinstance(value, dict):
        return CLASSNAME in value and is_harmless(value, Strength.STRONG)
    names = names_of(key)
    if names in (("id",), ("name",)) and isinstance(value, str) and _owner_in(group):
        return section_patterns.number().fullmatch(value) is not None or (names == ("name",) and _is_leaf(names, value))
    if names == ("methods",):
        return isinstance(value, list) and all(isinstance(each, str) and each in _METHODS for each in value)
    if names == ("description",):
        return isinstance(value, str) and (not value or (" " in value and describes(key, value, names_keys=False)))
    if isinstance(value, list):
        # A list under the name of one user is a user and a password.
        return names[-1] in LISTED and len(value) <= MOST_ITEMS and all(_is_leaf(names, item) for item in value)
    return _is_leaf(names, value) or (bool(group) and is_limit(names, words_of(group), value))


def is_public_id(value: object) -> bool:
    """Return whether a value is an id as programs make one: a UUID, or a long number in hexadecimal."""
    return (
        isinstance(value, str) and len(value) >= SHORTEST_ID and section_patterns.number().fullmatch(value) is not None
    )


def lists_settings(key: str) -> bool:
    """Return whether a list of this name holds dicts of settings: roles, rules and the like."""
    return words_of(key)[-1:] in _LISTS


def _owner_in(group: str) -> str:
    """Return the last word of what a section is called, if it is what has an id that everybody may know."""
    last = words_of(group)[-1:] or ("",)
    return next((word for word in (last[0], last[0].removesuffix("s")) if word in OWNERS), "")


def is_sure_measure(key: str, value: object) -> bool:
    """Return whether a part is a measure that no code is: a switch, a small or a round number, a period with a unit."""
    return value is None or isinstance(value, bool) or (is_sure_period(value) and is_measure(key, value))


def is_of_codes(key: str, value: object) -> bool:
    """Return whether a part tells how codes are made: by which algorithm, by whom, or with how many digits."""
    name = names_of(key)[-1]
    if isinstance(value, list):
        return 0 < len(value) <= MOST_ITEMS and all(isinstance(item, str) and is_of_codes(key, item) for item in value)
    if not isinstance(value, str):
        most = {"digits": MOST_DIGITS, "step": LONGEST_STEP, "skew": MOST_STEPS}.get(name, 0)
        return isinstance(value, int) and 0 < value <= most
    is_party = name in PARTIES and "." in value and is_setting(key, value)
    return is_party or (name in ALGORITHMS and section_patterns.algorithm().fullmatch(value) is not None)


def is_name_of_issuer(value: object) -> bool:
    """Return whether a text names who hands out codes, as an app shows it above them: a few words."""
    return isinstance(value, str) and section_patterns.title().fullmatch(value) is not None


def is_measure(key: str, value: object) -> bool:
    """Return whether a part of a section is a number, a period or a switch, or says how a token is sent.

    No word that people choose is one, so that a dict of such parts holds no secret whatever it is called.
    """
    names = names_of(key)
    if not isinstance(value, str):
        return not isinstance(value, (dict, list)) and _is_leaf(names, value)
    if names[-1] in IDS or (names[-1] in PARTIES and ("://" in value or value in PARTIES)):
        return _is_text(names, value)
    return is_harmless(value, Strength.STRONG) or is_period_of(names[-1], value) or _is_carrier(names, value)


def names_of(key: str) -> tuple[str, ...]:
    """Return the words of a name, of which an owner and its id are two in ``clientid`` too; Twilio says sid."""
    names = _before_purpose(words_of(key)) or ("",)
    if names[-2:] == ("account", "sid"):
        return (*names[:-1], "id")
    owner = names[-1].removesuffix("id")
    return (*names[:-1], owner, "id") if owner != names[-1] and owner in OWNERS else names


def _before_purpose(names: tuple[str, ...]) -> tuple[str, ...]:
    """Leave away when a period counts, as in ``token-validity-in-seconds-for-remember-me``."""
    purpose = names.index("for") if "for" in names else 0
    return names[:purpose] if purpose and (names[purpose - 1] in SPANS or names[purpose - 1] == "time") else names


def _is_leaf(names: tuple[str, ...], value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return is_number_of(names, value)
    if not isinstance(value, str):
        return False
    default = section_patterns.default().fullmatch(value)
    return (
        is_harmless(value, Strength.STRONG)
        or is_public_key(value)
        or _is_text(names, value)
        or bool(default and _is_text(names, default[1]))
    )


def _is_text(names: tuple[str, ...], text: str) -> bool:
    *before, name = names
    if name in IDS:
        return " ".join(before) in OWNERS and section_patterns.public_id().fullmatch(text) is not None
    if len(text) > LONGEST_LABEL or any(map(is_random, section_patterns.run().findall(text))) or _is_unspeakable(text):
        return False
    if name in SPANS or name in COUNTS:
        return is_period_of(name, text) or is_day(text)
    if _is_carrier(names, text):
        return True
    if name in DATED:
        return is_day(text)
    if name in ADDRESSES and OPENING.isdisjoint(before) and section_patterns.address().fullmatch(text) is not None:
        return True
    if _is_of_a_kind(names, text) or (name in SITED and section_patterns.chinese().fullmatch(text) is not None):
        return True
    is_name = name == "name" and (not before or " ".join(before) in OWNERS or before[-1] in ("secret", "credential"))
    if name in SAID_TOGETHER and "," in text:
        return section_patterns.listing().fullmatch(text) is not None
    is_label = name in LABELS or is_name or names == ("existing", "secret")
    return is_label and section_patterns.label().fullmatch(text) is not None


def _is_of_a_kind(names: tuple[str, ...], text: str) -> bool:
    """Return whether a text is what stands under few names: a number of a database, a party, a prefix, which sites."""
    name = names[-1]
    return (
        (name in NUMBERED and text.isascii() and text.isdecimal() and len(text) <= 2)
        or (name in PARTIES and (text in PARTIES or section_patterns.party().fullmatch(text) is not None))
        or (name in ALGORITHMS and section_patterns.algorithm().fullmatch(text) is not None)
        or (name == "typ" and text.lower() in TYPES)
        or (name in WRITERS and section_patterns.mail().fullmatch(text) is not None)
        or (name == "cron" and section_patterns.schedule().fullmatch(text) is not None)
        or (name in PREFIXED and section_patterns.prefix().fullmatch(text) is not None)
        or (names in _OF_PEOPLE and section_patterns.person().fullmatch(text) is not None)
        or (names[-2:] == ("same", "site") and text.lower() in SITES)
        or (name == "version" and section_patterns.version().fullmatch(text) is not None)
        or (names[-2:] in TIMED and is_period_of("timeout", text))
        or (name in NETWORKS and section_patterns.network().fullmatch(text) is not None)
        or (name == "env" and len(names) > 1 and section_patterns.variable().fullmatch(text) is not None)
        or (names in _WHERE_IT_RUNS and text.lower() in STAGES)
    )


def _is_carrier(names: tuple[str, ...], text: str) -> bool:
    if names[-1] not in CARRYING and names[-2:] not in CARRIED:
        return False
    word = text.strip().lower()
    return word in CARRIERS or section_patterns.carrier().fullmatch(word) is not None


def _is_unspeakable(text: str) -> bool:
    spoken = section_patterns.acronym().sub("", text.partition("://")[2] or text)
    return section_patterns.unspeakable().search(spoken) is not None
