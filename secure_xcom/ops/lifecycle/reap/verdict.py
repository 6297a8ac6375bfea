"""``Verdict``: what becomes of an object that a store lists, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_place import ObjectPlace
from secure_xcom.ports.listing import Listed


class Reason(Enum):
    """Why an object is deleted."""

    ROW_GONE = "its row is gone"
    SUPERSEDED = "its row refers to another object"
    EXPIRED = "past its lifetime"
    SPENT = "consumed, or past the lifetime of its offer"
    NEVER_OFFERED = "of a pool, and never offered"
    RUN_GONE = "of a pool whose Dag run is gone"
    UNFINISHED = "what a killed process has not finished"


class Kept(Enum):
    """Why an object stays."""

    LIVE = "its row refers to it"
    YOUNG = "younger than the grace period"
    CLAIMED = "under a claim"
    OFFERED = "on offer in a pool"
    UNRECORDED = "of a pool, and unknown to this ledger"
    KEY = "a key of the ledger"
    NAME = "not a name of ours"
    CONTENT = "a name of ours with other content"
    GONE = "deleted by another while reap looked"
    FAILED = "could not be read, recorded or deleted"


Verdict: TypeAlias = Reason | Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A listed object. ``place`` is ``None`` for a name that is not of our form.

    ``where`` is what its header says, once that was read and fits its name.
    """

    listed: Listed
    place: ObjectPlace | None
    verdict: Verdict
    where: Coordinates | None = None
    size: int = 0

    @property
    def goes(self) -> bool:
        """Whether it is to be deleted."""
        return isinstance(self.verdict, Reason)
