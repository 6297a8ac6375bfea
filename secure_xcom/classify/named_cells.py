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
from secure_xcom.classify.values import is_harmless

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

_LONGEST_NAME: Final = 64
_LONGEST_VALUE: Final = 1024

_BETWEEN: Final = words(": = == := += string str text varchar secret encrypted plain env user password sensitive")
"""What stands between a name and its value: operators, types and kinds of values."""

_LETTERS: Final = 3
"""Letters of a value: one that has fewer is a number with a unit."""


def names_of_cells(items: Sequence[Node]) -> Sequence[str]:
    """Return for each cell of a row the name that stands before it, ``""`` for most; nothing without any."""
    names = [""] * len(items)
    for at, item in enumerate(items[:-1]):
        if isinstance(item, str) and len(item) <= _LONGEST_NAME and _name().fullmatch(item) is not None:
            skips = isinstance(items[at + 1], str) and str(items[at + 1]).lower() in _BETWEEN
            of = at + 2 if skips else at + 1
            if of < len(items) and may_be_secret(items[of]):
                names[of] = item
    return names if any(names) else ()


def may_be_secret(value: Node) -> bool:
    """Whether a cell holds letters with digits or signs among them, and is no name, type, path or address."""
    return (
        isinstance(value, str)
        and len(value) <= _LONGEST_VALUE
        and is_distinctive(value)
        and sum(map(str.isalpha, value)) >= _LETTERS
        and _mixed().match(value) is not None
        and _other().fullmatch(value) is None
        and not is_harmless(value)
    )


@cache
def _name() -> re.Pattern[str]:
    """Match a name as code spells it, with a word of secrets in it: no word of prose."""
    spelt = "(?=[a-z0-9]{1,40}[A-Z]|[A-Z][A-Z0-9]{3,40}$|[A-Za-z0-9]{1,40}[_.-])"
    said = "(?=.{0,60}(?i:pass|pwd|secret|token|key|cred|dsn))"
    return re.compile(rf"{spelt}{said}[A-Za-z][\w.-]+", re.ASCII)


@cache
def _mixed() -> re.Pattern[str]:
    """Match a text without white space that is more than letters and joined words."""
    return re.compile(r"(?=[^0-9!@#$%^&*+=?~]{0,1023}[0-9!@#$%^&*+=?~])\S+$")


@cache
def _other() -> re.Pattern[str]:
    """Match names of things, columns and types, paths, addresses of hosts and of mail, and variables with a value."""
    joined = r"[A-Za-z]+[0-9]{0,3}(?:[_./:@*-]+[A-Za-z]*[0-9]{0,3}){1,12}|[a-z0-9]{1,12}(?:[_.-][a-z0-9]{1,12}){1,8}"
    hump = "[a-z]+(?:[A-Z][a-z]+)+[0-9]{0,2}"
    kind = r"[A-Za-z][A-Za-z_0-9]{0,31}\(.{0,64}\)|(?i:(?:n?var)?char|int|float|decimal|number|timestamp)[0-9]{0,3}"
    return re.compile(rf"{joined}|{hump}|{kind}|[/~.].*|[a-z]+://.*|[A-Za-z_]+=.*", re.ASCII)
