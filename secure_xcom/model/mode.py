"""``Mode``: what the backend does with what it finds; ``PlainInPlace``: and with what it did not write."""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """What the backend does with findings: seal, report only, or neither. It opens what is sealed in every mode, and
    seals what the author wrapped in ``Secret`` in every mode."""

    ENFORCE = "enforce"
    OBSERVE = "observe"
    OPEN_ONLY = "open-only"


class PlainInPlace(Enum):
    """What becomes of a plain value that stands where the ledger has a sealed one."""

    REFUSE = "refuse"
    WARN = "warn"
    ALLOW = "allow"
