"""``compile_gate``: where the literals of all rules stand in a text, in one pass over it, however many they are.

An Aho-Corasick automaton (ahocorasick-rs, optional), or a regular expression where it is not installed. Almost no text
holds a literal, so the rest of the work is done for few texts. Matches overlap: a literal may stand within another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Hit = tuple[int, int, int]
"""Which literal it is, and where it begins and ends, in characters."""

Word = tuple[int, int]
"""Where a word begins and ends, in characters."""

Gate = Callable[[str], Sequence[Hit]]


def compile_gate(literals: Sequence[str]) -> Gate:
    """Return what finds ``literals``, which are ASCII and differ, in a text."""
    try:
        from ahocorasick_rs import BytesAhoCorasick, Implementation
    except ImportError:
        return _expression(literals)
    find = BytesAhoCorasick(
        [literal.encode("ascii") for literal in literals], implementation=Implementation.DFA
    ).find_matches_as_indexes

    def gate(text: str) -> list[Hit]:
        # One byte for each character, also for one that is not ASCII, so that bytes are counted as characters are.
        return find(text.encode("ascii", "replace"), overlapping=True)

    return gate


def _expression(literals: Sequence[str]) -> Gate:
    indexes = {literal: index for index, literal in enumerate(literals)}
    within = {
        literal: tuple(
            indexes[literal[:length]] for length in range(1, len(literal) + 1) if literal[:length] in indexes
        )
        for literal in literals
    }
    pattern = re.compile(_branch(sorted(literals)))

    def gate(text: str) -> list[Hit]:
        return [
            (index, start, start + len(literals[index]))
            for start, literal in _found(pattern, text)
            for index in within[literal]
        ]

    return gate


def compile_words(words: Sequence[str], most: int) -> Callable[[str], Sequence[Word]]:
    """Return what finds ``words``, ASCII or not, in a text: the longest at each place, one after another.

    No more than the first ``most`` are returned.
    """
    try:
        from ahocorasick_rs import AhoCorasick, Implementation, MatchKind
    except ImportError:
        pattern = re.compile(_branch(sorted(words)))
        return lambda text: [found.span() for found in islice(pattern.finditer(text), most)]
    find = AhoCorasick(
        words, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA
    ).find_matches_as_indexes

    def finder(text: str) -> list[Word]:
        try:
            found = find(text)
        except UnicodeEncodeError:
            # A lone surrogate is one character, which a question mark stands for.
            found = find(text.encode("utf-8", "replace").decode())
        return [(start, stop) for _, start, stop in found[:most]]

    return finder


def _found(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    found = pattern.search(text)
    while found is not None:
        yield found.start(), found[0]
        found = pattern.search(text, found.start() + 1)


_FEW: Final = 1
"""Literals that need no further branches."""


def _branch(literals: Sequence[str]) -> str:
    """Return an expression for the longest of sorted literals: branches by character, so that few are tried."""
    if len(literals) == _FEW:
        return re.escape(literals[0])
    branches: dict[str, list[str]] = {}
    for literal in literals:
        branches.setdefault(literal[:1], []).append(literal[1:])
    is_optional = bool(branches.pop("", None))
    alternatives = "|".join(re.escape(first) + _branch(rest) for first, rest in branches.items())
    return f"(?>{alternatives})?+" if is_optional else f"(?>{alternatives})"
