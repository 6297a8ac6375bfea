"""The task instance that runs in this process."""

from __future__ import annotations

import threading
from typing import Any

from secure_xcom.airflow.internals.task_runner import instance_on_the_stack
from secure_xcom.model.coordinates import TaskInstance

_remembered: tuple[int, Any] | None = None
"""The thread that executes, or has last executed, a task; and Airflow's task instance."""


def remember(instance: Any) -> None:
    """Note that the current thread executes a task instance, for the threads that the task starts."""
    global _remembered
    _remembered = threading.get_ident(), instance


def running_instance() -> Any | None:
    """Return Airflow's task instance, ``None`` for code outside a task.

    Airflow has a current context while it renders templates and executes. It has none while it deletes the XComs of
    the earlier try, pushes what the task returned and calls the task's callbacks. Then the task instance is the one
    that the runner works on in this thread. A thread that a callback starts has no runner below it: it belongs to the
    task that was last executed in another thread.
    """
    # Airflow may import the backend, and this module with it, before the name is there.
    from airflow.sdk import get_current_context

    try:
        return get_current_context()["ti"]
    except (RuntimeError, KeyError):
        return instance_on_the_stack() or _of_another_thread()


def _of_another_thread() -> Any | None:
    if _remembered is None:
        return None
    thread, instance = _remembered
    return None if thread == threading.get_ident() else instance


def identity_of(instance: Any) -> TaskInstance:
    """Return who Airflow's task instance is."""
    return TaskInstance(
        dag_id=str(instance.dag_id),
        run_id=str(instance.run_id),
        task_id=str(instance.task_id),
        map_index=-1 if instance.map_index is None else int(instance.map_index),
        try_number=int(instance.try_number),
        try_id=str(instance.id),
    )
