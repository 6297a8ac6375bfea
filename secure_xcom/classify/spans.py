"""What a search answers: where matches stand in a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Span = tuple[int, int]
"""Where a match begins and ends, in characters."""

Find = Callable[[str], Iterable[Span]]
