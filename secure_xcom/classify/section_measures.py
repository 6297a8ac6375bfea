"""The measures among the settings of a section: periods, counts, limits and days."""

from __future__ import annotations

from typing import Final

from secure_xcom.classify import section_patterns
from secure_xcom.classify.distinct import is_date
from secure_xcom.classify.key_names import rule_of_words
from secure_xcom.classify.name_words import COUNTS
from secure_xcom.classify.section_words import BOUNDING, COSTS, LIMITING, NUMBERED, SPANS, TIMED

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


def is_number_of(names: tuple[str, ...], number: int) -> bool:
    """Return whether a number is a period, a count or a cost, by the words of its name."""
    if names[-1] in SPANS or names[-2:] in TIMED:
        return -1 <= number <= LARGEST_PERIOD or _is_round(number)
    if names[-1] == "time":
        return _is_round(number)
    if names[-1] in COUNTS or names[-1] in COSTS:
        return -1 <= number <= LARGEST_COUNT
    return -1 <= number <= (99 if names[-1] in NUMBERED else -2)


def is_period_of(name: str, text: str) -> bool:
    """Return whether a text is a period or a count, under a last word of a name that says so."""
    if name not in SPANS and name not in COUNTS:
        return False
    default = section_patterns.default().fullmatch(text)
    text = default[1] if default else text.removeprefix("-") if text in UNLIMITED else text
    return section_patterns.period().fullmatch(text) is not None or (
        text.isascii() and text.isdecimal() and len(text) <= 11 and _is_round(int(text))
    )


def is_sure_period(value: object) -> bool:
    """Return whether a value is a small or a round number, or has a unit of time."""
    if isinstance(value, str):
        return not value.isdigit() and section_patterns.period().fullmatch(value) is not None
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return 0 <= value <= LARGEST_LIMIT or (value <= LARGEST_PERIOD and value % 60 == 0) or _is_round(value)


def is_limit(names: tuple[str, ...], group: tuple[str, ...], value: object) -> bool:
    """Return whether a number is a limit by the name of its group, or by how its own begins."""
    rest = tuple(word for word in names if word not in BOUNDING)
    is_bound = (names[0] in BOUNDING or (len(rest) < len(names) and names[-1] in rest)) and rule_of_words(rest) is None
    if not is_bound and (not group or group[-1] not in LIMITING):
        return False
    if isinstance(value, str):
        return not is_bound and section_patterns.period().fullmatch(value) is not None and not value.isdigit()
    return isinstance(value, int) and -1 <= value <= LARGEST_LIMIT


def is_day(text: str) -> bool:
    """Return whether a text is a date that nobody takes for a number."""
    # Without signs between them, the digits of a date may as well be a number that lets somebody in.
    return not text.isdigit() and is_date(text)


def _is_round(number: int) -> bool:
    return 0 < number <= LONGEST_PERIOD and number % ROUND == 0
