"""The supervisor, which forwards a task's log to the log file and, under ``LocalExecutor``, to standard output too."""

from __future__ import annotations

import sys
from typing import Any, Final

from airflow.sdk.log import mask_logs

_SUPERVISOR: Final = "airflow.sdk.execution_time.supervisor"
_WRAPPED: Final = "secure_xcom_wrapped"


def mask_copies() -> None:
    """Have the supervisor of this process, if it is loaded, mask each log that it forwards, and not the file alone.

    Airflow 3.1 has no ``reconfigure_logger``, and its ``LocalExecutor`` copies nothing to standard output.
    """
    supervisor = sys.modules.get(_SUPERVISOR)
    reconfigure = getattr(supervisor, "reconfigure_logger", None)
    if supervisor is None or reconfigure is None or hasattr(reconfigure, _WRAPPED):
        return

    def reconfigure_logger(*args: Any, **options: Any) -> Any:
        logger = reconfigure(*args, **options)
        if mask_logs not in logger._processors:
            logger._processors = [mask_logs, *logger._processors]
        return logger

    setattr(reconfigure_logger, _WRAPPED, True)
    supervisor.reconfigure_logger = reconfigure_logger  # type: ignore[attr-defined]
