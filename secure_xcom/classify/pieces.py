"""``texts_of`` and ``text_of_number``: bytes and numbers as texts, for rules that read texts alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from secure_xcom.classify.distinct import SHORTEST_NUMBER

_SEARCHED: Final = 1 << 20
"""Bytes that are searched at once."""

_OVERLAP: Final = 1 << 18
"""Bytes that are searched with what comes before them and with what follows: no text that is masked is longer."""


def texts_of(data: bytes | bytearray) -> Iterator[str]:
    """Yield bytes as texts that overlap: to search a text takes many times its size in memory."""
    view = memoryview(data)
    for start in range(0, max(len(data) - _OVERLAP, 1), _SEARCHED - _OVERLAP):
        yield str(view[start : start + _SEARCHED], "latin-1")


def text_of_number(node: object) -> str:
    """Return a number as Python prints it; empty for one that is too short to tell a secret, and for anything else."""
    # repr, not str: str refuses integers of more than 4,300 digits; so does repr, hence the guard.
    if isinstance(node, bool) or not isinstance(node, int | float) or not abs(node) < 1e300:
        return ""
    text = repr(node)
    return text if len(text) >= SHORTEST_NUMBER else ""
