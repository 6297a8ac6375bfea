"""A task that goes on in another process finds what it had claimed, though it may not read it again.

The runner's function that executes a task is wrapped, in the processes that run tasks alone: a hook in each operator
would stand in the serialised Dag, with an address that differs in every parse, and make each parse a new version.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from secure_xcom.airflow.asking import came_back_from_deferral
from secure_xcom.errors import SecureXComError

_RUNNER: Final = "airflow.sdk.execution_time.task_runner"
_WRAPPED: Final = "secure_xcom_wrapped"


def adopt_before_execution() -> None:
    """Wrap the runner of this process, if it has one; once."""
    runner = sys.modules.get(_RUNNER)
    execute = getattr(runner, "_execute_task", None)
    if runner is None or execute is None or hasattr(execute, _WRAPPED):
        return

    def _execute_task(*arguments: Any, **named: Any) -> Any:
        # A first try has nothing yet, and costs nothing.
        instance = named.get("ti") or arguments[1]
        if instance.try_number > 1 or came_back_from_deferral():
            _adopt()
        return execute(*arguments, **named)

    setattr(_execute_task, _WRAPPED, True)
    runner._execute_task = _execute_task  # type: ignore[attr-defined]


def _adopt() -> None:
    from airflow.sdk.execution_time.xcom import XCom

    from secure_xcom.airflow.backend import SecureXComBackend
    from secure_xcom.airflow.bridge import exchange

    if not issubclass(XCom, SecureXComBackend):
        return
    try:
        exchange().adopt()
    except SecureXComError:
        # A mistake in the configuration is told to whoever pushes or pulls; a task that does neither runs.
        return
