"""The forms in which people and programs print a text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_LINE: Final = 8
"""Characters below which a line of a longer text is no secret by itself: such lines are words."""


def printed_forms(text: str) -> Iterator[str]:
    """Yield a text as it is, by line, and escaped for Python, JSON and URLs; some forms come twice."""
    yield text
    yield text.strip()
    yield from _lines(text)
    yield repr(text)[1:-1]
    # Beside a double quote, Python escapes the single ones.
    yield repr(f'{text}"')[1:-2]
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    try:
        yield quote(text)
        yield quote(text, safe="")
        yield quote_plus(text)
    except UnicodeEncodeError:
        return


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if len(line) >= SHORTEST_LINE] if len(lines) > 1 else []
