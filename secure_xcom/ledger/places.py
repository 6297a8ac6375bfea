"""What the entries tell of the objects at one place: one indexed question, which needs no key.

Nothing is verified: the chain of each run would have to be walked for each pull. A writer to the ledger's database can
therefore have a value refused, or hide that a value was sealed. ``audit verify`` finds both.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import entries
from secure_xcom.ledger.db.text import digest, readable
from secure_xcom.model.coordinates import XComQuery
from secure_xcom.model.past import Line, Past

_NOTHING: Final = Past()


def past_at(database: Database, query: XComQuery) -> Past:
    """Return what a Dag's own tasks, or code outside a task, recorded at a place. Raises a ``LedgerError``.

    Tables that are missing are not made.
    """
    if query.run_id is None or query.task_id is None or query.key is None:
        return _NOTHING
    place = digest(query.dag_id, query.run_id, query.task_id, query.key)
    own = readable(query.dag_id)
    columns = entries.c
    wanted = select(
        columns.event, columns.outcome, columns.detail, columns.object_id, columns.map_index, columns.actor_dag_id
    ).where(columns.place == place)
    if query.map_index is not None:
        wanted = wanted.where(columns.map_index == query.map_index)

    def work(connection: Connection) -> Past:
        # Another Dag may not write here, so what its chain says of this place is of no account.
        found = (row for row in connection.execute(wanted) if row.actor_dag_id in (None, own))
        return Past.of(Line(row.event, row.outcome, row.detail, row.object_id, row.map_index) for row in found)

    return database.read_if_made(work) or _NOTHING
