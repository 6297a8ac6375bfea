"""``Matcher``: which of many registered texts stand in a text, in time linear in the text.

An Aho-Corasick automaton (ahocorasick-rs, optional) finds all texts in one pass, however many there are. Without the
package, one regular expression in the shape of a trie does the same. Texts come one by one and in batches, between
searches: so automata of growing sizes are kept, and merged like the digits of a counter, which builds each text into an
automaton no more than log2(n) times (Bentley and Saxe, "Decomposable searching problems", 1980).
"""

from __future__ import annotations

import functools
import heapq
import os
import re
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Final

Span = tuple[int, int]
"""Where a match begins and ends, in characters."""

Find = Callable[[str], Iterable[Span]]

Level = tuple[list[str], Find]
"""Some of the texts, and what finds them."""

_LONG: Final = 1 << 18
"""Characters from which a text is searched with one automaton."""

_BEGINNING: Final = 8
"""Characters of a text that the regular expression holds: more make it slow to compile, fewer tell too little."""

_SMALL: Final = 400_000
"""Characters of texts up to which the automaton is a table (DFA), the fastest: it takes some 300 bytes for each."""

_SHORT: Final = 1_000
"""Characters of a text up to which such a table is built: in the length of a run of one character it is quadratic."""

_NESTED: Final = 1_024
"""Characters of a text that are searched for others of the texts, and matches in them beyond which these are nested."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")

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
            new = {text for text in texts if text} - self._known
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

    def clear(self) -> None:
        """Forget all texts."""
        with self._lock:
            self._known, self._waiting, self._levels = set(), [], ()
            self._lengths = [sys.maxsize]

    def holds(self, text: str) -> bool:
        """Whether one of the texts stands in ``text``."""
        if len(text) < self._lengths[0]:
            return False
        plain = _without_surrogates(text)
        return any(True for find in self._compiled(len(text)) for _ in find(plain))

    def mask(self, text: str, replacement: str) -> str:
        """Return ``text`` with ``replacement`` for each stretch that texts cover, overlapping ones together."""
        if len(text) < self._lengths[0]:
            return text
        plain = _without_surrogates(text)
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
                waiting = [_compile(list(self._waiting))] if self._waiting else []
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
    return (*kept, (new, _compile(new)))


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


def _without_surrogates(text: str) -> str:
    """Return a text of the same length that UTF-8 can hold."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def _compile(texts: list[str]) -> Find:
    plain = sorted({_without_surrogates(text) for text in texts})
    try:
        from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation
    except ImportError:
        return _trie(plain)
    is_small = len(plain) * max(map(len, plain)) <= _SMALL and max(map(len, plain)) <= _SHORT
    # Its own choice for few texts takes minutes to build for a long run of one character.
    kind = Implementation.DFA if is_small else Implementation.ContiguousNFA
    of_bytes = BytesAhoCorasick([text.encode() for text in plain if text.isascii()], implementation=kind)
    # A text in ASCII holds none of the others, and is searched as bytes, three times as fast.
    of_texts = functools.cache(lambda: AhoCorasick(plain, implementation=kind, store_patterns=False))

    if any(
        len(of_bytes.find_matches_as_indexes(text[:_NESTED].encode(), overlapping=True)) > _NESTED for text in plain
    ):
        # Of texts that stand in one another many times, each would be a match of its own.
        return _trie(plain)

    def find(text: str) -> Iterator[Span]:
        if text.isascii():
            matches = of_bytes.find_matches_as_indexes(text.encode(), overlapping=True)
        else:
            matches = of_texts().find_matches_as_indexes(text, overlapping=True)
        return ((start, stop) for _, start, stop in matches)

    return find


def _trie(texts: list[str]) -> Find:
    """Return what finds the longest of ``texts`` at each position; those that begin within another one, too.

    The pattern holds how the texts begin, so that long ones make it no longer. What it finds is compared as a whole.
    """
    known, lengths = set(texts), _lengths(texts)
    root: dict[str, object] = {}
    for beginning in lengths:
        node = root
        for character in beginning:
            node = node.setdefault(character, {})  # type: ignore[assignment]  # a trie of tries
        node[""] = None
    # The lookahead finds matches that overlap: each position is a beginning of its own.
    pattern = re.compile(f"(?=({_pattern(root)}))", re.DOTALL)

    def find(text: str) -> Iterator[Span]:
        for found in pattern.finditer(text):
            start = found.start(1)
            for length in lengths[found[1]]:
                if text[start : start + length] in known:
                    yield start, start + length
                    break

    return find


def _lengths(texts: list[str]) -> dict[str, list[int]]:
    """Return the lengths, longest first, of the texts that can stand where each beginning does."""
    found: dict[str, set[int]] = {}
    for text in texts:
        found.setdefault(text[:_BEGINNING], set()).add(len(text))
    for beginning, lengths in found.items():
        # Shorter texts that begin this one stand there too.
        lengths.update(length for length in range(1, len(beginning)) if beginning[:length] in found)
    return {beginning: sorted(lengths, reverse=True) for beginning, lengths in found.items()}


def _pattern(node: dict[str, object]) -> str:
    """Write a trie as a pattern, longest texts first. It is as deep as a beginning is long."""
    branches = [re.escape(key) + _pattern(child) for key, child in node.items() if isinstance(child, dict)]
    if not branches:
        return ""
    inner = branches[0] if len(branches) == 1 and "" not in node else f"(?:{'|'.join(branches)})"
    return f"{inner}?" if "" in node else inner
