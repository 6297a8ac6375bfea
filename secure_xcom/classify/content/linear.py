"""``problem_of``: why a pattern might take a text made for it forever, or ``None``.

Every repetition whose length varies has to be possessive (``{20,40}+``), and every alternative has to stand in an
atomic group (``(?>...)``). Then what has matched stays as it is, and an attempt reads each character once. The
characters of an attempt are bounded too, so the time that a rule takes is linear in the text.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST_MATCH: Final = 16_384
"""Characters that one attempt of a built-in rule may read. A long token is bounded by what may stand before it."""

_ATOMIC: Final = frozenset((">", "=", "!", "<=", "<!"))
"""Kinds of groups that are left for good once they have matched."""

_SINGLE: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
"""An escaped character, or a class of characters."""

_REPETITION: Final = re.compile(r"(?:[*+?]|\{(?=[\d,])(\d*)(,?)(\d*)\})([+?]?)")
_GROUP: Final = re.compile(r"\((?:\?(>|<?[=!]|:|P<\w+>|[aims]+:|\S))?")
_NUMBERED: Final = re.compile(r"\\[1-9]")


def problem_of(pattern: str, longest: int = LONGEST_MATCH) -> str | None:
    """Return what a pattern has to avoid, or ``None``. A pattern that does not compile is a problem too."""
    try:
        re.compile(pattern, re.ASCII)
        return _Reading(pattern).problem(longest)
    except (re.error, OverflowError, RecursionError):
        return "it is not a regular expression"


class _Reading:
    """A pattern that is read once, from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = 0
        self._groups: list[str] = [""]
        # For each open group, the characters that its items read; the last of them may be repeated.
        self._widths: list[list[int]] = [[]]

    def problem(self, longest: int) -> str | None:
        while self._position < len(self._pattern):
            if (problem := self._next()) is not None:
                return problem
        reach = sum(self._widths[0])
        return f"it may read {reach} characters, more than {longest}" if reach > longest else None

    def _next(self) -> str | None:
        pattern, position = self._pattern, self._position
        if _NUMBERED.match(pattern, position):
            return "it refers to a group"
        if found := _SINGLE.match(pattern, position):
            self._widths[-1].append(1)
        elif found := _GROUP.match(pattern, position):
            return self._open(found)
        elif found := _REPETITION.match(pattern, position):
            return self._repeat(found)
        else:
            return self._character(pattern[position])
        self._position = found.end()
        return None

    def _open(self, found: re.Match[str]) -> str | None:
        kind = found[1] or ""
        if len(kind) == 1 and kind not in ">=!:":
            return "it has a group that is not known here"
        self._groups.append(kind)
        self._widths.append([])
        self._position = found.end()
        return None

    def _repeat(self, found: re.Match[str]) -> str | None:
        low, comma, high, suffix = found.groups()
        is_fixed = low is not None and (not comma or low == high)
        if not is_fixed and suffix != "+":
            return "a repetition of varying length is not possessive, as in {20,40}+"
        if found[0][0] in "*+" or (comma and not high):
            return "a repetition has no upper bound"
        # A group that matches nothing takes its time all the same.
        self._widths[-1][-1] = max(1, self._widths[-1][-1]) * int(high or low or 1)
        self._position = found.end() if suffix and not is_fixed else found.end() - len(suffix)
        return None

    def _character(self, character: str) -> str | None:
        self._position += 1
        if character == "|":
            is_atomic = self._groups[-1] in _ATOMIC
            return None if is_atomic else "an alternative does not stand in an atomic group, as in (?>a|b)"
        if character == ")":
            self._groups.pop()
            self._widths[-2].append(sum(self._widths.pop()))
        else:
            self._widths[-1].append(1)
        return None
