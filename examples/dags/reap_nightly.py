"""Delete the sealed objects that no XCom refers to any more, each night, and fail if a row has lost its object.

A task of Airflow 3 has no access to the metadata database. So reap gets a connection of its own, ``reap_database``,
whose user may only read. Reap has the right to delete the objects of all Dags: run this Dag on workers that run no
other Dag, with the operator's identity. If the settings of those workers name a role for each Dag, the Airflow variable
``reap_store`` has the store's URI without it.

Each deletion stands in the ledger: ``secure-xcom audit events`` lists it.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime

from airflow.sdk import Connection, Variable, dag, task

DRIVERS = {"postgres": "postgresql+psycopg2", "mysql": "mysql+pymysql", "sqlite": "sqlite"}


def database_url(connection: Connection) -> str:
    """Return the URL of the metadata database."""
    from sqlalchemy import URL

    return URL.create(
        DRIVERS[connection.conn_type],
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
    ).render_as_string(hide_password=False)


def said(report: dict[str, object]) -> str:
    """Return what a report says in one line."""
    total, rows = report["total"], report["rows"]
    return f"{total['objects']} objects of {total['bytes']} bytes deleted, {rows['missing']} rows without their object"


@dag(
    schedule="30 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["example"],
)
def reap_nightly():
    @task
    def reap() -> None:
        # The environment and no argument: every user of the machine sees arguments.
        environment = os.environ | {
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(Connection.get("reap_database"))
        }
        if store := Variable.get("reap_store", default=None):
            environment["AIRFLOW__SECURE_XCOM__STORE"] = store
        command = ["secure-xcom", "reap", "--yes", "--json"]
        done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, text=True)
        if done.returncode not in (0, 1):
            raise RuntimeError("nothing was deleted: the lines above say why")
        print(said(json.loads(done.stdout)))
        if done.returncode == 1:
            raise RuntimeError("a row has lost its object, or something could not be deleted: run secure-xcom reap")

    reap()


reap_nightly()
