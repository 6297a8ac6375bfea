"""``has_claimed``: whether the signed entries of a run say that a task instance holds the claim of a value.

Rows of claims change in place and are not signed. Before an object is deleted for what such a row says, the chain of
the reader's run is walked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, select

from secure_xcom.ledger.beginnings import start_of
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chains, entries
from secure_xcom.ledger.extending import ChainKey, chain_of
from secure_xcom.ledger.rows import row_of
from secure_xcom.ledger.walk import Walk
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event

_ENDINGS: Final = (Event.CLAIM.value, Event.RELEASE.value, Event.CONSUME.value)
_SAME: Final = (
    "event",
    "outcome",
    "dag_id",
    "run_id",
    "task_id",
    "map_index",
    "key",
    "actor_dag_id",
    "actor_run_id",
    "actor_task_id",
    "actor_map_index",
    "object_id",
    "proved",
)
"""What the entry of a claim must say, in whichever try it was made."""


def has_claimed(database: Database, keys: ChainKeys, claim: Entry) -> bool:
    """Whether the last that the actor's run says of the object is this claim, in a chain that holds to its end.

    Raises a ``LedgerError``, and what opening a value of the actor's Dag raises.
    """
    dag_id, run_id = claim.run
    opened = [key for key in keys.each(dag_id).values() if isinstance(key, ChainKey)]
    wanted = {name: row_of(claim)[name] for name in _SAME}

    def is_last(connection: Connection) -> bool:
        for key in opened:
            said = _said(connection, key, dag_id, run_id, claim.object_id)
            if said is not None:
                return {name: said[name] for name in _SAME} == wanted
        return False

    return database.read_snapshot(is_last)


def _said(connection: Connection, key: ChainKey, dag_id: str, run_id: str, object_id: str) -> Mapping[str, Any] | None:
    """Return the last entry of the run about an object's claim; ``None`` also for a chain that does not hold."""
    name = chain_of(key.domain, dag_id, run_id, key.generation)
    end = connection.execute(select(chains).where(chains.c.chain == name)).mappings().first()
    if end is None:
        return None
    walk = Walk(
        dag_id=dag_id,
        run_id=run_id,
        domain=key.domain,
        generation=key.generation,
        end=(end["length"], end["last_mac"], "", ""),
        end_mac=end["end_mac"],
        secret=key.secret,
    )
    if (start := start_of(connection, name)) is not None:
        walk.begin(name, start)
    last = None
    for row in _rows(connection, name):
        walk.see(name, row)
        if row["object_id"] == object_id and row["event"] in _ENDINGS and row["outcome"] == Outcome.DONE.value:
            last = row
    walk.finish(name)
    return None if walk.problem else last


def _rows(connection: Connection, name: str) -> Iterator[Mapping[str, Any]]:
    wanted = select(entries).where(entries.c.chain == name).order_by(entries.c.number)
    for row in connection.execute(wanted).mappings():
        yield dict(row)
