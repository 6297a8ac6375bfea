"""``require_airflow``, ``require_dags``: what is not there has no findings, and must not be taken for clean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from secure_xcom.airflow.internals.snapshot import Snapshot
from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.audit.scan.sources import Unscannable
from secure_xcom.ops.lineage.text import visible

_MARKS: Final = frozenset({"alembic_version", "dag_run", "task_instance", "xcom"})
"""Tables of each Airflow: a database with none of them is another product's."""

_OF_DAGS: Final = ("dag", "dag_run", "task_instance", "xcom", "log", "dag_code")
"""Tables whose rows tell that there is a Dag, or was one."""


def require_airflow(snapshot: Snapshot) -> None:
    """Raise ``ConfigurationError`` for the database of another product."""
    if _MARKS.isdisjoint(snapshot.tables()):
        raise ConfigurationError(
            "[database] sql_alchemy_conn: the database has no table of Airflow that this user sees"
        )


def require_dags(snapshot: Snapshot, dags: Sequence[str], has_logs: Callable[[str], bool] = lambda _: False) -> None:
    """Raise ``ConfigurationError`` for a Dag of which nothing is there: its result would look like a clean one.

    A Dag that was deleted has rows and logs all the same. What cannot be read says of no Dag that it is unknown.
    """
    unknown = [dag for dag in dags if not (_has_rows(snapshot, dag) or has_logs(dag))]
    if unknown:
        raise ConfigurationError(f"--dag: Airflow knows no such Dag: {', '.join(map(visible, unknown))}")


def require_dags_of(url: str, dags: Sequence[str]) -> None:
    """Raise the same, and for the database of another product, where the database at ``url`` is read by other means."""
    if not dags:
        return
    snapshot = Snapshot(url)
    try:
        require_airflow(snapshot)
        require_dags(snapshot, dags)
    finally:
        snapshot.close()


def _has_rows(snapshot: Snapshot, dag: str) -> bool:
    try:
        return any(snapshot.has(table, "dag_id", dag) for table in _OF_DAGS)
    except Unscannable:
        return True
