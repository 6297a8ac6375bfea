"""``texts_of``: bytes as texts, piece by piece, for rules that read texts alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_SEARCHED: Final = 1 << 20
"""Bytes that are searched at once."""

_OVERLAP: Final = 1 << 18
"""Bytes that are searched with what comes before them and with what follows: no text that is masked is longer."""


def texts_of(data: bytes | bytearray) -> Iterator[str]:
    """Yield bytes as texts that overlap: to search a text takes many times its size in memory."""
    view = memoryview(data)
    for start in range(0, max(len(data) - _OVERLAP, 1), _SEARCHED - _OVERLAP):
        yield str(view[start : start + _SEARCHED], "latin-1")
