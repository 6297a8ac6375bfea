"""``Counts``: how many entries there are by event and outcome, counted by the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, case, func, select

from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import entries
from secure_xcom.ledger.wanted import Wanted
from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event

UNKNOWN: Final = "unknown"
"""Stands for every event and outcome that no writer writes: their number has no bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Entries by event and outcome, and the time of the last one in Unix milliseconds, 0 for an empty ledger."""

    entries: Mapping[tuple[str, str], int] = field(default_factory=dict)
    last: int = 0


def count(database: Database, wanted: Wanted) -> Counts:
    """Count the wanted entries in one statement. Raises a ``LedgerError``."""
    return database.read(lambda connection: _count(connection, wanted))


def _count(connection: Connection, wanted: Wanted) -> Counts:
    event = case((entries.c.event.in_([one.value for one in Event]), entries.c.event), else_=UNKNOWN)
    outcome = case((entries.c.outcome.in_([one.value for one in Outcome]), entries.c.outcome), else_=UNKNOWN)
    counted = select(event.label("event"), outcome.label("outcome"), func.count(), func.max(entries.c.at))
    rows = connection.execute(counted.where(*wanted.conditions()).group_by("event", "outcome")).all()
    last = max((at for *_, at in rows if isinstance(at, int)), default=0)
    return Counts(entries={(event, outcome): number for event, outcome, number, _ in rows}, last=last)
