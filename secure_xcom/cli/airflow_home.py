"""``untouched``: Airflow starts, and leaves nothing in its home."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_LOG_FOLDER: Final = "AIRFLOW__LOGGING__BASE_LOG_FOLDER"


@contextmanager
def untouched() -> Iterator[None]:
    """Keep Airflow, which is imported within, from making ``$AIRFLOW_HOME/logs``: no command writes a task's log.

    Airflow makes its folder of logs when it is imported (``airflow.settings.initialize``). A folder that is there
    already is left as it is.
    """
    before = os.environ.get(_LOG_FOLDER)
    os.environ[_LOG_FOLDER] = tempfile.gettempdir()
    try:
        yield
    finally:
        os.environ.pop(_LOG_FOLDER)
        if before is not None:
            os.environ[_LOG_FOLDER] = before
