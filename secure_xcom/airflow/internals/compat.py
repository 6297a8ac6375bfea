"""The names of Airflow that moved or were added between 3.1 and 3.3, under one name each."""

from __future__ import annotations

from typing import Any, Final

from airflow.sdk import exceptions
from airflow.sdk.exceptions import AirflowRuntimeError

try:
    from airflow.sdk.configuration import conf
except ImportError:  # Airflow 3.1
    from airflow.configuration import conf

try:
    from airflow.sdk.serde import deserialize, serialize
except ImportError:  # Airflow 3.1
    from airflow.serialization.serde import deserialize, serialize

try:
    from airflow.sdk.exceptions import (
        AirflowNotFoundException,
        AirflowRescheduleException,
        DagRunTriggerException,
        DownstreamTasksSkipped,
        TaskDeferred,
    )
except ImportError:  # Airflow 3.1
    from airflow.exceptions import (
        AirflowNotFoundException,
        AirflowRescheduleException,
        DagRunTriggerException,
        DownstreamTasksSkipped,
        TaskDeferred,
    )

SUCCESSES: Final[tuple[type[BaseException], ...]] = (DownstreamTasksSkipped, DagRunTriggerException)
"""What a task raises to succeed: a branch or a short circuit skips tasks, a trigger starts a Dag run."""

_SINCE_3_3: Final = (getattr(exceptions, "TaskAwaitingInput", None),)

PAUSES: Final[tuple[type[BaseException], ...]] = (
    TaskDeferred,
    AirflowRescheduleException,
    *(kind for kind in _SINCE_3_3 if kind is not None),
)
"""What a task raises to go on later in another process."""


def listener_manager() -> Any:
    """Return the manager of this process's listeners."""
    try:
        from airflow.sdk.listener import get_listener_manager
    except ImportError:  # Airflow 3.1
        from airflow.listeners.listener import get_listener_manager
    return get_listener_manager()


__all__ = [
    "PAUSES",
    "SUCCESSES",
    "AirflowNotFoundException",
    "AirflowRuntimeError",
    "conf",
    "deserialize",
    "listener_manager",
    "serialize",
]
