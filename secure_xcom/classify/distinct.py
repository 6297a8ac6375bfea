"""``is_distinctive``: whether a text tells a secret, or would hide half of every log if it were masked.

A distinctive text is long enough, and hard to guess. A date, a small number, a status, a type's name or
any other word turns up in logs by itself. Masking it there hides nothing, since everybody could have guessed it.
"""

from __future__ import annotations

import re
from typing import Final

LONG: Final = 16
"""Characters from which a text is distinctive whatever it is made of, but for dates and names of the run."""

MEDIUM: Final = 8
"""Characters from which letters together with digits or signs are distinctive."""

LONGEST_RUN: Final = 20
"""Letters and digits in a row from which a text is no date, no version and no word of the tables below; a number of so
many digits is distinctive."""

SHORTEST_ALONE: Final = 40
"""Characters of a key that stands alone: ids that look random, of files, videos and objects, have fewer."""

SHORTEST_OPAQUE: Final = 20
"""Characters of a text that looks random by itself."""

LONGEST_COMMON: Final = 64
"""Characters beyond which no date, version or number turns up by itself: a longer text is not looked at further."""

SHORTEST: Final = 5
"""Characters below which nothing is distinctive; Airflow's own default (``[logging] min_length_masked_secret``)."""

SHORTEST_NUMBER: Final = 9
"""Digits from which a number is distinctive: smaller ones are counts, sizes and ids."""

_WORDS: Final = re.compile(r"[^\W\d_]+(?:[ _./:-]+[^\W\d_]+)*[.:!]?")
"""Words, alone or joined as in ``in_progress``, ``text/html`` and ``RuntimeError``."""

_NUMBER: Final = re.compile(r"[+-]?[0-9][0-9_,. ]*(?:e[+-]?[0-9]+)?", re.IGNORECASE | re.ASCII)
_TIMESTAMP: Final = re.compile(r"1[5-9][0-9]{8}(?:[0-9]{3}|[0-9]{6}|[0-9]{9})?(?:\.[0-9]+)?", re.ASCII)
"""Unix times from 2017 to 2033, in seconds to nanoseconds."""

_DAY: Final = (
    r"[0-9]{4}[-/.]?[01][0-9][-/.]?[0-3][0-9]|[0-3]?[0-9][./-][01]?[0-9][./-][0-9]{2,4}|[01]?[0-9]/[0-3]?[0-9]/[0-9]{4}"
)
_HOUR: Final = r"[0-2]?[0-9][:.-]?[0-5][0-9](?:[:.-]?[0-9]{2}(?:[.,][0-9]+)?)?"
"""An hour beside a day. Alone it has colons: four digits and a zone may as well be the number of a person."""
_CLOCK: Final = r"[0-2]?[0-9]:[0-5][0-9](?::[0-9]{2}(?:[.,][0-9]+)?)?"
_COMPACT: Final = r"[0-9]{4}[01][0-9][0-3][0-9][0-2][0-9][0-5][0-9][0-5][0-9]"
_ZONE: Final = r"\s?(?:Z|[A-Z]{2,4}|[+-][0-9]{2}(?::?[0-9]{2})?)"
_DATE: Final = re.compile(
    rf"(?:[a-z_]+__)?(?:(?:{_DAY})(?:[T _]{_HOUR}(?:{_ZONE}(?:_[A-Za-z0-9]{{8}})?)?)?|{_CLOCK}(?:{_ZONE})?|{_COMPACT})",
    re.ASCII,
)
"""A date, a time, both, or a run_id that Airflow makes of them."""

_MOMENT: Final = re.compile(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9](?::[0-6][0-9](?:[.,][0-9]{1,9})?)?"
    r"(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.ASCII,
)

_VERSION: Final = re.compile(r"v?[0-9]+(?:\.[0-9]+){1,3}(?:[a-z-]{1,8}[0-9]*)?", re.ASCII)
_LETTER_AND_DIGIT: Final = re.compile(r"(?=.*[^\W\d_])(?=.*\d)", re.DOTALL)
_COMMON: Final = frozenset(
    """
    utf-8 utf-16 utf8 utf16 latin1 sha256 sha512 sha-256 sha-512 base64 x86_64 aarch64 arm64 amd64 http/1.1 http2
    oauth2 oauth2.0 iso8601 iso-8859-1 us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-west-3
    eu-central-1 eu-north-1 ap-south-1 ap-northeast-1 ap-southeast-1 ap-southeast-2 sa-east-1 ca-central-1 int16 int32
    int64
    us-central1 us-east1 us-west1 europe-west1 europe-west4 eastus eastus2 westeurope northeurope us-east-1a eu-west-1a
    application/json application/xml application/octet-stream multipart/form-data text/event-stream notimplementederror
    modulenotfounderror filenotfounderror permissionerror up_for_reschedule upstream_failed datetime.datetime
    uint8 uint16 uint32 uint64 float16 float32 float64 python3 python2
    """.split()  # noqa: SIM905 - a list of words reads best as words
)


def is_date(text: str) -> bool:
    """Whether ``text`` is a date, a time, both, or a run_id that Airflow makes of them."""
    return len(text) <= LONGEST_COMMON and _DATE.fullmatch(text) is not None


def is_moment(text: str) -> bool:
    """Whether ``text`` is a date with its time, as programs write one (RFC 3339, section 5.6)."""
    return len(text) <= LONGEST_COMMON and _MOMENT.fullmatch(text) is not None


def is_distinctive(text: str) -> bool:
    """Whether ``text`` is unlikely to turn up by itself. Nothing is searched in a long one."""
    if len(text) > LONGEST_COMMON:
        return not text.isspace()
    if len(text) >= LONGEST_RUN and text.isalnum():
        return True
    text = text.strip()
    length = len(text)
    if length < SHORTEST:
        return False
    if _NUMBER.fullmatch(text):
        digits = sum(map(str.isdigit, text))
        return digits >= SHORTEST_NUMBER and not _TIMESTAMP.fullmatch(text) and not _DATE.fullmatch(text)
    if _DATE.fullmatch(text) or _VERSION.fullmatch(text) or text.lower() in _COMMON:
        return False
    if length >= LONG:
        return True
    if _WORDS.fullmatch(text):
        return False
    return length >= MEDIUM or _LETTER_AND_DIGIT.match(text) is not None
