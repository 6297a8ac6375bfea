"""``LazyXComSequence``, which asks the backend for values and says nothing of their coordinates (ADR 0007)."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Final

from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence

from secure_xcom.model.coordinates import XComQuery

_FRAMES: Final = 4
"""How many callers are looked at. Below ``LazyXComSequence.__getitem__`` there is at most a comprehension."""


def query_of_caller() -> XComQuery | None:
    """Return the coordinates that the calling lazy sequence reads; ``None`` if the caller is not a lazy sequence."""
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
