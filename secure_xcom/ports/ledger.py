"""``Ledger``, ``Spool`` and ``Claims``: the record of what was done, and the grants of consume-once values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secure_xcom.model.claim import Claim, Offer, State
    from secure_xcom.model.coordinates import TaskInstance, XComQuery
    from secure_xcom.model.entry import Entry
    from secure_xcom.model.past import Past


class Ledger(Protocol):
    """The append-only record. An appended entry is durable, and cannot be changed unnoticed."""

    def append(self, new: Sequence[Entry]) -> None:
        """Append entries in their order. Raises a ``LedgerError``, and what sealing a value of the same Dag raises."""

    def read(self, dag_id: str, run_id: str | None = None) -> Sequence[Entry]:
        """Return the entries about a Dag's XComs, of one run or of all, oldest first. Raises a ``LedgerError``."""

    def prove(self, waiting: Sequence[Entry]) -> Sequence[str]:
        """Return for each entry that is to wait outside of the ledger what proves that its domain wrote it.

        A proof is empty where the domain's key is not at hand. Raises nothing.
        """

    def append_kept(self, kept: Sequence[Entry], proofs: Sequence[str]) -> None:
        """Append entries that waited; one without its proof is recorded as unproved. Raises like ``append``."""

    def has_claimed(self, claim: Entry) -> bool:
        """Whether an authentic entry like ``claim``, of any try, is the last that its run has of the object's claim.

        Raises like ``append``.
        """

    def past(self, query: XComQuery) -> Past:
        """Return what the Dag's own tasks recorded of the objects at a place.

        The query leaves open the map index alone. Nothing is verified, and no key is asked for.

        Raises a ``LedgerError``.
        """


class Spool(Protocol):
    """Where entries wait that the ledger did not take."""

    def keep(self, entries: Sequence[Entry], proofs: Sequence[str]) -> None:
        """Keep entries with their proofs; they are durable when this returns. Raises ``OSError``."""

    def replay(self, append: Callable[[Sequence[Entry], Sequence[str]], None], warn: Callable[[str], None]) -> None:
        """Append what was kept, oldest first, and forget it. Raises ``LedgerUnavailable``."""


class Claims(Protocol):
    """Grants consume-once values, for all workers alike. All methods may raise ``LedgerError``.

    Of those that race for a value exactly one wins. Leases use the database's clock, never a worker's.
    """

    def offer(self, offer: Offer) -> None:
        """Make a value available; one that was offered before stays as it is."""

    def claim(self, object_id: str, holder: TaskInstance) -> Claim:
        """Claim a value for ``holder``, again if it is its already. Raises ``ClaimRefused`` or ``Expired``."""

    def claim_next(self, pool: str, shard: int | None, holder: TaskInstance) -> Claim:
        """Claim the oldest value of a pool; first what ``holder`` left before. Raises ``PoolEmpty``."""

    def adopt(self, holder: TaskInstance) -> Sequence[Claim]:
        """Return what ``holder`` holds from an earlier process, as its claims from now on; what an earlier try had of a
        pool is offered again."""

    def withdraw(self, object_id: str) -> None:
        """Take back an offer that has not been claimed yet."""

    def available(self, pool: str, shard: int | None) -> int:
        """Return how many values of a pool could be claimed now."""

    def renew(self, claim: Claim) -> None:
        """Begin the lease anew. Raises ``ClaimLost``."""

    def pin(self, claim: Claim) -> None:
        """Make the lease endless. Raises ``ClaimLost``."""

    def leave(self, claim: Claim) -> None:
        """Keep the claim for its holder's next process, however long that takes. Raises ``ClaimLost``."""

    def consume(self, claim: Claim) -> None:
        """End the claim: the value is never read again. Raises ``ClaimLost``."""

    def release(self, claim: Claim) -> None:
        """Offer the value again, or leave it to its holder if it was offered so. Raises ``ClaimLost``."""

    def state(self, object_id: str) -> State | None:
        """Return where a value stands, ``None`` for one that was never offered."""

    def holder(self, object_id: str) -> str:
        """Return the name of the task instance that has claimed or consumed a value; empty if none has."""
