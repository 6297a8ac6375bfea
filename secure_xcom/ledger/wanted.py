"""``Wanted``: which entries a listing is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from secure_xcom.ledger.db.schema import entries
from secure_xcom.ledger.db.text import digest, readable
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an entry must have; ``None``, or an empty set, admits any. Times are in Unix milliseconds.

    ``since`` is the first moment that is wanted, and ``until`` the first that is not.
    """

    dag_id: str | None = None
    run_id: str | None = None
    task_id: str | None = None
    key: str | None = None
    actor_dag_id: str | None = None
    object_id: str | None = None
    events: frozenset[Event] = frozenset()
    outcomes: frozenset[Outcome] = frozenset()
    since: int | None = None
    until: int | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Give what the database compares."""
        if self.dag_id is not None:
            yield entries.c.dag == digest(self.dag_id)
        for column in ("run_id", "task_id", "key", "actor_dag_id", "object_id"):
            text = getattr(self, column)
            if text is not None:
                yield entries.c[column] == readable(text)
        if self.events:
            yield entries.c.event.in_([event.value for event in self.events])
        if self.outcomes:
            yield entries.c.outcome.in_([outcome.value for outcome in self.outcomes])
        if self.since is not None:
            yield entries.c.at >= self.since
        if self.until is not None:
            yield entries.c.at < self.until

    def admits(self, entry: Entry) -> bool:
        """Whether the texts are the wanted ones to the letter: MySQL takes ``a`` and ``a `` for the same."""
        where, actor = entry.where, entry.actor
        pairs = (
            (self.dag_id, where.dag_id),
            (self.run_id, where.run_id),
            (self.task_id, where.task_id),
            (self.key, where.key),
            (self.actor_dag_id, actor.dag_id if actor else None),
            (self.object_id, entry.object_id),
        )
        return all(wanted is None or wanted == found for wanted, found in pairs)
