"""``Event``: what the ledger tells of."""

from __future__ import annotations

from enum import Enum
from typing import Final

NOTHING_THERE: Final = "nothing there"
"""The detail of a read that found no value."""


IN_PLACE_OF_SEALED: Final = "not sealed, in the place of a sealed value"
"""The detail of a write of a plain value; the entry's object is the one that it replaces."""

MIGRATED: Final = "migrated"
"""The detail of the write of a value that lay in the database in plaintext."""


class Event(Enum):
    """What was attempted."""

    WRITE = "write"
    READ = "read"
    CLAIM = "claim"
    CONSUME = "consume"
    RELEASE = "release"
    PURGE = "purge"
    REVEAL = "reveal"
    """An operator had a value shown."""
    OVERRIDE = "override"
    """An operator set a contract aside for a reveal."""
    OBSERVE = "observe"
    """A push of what would be sealed, in the mode that only observes."""
    RUN = "run"
    """The first entry of a run: stands in its domain's register of runs, so that a whole run cannot be left out."""
    KEY = "key"
    """The first entry of a domain's further generation of chains: its last chain key could no longer be opened."""
