"""The policies: contracts are matched with their Dags, and Python tasks do not log what they return."""

from __future__ import annotations

import inspect
from typing import Any, Final

from airflow.exceptions import AirflowClusterPolicyViolation
from airflow.policies import hookimpl
from airflow.sdk.execution_time import supervisor

from secure_xcom.airflow.internals.echo import mask_copies, mask_deeply
from secure_xcom.errors import ConfigurationError, InvalidContract, SecureXComError

# Every process of Airflow loads this module, the scheduler too, whose children supervise the tasks of LocalExecutor.
mask_copies(supervisor)
mask_deeply()

_PARAMETER: Final = "show_return_value_in_logs"
"""An argument of PythonOperator and all operators derived from it."""


@hookimpl  # type: ignore[untyped-decorator]
def dag_policy(dag: Any) -> None:
    """Match the Dag's contracts with it: the Dag is complete now, and its import error names the line to change."""
    from secure_xcom.airflow.contracts import contract_of
    from secure_xcom.airflow.internals.execution import follow_execution

    follow_execution(_adopt)
    try:
        contract_of(dag)
    except InvalidContract as error:
        problem = str(error)
    else:
        return
    raise AirflowClusterPolicyViolation(problem)


@hookimpl  # type: ignore[untyped-decorator]
def task_policy(task: Any) -> None:
    """Turn ``show_return_value_in_logs`` off; ``[secure_xcom] hide_returned_values = False`` leaves it as it is."""
    if not _hides():
        return
    if getattr(task, "is_mapped", False):
        # A mapped task has no operator yet: Airflow makes one for each instance from these arguments.
        if _takes_parameter(task.operator_class):
            task.partial_kwargs[_PARAMETER] = False
    elif getattr(task, _PARAMETER, False):
        task.show_return_value_in_logs = False


def _adopt() -> None:
    from airflow.sdk.execution_time.xcom import XCom

    from secure_xcom.airflow.backend import SecureXComBackend
    from secure_xcom.airflow.host import exchange

    if not issubclass(XCom, SecureXComBackend):
        return
    try:
        exchange().adopt()
    except SecureXComError:
        # A mistake in the configuration is told to whoever pushes or pulls; a task that does neither runs.
        return


def _hides() -> bool:
    # Not at the top: Airflow loads this module while it is only half imported itself.
    from secure_xcom.airflow.settings import hides_returned_values

    try:
        return hides_returned_values()
    except ConfigurationError:
        # An exception here would be an import error of every Dag; the backend tells the mistakes to those who use it.
        return True


def _takes_parameter(operator_class: type) -> bool:
    return any(
        _PARAMETER in inspect.signature(vars(base).get("__init__", object)).parameters
        for base in operator_class.__mro__[:-1]
    )
