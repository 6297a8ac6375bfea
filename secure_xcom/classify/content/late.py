"""``late``: regular expressions that are compiled when they are needed, since most tasks need none of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable


def late(pattern: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """Return a function that compiles ``pattern`` when it is called for the first time."""

    @functools.cache
    def compiled() -> re.Pattern[str]:
        return re.compile(pattern, flags)

    return compiled
