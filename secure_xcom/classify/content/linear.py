"""``problem_of``: why a pattern might go back, so that a text made for it could take it forever; ``None`` if it cannot.

Every repetition whose length varies has to be possessive (``{20,40}+``), and every alternative has to stand in an atomic
group (``(?>...)``). Then what has matched stays as it is, and each attempt reads its stretch of the text once. The
stretch is bounded, so the time that a rule takes is linear in the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_MATCH: Final = 8192
"""Characters that one attempt may read."""

_SKIPPED: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
"""An escaped character or a class: neither repeats anything."""

_REPEATED: Final = re.compile(r"(?:[*+?]|\{(\d*)(,?)(\d*)\})([+?]?)")
_GROUP: Final = re.compile(r"\((?:\?(>|<?[=!]|:|P<\w+>|[aiLmsux-]+:|[aiLmsux]+\)|P=|\())?")


def problem_of(pattern: str) -> str | None:
    """Return what a pattern has to avoid, or ``None``. A pattern that is no regular expression is a problem too."""
    try:
        re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return "it is not a regular expression"
    return next(_problems(pattern), None) or _too_long(pattern)


def _problems(pattern: str) -> Iterator[str]:
    position = 0
    atomic: list[bool] = [False]
    while position < len(pattern):
        if skipped := _SKIPPED.match(pattern, position):
            position = skipped.end()
        elif group := _GROUP.match(pattern, position):
            kind = group[1]
            if kind in ("P=", "("):
                yield "a reference to a group may go back"
            if not (kind or "").endswith(")"):
                atomic.append(kind in (">", "=", "!", "<=", "<!"))
            position = group.end()
        elif repeated := _REPEATED.match(pattern, position):
            low, comma, high, suffix = repeated.groups()
            is_fixed = low is not None and (not comma or low == high)
            if not is_fixed and suffix != "+":
                yield "a repetition of varying length is not possessive, as in {20,40}+"
            position = repeated.end()
        else:
            if pattern[position] == ")":
                atomic.pop()
            elif pattern[position] == "|" and not atomic[-1]:
                yield "an alternative does not stand in an atomic group, as in (?>a|b)"
            position += 1


def _too_long(pattern: str) -> str | None:
    """Look for repetitions without an end, or that together read more than is allowed."""
    reach = 0
    stripped = _SKIPPED.sub("_", pattern)
    for found in _REPEATED.finditer(re.sub(r"\(\?[<>=!:P]*", "(", stripped)):
        low, comma, high, _ = found.groups()
        if found[0][0] in "*+" or (comma and not high):
            return "a repetition has no upper bound"
        reach += int(high or low or 1)
    return f"it may read more than {LONGEST_MATCH} characters" if reach > LONGEST_MATCH else None
