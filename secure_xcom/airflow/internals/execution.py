"""Around a task's execution: what its earlier processes had claimed is adopted, and what it holds is pinned.

The runner's function that executes a task is wrapped, in the processes that run tasks alone: a hook in each operator
would stand in the serialised Dag, with an address that differs in every parse, and make each parse a new version.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from secure_xcom.airflow.internals.query import came_back
from secure_xcom.airflow.internals.task_instance import RUNNER

_WRAPPED: Final = "secure_xcom_wrapped"

_SUCCESSES: Final = ("DownstreamTasksSkipped", "DagRunTriggerException")
"""What a task raises to succeed: a branch, a short circuit, a Dag run that it triggers."""

_PAUSES: Final = ("TaskDeferred", "TaskAwaitingInput", "AirflowRescheduleException")
"""What a task raises to go on in another process."""


def follow_execution(adopt: Callable[[], None]) -> None:
    """Wrap the runner of this process, if it has one; once. ``adopt`` takes over what earlier processes hold."""
    runner = sys.modules.get(RUNNER)
    execute = getattr(runner, "_execute_task", None)
    if runner is None or execute is None or hasattr(execute, _WRAPPED):
        return

    def _execute_task(*arguments: Any, **named: Any) -> Any:
        global _has_forked
        _has_forked = False
        # A task's first process has nothing yet, and costs nothing.
        if (named.get("ti") or arguments[1]).try_number > 1 or came_back():
            adopt()
        try:
            result = execute(*arguments, **named)
        except BaseException as error:
            # Not from here: an error about a claim is not to carry what the task raised.
            ended = error
        else:
            _through(adopt)
            return result
        if type(ended).__name__ in _SUCCESSES:
            _through(adopt)
        elif type(ended).__name__ in _PAUSES:
            _end().code_pauses()
        try:
            raise ended
        finally:
            # Its traceback holds this frame, and with it the task's values.
            del ended

    setattr(_execute_task, _WRAPPED, True)
    runner._execute_task = _execute_task  # type: ignore[attr-defined]


def _through(adopt: Callable[[], None]) -> None:
    if _has_forked:
        # A child may have read what it left to this process to end.
        adopt()
    _end().code_is_through()


def _remember_fork() -> None:
    global _has_forked
    _has_forked = True


_has_forked = False
"""Whether the task has made a child of its process, which may have claimed something for it."""

os.register_at_fork(after_in_parent=_remember_fork)


def _end() -> ModuleType:
    from secure_xcom.airflow.internals import end_of_task as ending

    return ending
