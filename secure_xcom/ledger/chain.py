"""The chain: each entry's MAC covers the one before it in its run, and the run's end is signed with its length.

HMAC-SHA256 (RFC 2104) under a key of the domain, so that neither who owns the database nor another Dag can write,
change, drop or reorder an entry unnoticed. What it cannot show is a database that was set back whole to an earlier
state: compare the ends with those of the last verification (``audit verify --anchor``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from secure_xcom.entry import Entry, Event, Outcome
from secure_xcom.ledger.schema import digest, original, readable
from secure_xcom.model import Coordinates, TaskInstance
from secure_xcom.seal import cipher

Row = Mapping[str, object]
"""An entry's columns."""

SIGNED: Final = (
    "at",
    "event",
    "outcome",
    "step",
    "error",
    "dag_id",
    "run_id",
    "task_id",
    "map_index",
    "key",
    "actor_dag_id",
    "actor_run_id",
    "actor_task_id",
    "actor_map_index",
    "actor_try_number",
    "host",
    "object_id",
    "detail",
)
"""The columns that the MAC covers, in their order. ``dag`` is not among them: it is no more than an index."""

START: Final = ""
"""Stands for the MAC before the first entry."""

_ENTRY: Final = "secure-xcom ledger entry v1"
_END: Final = "secure-xcom ledger end v1"


def entry_mac(key: bytes, before: str, chain: str, number: int, row: Row) -> str:
    """Return the MAC of entry ``number``, counted from 1, after the one whose MAC is ``before``."""
    return _mac(key, [_ENTRY, before, chain, number, *(row[name] for name in SIGNED)])


def end_mac(key: bytes, chain: str, length: int, last_mac: str) -> str:
    """Return the MAC of a chain's end, which shows that nothing was cut off."""
    return _mac(key, [_END, chain, length, last_mac])


def same(found: object, expected: str) -> bool:
    """Compare in constant time."""
    return isinstance(found, str) and cipher.same(found.encode(), expected.encode())


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
        "dag": digest(where.dag_id),
    }


def entry_of(row: Row) -> Entry:
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


def _mac(key: bytes, fields: Sequence[object]) -> str:
    return cipher.mac(key, msgspec.json.encode(fields)).hex()
