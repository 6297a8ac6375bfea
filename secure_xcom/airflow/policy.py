"""The task policy: Python tasks do not log what they return, since that happens before the backend sees it."""

from __future__ import annotations

from typing import Any

from airflow.policies import hookimpl

from secure_xcom.airflow.bridge import read_settings


@hookimpl
def task_policy(task: Any) -> None:
    """Turn ``show_return_value_in_logs`` off; ``[secure_xcom] hide_returned_values = False`` leaves it as it is."""
    if getattr(task, "show_return_value_in_logs", False) and read_settings().hide_returned_values:
        task.show_return_value_in_logs = False
