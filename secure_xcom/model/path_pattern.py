"""How the operator writes a path within a value, such as ``**.items[*].token``.

A path begins with the XCom key. A step is a key of a dict, written as patterns of names are, or ``[3]`` or ``[*]`` for
a position of a list. ``**`` stands for any number of steps.
"""

from __future__ import annotations

import re
from typing import Final

ANY_STEPS: Final = "**"

_STEP: Final = re.compile(r"\[(?:\*|[0-9]{1,9})\]|[^.\[\]]+", re.ASCII)
_PATH: Final = re.compile(rf"(?:{_STEP.pattern})(?:\.(?:[^.\[\]]+)|\[(?:\*|[0-9]{{1,9}})\])*", re.ASCII)


def is_path(pattern: str) -> bool:
    """Whether a pattern can be for a path."""
    return "." in pattern or is_path_alone(pattern)


def is_path_alone(pattern: str) -> bool:
    """Whether a pattern is for a path and for nothing else. A dot may as well stand in a name, as Spark's do."""
    return "[" in pattern or ANY_STEPS in pattern


def is_well_formed(pattern: str) -> bool:
    """Whether a pattern is a path: steps with a dot before each key, and each position in brackets."""
    return _PATH.fullmatch(pattern) is not None


def steps_of(pattern: str) -> list[str]:
    """Return the steps of a well-formed path as they are written."""
    return _STEP.findall(pattern)
