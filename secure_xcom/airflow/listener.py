"""An Airflow listener that tells the exchange how the running task ends."""

from __future__ import annotations

import sys
from typing import Any, Final

from airflow.listeners import hookimpl

from secure_xcom.airflow import observed
from secure_xcom.airflow.end_of_task import followed
from secure_xcom.airflow.internals.compat import listener_manager

_SUCCESS: Final = "success"
_OVER: Final = ("failed", "skipped")


def register() -> None:
    """Register this module as a listener of this process, when the task takes its first claim or is first observed.

    A listener that Airflow loads as a plugin would be in every process, and Airflow refuses each Dag with
    ``end_from_trigger=True`` where it finds one.
    """
    listener_manager().add_listener(sys.modules[__name__])


@hookimpl  # type: ignore[untyped-decorator]
def on_task_instance_success(previous_state: Any, task_instance: Any) -> None:  # noqa: ARG001 - Airflow's signature
    """Consume what the task had claimed, if it is a success on the server too.

    The runner calls this even if the server refused its report, because a person had marked or cleared the task.
    """
    end = followed()
    observed.summarise()
    if end is None:
        return
    state = _state_of(task_instance)
    if state == _SUCCESS:
        end.after_success()
    elif state in _OVER:
        end.after_failure()
    else:
        end.before_leaving()


@hookimpl  # type: ignore[untyped-decorator]
def on_task_instance_failed(previous_state: Any, task_instance: Any, error: Any) -> None:  # noqa: ARG001
    """Release what the task had claimed, unless the task is to be tried again."""
    observed.summarise()
    end = followed()
    if end is not None and str(getattr(task_instance.state, "value", task_instance.state)) in _OVER:
        end.after_failure()


@hookimpl  # type: ignore[untyped-decorator]
def on_task_instance_skipped(previous_state: Any, task_instance: Any) -> None:  # noqa: ARG001
    """Release what the task had claimed: a skipped task has not worked with it."""
    observed.summarise()
    if (end := followed()) is not None:
        end.after_failure()


@hookimpl  # type: ignore[untyped-decorator]
def before_stopping(component: Any) -> None:  # noqa: ARG001
    """Leave the remaining claims to the process in which the task goes on, after a deferral or for the next try."""
    observed.summarise()
    if (end := followed()) is not None:
        end.before_leaving()


def _state_of(instance: Any) -> str | None:
    """Ask the server for the state of a task instance; ``None`` if there is no answer."""
    mapped = instance.map_index is not None and instance.map_index >= 0
    name = f"{instance.task_id}_{instance.map_index}" if mapped else instance.task_id
    try:
        states = instance.get_task_states(
            dag_id=instance.dag_id,
            task_ids=[instance.task_id],
            run_ids=[instance.run_id],
            map_index=instance.map_index if mapped else None,
        )
    except Exception:
        # Whatever Airflow's client raises: the claim then stays with its task instance.
        return None
    found = states.get(instance.run_id, {}).get(name)
    return None if found is None else str(getattr(found, "value", found))
