"""``names_of_cells``: which cell of a row is the value of a name that stands in a cell before it.

A table of settings that is read without its columns has rows such as ``[7, "smtp_password", "x4Tr-9", "2024-05-05"]``.
Rows of any other table hold names too, so the value has to look like no name, no type and no state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.distinct import is_distinctive
from secure_xcom.classify.name_words import words
from secure_xcom.classify.randomness import is_drawn
from secure_xcom.classify.values import is_harmless
from secure_xcom.model.placeholder import STAND_IN

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

_LONGEST_NAME: Final = 128
_LONGEST_VALUE: Final = 1024

_OPERATORS: Final = words(": = == := +=")
_KINDS: Final = words("string str text varchar secret encrypted plain env user password sensitive")
"""What stands between a name and its value: operators, and types and kinds of values."""

_LETTERS: Final = 3
"""Letters of a value: one that has fewer is a number with a unit."""


def names_of_cells(items: Sequence[Node], sealed: Node) -> Sequence[str]:
    """Return for each cell of a row the name that stands before it, ``""`` for most; nothing without any.

    ``sealed`` is the placeholder of what is sealed by now, ``None`` if nothing is.
    """
    names = [""] * len(items)
    for at, item in enumerate(items[:-1]):
        if not isinstance(item, str) or len(item) > _LONGEST_NAME or _name().fullmatch(item) is None:
            continue
        between = items[at + 1]
        is_sign = isinstance(between, str) and between in _OPERATORS
        of = at + 2 if is_sign or (isinstance(between, str) and between.lower() in _KINDS) else at + 1
        value = items[of] if of < len(items) else None
        if not isinstance(value, str) or not may_be_secret(value):
            continue
        is_password = _strong().search(item) is not None
        # A row of nothing but names and words with a number names columns, and no key is such a word.
        is_word = _numbered().fullmatch(value) is not None or not (is_password or _may_be_key(value))
        if is_sign or not is_word or (is_password and not _names_columns(items, sealed)):
            names[of] = item
    return names if any(names) else ()


def may_be_secret(value: str) -> bool:
    """Return whether a text holds letters with digits or signs among them, and is no name, type, path or address."""
    return (
        len(value) <= _LONGEST_VALUE
        and is_distinctive(value)
        and sum(map(str.isalpha, value)) >= _LETTERS
        and _mixed().match(value) is not None
        and _other().fullmatch(value) is None
        and (_steps().fullmatch(value) is None or any(map(is_drawn, _run().findall(value))))
        and not is_harmless(value)
    )


def _may_be_key(value: str) -> bool:
    """Whether a text is as long as a key, or letters of two cases, digits or signs stand in it."""
    return len(value) >= _SHORTEST_KEY or not value.isalnum() or not (value.islower() or value.isupper())


def _names_columns(items: Sequence[Node], sealed: Node) -> bool:
    # What is sealed by now counts as a name: the row is looked at once more, and shows no more than before.
    return len(items) > _PAIR and all(
        (item is sealed and item is not None)
        or item is STAND_IN
        or (isinstance(item, str) and _column().fullmatch(item) is not None)
        for item in items
    )


_PAIR: Final = 2

_SHORTEST_KEY: Final = 12
"""Characters of a key or a token. A password may be shorter."""


@cache
def _strong() -> re.Pattern[str]:
    return re.compile("pass|pwd|secret", re.IGNORECASE)


@cache
def _name() -> re.Pattern[str]:
    """Match a name as code spells it, with a word of secrets in it: no word of prose."""
    spelt = "(?=[a-z0-9]{1,40}[A-Z]|[A-Z][A-Z0-9]{3,40}$|[A-Za-z0-9]{1,40}[_.-])"
    said = "(?=.{0,124}(?i:pass|pwd|secret|token|key|cred|dsn))"
    return re.compile(rf"{spelt}{said}[A-Za-z][\w.-]+", re.ASCII)


@cache
def _column() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_][\w.\[\] -]{0,63}", re.ASCII)


@cache
def _numbered() -> re.Pattern[str]:
    """Match a word and a number, as columns and people's passwords are called."""
    return re.compile(r"[A-Za-z]{2,24}[0-9]{1,4}", re.ASCII)


@cache
def _mixed() -> re.Pattern[str]:
    """Match a text without white space that is more than letters and joined words."""
    return re.compile(r"(?=[^0-9!@#$%^&*+=?~]{0,1023}[0-9!@#$%^&*+=?~])\S+$")


@cache
def _run() -> re.Pattern[str]:
    return re.compile("[A-Za-z0-9]{12,}", re.ASCII)


@cache
def _steps() -> re.Pattern[str]:
    """Match a path, and what stands at the end of one."""
    return re.compile(r"[\w.#:@-]{1,64}(?:[/,][\w.#:@-]{1,64}){1,16}(?:=[\w.]{1,32})?", re.ASCII)


@cache
def _other() -> re.Pattern[str]:
    """Match names of things, columns and types, paths, addresses of hosts and of mail, and variables with a value."""
    return re.compile("|".join(_OTHERS), re.ASCII)


_OTHERS: Final = (
    r"[A-Za-z]+[0-9]{0,3}(?:[_./:@*-]+[A-Za-z]*[0-9]{0,3}){1,12}|[a-z0-9]{1,12}(?:[_.-][a-z0-9]{1,12}){1,8}(?::[0-9]{2,5})?",
    "[a-z]+(?:[A-Z][a-z]+)+[0-9]{0,2}",
    r"[A-Za-z][A-Za-z_0-9]{0,31}[\[(].{0,64}[\])]|(?i:(?:n?var)?char|int|float|decimal|number|timestamp|utf)[0-9a-z]{0,4}",
    "(?i:pbkdf2|argon2(?:id?|d)?|bcrypt|scrypt|(?:rsa|aes|sha|md|hs|rs|es)[_-]?[0-9]{1,4})(?:[$_-][a-z0-9]{1,8}){0,3}",
    r"[/~.*#].*|@[\w.-]{1,64}|[a-z]+://.*|[A-Za-z_]+=.*|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+",
    "[A-Za-z_]{0,16}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9](?:T?[0-9]{4,6})?",
    "[0-9]+[A-Za-z]{1,6}|[0-9]{1,2}[A-Z][a-z]{2}[0-9]{2,4}|v[0-9]{1,3}[a-z]{0,5}[0-9]{0,3}",
    "(?=[^0-9]{0,16}[0-9])[A-Z0-9]{1,12}(?:[-#_][A-Z0-9]{1,12}){0,4}",
    "sha[0-9]{1,3}:.*|[a-z]{1,8}-[0-9a-f]{8,40}|[A-Za-z]+[?+#][A-Za-z0-9]{0,16}|[0-9][a-z]{2}[A-Z][a-z]+",
)
"""The last are codes in capitals, as those of orders, tickets and errors, digests, and ids of clouds."""
