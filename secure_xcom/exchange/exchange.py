"""``Exchange``: the flow as the Airflow package sees it. ``push`` and ``pull`` hold the order of the steps.

Everything fails closed: a step that cannot be done raises, and neither a placeholder nor plaintext takes the value's
place. What was done, and what was refused, stands in the ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from secure_xcom.classify import Policy
from secure_xcom.errors import ClaimLost, ClaimRefused, NotGranted, StoreUnavailable
from secure_xcom.exchange.admission import ReadRequest, require_reference
from secure_xcom.exchange.adoption import Adoption
from secure_xcom.exchange.claims import HeldClaim
from secure_xcom.exchange.pull import Pull
from secure_xcom.exchange.push import PoolSlot, Push, require_own
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.model.contract import Terms
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.event import Event
from secure_xcom.model.seal import Mode
from secure_xcom.model.value import JSON, node_of
from secure_xcom.payload.parts import find_placeholders
from secure_xcom.ports.routes import Routes

PURGE_SECONDS: Final = 10.0
"""How long a purge may hold up the start of a task."""


@dataclass(frozen=True, slots=True)
class PoolValue:
    """A value that was claimed from a pool, and its claim."""

    value: object = field(repr=False)
    claim: HeldClaim


class Exchange:
    """Seals values into a store and gets them back. Safe to use from several threads."""

    def __init__(self, runtime: Runtime, routes: Routes, policy: Policy, mode: Mode = Mode.ENFORCE) -> None:
        self._host = runtime.host
        self._recorder = runtime.recorder
        self._claims = runtime.claims
        self._routes = routes
        self._push = Push(runtime, routes, policy, mode)
        self._pull = Pull(runtime, routes)
        self._adoption = Adoption(runtime, routes, self._pull)

    def push(self, value: object, coordinates: Coordinates | None) -> JSON:
        """Return what the database is to hold for ``value``; what is sensitive in it is in the store when this returns.

        Raises a ``SecureXComError`` and leaves no plaintext anywhere when any step of ``exchange.push`` fails.
        """
        return self._push.row_of(value, coordinates)

    def pull(self, row: JSON, query: XComQuery) -> object:
        """Return the value that ``row`` stands for, exactly as it was pushed.

        Raises the ``SecureXComError`` of the first step of ``exchange.pull`` that fails.
        """
        (value,) = self._pull.values_of([row], query, together=False)
        return value

    def pull_all(self, rows: Sequence[JSON], query: XComQuery) -> list[object]:
        """Pull rows together, concurrently, in their order; the first failure is raised.

        Besides the checks of ``pull``, the map indexes of the objects must rise if one run was asked for: that finds a
        placeholder moved to the row of another mapped instance.
        """
        return self._pull.values_of(rows, query, together=True)

    def adopt(self) -> None:
        """Take over what earlier processes of the running task instance had claimed. Raises nothing."""
        self._adoption.adopt()

    def purge(self, row: JSON, query: XComQuery) -> None:
        """Delete the object that ``row`` stands for, if it belongs to ``query``; idempotent.

        Returns within ``PURGE_SECONDS``. Raises a ``SecureXComError``, which the caller logs: a purge that failed
        leaves an orphan, never a broken task.
        """
        placeholders = find_placeholders(node_of(row))
        if not placeholders:
            return
        request = ReadRequest(query=query, reader=self._host.running())
        with self._recorder.failures(Event.PURGE, request.where, request.reader):
            require_own(request.reader, request.where)
            route = self._routes.route(query.dag_id, request.reader.dag_id if request.reader else None)
            name = require_reference(placeholders, query, route.store.scheme)
            _within(PURGE_SECONDS, lambda: route.store.delete(route.folder + name))
            self._recorder.record(self._recorder.entry(Event.PURGE, request.where, request.reader))

    def require_deletion(self, query: XComQuery) -> None:
        """Raise a ``Refused`` unless the running task may delete what is asked for."""
        request = ReadRequest(query=query, reader=self._host.running())
        with self._recorder.failures(Event.PURGE, request.where, request.reader):
            if request.reader is None:
                raise NotGranted(
                    "XComs can be deleted only by a task of the same Dag; this code does not run in a task"
                )
            require_own(request.reader, request.where)
            declared = self._host.declared()
            if declared is not None:
                declared.for_deletion(request.reader, request.where)

    def put(self, value: object, where: Coordinates, terms: Terms, slot: PoolSlot) -> None:
        """Seal a value whole and offer it in a pool. Raises like ``push``."""
        self._push.put(value, where, terms, slot)

    def claim_next(self, slot: PoolSlot, query: XComQuery) -> PoolValue:
        """Claim and open the oldest value of a pool for the running task. Raises ``PoolEmpty``, and like ``pull``."""
        reader = self._required_reader()
        claim = self._claims.take_next(slot.pool, slot.shard, reader)
        opened = self._pull.claimed_value(claim.name, query)
        if opened.claim is None:
            raise ClaimLost("the claim of a pool's value has ended: raise the pool's lease")
        return PoolValue(opened.value, opened.claim)

    def available(self, slot: PoolSlot) -> int:
        """Return how many values of a pool could be claimed now. Raises a ``LedgerError``."""
        return self._claims.available(slot.pool, slot.shard)

    def acknowledge(self, claim: HeldClaim) -> None:
        """Consume a pool's value and delete it. Raises ``ClaimLost``, or a ``SecureXComError`` of ledger or store."""
        self._claims.consume(claim)

    def release(self, claim: HeldClaim) -> None:
        """Offer a pool's value again, in its old place. Raises like ``acknowledge``."""
        self._claims.release(claim)

    def release_quietly(self, claim: HeldClaim) -> None:
        """Offer a pool's value again; warn instead of raising."""
        self._claims.release_quietly(claim)

    def _required_reader(self) -> TaskInstance:
        reader = self._host.running()
        if reader is None:
            raise ClaimRefused("only a running task claims from a pool, and this code runs outside one")
        return reader


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Run ``call`` in a thread and wait at most ``seconds``; what it raises in that time is raised here."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            call()
        except Exception as error:
            failures.append(error)

    # A daemon: the store's own deadline ends it, and it must not keep the task's process alive until then.
    thread = threading.Thread(target=run, name="secure-xcom-purge", daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if thread.is_alive():
        raise StoreUnavailable(f"the store did not answer within {seconds:.0f} s; the object may be left as an orphan")
