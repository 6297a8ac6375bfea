"""``orders_to_change``: whether a text says that it has to be replaced, and what has to be written there.

``ChangeMe_StrongPassword_123!``, ``logsnap-form-secret-change-in-prod`` and ``dev_internal_key_change_me`` are defaults
that everybody can read in a repository. Of 114 such texts in files of public repositories none was a secret. A word
that no such order has may be one all the same, and so may what is more than words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from secure_xcom.classify.fill_in_words import COUNTED, HOW, NAMED, NOUNS, PURPOSES, SAID, SIZES, WHERE
from secure_xcom.classify.name_words import words

_VERBS: Final = words("change replace changez cambiar trocar")
_OBJECTS: Final = words("me this it moi esto isto")
_BEFORE: Final = words("in on before for at")
_WITH: Final = words("to with by")
"""What follows these may be the secret itself, as in ``change-me-to-dragon``, unless it describes one."""
_ALONE: Final = words("changeme changethis changeit replaceme replacethis")

_SAID_BESIDE: Final = words("local only insecure default very not safe am is i")

_SEQUENCES: Final = ("abcdefghijklmnopqrstuvwxyz", "1234567890")

_SHORTEST: Final = 3
"""Words of an order without a sign between them, or with a number."""

_SHORT: Final = 2
_MOST_SHORT: Final = 2
"""Words of one or two letters that say something. What is random falls apart into many."""


def orders_to_change(text: str) -> bool:
    """Return whether a text orders to change it, and holds nothing besides but words, sizes and the digits in order.

    A text is as short as ``fill_ins.LONGEST`` says.
    """
    if _begins().search(text) is None or _spelt().fullmatch(text) is None:
        return False
    said = [word.lower() for word in _part().findall(text)]
    if sum(map(str.isalpha, said)) < _SHORTEST and (text.isalnum() or any(map(str.isdigit, said))):
        # ``changeme`` and ``ChangeMe123!`` are deployed as they are.
        return False
    is_order = _orders(said) and _says_of_what(said) and all(map(_is_told, said, (*said[1:], "")))
    return is_order and not _is_unspeakable(said)


def _orders(said: Sequence[str]) -> bool:
    for at, (verb, following, place) in enumerate(zip(said, (*said[1:], ""), (*said[2:], "", ""), strict=False)):
        if verb in _ALONE and following not in _WITH:
            return True
        is_described = place not in _WITH or ((SAID | HOW).issuperset(said[at + 3 :]) and len(said) > at + 4)
        is_told = (following in _OBJECTS and is_described) or (following in _BEFORE and place in WHERE)
        if verb in _VERBS and is_told:
            return True
    return False


def _is_told(word: str, following: str) -> bool:
    """Whether a word is of letters, or a number counts what follows or is a sequence, so that nobody chose it."""
    is_size = word in SIZES and (following in COUNTED or following in ("hex", "random"))
    return word.isalpha() or is_size or any(sequence.startswith(word) for sequence in _SEQUENCES)


def _says_of_what(said: Sequence[str]) -> bool:
    """Whether one of the words is what has to be written, or all are words of such orders.

    Otherwise a word may be the password, as in ``changeme-Sommerregen``.
    """
    known = SAID | HOW | PURPOSES | NAMED | _VERBS | _OBJECTS | _BEFORE | _ALONE | _SAID_BESIDE
    return not NOUNS.isdisjoint(said) or all(word in known or not word.isalpha() for word in said)


def _is_unspeakable(said: Sequence[str]) -> bool:
    """Whether a word has no vowels, or many consonants in a row, or there are many words of one or two letters."""
    short = sum(len(word) <= _SHORT and word not in _OBJECTS | _BEFORE for word in said)
    return short > _MOST_SHORT or any(_unspeakable().search(word) is not None for word in said)


@cache
def _unspeakable() -> re.Pattern[str]:
    return re.compile("[b-df-hj-np-tv-xz]{5}|^[b-df-hj-np-tv-xz]{4}|[qxz][b-df-hj-np-tv-xz]{2}", re.ASCII)


@cache
def _begins() -> re.Pattern[str]:
    return re.compile("change|replace|cambiar|trocar", re.IGNORECASE)


@cache
def _spelt() -> re.Pattern[str]:
    """Match words and numbers with signs between them. Digits amid letters, as in ``hunter2xK9``, are of no word."""
    word, number = "[A-Za-z]+", "[0-9]{1,10}"
    counted = "[0-9]{2,3}(?:[Bb]ytes?|[Cc]hars?|[Bb]its?)"
    return re.compile(
        rf"['\"]?(?:(?:{counted}|{word}|{number})(?:[ _.:!-]+|(?<=[a-zE])(?=[0-9]+!?['\"]?$)|$|(?=['\"]$)))+['\"]?"
    )


@cache
def _part() -> re.Pattern[str]:
    """Match a word between two capitals, an acronym, and a number."""
    return re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+", re.ASCII)
