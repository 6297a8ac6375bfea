"""What the ledger says of an object that is gone, and which objects are the ledger's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from secure_xcom.ledger.generations import place_of_key
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ledger.reading import Recorded
from secure_xcom.ledger.wanted import Wanted
from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event
from secure_xcom.model.seal import SealContext

_ENDINGS: Final = frozenset({Event.PURGE, Event.CONSUME})


def evidence(ledger: LazyLedger) -> Callable[[SealContext], bool]:
    """Return what tells whether an entry says that a value was deleted for good. It raises a ``LedgerError``.

    The entry is not verified: who forges it could as well delete the object.
    """

    def was_deleted(context: SealContext) -> bool:
        where = context.coordinates
        wanted = Wanted(
            dag_id=where.dag_id,
            run_id=where.run_id,
            object_id=context.object_id,
            events=_ENDINGS,
            outcomes=frozenset({Outcome.DONE}),
        )
        return any(isinstance(one, Recorded) for batch in ledger.batches(wanted) for one in batch)

    return was_deleted


def no_evidence(_: SealContext) -> bool:
    """Answer where no ledger is kept: a copy is never taken back."""
    return False


def is_chain_key(context: SealContext) -> bool:
    """Whether the object is a chain key of the ledger, which lies there if the store itself encrypts."""
    return context.coordinates == place_of_key(context.coordinates.dag_id)
