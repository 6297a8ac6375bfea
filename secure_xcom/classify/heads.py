"""``Heads``: long texts are found by their first characters, and compared where these stand.

An automaton of whole texts takes a second for each million of their characters, and a supervisor that builds one of
minutes is taken for dead. That of their heads is small, however long the texts are.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HEAD: Final = 128
"""Characters of a text that an automaton holds: beyond them, only copies of a text go on alike."""

FREE: Final = 100_000
"""Comparisons that any search may make: some 20 ms."""

SPARSE: Final = 8
"""Characters of a text for each further comparison."""

AT_ONCE: Final = 1_024
"""Characters of a text that one comparison is counted for."""


class Heads:
    """Finds which of ``texts`` goes on behind a head that was found. Safe for several threads."""

    def __init__(self, texts: Iterable[str]) -> None:
        groups: dict[str, list[str]] = {}
        for text in texts:
            if len(text) >= HEAD:
                groups.setdefault(text[:HEAD], []).append(text)
        self._groups = {head: _Group(alike) for head, alike in groups.items()}

    def comparing(self, text: str) -> Callable[[int, int], int]:
        """Return what tells, for the span of a head in ``text``, where the longest text ends that stands there.

        If none does, that is where it begins. Where so much of ``text`` begins like long texts that it takes too long,
        each is taken to stand there: then more is masked, and never less.
        """
        left = FREE + len(text) // SPARSE

        def end(start: int, stop: int) -> int:
            nonlocal left
            group = self._groups.get(text[start:stop]) if stop - start == HEAD else None
            if group is None:
                return stop
            left -= group.cost
            length = group.longest if left < 0 else group.length_at(text, start)
            return min(start + length, len(text))

        return end


class _Group:
    """Texts that begin alike."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = sorted(texts)
        self._begins_with = _begun(self._texts)
        self.longest = max(map(len, texts))
        self.cost = len(texts).bit_length() * (1 + self.longest // AT_ONCE)

    def length_at(self, text: str, start: int) -> int:
        """Return the length of the longest that stands at ``start``; 0 if none does."""
        # What stands there, and begins with a text, comes after it, and all between them begin with the text too.
        index = bisect_right(self._texts, text[start : start + self.longest]) - 1
        while index >= 0 and not text.startswith(self._texts[index], start):
            index = self._begins_with[index]
        return len(self._texts[index]) if index >= 0 else 0


def _begun(texts: Sequence[str]) -> list[int]:
    """Return for each of sorted texts the index of the longest other one that it begins with, or -1."""
    found: list[int] = []
    for index, text in enumerate(texts):
        other = index - 1
        while other >= 0 and not text.startswith(texts[other]):
            other = found[other]
        found.append(other)
    return found
