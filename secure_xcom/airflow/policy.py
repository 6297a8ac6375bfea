"""The policies. Airflow loads this module in each of its processes, by the entry point ``airflow.policy``.

They act only if this backend is the configured one (``switch``). This module therefore imports nothing more of Airflow
than it needs: Airflow is still loading, and a process that never runs or parses a task pays for no more.
"""

from __future__ import annotations

import inspect
import os
from typing import Any, Final

from airflow.exceptions import AirflowClusterPolicyViolation
from airflow.policies import hookimpl

from secure_xcom.errors import ConfigurationError, InvalidContract, SecureXComError

_PARAMETER: Final = "show_return_value_in_logs"
"""An argument of PythonOperator and all operators derived from it."""


@hookimpl  # type: ignore[untyped-decorator]
def dag_policy(dag: Any) -> None:
    """Match a complete Dag with its contracts, and follow the tasks that this process executes.

    A mistake in a contract, and a contract that no backend would enforce, are import errors with the line to change.
    """
    from secure_xcom.airflow.declarations import contract_of

    try:
        if _is_on():
            from secure_xcom.airflow.execution import follow_execution
            from secure_xcom.airflow.internals.rendering import hide_unmaskable

            follow_execution(_adopt)
            hide_unmaskable()
            contract_of(dag)
        else:
            _require_no_contract(dag)
    except InvalidContract as error:
        problem = str(error)
    else:
        return
    raise AirflowClusterPolicyViolation(problem)


@hookimpl  # type: ignore[untyped-decorator]
def task_policy(task: Any) -> None:
    """Turn ``show_return_value_in_logs`` off; ``[secure_xcom] hide_returned_values = False`` leaves it as it is."""
    if not _is_on() or not _hides():
        return
    if getattr(task, "is_mapped", False):
        # A mapped task has no operator yet: Airflow makes one for each instance from these arguments.
        if _takes_parameter(task.operator_class):
            task.partial_kwargs[_PARAMETER] = False
    elif getattr(task, _PARAMETER, False):
        task.show_return_value_in_logs = False


def _prepare_to_fork() -> None:
    """Prepare this process, which may be about to fork a task: a supervisor writes its task's log, and masks it.

    The backend is loaded here too. A worker then pays for it once, and none of its tasks does.
    """
    if _is_on():
        from secure_xcom.airflow import backend  # noqa: F401 - loaded for the tasks
        from secure_xcom.airflow.internals.log import keep_structure
        from secure_xcom.airflow.internals.secrets_masker import mask_deeply, mask_linearly
        from secure_xcom.airflow.internals.supervisor import mask_copies
        from secure_xcom.assembly import build, content

        mask_deeply()
        mask_copies()
        mask_linearly()
        keep_structure()
        content.preload()
        build.preload()


# A supervisor forks each of its tasks. Airflow is loaded by then, and so is a subclass of the backend if there is one.
os.register_at_fork(before=_prepare_to_fork)


def _is_on() -> bool:
    from secure_xcom.airflow.switch import is_on

    return is_on()


def _require_no_contract(dag: Any) -> None:
    from secure_xcom.airflow.declarations import first_declared_at
    from secure_xcom.airflow.switch import BACKEND, configured_backend

    declared_at = first_declared_at(dag)
    if declared_at is not None:
        raise InvalidContract(
            # Airflow prints import errors with rich, which takes [core] for markup and swallows it.
            f"nothing enforces this contract: set xcom_backend of section core to {BACKEND}, or remove exclusive",
            f"the option is {configured_backend()!r}",
            declared_at,
        )


def _adopt() -> None:
    from secure_xcom.airflow.host import exchange

    try:
        exchange().adopt()
    except SecureXComError:
        # A mistake in the configuration fails the tasks that push or pull. A task that does neither runs.
        return


def _hides() -> bool:
    from secure_xcom.airflow.settings import hides_returned_values

    try:
        return hides_returned_values()
    except ConfigurationError:
        # An exception here would be an import error of every Dag. The tasks that push or pull report the mistakes.
        return True


def _takes_parameter(operator_class: type) -> bool:
    return any(
        _PARAMETER in inspect.signature(vars(base).get("__init__", object)).parameters
        for base in operator_class.__mro__[:-1]
    )
