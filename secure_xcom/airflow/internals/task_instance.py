"""The task instance that runs in this process."""

from __future__ import annotations

import gc
import sys
import threading
from types import FrameType
from typing import Any, Final

from secure_xcom.model.coordinates import TaskInstance

RUNNER: Final = "airflow.sdk.execution_time.task_runner"
_STEPS: Final = ("run", "finalize")


def running_instance() -> Any | None:
    """Return Airflow's task instance, ``None`` outside of a task.

    Airflow has a current context while it renders templates and executes. It has none while it pushes what the task
    returned, and while it calls the task's callbacks; then the task instance is read from the functions of its runner
    that are being executed, which are on the stack.
    """
    from airflow.sdk import get_current_context

    try:
        return get_current_context()["ti"]
    except (RuntimeError, KeyError):
        return _on_the_stack()


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


def _on_the_stack() -> Any | None:
    found = _found(sys._getframe(1))
    if found is None and threading.current_thread() is not threading.main_thread():
        # The runner is in the main thread; a callback may push and pull in another one.
        found = _found(_frame_of_main_thread())
    return found


def _frame_of_main_thread() -> FrameType | None:
    # CPython 3.11 waits for itself when a garbage collection begins while it lists the frames of all threads
    # (github.com/python/cpython/issues/106883); its later releases turn the collector off there, as is done here.
    with _listing_frames:
        collects = gc.isenabled()
        gc.disable()
        try:
            return sys._current_frames().get(threading.main_thread().ident or 0)
        finally:
            if collects:
                gc.enable()


_listing_frames = threading.Lock()


def _found(frame: FrameType | None) -> Any | None:
    while frame is not None:
        if frame.f_code.co_name in _STEPS and frame.f_globals.get("__name__") == RUNNER:
            return frame.f_locals.get("ti")
        frame = frame.f_back
    return None
