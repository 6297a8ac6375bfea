"""``HeldClaims``: the claims that this process holds, from the read to the end of its task.

``take`` takes a claim; that one reader alone gets it, the ledger decides (``ledger.claims``).

A task takes a claim when it reads, and its process renews the lease from then on. When the task's code has ended, and
before Airflow hears of success, every claim is made endless: that fails the task if one was lost meanwhile. After
success the values that the task received are consumed and deleted; after the last failure they are offered again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ClaimRefused, Expired, SecureXComError, translated
from secure_xcom.exchange.leases import LeaseRenewer
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.event import Event
from secure_xcom.model.object_name import object_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from secure_xcom.exchange.recorder import Recorder
    from secure_xcom.model.claim import Claim, Offer, PoolSlot
    from secure_xcom.model.coordinates import TaskInstance
    from secure_xcom.model.seal import SealContext
    from secure_xcom.ports.host import Host
    from secure_xcom.ports.ledger import Claims
    from secure_xcom.ports.routes import Route

LEASE_SECONDS: Final = 300
"""How long a claim outlives its process, unless the contract says otherwise."""


@dataclass(slots=True, kw_only=True)
class HeldClaim:
    """A claim of this process, and the route to the value's object. ``delivered`` says that the task has the value."""

    claim: Claim
    where: Coordinates
    name: str = ""
    """The object's name by its own header: what the database says is not followed."""
    route: Route | None = None
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class PoolValue:
    """A value that was claimed from a pool, and its claim."""

    value: object = field(repr=False)
    claim: HeldClaim


def somewhere(reader: TaskInstance) -> Coordinates:
    """Return what stands for the place of a value whose header nobody has read."""
    return Coordinates(dag_id=reader.dag_id, run_id=reader.run_id, task_id="", key="")


class HeldClaims:
    """Safe to use from several threads. ``claims`` opens the ledger's on first use; it is ``None`` without a ledger."""

    def __init__(self, claims: Callable[[], Claims] | None, recorder: Recorder, host: Host) -> None:
        self._claims = claims
        self._recorder = recorder
        self._host = host
        self._lock = threading.Lock()
        self._held: dict[str, HeldClaim] = {}
        self._renewer = LeaseRenewer(lambda claim: self._required().renew(claim), host.warn)

    def offer(self, offer: Offer) -> None:
        """Make a consume-once value available."""
        self._required().offer(offer)

    def withdraw(self, object_id: str) -> None:
        """Take back an offer whose push failed."""
        self._required().withdraw(object_id)

    def take(self, context: SealContext, route: Route, reader: TaskInstance | None) -> HeldClaim:
        """Claim the value of an object for the running task.

        Raises ``ClaimRefused`` when another task instance has it, and for code outside a task.
        """
        where, object_id = context.coordinates, context.object_id
        if reader is None:
            raise ClaimRefused(
                "the value is read once: only a running task claims it, and this code runs outside one", str(where)
            )
        self._host.follow(self)
        claim = self._claim(object_id, where, reader)
        held = HeldClaim(claim=claim, name=object_name(where, object_id), route=route, where=where)
        self.hold(held)
        return held

    def _claim(self, object_id: str, where: Coordinates, reader: TaskInstance) -> Claim:
        with translated(
            (ClaimRefused, Expired), into=lambda error: type(error)(*error.args, f"{reader} asked for {where}")
        ):
            return self._required().claim(object_id, reader)

    def take_next(self, slot: PoolSlot, reader: TaskInstance) -> Claim:
        """Claim the oldest value of a pool, whose place ``take`` then reads in its header. Raises ``PoolEmpty``."""
        self._host.follow(self)
        claim = self._required().claim_next(slot.pool, slot.shard, reader)
        # Also a value that cannot be opened is offered again when the task ends.
        self.hold(HeldClaim(claim=claim, where=somewhere(reader)))
        return claim

    def available(self, pool: str, shard: int | None) -> int:
        """Return how many values of a pool could be claimed now."""
        return self._required().available(pool, shard)

    def left_by_earlier_processes(self, reader: TaskInstance) -> Sequence[Claim]:
        """Return what earlier processes of the task instance hold and this one does not yet; warns, raises nothing.

        A task that reads again claims again, and then fails with what is wrong.
        """
        try:
            left = self._claims().adopt(reader) if self._claims else ()
        except SecureXComError as error:
            self.warn_of(f"what {reader} had read before was not taken over", error)
            return ()
        return [claim for claim in left if not self._holds(claim.object_id)]

    def hold(self, held: HeldClaim) -> None:
        """Renew the claim's lease from now on, and end it with the task.

        Raises ``ClaimRefused`` in a process that does not follow its tasks.
        """
        self._host.follow(self)
        with self._lock:
            before = self._held.get(held.claim.object_id)
            held.delivered = held.delivered or (before is not None and before.delivered)
            self._held[held.claim.object_id] = held
        self._renewer.add(held.claim)

    def deliver(self, claims: Iterable[HeldClaim]) -> None:
        """Note that the task has these values: its success will consume them."""
        with self._lock:
            for held in claims:
                if held.claim.object_id in self._held:
                    self._held[held.claim.object_id].delivered = True

    def before_success(self) -> None:
        """Make all claims endless. Raises ``ClaimLost``, which must fail the task."""
        self._renewer.stop()
        for held in self._listed():
            self._required().pin(held.claim)

    def after_success(self) -> None:
        """Consume and delete what the task received, and offer the rest again.

        Raises nothing: the task has succeeded, and no other task instance gets its values.
        """
        for held in self._drained():
            self._quietly(held, self.consume if held.delivered else self.release)

    def before_pausing(self) -> None:
        """Keep what is held for the process in which the task goes on.

        Raises ``ClaimLost``, which must fail the task: it would go on with a value that another task instance has.
        """
        self._renewer.stop()
        for held in self._listed():
            self._required().leave(held.claim)
        # The claims belong to the next process from here on: leaving them again could end a lease that it has begun.
        self._drained()

    def before_leaving(self) -> None:
        """Keep what is held for the process in which the task goes on. Raises nothing: it can be claimed anew."""
        for held in self._drained():
            self._quietly(held, lambda held: self._required().leave(held.claim))

    def after_failure(self) -> None:
        """Offer what is held again, or leave it with this task instance if it was pushed so.

        Raises nothing: leases end.
        """
        for held in self._drained():
            self._quietly(held, self.release)

    def consume(self, held: HeldClaim) -> None:
        """End one claim and delete the value. Raises ``ClaimLost``, or a ``SecureXComError`` of ledger or store."""
        self._forget(held)
        self._required().consume(held.claim)
        self._record(Event.CONSUME, held)
        if held.route is not None:
            held.route.delete(held.name)

    def release(self, held: HeldClaim) -> None:
        """End one claim without consuming the value. Raises like ``consume``."""
        self._forget(held)
        self._required().release(held.claim)
        self._record(Event.RELEASE, held)

    def release_quietly(self, held: HeldClaim) -> None:
        """Release one claim. Warns instead of raising: its lease ends."""
        self._quietly(held, self.release)

    def state_of(self, object_id: str) -> str:
        """Return a value's state and who has it, for an error about a missing object.

        Empty if that is unknown, and if this process has it: then the claim does not tell why the object is gone.
        """
        if self._claims is None or self._holds(object_id):
            return ""
        try:
            state, holder = self._claims().state(object_id), self._claims().holder(object_id)
        except SecureXComError:
            return ""
        return f"{state.value}{f' by {holder}' if holder else ''}" if state else ""

    def warn_of(self, what: str, error: SecureXComError) -> None:
        """Warn in the task's log of an error that holds nobody up."""
        self._host.warn(f"secure-xcom: {what}: {type(error).__name__}: {error.on_one_line}")

    def _holds(self, object_id: str) -> bool:
        with self._lock:
            return object_id in self._held

    def _listed(self) -> list[HeldClaim]:
        with self._lock:
            return list(self._held.values())

    def _drained(self) -> list[HeldClaim]:
        self._renewer.stop()
        with self._lock:
            drained = list(self._held.values())
            self._held.clear()
        return drained

    def _forget(self, held: HeldClaim) -> None:
        self._renewer.remove(held.claim)
        with self._lock:
            self._held.pop(held.claim.object_id, None)

    def _quietly(self, held: HeldClaim, end: Callable[[HeldClaim], None]) -> None:
        try:
            end(held)
        except SecureXComError as error:
            self.warn_of(f"the claim of {held.where} was not ended cleanly", error)

    def _record(self, event: Event, held: HeldClaim) -> None:
        entry = self._recorder.entry(event, held.where, held.claim.holder, object_id=held.claim.object_id)
        self._recorder.record(entry)

    def _required(self) -> Claims:
        if self._claims is None:
            raise ClaimRefused("a value that is read once needs the ledger: set [secure_xcom] ledger_mode")
        return self._claims()
