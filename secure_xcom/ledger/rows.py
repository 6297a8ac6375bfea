"""An entry as the columns of a row, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from secure_xcom.ledger.db.text import digest, original, readable
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event

_PLACED: Final = (Event.WRITE.value, Event.PURGE.value)


def row_of(entry: Entry) -> dict[str, object]:
    """Return an entry's columns."""
    where, actor = entry.where, entry.actor
    return {
        "at": entry.at,
        "event": entry.event.value,
        "outcome": entry.outcome.value,
        "step": entry.step,
        "error": entry.error,
        "dag_id": readable(where.dag_id),
        "run_id": readable(where.run_id),
        "task_id": readable(where.task_id),
        "map_index": where.map_index,
        "key": readable(where.key),
        "actor_dag_id": actor and readable(actor.dag_id),
        "actor_run_id": actor and readable(actor.run_id),
        "actor_task_id": actor and readable(actor.task_id),
        "actor_map_index": actor and actor.map_index,
        "actor_try_number": actor and actor.try_number,
        "host": readable(entry.host),
        "object_id": entry.object_id,
        "detail": readable(entry.detail),
        "proved": int(entry.proved),
        "dag": digest(where.dag_id),
        "place": place_of(entry.event.value, entry.object_id, where),
    }


def place_of(event: str, object_id: str, where: Coordinates) -> str | None:
    """Return what finds an entry about a written or purged object by its place; ``None`` for any other entry."""
    return digest(where.dag_id, where.run_id, where.task_id, where.key) if object_id and event in _PLACED else None


def entry_of(row: Mapping[str, object]) -> Entry:
    """Return the entry whose columns these are. They come from the database: ``audit verify`` says if they are true."""
    decoded = msgspec.convert(dict(row), _Columns)
    actor = None
    if decoded.actor_dag_id is not None:
        actor = TaskInstance(
            dag_id=original(decoded.actor_dag_id),
            run_id=original(decoded.actor_run_id or ""),
            task_id=original(decoded.actor_task_id or ""),
            map_index=-1 if decoded.actor_map_index is None else decoded.actor_map_index,
            try_number=decoded.actor_try_number or 0,
        )
    return Entry(
        at=decoded.at,
        event=decoded.event,
        outcome=decoded.outcome,
        where=Coordinates(
            dag_id=original(decoded.dag_id),
            run_id=original(decoded.run_id),
            task_id=original(decoded.task_id),
            map_index=decoded.map_index,
            key=original(decoded.key),
        ),
        actor=actor,
        host=original(decoded.host),
        step=decoded.step,
        error=decoded.error,
        object_id=decoded.object_id,
        detail=original(decoded.detail),
        proved=decoded.proved == 1,
    )


class _Columns(msgspec.Struct):
    at: int
    event: Event
    outcome: Outcome
    step: str
    error: str
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    key: str
    actor_dag_id: str | None
    actor_run_id: str | None
    actor_task_id: str | None
    actor_map_index: int | None
    actor_try_number: int | None
    host: str
    object_id: str
    detail: str
    proved: int
