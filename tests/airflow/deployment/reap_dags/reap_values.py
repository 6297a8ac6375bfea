"""Two Dags whose four tasks return a sealed value each."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG, task


@task
def login() -> object:
    return {"user": "ann", "password": "kanarienvogel-4711"}


for dag_id in ("kept", "dropped"):
    with DAG(dag_id=dag_id, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), is_paused_upon_creation=False):
        for name in ("a", "b", "c", "d"):
            login.override(task_id=name)()
