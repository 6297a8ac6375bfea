"""The pause between two looks at a ledger that grows."""

from __future__ import annotations

import select
import sys
import time
from typing import Final

SHORTEST_SECONDS: Final = 0.5
"""Each look reads the length of every chain."""

LONGEST_SECONDS: Final = 3600.0


def pause(seconds: float) -> bool:
    """Wait, and return whether there is still somebody to write for: ``False`` when standard output was closed."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        time.sleep(seconds)
        return True
    watch = select.poll()
    # Without an event of its own it wakes up for an error alone: the reader of the pipe has gone.
    watch.register(descriptor, 0)
    return not any(
        state & (select.POLLERR | select.POLLHUP | select.POLLNVAL) for _, state in watch.poll(seconds * 1000)
    )
