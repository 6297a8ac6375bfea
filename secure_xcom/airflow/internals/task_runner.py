"""The runner, which executes one task instance in a process of its own, and what it keeps of that task instance."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from types import FrameType, ModuleType
from typing import Any, Final

_RUNNER: Final = "airflow.sdk.execution_time.task_runner"
_WRAPPED: Final = "secure_xcom_wrapped"

_STEPS: Final = ("run", "finalize")
"""The runner's functions that hold the task instance in a local variable ``ti`` from its first step to its last."""

Around = Callable[[Any, Callable[[], object]], object]
"""Gets a task instance, and the call that executes it; returns what the task returns, or raises what fails it."""


def wrap_execution(around: Around) -> None:
    """Have the runner of this process, if it is loaded, execute each task through ``around``.

    A hook in each operator would stand in the serialised Dag, with an address that differs in every parse, and make
    each parse a new version. A listener can neither fail a task nor rely on being called (ADR 0021).
    """
    runner = _loaded()
    execute = getattr(runner, "_execute_task", None)
    if runner is None or execute is None or hasattr(execute, _WRAPPED):
        return

    def _execute_task(*arguments: Any, **named: Any) -> object:
        instance = named["ti"] if "ti" in named else arguments[1]
        return around(instance, partial(execute, *arguments, **named))

    setattr(_execute_task, _WRAPPED, True)
    runner._execute_task = _execute_task  # type: ignore[attr-defined]


def is_wrapped() -> bool:
    """Return whether the runner of this process executes tasks through ``wrap_execution``."""
    return hasattr(getattr(_loaded(), "_execute_task", None), _WRAPPED)


def instance_on_the_stack() -> Any | None:
    """Return the task instance that the runner works on in this thread, ``None`` if it works on none here."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name in _STEPS and frame.f_globals.get("__name__") == _RUNNER:
            return frame.f_locals.get("ti")
        frame = frame.f_back
    return None


def came_back_from_deferral(instance: Any | None) -> bool:
    """Return whether a task instance was deferred before, and runs in another process than it started in."""
    return getattr(_from_server(instance), "next_method", None) is not None


def came_back(instance: Any | None) -> bool:
    """Return whether a task instance was deferred or rescheduled before, in this try."""
    return came_back_from_deferral(instance) or bool(getattr(_from_server(instance), "task_reschedule_count", 0))


def began_of_run(instance: Any | None) -> float:
    """Return when a task instance's run began at the earliest, in Unix seconds; 0.0 where Airflow does not say so.

    Clearing and queueing a run anew move its ``start_date`` and ``queued_at``, on every supported version. Nothing
    moves ``run_after``, before which the scheduler runs none of its tasks; other callers, such as ``dag.test()``, may.
    """
    run = getattr(_from_server(instance), "dag_run", None)
    times = (getattr(run, "run_after", None), getattr(run, "start_date", None))
    known = [time.timestamp() for time in times if isinstance(time, datetime)]
    return min(known) if isinstance(getattr(run, "run_after", None), datetime) else 0.0


def _from_server(instance: Any | None) -> object:
    return getattr(instance, "_ti_context_from_server", None)


def _loaded() -> ModuleType | None:
    return sys.modules.get(_RUNNER)
