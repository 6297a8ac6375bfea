"""What all formats say of an entry: its fields, its time, and one sentence.

The names in an entry come from a database that others may write to. ``exact`` is for formats that escape by
themselves, and ``visible`` of ``lineage.text`` for those that do not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from secure_xcom.model.event import Event
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.ledger.reading import Recorded
    from secure_xcom.model.coordinates import Coordinates, TaskInstance
    from secure_xcom.model.entry import Entry

PRODUCT: Final = "secure-xcom"

Field = str | int | bool | None

_OF_OPERATORS: Final = frozenset({Event.REVEAL, Event.OVERRIDE})


def fields(recorded: Recorded) -> dict[str, Field]:
    """Return each field by its name, in the order in which they are written. ``None`` stands for no actor."""
    entry, where, actor = recorded.entry, recorded.entry.where, recorded.entry.actor
    return {
        "time": time(entry.at),
        "event": entry.event.value,
        "outcome": entry.outcome.value,
        "proved": entry.proved,
        "dag_id": where.dag_id,
        "run_id": where.run_id,
        "task_id": where.task_id,
        "map_index": where.map_index,
        "key": where.key,
        "actor_dag_id": actor.dag_id if actor else None,
        "actor_run_id": actor.run_id if actor else None,
        "actor_task_id": actor.task_id if actor else None,
        "actor_map_index": actor.map_index if actor else None,
        "actor_try_number": actor.try_number if actor else None,
        "host": entry.host,
        "step": entry.step,
        "error": entry.error,
        "object_id": entry.object_id,
        "detail": entry.detail,
        "chain": recorded.chain,
        "number": recorded.number,
    }


NAMES: Final = (
    *("time", "event", "outcome", "proved", "dag_id", "run_id", "task_id", "map_index", "key"),
    *("actor_dag_id", "actor_run_id", "actor_task_id", "actor_map_index", "actor_try_number"),
    *("host", "step", "error", "object_id", "detail", "chain", "number"),
)
"""The names of ``fields``."""


def uid(recorded: Recorded) -> str:
    """Return what identifies the entry: a receiver that has it twice may drop one."""
    return f"{recorded.chain}:{recorded.number}"


def time(at: int) -> str:
    """Return a moment in Unix milliseconds as ISO 8601 in UTC, which RFC 3339 and RFC 5424 take too."""
    return f"{datetime.fromtimestamp(at // 1000, tz=UTC):%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


def sentence(entry: Entry) -> str:
    """Say on one line what was done, with which XCom, and by which task. No name in it is more than text."""
    by = f"by {by_whom(entry) or 'code outside a task'}"
    unproved = "" if entry.proved else "; unproved"
    return f"{entry.event.value} {entry.outcome.value}{why(entry)}: {xcom_of(entry.where)}, {by}{unproved}"


def by_whom(entry: Entry) -> str:
    """Say which task it was, or which operator and for what reason; empty for other code outside a task."""
    if entry.actor:
        return actor_of(entry.actor)
    operator, reason = operator_of(entry)
    return f"{visible(operator)}: {visible(reason)}" if operator else ""


def operator_of(entry: Entry) -> tuple[str, str]:
    """Return the operator that had a value shown, and the reason; two empty texts for any other entry."""
    # As ``RevealRequest`` and ``Migration`` write it. The name that a machine knows a user by has no colon.
    by, _, rest = entry.detail.partition("by ")
    if entry.event not in _OF_OPERATORS or by or not rest:
        return "", ""
    operator, _, reason = rest.partition(": ")
    return operator, reason


def why(entry: Entry) -> str:
    """Return the error and the step, after a space and in parentheses; empty where there was no error."""
    if not entry.error:
        return ""
    step = f" at step {visible(entry.step)}" if entry.step else ""
    return f" ({visible(entry.error)}{step})"


def xcom_of(where: Coordinates) -> str:
    """Name an XCom, or the run that an entry of a register is about."""
    run = f"Dag {visible(where.dag_id)}, run {visible(where.run_id)}"
    if not where.task_id and not where.key:
        return run
    return f"{visible(where.key)} of task {visible(where.task_id)}{_index(where.map_index)} of {run}"


def actor_of(actor: TaskInstance) -> str:
    """Name a task instance with its try."""
    task = f"task {visible(actor.task_id)}{_index(actor.map_index)}"
    return f"{task} (try {actor.try_number}) of Dag {visible(actor.dag_id)}, run {visible(actor.run_id)}"


def exact(text: str) -> str:
    """Return ``text`` as UTF-8 can hold it: a lone surrogate becomes its escape, and all else stays."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _index(map_index: int) -> str:
    return "" if map_index < 0 else f"[{map_index}]"
