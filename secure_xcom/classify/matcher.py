"""``Matcher``: which of many registered texts stand in a text, in time linear in the text.

What finds them is compiled (``search``). Texts come one by one and in batches, between searches: so searches of
growing sizes are kept, and merged like the digits of a counter, which compiles each text no more than log2(n) times
(Bentley and Saxe, "Decomposable searching problems", 1980).
"""

from __future__ import annotations

import heapq
import os
import sys
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Final

from secure_xcom.classify.search import compile_search, without_surrogates
from secure_xcom.classify.spans import Find, Span

Level = tuple[list[str], Find]
"""Some of the texts, and what finds them."""

_LONG: Final = 1 << 18
"""Characters from which a text is searched with one automaton."""

_matchers: weakref.WeakSet[Matcher] = weakref.WeakSet()


class Matcher:
    """A growing set of texts. Safe to use from several threads; ``add`` of known texts costs nothing."""

    def __init__(self) -> None:
        # A handler of a signal may search and add in the very thread that holds it.
        self._lock = threading.RLock()
        self._is_building = False
        _matchers.add(self)
        self._known: set[str] = set()
        self._waiting: list[str] = []
        self._levels: tuple[Level, ...] = ()
        self._lengths = [sys.maxsize]
        """A heap: first the length of the shortest text."""

    def __len__(self) -> int:
        return len(self._known)

    def add(self, texts: Iterable[str]) -> None:
        """Add texts, which are compiled with the next search. Empty ones are left out."""
        with self._lock:
            new = set(texts)
            new.discard("")
            new -= self._known
            shortest = min(map(len, new), default=sys.maxsize)
            # In this order: a process that is forked in between has a text twice, and never lacks one.
            if shortest < self._lengths[0]:
                heapq.heappush(self._lengths, shortest)
            self._waiting.extend(new)
            self._known |= new

    def renew_lock(self) -> None:
        """Let go of what a thread of the parent process held when this process was forked."""
        self._lock = threading.RLock()
        self._is_building = False

    def holds(self, text: str) -> bool:
        """Whether one of the texts stands in ``text``."""
        if len(text) < self._lengths[0]:
            return False
        plain = without_surrogates(text)
        return any(next(iter(find(plain)), None) is not None for find in self._compiled(len(text)))

    def mask(self, text: str, replacement: str) -> str:
        """Return ``text`` with ``replacement`` for each stretch that texts cover, overlapping ones together."""
        if len(text) < self._lengths[0]:
            return text
        plain = without_surrogates(text)
        spans = sorted(span for find in self._compiled(len(text)) for span in find(plain))
        if not spans:
            return text
        pieces, end = [], 0
        for start, stop in _joined(spans):
            pieces += [text[end:start], replacement]
            end = stop
        return "".join((*pieces, text[end:]))

    def _compiled(self, length: int) -> list[Find]:
        # The levels after what waits: another thread may compile it in between.
        if not self._waiting:
            levels = self._levels
            if length <= _LONG or len(levels) == 1:
                return [find for _, find in levels]
        with self._lock:
            if self._is_building:
                # In a handler of a signal, amid the lines below: it leaves to them what they change.
                waiting = [compile_search(list(self._waiting))] if self._waiting else []
                return [*(find for _, find in self._levels), *waiting]
            self._is_building = True
            try:
                self._build(length)
            finally:
                self._is_building = False
            return [find for _, find in self._levels]

    def _build(self, length: int) -> None:
        levels, waiting = self._levels, list(self._waiting)
        # Each automaton is a pass over the text: for a long one, a single pass is worth building it.
        if length > _LONG and (waiting or len(levels) > 1):
            self._levels = _merged((), list(self._known.union(waiting)))
        elif waiting:
            self._levels = _merged(levels, waiting)
        # Last: until then, other threads wait for the lock, and a forked process builds anew.
        del self._waiting[: len(waiting)]


def _renew_locks() -> None:
    for matcher in list(_matchers):
        matcher.renew_lock()


os.register_at_fork(after_in_child=_renew_locks)


def _merged(levels: tuple[Level, ...], new: list[str]) -> tuple[Level, ...]:
    """Add an automaton for new texts; one whose size has as many digits, in binary, is built anew with them."""
    kept = list(levels)
    while kept and len(kept[-1][0]).bit_length() <= len(new).bit_length():
        new = kept.pop()[0] + new
    return (*kept, (new, compile_search(new)))


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Join sorted spans that overlap or touch."""
    current: Span | None = None
    for start, stop in spans:
        if current is None or start > current[1]:
            if current is not None:
                yield current
            current = (start, stop)
        else:
            current = (current[0], max(current[1], stop))
    if current is not None:
        yield current
