"""``standings``: where consume-once values stand, many at a time, and which objects were written or ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sqlalchemy import case, select

from secure_xcom.ledger.claim_rows import FREE, TOO_OLD
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chains, claims, entries
from secure_xcom.ledger.db.text import digest, readable
from secure_xcom.model.claim import State
from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event

_ENDINGS: Final = (Event.PURGE.value, Event.CONSUME.value)


class Held(Enum):
    """Whether somebody may still get a consume-once value."""

    OFFERED = "offered"
    CLAIMED = "claimed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a value stands. ``pool`` identifies its pool, and is empty for the value of a row."""

    held: Held
    pool: str = ""


def standings(database: Database, object_ids: Sequence[str]) -> Mapping[str, Standing]:
    """Return where those of the values stand that were ever offered. Raises a ``LedgerError``.

    A claim whose lease has ended, and that its holder did not pin, is an offer again. A value past its lifetime that
    nobody holds has ended. One in a state that no value has counts as claimed.
    """
    if not object_ids or not database.is_made():
        return {}
    held = case(
        (FREE & TOO_OLD, Held.ENDED.value),
        (FREE, Held.OFFERED.value),
        (claims.c.state == State.CLAIMED.value, Held.CLAIMED.value),
        (claims.c.state.in_((State.CONSUMED.value, State.EXPIRED.value)), Held.ENDED.value),
        # Nobody of ours wrote that: what it is about is left alone.
        else_=Held.CLAIMED.value,
    )
    wanted = select(claims.c.object_id, held, claims.c.pool).where(claims.c.object_id.in_(object_ids))
    rows = database.read(lambda connection: connection.execute(wanted).all())
    return {object_id: Standing(Held(said), str(pool)) for object_id, said, pool in rows}


def pool_of_run(dag_id: str, run_id: str, name: str) -> str:
    """Return what identifies a pool that only its own run uses (``airflow.pool``)."""
    return digest("\0".join((dag_id, run_id, name)))


def ended(database: Database, dag_id: str, object_ids: Sequence[str]) -> frozenset[str]:
    """Return which of a Dag's objects were purged or consumed, as the ledger says. Raises a ``LedgerError``.

    The entries are not verified: who may write them could hide that an object is missing.
    """
    return _recorded(database, dag_id, object_ids, _ENDINGS)


def written(database: Database, dag_id: str, object_ids: Sequence[str]) -> frozenset[str]:
    """Return which of a Dag's objects were written, as the ledger says. Raises a ``LedgerError``. See ``ended``."""
    return _recorded(database, dag_id, object_ids, (Event.WRITE.value,))


def known_runs(database: Database, dag_id: str, run_ids: Sequence[str]) -> frozenset[str]:
    """Return which of a Dag's runs have a chain, which stays when entries are pruned. Raises a ``LedgerError``."""
    if not run_ids or not database.is_made():
        return frozenset()
    names = {readable(run_id): run_id for run_id in run_ids}
    wanted = select(chains.c.run_id).where(chains.c.dag_id == readable(dag_id), chains.c.run_id.in_(names))
    found = database.read(lambda connection: connection.execute(wanted.distinct()).scalars().all())
    return frozenset(names[name] for name in found)


def _recorded(database: Database, dag_id: str, object_ids: Sequence[str], events: Sequence[str]) -> frozenset[str]:
    if not object_ids or not database.is_made():
        return frozenset()
    wanted = select(entries.c.object_id).where(
        entries.c.dag == digest(dag_id),
        entries.c.object_id.in_(object_ids),
        entries.c.event.in_(events),
        entries.c.outcome == Outcome.DONE.value,
    )
    return frozenset(database.read(lambda connection: connection.execute(wanted.distinct()).scalars().all()))
