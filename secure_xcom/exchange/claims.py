"""``HeldClaims``: the claims that this process holds, from the read to the end of its task.

A task takes a claim when it reads, and its process renews the lease from then on. When the task's code is through, and
before Airflow hears of success, every claim is made endless: that fails the task if one was lost meanwhile. After
success the values that it got are consumed and deleted; after the last failure they are offered again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from secure_xcom.errors import ClaimRefused, Expired, SecureXComError
from secure_xcom.exchange.leases import LeaseRenewer
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.model.claim import Claim, Offer
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.event import Entry, Event
from secure_xcom.model.object_name import object_name
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.host import Host
from secure_xcom.ports.ledger import Claims
from secure_xcom.ports.routes import Route

Recognise = Callable[[Claim], tuple[Route, Coordinates]]
"""Opens the object of a claim, and returns the way to it and its own coordinates; raises unless it is authentic."""

LEASE_SECONDS: Final = 300
"""How long a claim outlives its process, unless the contract says otherwise."""


@dataclass(slots=True, kw_only=True)
class Held:
    """A claim of this process, and the way to the value's object. ``delivered`` says that the task got the value."""

    claim: Claim
    where: Coordinates
    name: str = ""
    """The object's, as its own header gives it: what the database says is not followed."""
    route: Route | None = None
    delivered: bool = False


class HeldClaims:
    """Safe to use from several threads. ``claims`` opens them on first use; without it nothing can be read once."""

    def __init__(self, claims: Callable[[], Claims] | None, recorder: Recorder, host: Host) -> None:
        self._claims = claims
        self._recorder = recorder
        self._host = host
        self._lock = threading.Lock()
        self._held: dict[str, Held] = {}
        self._renewer = LeaseRenewer(lambda claim: self._required().renew(claim), host.warn)

    def offer(self, offer: Offer) -> None:
        """Make a value available that was pushed to be read once."""
        self._required().offer(offer)

    def withdraw(self, object_id: str) -> None:
        """Take back an offer that came to nothing."""
        self._required().withdraw(object_id)

    def take(self, context: SealContext, route: Route, reader: TaskInstance | None) -> Entry:
        """Claim the value of an object for the running task, and return the entry that says so.

        Raises ``ClaimRefused`` when another task instance has it, and for whoever is no task instance.
        """
        where, object_id = context.coordinates, context.object_id
        if reader is None:
            raise ClaimRefused(f"{where} is read once, by a task that runs: nobody else can claim it")
        claim = self._claim(object_id, where, reader)
        self._hold(Held(claim=claim, name=object_name(where, object_id), route=route, where=where))
        return self._recorder.entry(Event.CLAIM, where, reader, object_id=object_id)

    def _claim(self, object_id: str, where: Coordinates, reader: TaskInstance) -> Claim:
        try:
            return self._required().claim(object_id, reader)
        except (ClaimRefused, Expired) as error:
            refused = type(error)(f"{reader} asked for {where}: {error}")
        raise refused

    def take_next(self, pool: str, shard: int | None, reader: TaskInstance) -> Claim:
        """Claim the oldest value of a pool; ``take`` then holds it. Raises ``PoolEmpty``."""
        return self._required().claim_next(pool, shard, reader)

    def available(self, pool: str, shard: int | None) -> int:
        """Return how many values of a pool could be claimed now."""
        return self._required().available(pool, shard)

    def adopt(self, reader: TaskInstance, recognise: Recognise) -> None:
        """Hold what earlier processes of the same task instance had read, so that it ends with this one.

        ``recognise`` opens the object of a claim. Raises nothing: who reads again claims again, and is told.
        """
        try:
            left = self._claims().adopt(reader) if self._claims else ()
        except SecureXComError as error:
            self._warn_of(f"what {reader} had read before was not taken over", error)
            return
        for claim in left:
            # What this process holds it goes on holding; an earlier one's task may have had the value.
            if self.held(claim.object_id) is None:
                self._hold(self._recognised(claim, reader, recognise))

    def _recognised(self, claim: Claim, reader: TaskInstance, recognise: Recognise) -> Held:
        try:
            route, where = recognise(claim)
        except SecureXComError as error:
            # The claim ends with the task all the same; only the object is left where it is.
            self._warn_of(f"an object that {reader} had read before will not be deleted", error)
            nowhere = Coordinates(dag_id=reader.dag_id, run_id=reader.run_id, task_id="", key="")
            return Held(claim=claim, where=nowhere, delivered=True)
        name = object_name(where, claim.object_id)
        return Held(claim=claim, name=name, route=route, where=where, delivered=True)

    def deliver(self, object_ids: Iterable[str]) -> None:
        """Note that the task has these values: its success is to consume them."""
        with self._lock:
            for object_id in object_ids:
                if object_id in self._held:
                    self._held[object_id].delivered = True

    def before_success(self) -> None:
        """Make all claims endless. Raises ``ClaimLost``, which is to fail the task."""
        self._renewer.stop()
        for held in self._listed():
            self._required().pin(held.claim)

    def after_success(self) -> None:
        """Consume what the task got, delete it, and offer again what it did not get. Raises nothing: the task has
        succeeded, and nobody else gets its values."""
        for held in self._drained():
            self._quietly(held, self.consume if held.delivered else self.release)

    def before_pausing(self) -> None:
        """Keep what is held for the process in which the task goes on. Raises ``ClaimLost``, which is to fail the task:
        it would go on with a value that another has."""
        self._renewer.stop()
        for held in self._listed():
            self._required().leave(held.claim)
        # From here on they are the next process's: to leave them again could end a lease that it has begun.
        self._drained()

    def before_leaving(self) -> None:
        """Keep what is held for the process in which the task goes on. Raises nothing: it may claim it anew."""
        for held in self._drained():
            self._quietly(held, lambda held: self._required().leave(held.claim))

    def after_failure(self) -> None:
        """Offer what is held again, or leave it to this task instance, as it was pushed. Raises nothing: leases end."""
        for held in self._drained():
            self._quietly(held, self.release)

    def consume(self, held: Held) -> None:
        """End one claim and delete the value. Raises ``ClaimLost``, or a ``SecureXComError`` of ledger or store."""
        self._forget(held)
        self._required().consume(held.claim)
        self._record(Event.CONSUME, held)
        if held.route is not None:
            held.route.store.delete(held.route.folder + held.name)

    def release(self, held: Held) -> None:
        """End one claim without the value being consumed. Raises like ``consume``."""
        self._forget(held)
        self._required().release(held.claim)
        self._record(Event.RELEASE, held)

    def give_up(self, held: Held) -> None:
        """Release one claim. Raises nothing: its lease ends."""
        self._quietly(held, self.release)

    def held(self, object_id: str) -> Held | None:
        """Return this process's claim of a value."""
        with self._lock:
            return self._held.get(object_id)

    def state_of(self, object_id: str) -> str:
        """Return where a value stands, and with whom, for the error of who does not find its object; empty when that is
        unknown."""
        if self._claims is None:
            return ""
        try:
            state, holder = self._claims().state(object_id), self._claims().holder(object_id)
        except SecureXComError:
            return ""
        return f"{state.value}{f' by {holder}' if holder else ''}" if state else ""

    def _hold(self, held: Held) -> None:
        with self._lock:
            before = self._held.get(held.claim.object_id)
            held.delivered = held.delivered or (before is not None and before.delivered)
            self._held[held.claim.object_id] = held
        self._renewer.add(held.claim)
        self._host.follow(self)

    def _listed(self) -> list[Held]:
        with self._lock:
            return list(self._held.values())

    def _drained(self) -> list[Held]:
        self._renewer.stop()
        with self._lock:
            drained = list(self._held.values())
            self._held.clear()
        return drained

    def _forget(self, held: Held) -> None:
        self._renewer.remove(held.claim)
        with self._lock:
            self._held.pop(held.claim.object_id, None)

    def _quietly(self, held: Held, end: Callable[[Held], None]) -> None:
        try:
            end(held)
        except SecureXComError as error:
            self._warn_of(f"the claim of {held.where} was not ended cleanly", error)

    def _warn_of(self, what: str, error: SecureXComError) -> None:
        self._host.warn(f"secure-xcom: {what}: {type(error).__name__}: {error}")

    def _record(self, event: Event, held: Held) -> None:
        entry = self._recorder.entry(event, held.where, held.claim.holder, object_id=held.claim.object_id)
        self._recorder.record(entry)

    def _required(self) -> Claims:
        if self._claims is None:
            raise ClaimRefused("a value that is read once needs the ledger: set [secure_xcom] ledger_mode")
        return self._claims()
