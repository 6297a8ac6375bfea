"""The task instance that runs in this process."""

from __future__ import annotations

from typing import Any

from secure_xcom.model import TaskInstance


def running_instance() -> Any | None:
    """Return Airflow's task instance, ``None`` outside of a task."""
    from airflow.sdk import get_current_context

    try:
        return get_current_context()["ti"]
    except (RuntimeError, KeyError):
        return None


def identity_of(instance: Any) -> TaskInstance:
    """Return who Airflow's task instance is."""
    return TaskInstance(
        dag_id=str(instance.dag_id),
        run_id=str(instance.run_id),
        task_id=str(instance.task_id),
        map_index=-1 if instance.map_index is None else int(instance.map_index),
        try_number=int(instance.try_number),
    )
