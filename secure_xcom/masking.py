"""Under which strings a sealed value may turn up in a log, and which values Airflow cannot mask at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, quote_plus

from secure_xcom.secret import Secret

LONGEST: Final = 16_384
"""Characters beyond which a string is not masked: Airflow compiles all masked strings into one pattern."""

SHORTEST_LINE: Final = 8
"""Characters below which a line of a longer text is not masked by itself: such lines are words, not secrets."""

MOST: Final = 1_000
"""Strings that one push or pull registers: Airflow compiles the pattern anew for each, 17 ms at a thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """``texts`` are to be masked; ``unmaskable`` counts the values that Airflow would print all the same."""

    texts: tuple[str, ...]
    unmaskable: int


def masking_of(values: Iterable[object], shortest: int) -> Masking:
    """Tell how to mask the leaves of ``values``; a string below ``shortest`` characters cannot be.

    A number is masked where it is printed, and counted as unmaskable, since Airflow leaves it as it is wherever
    it stands as a number. Booleans and ``None`` are neither: hiding two words would hide half of every log.
    """
    texts: dict[str, None] = {}
    unmaskable = 0
    for value in values:
        for leaf in _leaves(value):
            text = _text(leaf)
            fits = shortest <= len(text) <= LONGEST and len(texts) < MOST
            if fits:
                texts.update(dict.fromkeys(form for form in _printed_forms(text) if len(form) >= shortest))
            unmaskable += not fits or isinstance(leaf, (int, float, complex))
    return Masking(texts=tuple(texts), unmaskable=unmaskable)


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Secret):
        yield from _leaves(value.reveal())
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield value


def _text(leaf: object) -> str:
    if isinstance(leaf, str):
        return leaf
    if isinstance(leaf, (bytes, bytearray)):
        return leaf.decode("utf-8", "backslashreplace")
    if isinstance(leaf, (int, float, complex)) and abs(leaf) < 1e300:
        return repr(leaf)
    # Any other object is printed in its own way, which cannot be foreseen.
    return ""


def _printed_forms(text: str) -> Iterator[str]:
    """The ways in which people and programs print a string: as it is, by line, escaped for Python, JSON and URLs."""
    yield text
    yield text.strip()
    lines = text.splitlines()
    if len(lines) > 1:
        yield from (line.strip() for line in lines if len(line.strip()) >= SHORTEST_LINE)
    yield repr(text)[1:-1]
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    try:
        yield quote(text)
        yield quote(text, safe="")
        yield quote_plus(text)
    except UnicodeEncodeError:
        return
