"""``InMemoryClaims``: the claims of one ledger in a dict, as several processes have them."""

from __future__ import annotations

import copy
import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from secure_xcom.errors import ClaimLost, ClaimRefused, Expired, PoolEmpty
from secure_xcom.model.claim import Claim, Offer, State
from secure_xcom.model.coordinates import TaskInstance

ENDLESS: Final = math.inf
"""The end of a pinned claim's lease."""

LEFT: Final = math.nextafter(math.inf, 0)
"""The end of a lease that waits for the holder's next process."""


@dataclass(slots=True, kw_only=True)
class OfferedValue:
    """Where a consume-once value stands. A test may set ``lease_until`` and ``expires`` back, as time would."""

    offer: Offer
    expires: float
    state: State = State.AVAILABLE
    holder: TaskInstance | None = None
    session: str = ""
    fence: int = 0
    lease_until: float = 0

    def is_held_by(self, holder: TaskInstance) -> bool:
        """Whether the task instance has claimed it, in whichever try."""
        return self.state is State.CLAIMED and self.holder is not None and _identity(self.holder) == _identity(holder)

    def is_free(self, now: float) -> bool:
        """Whether nobody holds it, or its holder's lease has ended."""
        return self.state is State.AVAILABLE or (self.state is State.CLAIMED and self.lease_until <= now)

    def is_expired(self, now: float) -> bool:
        """Whether its lifetime has ended."""
        return 0 < self.expires <= now

    def give_back(self) -> None:
        """Offer it again."""
        self.state, self.holder, self.session, self.lease_until = State.AVAILABLE, None, "", 0


class InMemoryClaims:
    """Implements ``ports.ledger.Claims`` for the processes of one test. Safe to use from several threads.

    ``values`` holds what was offered, by object id and oldest first. ``clock`` is the ledger's, in Unix seconds.
    ``session`` names the process.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.values: dict[str, OfferedValue] = {}
        self._clock = clock
        self._lock = threading.Lock()
        self.session = secrets.token_hex(16)

    def reopened(self) -> InMemoryClaims:
        """Return the same claims as another process has them."""
        other = copy.copy(self)
        other.session = secrets.token_hex(16)
        return other

    def offer(self, offer: Offer) -> None:
        """Make a value available; one that was offered before stays as it is."""
        with self._lock:
            self.values.setdefault(offer.object_id, OfferedValue(offer=offer, expires=offer.expires))

    def withdraw(self, object_id: str) -> None:
        """Take back an offer that nobody has claimed yet."""
        with self._lock:
            if object_id in self.values and not self.values[object_id].fence:
                del self.values[object_id]

    def claim(self, object_id: str, holder: TaskInstance) -> Claim:
        """Claim a value for ``holder``. Raises ``ClaimRefused`` or ``Expired``."""
        with self._lock:
            value = self.values.get(object_id)
            if value is None:
                raise ClaimRefused("the ledger knows of no such value")
            self._require_claimable(value, holder)
            return self._take(value, holder)

    def claim_next(self, pool: str, shard: int | None, holder: TaskInstance) -> Claim:
        """Claim the oldest value of a pool; first what an earlier try of ``holder`` has left. Raises ``PoolEmpty``."""
        with self._lock:
            session, now = self._session_of(holder), self._clock()
            inside = [value for value in self._of_pool(pool, shard) if not value.is_expired(now)]
            left = [value for value in inside if value.is_held_by(holder) and value.session != session]
            for value in (*left, *(value for value in inside if value.is_free(now))):
                return self._take(value, holder)
            for value in self._of_pool(pool, shard):
                self._expire(value)
            raise PoolEmpty("the pool has nothing to claim now")

    def adopt(self, holder: TaskInstance) -> list[Claim]:
        """Take over what earlier processes of ``holder`` hold, and offer again what an earlier try had of a pool."""
        with self._lock:
            session = self._session_of(holder)
            held = [value for value in self.values.values() if value.is_held_by(holder)]
            for value in held:
                if value.offer.pool and value.session != session:
                    value.give_back()
            return [
                # The task may have succeeded in all but the report: an endless lease stays so.
                self._take(value, holder, ENDLESS if value.lease_until == ENDLESS else None)
                for value in held
                if value.state is State.CLAIMED
            ]

    def available(self, pool: str, shard: int | None) -> int:
        """Return how many values of a pool could be claimed now."""
        with self._lock:
            now = self._clock()
            return sum(value.is_free(now) and not value.is_expired(now) for value in self._of_pool(pool, shard))

    def renew(self, claim: Claim) -> None:
        """Begin the lease anew, unless it is endless or left. Raises ``ClaimLost``."""
        with self._lock:
            value = self._change(claim, state=State.CLAIMED)
            if value.lease_until < LEFT:
                value.lease_until = self._clock() + claim.lease_seconds

    def pin(self, claim: Claim) -> None:
        """Make the lease endless. Raises ``ClaimLost``."""
        with self._lock:
            self._change(claim, lease_until=ENDLESS)

    def leave(self, claim: Claim) -> None:
        """Keep the claim for its holder's next process, unless the lease is endless. Raises ``ClaimLost``."""
        with self._lock:
            value = self._change(claim, state=State.CLAIMED)
            value.lease_until = max(value.lease_until, LEFT)

    def consume(self, claim: Claim) -> None:
        """End the claim: nobody reads the value again. Raises ``ClaimLost``."""
        with self._lock:
            self._change(claim, state=State.CONSUMED)

    def release(self, claim: Claim) -> None:
        """Offer the value again, or leave it to its holder if it was offered so. Raises ``ClaimLost``."""
        with self._lock:
            value = self.values.get(claim.object_id)
            if value is not None and value.offer.keeps:
                self._change(claim, lease_until=ENDLESS)
            else:
                self._change(claim, state=State.AVAILABLE, holder=None, session="", lease_until=0)

    def state(self, object_id: str) -> State | None:
        """Return where a value stands, ``None`` for one that was never offered."""
        with self._lock:
            return self.values[object_id].state if object_id in self.values else None

    def holder(self, object_id: str) -> str:
        """Return who has claimed or consumed a value; empty for nobody."""
        with self._lock:
            value = self.values.get(object_id)
            return str(value.holder) if value and value.holder else ""

    def _of_pool(self, pool: str, shard: int | None) -> list[OfferedValue]:
        return [value for value in self.values.values() if (value.offer.pool, value.offer.shard) == (pool, shard)]

    def _require_claimable(self, value: OfferedValue, holder: TaskInstance) -> None:
        now = self._clock()
        if value.state is State.CONSUMED:
            raise ClaimRefused(f"the value was consumed by {value.holder}")
        if value.state is State.EXPIRED or value.is_expired(now):
            self._expire(value)
            raise Expired("the value has ended its lifetime")
        if not (value.is_free(now) or value.is_held_by(holder)):
            raise ClaimRefused(f"the value is claimed by {value.holder}")

    def _expire(self, value: OfferedValue) -> None:
        now = self._clock()
        if value.is_free(now) and value.is_expired(now):
            value.state = State.EXPIRED

    def _take(self, value: OfferedValue, holder: TaskInstance, lease_until: float | None = None) -> Claim:
        offer, session = value.offer, self._session_of(holder)
        # Each try of a task instance fences off the tries before it; the processes of one try share a fencing token.
        if not (value.is_held_by(holder) and value.session == session):
            value.fence += 1
        value.state, value.holder, value.session = State.CLAIMED, holder, session
        value.lease_until = lease_until or self._clock() + offer.lease_seconds
        return Claim(
            object_id=offer.object_id,
            name=offer.name,
            holder=holder,
            fence=value.fence,
            lease_seconds=offer.lease_seconds,
        )

    def _session_of(self, holder: TaskInstance) -> str:
        return holder.try_id or self.session

    def _change(self, claim: Claim, **wanted: object) -> OfferedValue:
        """Change the value if ``claim`` is the last one; a change that was carried out before is carried out."""
        value = self.values.get(claim.object_id)
        if value is None or value.fence != claim.fence:
            raise _lost(claim)
        if value.state is not State.CLAIMED and any(getattr(value, name) != want for name, want in wanted.items()):
            raise _lost(claim)
        for name, want in wanted.items():
            setattr(value, name, want)
        return value


def _lost(claim: Claim) -> ClaimLost:
    return ClaimLost(f"the claim of {claim.holder} has ended, and another may have the value")


def _identity(holder: TaskInstance) -> tuple[str, str, str, int]:
    return holder.dag_id, holder.run_id, holder.task_id, holder.map_index
