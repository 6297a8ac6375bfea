"""``secure-xcom reap`` on a real Airflow: whatever deletes rows there, exactly the live objects are left."""

from __future__ import annotations

import json
import subprocess
import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.airflow.deployment.deployed import Deployment
from tests.airflow.facts import DELETES_XCOMS
from tests.airflow.harness import places
from tests.airflow.harness.client import Client
from tests.airflow.harness.stack import Stack

pytestmark = pytest.mark.airflow

DAGS = ("kept", "dropped")
"""Other Dags of the deployment are not this module's."""

_SECONDS = 180

_WITHOUT_GRACE = """
from importlib import import_module
import_module("secure_xcom.cli.reap").LEAST_GRACE = 0
from secure_xcom.cli import app
app()
"""
"""The command, to which values of a second ago are old."""


def test_deleted_runs_xcoms_dags_and_what_db_clean_archives_leave_exactly_the_live_objects(
    deployment: Deployment,
) -> None:
    stack = deployment.stack
    stack.wait_for_dags(set(DAGS))
    with stack.client("admin") as client:
        _run(client, ("kept", "old"))
        time.sleep(1)
        moment = datetime.now(UTC).isoformat()
        _run(client, ("kept", "first"), ("kept", "second"), ("dropped", "first"))
        assert len(_objects(stack)) == 16
        stack.run("db", "clean", "--clean-before-timestamp", moment, "--tables", "xcom", "--yes")
        for path in ("kept/dagRuns/second", "dropped"):
            assert client.http.delete(f"/api/v2/dags/{path}").status_code in (200, 204)
        _delete_xcom(client, stack)
    assert len(_objects(stack)) == 16
    assert _reap(stack)["total"]["objects"] == 13
    assert len(_objects(stack)) == 16
    done = _reap(stack, "--yes")
    assert [one["objects"] for one in done["total"]["reasons"]] == [13]
    assert done["rows"] == {"with_placeholder": 3, "missing": 0, "ended": 0, "unread": 0, "unknown": 0, "where": []}
    assert sorted(name.split("/")[:3] for name in _objects(stack)) == [["kept", "first", task] for task in "bcd"]
    assert _reap(stack, "--yes")["total"]["objects"] == 0


def _delete_xcom(client: Client, stack: Stack) -> None:
    """Delete one XCom of a run that stays; in the database if Airflow has no other way."""
    if DELETES_XCOMS:
        path = "/api/v2/dags/kept/dagRuns/first/taskInstances/a/xcomEntries/return_value"
        assert client.http.delete(path).status_code in (200, 204)
        return
    engine = sa.create_engine(stack.database)
    with engine.begin() as connection:
        xcom = sa.Table("xcom", sa.MetaData(), autoload_with=connection)
        row = (xcom.c.dag_id == "kept", xcom.c.run_id == "first", xcom.c.task_id == "a", xcom.c.key == "return_value")
        assert connection.execute(sa.delete(xcom).where(*row)).rowcount == 1
    engine.dispose()


def _run(client: Client, *runs: tuple[str, str]) -> None:
    for dag_id, run_id in runs:
        client.trigger(dag_id, run_id)
    states = client.wait_for_runs(set(runs), _SECONDS)
    assert set(states.values()) == {"success"}


def _objects(stack: Stack) -> list[str]:
    store = stack.home / "secure_xcom" / "store"
    return [name for name, _ in places.files(store) if name.partition("/")[0] in DAGS]


def _reap(stack: Stack, *options: str) -> dict:
    of_dags = (part for dag_id in DAGS for part in ("--dag", dag_id))
    command = [stack.python, "-c", _WITHOUT_GRACE, "reap", "--grace", "1s", "--json", *of_dags, *options]
    time.sleep(2)
    done = subprocess.run(command, env=stack.environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict = json.loads(done.stdout)
    return found
