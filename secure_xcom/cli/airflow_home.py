"""``untouched``: Airflow starts, and leaves nothing in its home. ``as_configured``: where its logs are all the same."""

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
    _before.append(os.environ.get(_LOG_FOLDER))
    _set(tempfile.gettempdir())
    try:
        yield
    finally:
        _set(_before.pop())


@contextmanager
def as_configured() -> Iterator[None]:
    """Let Airflow's settings say within where its logs are. Airflow must have been imported."""
    now = os.environ.get(_LOG_FOLDER)
    _set(_before[-1] if _before else now)
    try:
        yield
    finally:
        _set(now)


_before: Final[list[str | None]] = []
"""What the environment said before ``untouched``."""


def _set(folder: str | None) -> None:
    os.environ.pop(_LOG_FOLDER, None)
    if folder is not None:
        os.environ[_LOG_FOLDER] = folder
