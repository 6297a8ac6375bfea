"""``secret_arguments``: where a list of a program's arguments holds a secret, by the rules for command lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from secure_xcom.classify import programs
from secure_xcom.classify.content.commands import RULES
from secure_xcom.classify.content.rule import SECRET
from secure_xcom.classify.content.verify import Verifier


def secret_arguments(arguments: Sequence[str]) -> list[int]:
    """Return where in a list of a program's arguments, with the program, those stand that hold a secret."""
    first = next(
        (at for at, name in enumerate(arguments[: programs.BEFORE_PROGRAM]) if _base(name) in programs.PROGRAMS), None
    )
    if first is None:
        return []
    words = [_base(arguments[first]), *map(_one_word, arguments[first + 1 :])]
    return sorted(first + at for verifier in _verifiers_of(words[0]) for at in _at(verifier, words))


_BETWEEN_WORDS: Final = re.compile(r"[\s|;&]")
"""What separates words and commands in a line of a shell, and nothing in a list of arguments."""


@cache
def _verifiers_of(program: str) -> tuple[Verifier, ...]:
    return tuple(Verifier(rule) for rule in RULES if any(name.split()[0] == program for name in rule.literals))


def _base(program: str) -> str:
    return program.rpartition("/")[2]


def _one_word(argument: str) -> str:
    """Return an argument as one word of a line."""
    return _BETWEEN_WORDS.sub("_", argument)


def _at(verifier: Verifier, words: Sequence[str]) -> list[int]:
    line = " ".join(words)
    found = verifier.match(line, 0)
    if found is None or not verifier.passes(found):
        return []
    at = line.count(" ", 0, found.start(SECRET))
    # Several options may hold one.
    return [at, *_at(verifier, [*words[:at], "_", *words[at + 1 :]])] if at + 1 < len(words) else [at]
