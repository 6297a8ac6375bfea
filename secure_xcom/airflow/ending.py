"""What is to happen when the task ends that runs in this process: an Airflow listener, and a hook in its operator."""

from __future__ import annotations

import sys
from typing import Any, Final

from airflow.listeners import hookimpl

from secure_xcom.airflow.compat import listener_manager
from secure_xcom.airflow.instance import running_instance
from secure_xcom.ports import EndOfTask

_HOOKED: Final = "_secure_xcom_hooked"
_FAILED: Final = ("failed", "skipped")

_end: EndOfTask | None = None


def follow(end: EndOfTask) -> None:
    """Have ``end`` told how the task ends.

    Called when the first claim is taken. A listener that Airflow loads as a plugin would be there in every process,
    and Airflow refuses Dags with ``end_from_trigger=True`` as soon as there is one.
    """
    global _end
    if _end is None:
        listener_manager().add_listener(sys.modules[__name__])
    _end = end
    instance = running_instance()
    if instance is not None:
        _hook(instance.task)


@hookimpl  # type: ignore[untyped-decorator]
def on_task_instance_running(previous_state: Any, task_instance: Any) -> None:  # noqa: ARG001 - Airflow's signature
    """Hook the operator that will run: it is another than the one whose templates were being rendered."""
    _hook(task_instance.task)


@hookimpl  # type: ignore[untyped-decorator]
def on_task_instance_success(previous_state: Any, task_instance: Any) -> None:  # noqa: ARG001
    """Consume what the task had claimed."""
    if _end is not None:
        _end.after_success()


@hookimpl  # type: ignore[untyped-decorator]
def on_task_instance_failed(previous_state: Any, task_instance: Any, error: Any) -> None:  # noqa: ARG001
    """Give up what the task had claimed, unless it is to be tried again."""
    if _end is not None and str(getattr(task_instance.state, "value", task_instance.state)) in _FAILED:
        _end.after_failure()


@hookimpl  # type: ignore[untyped-decorator]
def on_task_instance_skipped(previous_state: Any, task_instance: Any) -> None:  # noqa: ARG001
    """Give up what the task had claimed: it did not work with it."""
    if _end is not None:
        _end.after_failure()


@hookimpl  # type: ignore[untyped-decorator]
def before_stopping(component: Any) -> None:  # noqa: ARG001
    """Keep what is left: the task was deferred, or is tried again, in another process."""
    if _end is not None:
        _end.before_leaving()


def _hook(task: Any) -> None:
    """Have ``before_success`` run when the task's code is through, and before anybody hears of it."""
    # A mapped operator is no operator yet: the one that Airflow makes of it is hooked when it runs.
    if getattr(task, _HOOKED, False) or not hasattr(type(task), "_post_execute_hook"):
        return
    author = task._post_execute_hook

    def hook(context: Any, result: Any = None) -> None:
        if author is not None:
            author(context, result)
        if _end is not None:
            _end.before_success()

    object.__setattr__(task, "_post_execute_hook", hook)
    object.__setattr__(task, _HOOKED, True)
