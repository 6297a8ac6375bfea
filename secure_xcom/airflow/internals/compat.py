"""The names of Airflow that moved between 3.1 and 3.3, under one name each."""

from __future__ import annotations

from typing import Any

try:
    from airflow.sdk.configuration import conf
except ImportError:  # Airflow 3.1
    from airflow.configuration import conf

try:
    from airflow.sdk import serde
except ImportError:  # Airflow 3.1
    from airflow.serialization import serde

try:
    from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowNotFoundException
    from airflow.sdk.exceptions import AirflowRuntimeError


def listener_manager() -> Any:
    """Return the manager of this process's listeners."""
    try:
        from airflow.sdk.listener import get_listener_manager
    except ImportError:  # Airflow 3.1
        from airflow.listeners.listener import get_listener_manager
    return get_listener_manager()


__all__ = ["AirflowNotFoundException", "AirflowRuntimeError", "conf", "listener_manager", "serde"]
