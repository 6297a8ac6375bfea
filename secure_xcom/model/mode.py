"""``Mode``: what the backend does with what it finds."""

from __future__ import annotations

from enum import Enum


class Mode(Enum):
    """What the backend does with findings: seal, report only, or neither. It opens what is sealed in every mode, and
    seals what the author wrapped in ``Secret`` in every mode."""

    ENFORCE = "enforce"
    OBSERVE = "observe"
    OPEN_ONLY = "open-only"
