"""``Event``: what the ledger tells of."""

from __future__ import annotations

from enum import Enum


class Event(Enum):
    """What was attempted."""

    WRITE = "write"
    READ = "read"
    CLAIM = "claim"
    CONSUME = "consume"
    RELEASE = "release"
    PURGE = "purge"
    REVEAL = "reveal"
    OBSERVE = "observe"
    """A push of what would be sealed, in the mode that only observes."""
    RUN = "run"
    """The first entry of a run: stands in its domain's register of runs, so that a whole run cannot be left out."""
