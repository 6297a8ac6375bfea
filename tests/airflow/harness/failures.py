"""``ends_of_logs``: how the logs of failed tasks end, for the message of a test."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from secure_xcom import errors

_TOLD = 4000
"""Characters of a log: enough for an error with its frames."""

Task = tuple[str, str, str, int]
"""``dag_id``, ``run_id``, ``task_id`` and ``map_index``."""

_OURS = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)]


def ends_of_logs(logs: Path, tasks: Iterable[Task]) -> dict[Task, str]:
    """Return the end of the last attempt's log of each task; nothing for a task that never ran."""
    return {task: _end(logs, task) for task in tasks}


def is_airflows_own(told: str) -> bool:
    """Whether a task failed by itself: no error of ours is named in its log, nor an assertion of the Dags."""
    return not any(name in told for name in (*_OURS, "AssertionError"))


def _end(logs: Path, task: Task) -> str:
    dag_id, run_id, task_id, index = task
    folder = logs / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
    folder = folder / f"map_index={index}" if index >= 0 else folder
    attempts = sorted(folder.glob("attempt=*.log"))
    return attempts[-1].read_text(errors="replace")[-_TOLD:] if attempts else ""
