"""Durations as people write them in settings: ``90s``, ``5m``, ``24h``, ``30d``, or ``0``."""

from __future__ import annotations

import re
from typing import Final

HOW_TO_WRITE: Final = "a number with s, m, h or d behind it, as in 24h"

_DURATION: Final = re.compile(r"0|([1-9][0-9]{0,8})([smhd])", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(duration: str) -> int | None:
    """Return the seconds of a duration, or ``None`` if the text is not one."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        return None
    return int(found[1]) * _SECONDS[found[2]] if found[1] else 0
