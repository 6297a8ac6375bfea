"""``Exchange``: the flow as the Airflow package sees it. ``push`` and ``pull`` hold the order of the steps.

Everything fails closed: a step that cannot be done raises, and neither a placeholder nor plaintext takes the value's
place. What was done, and what was refused, stands in the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_xcom.errors import ClaimRefused, Tampered
from secure_xcom.exchange.push import Push
from secure_xcom.model.mode import Mode
from secure_xcom.ports.deferred import deferred

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secure_xcom.classify import Policy
    from secure_xcom.exchange.adoption import Adoption
    from secure_xcom.exchange.deletion import Deletion
    from secure_xcom.exchange.held_claims import HeldClaim, PoolValue
    from secure_xcom.exchange.pull import Pull
    from secure_xcom.exchange.runtime import Runtime
    from secure_xcom.model.claim import PoolSlot
    from secure_xcom.model.contract import Terms
    from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
    from secure_xcom.model.value import JSON


class Exchange:
    """Seals values into a store and gets them back. Safe to use from several threads."""

    def __init__(self, runtime: Runtime, policy: Policy, mode: Mode = Mode.ENFORCE, large_threshold: int = -1) -> None:
        self._runtime = runtime
        self._host = runtime.host
        self._claims = runtime.claims
        self._push = Push(runtime, policy, mode, large_threshold)
        self._pull = deferred(lambda: _pull(runtime, policy))
        self._deletion = deferred(lambda: _deletion(runtime))
        self._adoption = deferred(lambda: _adoption(runtime, self._pull))

    def push(self, value: object, coordinates: Coordinates | None) -> JSON:
        """Return what the database is to hold for ``value``; what is sensitive in it is in the store when this returns.

        Raises a ``SecureXComError`` and leaves no plaintext anywhere when any step of ``exchange.push`` fails.
        """
        return self._push.row_of(value, coordinates)

    def pull(self, row: JSON, query: XComQuery) -> object:
        """Return the value that ``row`` stands for, as Airflow's own backend would hand it out.

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

        Waits at most ten seconds for the store, twice that during a move. Raises a ``SecureXComError``, which the
        caller logs: a purge that failed leaves an orphan, never a broken task.
        """
        self._deletion.purge(row, query)

    def drop_earlier(self, where: Coordinates) -> None:
        """Delete what the ledger has of earlier tries and runs at a place, after a push there has written its row.

        Only the running task's own place is dealt with. Raises like ``purge``.
        """
        history = self._runtime.history()
        if history is not None and (earlier := history.take_earlier(where)):
            self._deletion.drop(earlier, where)

    def take_back(self, row: JSON, query: XComQuery) -> None:
        """Delete the object of a row that was pushed and that Airflow refused to write, and record why.

        Raises like ``purge``.
        """
        self._deletion.take_back(row, query)

    def require_deletion(self, query: XComQuery) -> None:
        """Raise a ``Refused`` unless the running task may delete what is asked for."""
        self._deletion.require_allowed(query)

    def put(self, value: object, where: Coordinates, terms: Terms, slot: PoolSlot) -> None:
        """Seal a value whole and offer it in a pool. Raises like ``push``."""
        self._push.put(value, where, terms, slot)

    def claim_next(self, slot: PoolSlot, query: XComQuery) -> PoolValue:
        """Claim and open the oldest value of a pool for the running task. Raises ``PoolEmpty``, and like ``pull``."""
        reader = self._required_reader()
        claim = self._claims.take_next(slot, reader)
        opened = self._pull.claimed_value(claim.name, query)
        if opened.claim is None:
            raise Tampered("the ledger's database names an object that was pushed into no pool")
        from secure_xcom.exchange.held_claims import PoolValue

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


def _pull(runtime: Runtime, policy: Policy) -> Pull:
    # A task that only pushes does not load these.
    from secure_xcom.exchange.pull import Pull

    return Pull(runtime, secrets_in=policy.secrets_in, is_password=policy.names_a_password)


def _deletion(runtime: Runtime) -> Deletion:
    from secure_xcom.exchange.deletion import Deletion

    return Deletion(runtime)


def _adoption(runtime: Runtime, pull: Pull) -> Adoption:
    from secure_xcom.exchange.adoption import Adoption

    return Adoption(runtime, pull)
