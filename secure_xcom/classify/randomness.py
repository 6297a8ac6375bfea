"""``is_random``, ``looks_random``: whether a run of letters and digits is one that nobody wrote.

Numbers in hexadecimal are not meant. Digests, ids of commits and the surrogate keys of a warehouse are as random, and
open nothing.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from secure_xcom.classify.distinct import SHORTEST_OPAQUE

MOST_TURNS: Final = 0.4
"""Share of neighbours of two kinds. Random letters and digits have 0.6, and ``Backup2Prod2026Credentials`` has 0.3."""

SHORTEST_DRAWN: Final = 12
"""Characters of a run that may be drawn at random. Names of hosts and users with digits are shorter."""

LONGEST: Final = 512
"""Characters of a text that is looked at."""

LEAST_TURNS: Final = 0.25
"""Share of neighbours of which one is a letter and the other a digit. Random small letters and digits have 0.4, and
``orders2026backup20260101`` has 0.13."""


def is_random(run: str) -> bool:
    """Return whether small letters, capitals and digits take turns in a run of letters and digits."""
    return not (run.islower() or run.isupper()) and turns_of(run) >= MOST_TURNS


def is_drawn(run: str) -> bool:
    """Return whether letters and digits take turns in a long run, as in no name of a host or a user."""
    return len(run) >= SHORTEST_DRAWN and turns_of(run) >= LEAST_TURNS


def is_camel_case(run: str) -> bool:
    """Return whether a run is words with capitals, as ``AuthCore`` and ``ExpiryInDays``, in which many are short."""
    return _camel_case().fullmatch(run) is not None


def turns_of(text: str) -> float:
    """Return the share of neighbours that are letters or digits of two kinds: lower case, upper case, digit."""
    return len(_turn().findall(text)) / (len(text) - 1)


def looks_random(text: str) -> bool:
    """Return whether a text looks like a token or a key: in base64, or of letters and digits that take turns.

    The key of a licence counts too, in groups that are equally long. A UUID has others.
    """
    if not SHORTEST_OPAQUE <= len(text) <= LONGEST or not text.isascii() or _id().fullmatch(text) is not None:
        return False
    if _mixed().fullmatch(text) is not None:
        return True
    if _grouped().fullmatch(text) is not None:
        text = text.replace("-", "")
    is_of_one_case = text.isalnum() and (text.islower() or text.isupper()) and _public().fullmatch(text) is None
    return is_of_one_case and turns_of(text) >= LEAST_TURNS


def looks_drawn(text: str) -> bool:
    """As ``looks_random``, but words with capitals and a number, as ``Sales_Dashboard_2026_Q1``, are not meant.

    Of 1,000 tokens of 20 random letters and digits some 50 are not told from words or have no digit, and 13 of 32.
    """
    is_of_one_case = text.islower() or text.isupper()
    return looks_random(text) and (is_of_one_case or text.endswith("=") or turns_of(text) >= MOST_TURNS)


@cache
def _mixed() -> re.Pattern[str]:
    """Match small letters, capitals and digits: letters and digits alone, or 32 bytes and more in base64.

    Either alphabet of it counts (RFC 4648 sections 4 and 5): Fernet's keys have the second. A digest of 16 bytes is
    written in base64 too, as in ``Content-MD5``.
    """
    kinds = "".join(rf"(?=[^{kind}]{{0,512}}[{kind}])" for kind in ("a-z", "A-Z", "0-9"))
    return re.compile(rf"{kinds}(?:[A-Za-z0-9_]{{20,512}}|[A-Za-z0-9+/_-]{{42,510}}={{1,2}})")


@cache
def _id() -> re.Pattern[str]:
    """Match a ULID behind what it is an id of: ``sess_01HQ...``."""
    return re.compile("[a-z]{2,10}_[0-7][0-9A-HJKMNP-TV-Z]{25}")


@cache
def _grouped() -> re.Pattern[str]:
    """Match four groups or more of four to six capitals and digits, all equally long."""
    return re.compile("|".join(rf"[A-Z0-9]{{{length}}}(?:-[A-Z0-9]{{{length}}}){{3,7}}" for length in (4, 5, 6)))


@cache
def _public() -> re.Pattern[str]:
    """Match a number in hexadecimal, and a ULID, which is an id that begins with the time."""
    return re.compile("[0-9a-fA-F]+|[0-7][0-9A-HJKMNP-TV-Z]{25}")


@cache
def _turn() -> re.Pattern[str]:
    return re.compile(r"[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|[0-9](?=[A-Za-z])", re.ASCII)


@cache
def _camel_case() -> re.Pattern[str]:
    """Match words of three letters or more, small words of two between them, and two capitals at the end."""
    return re.compile(
        "(?:[A-Z][a-z]{2,}|(?<=[a-z])(?:In|Is|To|Of|At|By|Em|On|Or|Id|Mq|Db|Ui|Io|Ip)(?=[A-Z]|$)){1,6}(?:[A-Z]{2})?"
    )
