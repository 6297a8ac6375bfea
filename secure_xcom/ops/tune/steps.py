"""Patterns of paths: what groups the parts of many values, and what an operator may write into a setting.

A step becomes ``*`` unless it is a name. Dates, ids and anything that looks random do: there may be millions of them,
and a key of a dict may be a secret itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from secure_xcom.classify.spelling import normal_pattern
from secure_xcom.ops.tune.look import is_random

ANY: Final = "*"
POSITION: Final = "[*]"

Pattern = tuple[str, ...]
"""The steps below a Dag: the XCom key, then keys of dicts and ``[*]``."""

REST: Final[Pattern] = (ANY, "**")
"""What stands for all patterns beyond the number that is kept."""

_LONGEST_NAME: Final = 64

_DEEPEST: Final = 12
"""Steps of a pattern. What lies deeper is grouped with what stands there."""

_NAME: Final = re.compile(r"_{0,8}[A-Za-z][\w-]{0,63}", re.ASCII)
_MANY_DIGITS: Final = re.compile(
    r"\d{5,}|\d{4}-\d\d|[0-9a-f]{8}-[0-9a-f]{4}-|(?:^|[_-])(?=\w*\d)[0-9a-f]{8,}(?:$|[_-])", re.ASCII
)
_STEP: Final = re.compile(r"\[(?:\d{1,12}|\*)\]|[^.\[\]]+", re.ASCII)


def pattern_of(key: str, path: Sequence[str | int]) -> Pattern:
    """Return the pattern of a part at ``path`` within an XCom under ``key``."""
    return (step_of(key), *map(_step, path[: _DEEPEST - 1]))


def parsed(path: str) -> Pattern:
    """Return the pattern of a path that is written with dots and brackets, as reports write it."""
    steps = _STEP.findall(path)[:_DEEPEST]
    return tuple(POSITION if step.startswith("[") else step_of(step) for step in steps) or (ANY,)


def below(pattern: Pattern, step: str) -> Pattern:
    """Return the pattern one step further down, or the same where that is deep enough."""
    return (*pattern, step) if len(pattern) < _DEEPEST else pattern


def written(pattern: Iterable[str]) -> str:
    """Return a pattern as ``sensitive_keys`` and ``ignored_keys`` take it."""
    return "".join(step if step == POSITION else f".{step}" for step in pattern).removeprefix(".")


def name_in(pattern: Pattern) -> str | None:
    """Return the name that what stands there has: the last step that is one. ``None`` if that is ``*``."""
    last = next((step for step in reversed(pattern) if step != POSITION), ANY)
    return None if last.startswith(ANY) else last


@lru_cache(maxsize=65_536)
def step_of(name: str) -> str:
    """Return a key of a dict as a step of a pattern, ``*`` unless it is a name."""
    if len(name) > _LONGEST_NAME or _MANY_DIGITS.search(name):
        return ANY
    plain = re.sub(r"[^\w-]+", "_", name)
    if not _NAME.fullmatch(plain) or is_random(plain) or not normal_pattern(plain):
        return ANY
    return plain


def _step(step: str | int) -> str:
    return POSITION if isinstance(step, int) else step_of(step)
