"""``PathPatterns``: the operator's patterns for whole paths within a value, compiled.

A walk carries the patterns' states along, as those of a nondeterministic automaton, so that a step costs no more than
there are patterns.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.spelling import normal_name, normal_pattern
from secure_xcom.model.path_pattern import ANY_STEPS, steps_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

States = frozenset[tuple[str, ...]]
"""What is left of each pattern at a node. An empty rest says that the pattern matches there."""

NOWHERE: Final[States] = frozenset()


class PathPatterns:
    """Patterns of paths, compiled. ``start`` is where a walk begins, above the XCom key."""

    def __init__(self, patterns: Collection[str]) -> None:
        self.start = _closure(tuple(_steps(pattern)) for pattern in patterns)

    def __bool__(self) -> bool:
        return bool(self.start)

    def __or__(self, other: PathPatterns) -> PathPatterns:
        both = PathPatterns(())
        both.start = self.start | other.start
        return both


def advance(states: States, step: str | int) -> States:
    """Return the states one step further down."""
    if not states:
        return NOWHERE
    name = step if isinstance(step, int) else normal_name(step)
    return _closure(rest if rest[0] == ANY_STEPS else rest[1:] for rest in states if rest and _matches(rest[0], name))


def matches(states: States) -> bool:
    """Whether one of the patterns matches where these states were reached."""
    return () in states


def _steps(pattern: str) -> Iterator[str]:
    for step in steps_of(pattern):
        yield step if step == ANY_STEPS or step.startswith("[") else normal_pattern(step)


def _closure(rests: Iterable[tuple[str, ...]]) -> States:
    """Add what is left where ``**`` stands for no step at all."""
    found = set()
    for rest in rests:
        found.add(rest)
        left = rest
        while left and left[0] == ANY_STEPS:
            left = left[1:]
            found.add(left)
    return frozenset(found)


def _matches(pattern: str, step: str | int) -> bool:
    if pattern == ANY_STEPS:
        return True
    if isinstance(step, int):
        return pattern in ("[*]", f"[{step}]")
    return not pattern.startswith("[") and fnmatchcase(step, pattern)
