"""``compile_windows``: what finds many texts in another one without a package for it, by looking at every eighth place.

A text of 15 bytes or more, wherever it stands, covers eight bytes that begin at a multiple of eight. So C cuts what is
searched into such windows and looks each up, and only where one of a text's own windows is found the text is compared.
Each text is known by one window for each of the eight distances at which it can stand; shorter ones by windows of four
bytes. It is a q-gram filter (Ukkonen, "Approximate string-matching with q-grams and maximal matches", 1992) in which
one window has to agree.
"""

from __future__ import annotations

import sys
from itertools import compress
from typing import TYPE_CHECKING, Final, Literal

from secure_xcom.classify.heads import AT_ONCE, FREE, HEAD, SPARSE
from secure_xcom.classify.trie import compile_trie

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from secure_xcom.classify.spans import Find, Span

_FORMATS: Final[Mapping[int, Literal["Q", "I"]]] = {8: "Q", 4: "I"}
"""Sizes of windows, in bytes, and their names in ``struct``."""

_MOST_ALIKE: Final = 16
"""Texts that may share a window: each of them is compared where it stands."""

_CHOICE: Final = 4
"""Windows of a text among which one is chosen that no other text has, such as one after a common beginning."""


def compile_windows(texts: list[str]) -> Find:
    """Return what finds ``texts``; those that are too short, or too much alike, by a regular expression."""
    left = {text: text.encode() for text in texts}
    all_windows = []
    for size in _FORMATS:
        windows = _Windows(size)
        taken = [text for text, data in left.items() if windows.add(data)]
        if taken:
            all_windows.append(windows)
        for text in taken:
            del left[text]
    find_others = compile_trie(list(left)) if left else None

    def find(text: str) -> Iterator[Span]:
        data = text.encode()
        for windows in all_windows:
            spans = windows.find(data)
            yield from spans if len(data) == len(text) else _in_characters(data, spans)
        if find_others is not None:
            yield from find_others(text)

    return find


class _Windows:
    """Texts by their windows of ``size`` bytes."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._texts: dict[int, list[tuple[int, bytes]]] = {}

    def add(self, text: bytes) -> bool:
        """Take a text; return whether it is long enough, and unlike most others."""
        size = self._size
        if len(text) < 2 * size - 1:
            return False
        chosen = [self._window_at(text, distance) for distance in range(size)]
        if any(len(self._texts.get(window, ())) >= _MOST_ALIKE for _, window in chosen):
            return False
        for offset, window in chosen:
            self._texts.setdefault(window, []).append((offset, text))
        return True

    def find(self, data: bytes) -> Iterator[Span]:
        """Yield where the texts stand in ``data``, in bytes."""
        size, texts = self._size, self._texts
        left = FREE + len(data) // SPARSE
        windows = memoryview(data)[: len(data) // size * size].cast(_FORMATS[size])
        for index in compress(range(len(windows)), map(texts.__contains__, windows)):
            stops: dict[int, int] = {}
            for offset, text in texts[windows[index]]:
                start = index * size - offset
                if start < 0 or not data.startswith(text[:HEAD], start):
                    continue
                left -= len(text) // AT_ONCE
                # As ``Heads`` does, where it takes too long.
                if left < 0 or data.startswith(text, start):
                    # Of texts that begin one another the longest counts.
                    stops[start] = max(stops.get(start, 0), _end_of_character(data, start + len(text)))
            yield from stops.items()

    def _window_at(self, text: bytes, distance: int) -> tuple[int, int]:
        """Return the offset and the value of a window that begins ``distance`` bytes, or windows more, into a text."""
        size = self._size
        last = min(len(text) - size, distance + (_CHOICE - 1) * size)
        found = [(offset, _value(text[offset : offset + size])) for offset in range(distance, last + 1, size)]
        return next((one for one in found if one[1] not in self._texts), found[0])


def _value(window: bytes) -> int:
    return int.from_bytes(window, sys.byteorder)


def _end_of_character(data: bytes, place: int) -> int:
    """Return where the character of UTF-8 ends that ``place`` is amid, or ``place``, or the end of ``data``."""
    while place < len(data) and data[place] & 0xC0 == 0x80:
        place += 1
    return min(place, len(data))


def _in_characters(data: bytes, spans: Iterable[Span]) -> Iterator[Span]:
    """Count in characters, from one place to the next, so that many matches take no longer than the text is."""
    places = {0: 0}
    found = list(spans)
    before = 0
    for place in sorted({place for span in found for place in span}):
        places[place] = places[before] + len(data[before:place].decode())
        before = place
    return ((places[start], places[stop]) for start, stop in found)
