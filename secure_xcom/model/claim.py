"""``Claim``: the right of one task instance to a value that is read once, and the states that such a value has.

A claim belongs to a task instance through all its tries. Its holder's process renews the lease, so that the claim of a
dead process ends. Its fencing token grows with each claim, so that a process that only slept cannot go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secure_xcom.model.coordinates import TaskInstance


class State(Enum):
    """Where a value that is read once stands."""

    AVAILABLE = "available"
    CLAIMED = "claimed"
    CONSUMED = "consumed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A value that is to be read once. ``expires`` is in Unix seconds, 0 for never.

    ``keeps`` leaves the claim with its holder when the holder fails for good; otherwise the value is offered again.
    ``pool`` groups values of which a consumer takes the oldest, of its own ``shard`` if they have one.
    """

    object_id: str
    name: str
    lease_seconds: int
    expires: int = 0
    keeps: bool = False
    pool: str = ""
    shard: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSlot:
    """In which pool a value is offered, and to which of its shards."""

    pool: str
    shard: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim that was won. ``name`` is the object's in the store."""

    object_id: str
    name: str
    holder: TaskInstance
    fence: int
    lease_seconds: int
