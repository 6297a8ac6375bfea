"""Which coordinates the current call is about, where Airflow's interface does not say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Final

from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence

from secure_xcom.airflow.internals.task_instance import running_instance
from secure_xcom.model.coordinates import XComQuery

_FRAMES: Final = 4
"""How far up the caller is: below ``LazyXComSequence.__getitem__`` there is at most a comprehension."""

_raw: ContextVar[bool] = ContextVar("secure_xcom_raw", default=False)


@contextmanager
def raw_values() -> Iterator[None]:
    """Within the block the base class gets database values as they are, to be opened with the coordinates asked for."""
    token = _raw.set(True)
    try:
        yield
    finally:
        _raw.reset(token)


def wants_raw() -> bool:
    """Whether the call comes from within ``raw_values``."""
    return _raw.get()


def query_of_caller() -> XComQuery | None:
    """The coordinates of the lazy sequence that asks for a value; ``None`` for any other caller, which brings none.

    A lazy sequence knows the task, the key and the run it reads, and hands none of them to the backend; they are
    read from the object itself, on the stack.
    """
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_FRAMES):
        if frame is None:
            break
        caller = frame.f_locals.get("self")
        if isinstance(caller, LazyXComSequence):
            source = caller._xcom_arg
            return XComQuery(
                dag_id=source.operator.dag_id,
                run_id=caller._ti.run_id,
                task_id=source.operator.task_id,
                key=source.key,
            )
        frame = frame.f_back
    return None


def came_back_from_deferral() -> bool:
    """Whether the running task instance was deferred before, and runs in another process than it started in."""
    return getattr(_from_server(), "next_method", None) is not None


def came_back() -> bool:
    """Whether the running task instance was deferred or rescheduled before, in this try."""
    return came_back_from_deferral() or bool(getattr(_from_server(), "task_reschedule_count", 0))


def _from_server() -> object:
    return getattr(running_instance(), "_ti_context_from_server", None)
