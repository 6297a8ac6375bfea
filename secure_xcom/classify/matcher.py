"""``Matcher``: which of many registered texts stand in a text, in time linear in the text.

An Aho-Corasick automaton (ahocorasick-rs, optional) finds all texts in one pass, however many there are. Without the
package, one regular expression in the shape of a trie does the same. Texts come one by one and in batches, between
searches: so automata of growing sizes are kept, and merged like the digits of a counter, which builds each text into an
automaton no more than log2(n) times (Bentley and Saxe, "Decomposable searching problems", 1980).
"""

from __future__ import annotations

import functools
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

_FAST: Final = 200_000
"""Characters of all texts together up to which the fastest automaton is built: it takes about 300 bytes for each."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")

_matchers: weakref.WeakSet[Matcher] = weakref.WeakSet()


class Matcher:
    """A growing set of texts. Safe to use from several threads; ``add`` of known texts costs nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _matchers.add(self)
        self._known: set[str] = set()
        self._waiting: list[str] = []
        self._levels: tuple[Level, ...] = ()
        self._shortest = sys.maxsize

    def __len__(self) -> int:
        return len(self._known)

    def add(self, texts: Iterable[str]) -> None:
        """Add texts, which are compiled with the next search. Empty ones are left out."""
        with self._lock:
            new = {text for text in texts if text} - self._known
            # In this order: a process that is forked in between has a text twice, and never lacks one.
            self._shortest = min([self._shortest, *map(len, new)])
            self._waiting.extend(new)
            self._known |= new

    def renew_lock(self) -> None:
        """Let go of what a thread of the parent process held when this process was forked."""
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget all texts."""
        with self._lock:
            self._known, self._waiting, self._levels = set(), [], ()
            self._shortest = sys.maxsize

    def holds(self, text: str) -> bool:
        """Whether one of the texts stands in ``text``."""
        if len(text) < self._shortest:
            return False
        plain = _without_surrogates(text)
        return any(True for find in self._compiled(len(text)) for _ in find(plain))

    def mask(self, text: str, replacement: str) -> str:
        """Return ``text`` with ``replacement`` for each stretch that texts cover, overlapping ones together."""
        if len(text) < self._shortest:
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
        levels = self._levels
        if not self._waiting and (length <= _LONG or len(levels) == 1):
            return [find for _, find in levels]
        with self._lock:
            # Each automaton is a pass over the text: for a long one, a single pass is worth building it.
            if length > _LONG and (self._waiting or len(self._levels) > 1):
                self._waiting, self._levels = list(self._known), ()
            if self._waiting:
                self._levels = _merged(self._levels, self._waiting)
                self._waiting = []
            return [find for _, find in self._levels]


def _renew_locks() -> None:
    for matcher in list(_matchers):
        matcher.renew_lock()


os.register_at_fork(after_in_child=_renew_locks)


def _merged(levels: tuple[Level, ...], new: list[str]) -> tuple[Level, ...]:
    """Add an automaton for new texts; one of at most their size is built anew together with them."""
    kept = list(levels)
    while kept and len(kept[-1][0]) <= len(new):
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
        import ahocorasick_rs
    except ImportError:
        return _trie(plain)
    of_text, of_bytes = ahocorasick_rs.AhoCorasick, ahocorasick_rs.BytesAhoCorasick
    fast = ahocorasick_rs.Implementation.DFA if sum(map(len, plain)) <= _FAST else None
    ascii_texts = of_bytes([text.encode() for text in plain if text.isascii()], implementation=fast)
    # A text in ASCII holds none of the others, and is searched three times as fast as bytes.
    any_texts = functools.cache(lambda: of_text(plain, store_patterns=False))

    def find(text: str) -> Iterator[Span]:
        if text.isascii():
            matches = ascii_texts.find_matches_as_indexes(text.encode(), overlapping=True)
        else:
            matches = any_texts().find_matches_as_indexes(text, overlapping=True)
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
