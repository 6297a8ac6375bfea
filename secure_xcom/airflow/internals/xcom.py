"""``BaseXCom``'s request for a row as the database holds it, and the API's refusal to write one."""

from __future__ import annotations

from typing import Any, Final

from secure_xcom.airflow.internals.compat import AirflowRuntimeError
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.model.value import JSON


def has_rows(where: Coordinates) -> bool:
    """Whether the database has a row of this key, of any mapped instance. To ask for one that is not there would write
    an error to the worker's log."""
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import GetXComCount

    # The name is there only in a process that has a supervisor. Without one the push's own request says so.
    supervisor = getattr(task_runner, "SUPERVISOR_COMMS", None)
    question = GetXComCount(key=where.key, dag_id=where.dag_id, run_id=where.run_id, task_id=where.task_id)
    return supervisor is not None and bool(supervisor.send(question).len)


def database_value(backend: Any, where: Coordinates | XComQuery) -> JSON:
    """Return what the database holds at ``where``, ``None`` for no row. ``backend`` is a subclass of ``BaseXCom``."""
    value: JSON = backend._get_xcom_db_ref(
        key=where.key, dag_id=where.dag_id, task_id=where.task_id, run_id=where.run_id, map_index=where.map_index
    ).value
    return value


_REFUSALS: Final = frozenset({400, 401, 403, 404, 405, 413, 422})
"""Statuses that blame the request, RFC 9110 section 15.5: the row is not written. 408, 409 and 429 are not among them,
since they may answer a second attempt of the supervisor's, of which the first one was taken."""


def is_refusal(error: AirflowRuntimeError) -> bool:
    """Whether the API has answered, and has certainly not written the row."""
    answer = error.error
    status = (answer.detail or {}).get("status_code")
    return answer.error.value == "PERMISSION_DENIED" or (isinstance(status, int) and status in _REFUSALS)
