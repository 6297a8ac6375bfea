"""Three places where Airflow shows what a task prints or renders, and does not mask it, or not all of it.

``LocalExecutor`` prints a copy of each task's log to the scheduler's output (Airflow 3.2 and later): the log is masked
and the copy is not. And the label that ``map_index_template`` gives a mapped task instance is stored as it was
rendered. Of nested arguments and log fields only the first levels are masked. None of these has a setting.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from airflow.sdk._shared.secrets_masker.secrets_masker import SecretsMasker, redact
from airflow.sdk.log import mask_logs

_WRAPPED: Final = "secure_xcom_wrapped"

DEEPEST: Final = 200
"""Levels of nesting down to which strings are masked. Airflow stops at five, and shows what lies deeper."""


def mask_deeply() -> None:
    """Have this process's masker, and those of its children, look deeper into what is rendered and logged."""
    SecretsMasker.MAX_RECURSION_DEPTH = DEEPEST


def mask_copies(supervisor: ModuleType) -> None:
    """Have a supervisor mask what it forwards from its task, wherever it forwards it to."""
    reconfigure = getattr(supervisor, "reconfigure_logger", None)
    # Airflow 3.1 has no such function, and its LocalExecutor makes no copy.
    if reconfigure is None or hasattr(reconfigure, _WRAPPED):
        return

    def reconfigure_logger(*args: Any, **options: Any) -> Any:
        logger = reconfigure(*args, **options)
        if mask_logs not in logger._processors:
            logger._processors = [mask_logs, *logger._processors]
        return logger

    setattr(reconfigure_logger, _WRAPPED, True)
    supervisor.reconfigure_logger = reconfigure_logger  # type: ignore[attr-defined]


def mask_labels(task_runner: ModuleType) -> None:
    """Have a task runner mask the labels of mapped task instances before it sends them."""
    render = getattr(task_runner, "_render_map_index", None)
    if render is None or hasattr(render, _WRAPPED):
        return

    def _render_map_index(*args: Any, **options: Any) -> Any:
        return redact(render(*args, **options))

    setattr(_render_map_index, _WRAPPED, True)
    task_runner._render_map_index = _render_map_index  # type: ignore[attr-defined]
