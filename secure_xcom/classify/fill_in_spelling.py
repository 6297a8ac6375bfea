"""How requests to write a secret are spelt: the words of a text, and what stands before, between and behind them."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from secure_xcom.classify.name_words import VENDORS

_SHORTEST_HUMP: Final = 3
"""Letters of a word in a run that may be random."""


def is_random_word(letters: str) -> bool:
    """Return whether small letters and capitals take turns, as in no word: ``xKqZpLmW``."""
    return not letters.islower() and max(map(len, hump().findall(letters))) < _SHORTEST_HUMP


def parted(text: str) -> str:
    """Part words at their capitals in a request to the reader: ``your appPrivateKey``."""
    is_yours = text[:5].lower() in ("your-", "your_", "your ")
    is_order = text.startswith(("ChangeMe", "ReplaceMe"))
    return _between_humps().sub(" ", text) if is_order or (is_yours and text[5:].isalpha()) else text


def without_sequence(text: str) -> str:
    """Leave away the alphabet, and digits behind it, with which people make a request longer."""
    return _sequence().sub("", text) if _ordering().search(text) else text


def words_in(text: str) -> tuple[str, ...]:
    """Return the words of a text; none if it holds a sign that stands between no words."""
    if _spelt().fullmatch(text) is None:
        return ()
    return tuple(_word().findall(_size().sub(r"\1 \2", text.lower())))


@cache
def _spelt() -> re.Pattern[str]:
    """Match words with one kind of sign between them, in brackets or not."""
    return re.compile(r"[<\[({]{0,2}[A-Za-z0-9]+(?:[ _.:-]+[A-Za-z0-9]+)*[ _.:!-]*[>\])}]{0,2}", re.ASCII)


@cache
def _ordering() -> re.Pattern[str]:
    return re.compile("(?:change|replace)[_ -]?(?:me|this|it)(?![a-z])", re.IGNORECASE)


@cache
def _sequence() -> re.Pattern[str]:
    return re.compile(r"[_ -]abcdefghijklmnopqrstuvwxyz(?:[_ -][0-9]{3,10})?(?=[_ !-]|$)")


@cache
def glued() -> re.Pattern[str]:
    """Match an order in small letters without a sign between its words: ``yoursecretpassword``."""
    kind, noun = "(?:super|secret|strong|secure|random|api|access|jwt)", "(?:password|passphrase|secret|token|key)"
    whose = "|".join(VENDORS)
    return re.compile(
        rf"your{kind}{{0,4}}{noun}(?:here)?|x{{3,8}}your(?:{whose})?{kind}{{0,4}}{noun}x{{3,8}}", re.ASCII
    )


@cache
def mark() -> re.Pattern[str]:
    """Match an order in capitals at the beginning, as no password begins."""
    return re.compile("(?:CHANGE[_-]?ME|REPLACE[_-]?ME)[_:-]{1,2}")


@cache
def begun() -> re.Pattern[str]:
    """Match what providers begin their tokens with: ``sk-or-v1-troque-aqui``."""
    return re.compile("(?:sk|pk|rk)[-_](?:(?:test|live|proj|ant|or)[-_])?(?:v[0-9][-_])?|whsec_|gh[ps]_|glpat-|hf_")


@cache
def _word() -> re.Pattern[str]:
    return re.compile(r"[a-z0-9]+", re.ASCII)


@cache
def _size() -> re.Pattern[str]:
    """Match a number and what it counts in one word: ``32chars``."""
    return re.compile(r"(?<![a-z0-9])(?:min)?([0-9]{1,4})(chars?|characters?|bytes?|bits?)(?![a-z0-9])", re.ASCII)


@cache
def hump() -> re.Pattern[str]:
    """Match a word between two capitals, or an acronym."""
    return re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", re.ASCII)


@cache
def letters() -> re.Pattern[str]:
    """Match a run of letters."""
    return re.compile(r"[A-Za-z]+", re.ASCII)


@cache
def _between_humps() -> re.Pattern[str]:
    return re.compile(r"(?<=[a-z])(?=[A-Z])")
