"""docs/migrating.md, docs/reaping.md and docs/large.md: their commands and settings, run as they stand."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, Table

from tests.airflow.reaped import OLD
from tests.airflow.reaped import Deployment as Reaped
from tests.airflow.test_audit_scan import insert
from tests.airflow.test_migrate import made
from tests.docs.deployment import Deployment
from tests.docs.page import Block, sections
from tests.docs.values import VALUE, where
from tests.fixtures.aws import AwsServer

MIGRATING = sections("docs/migrating.md")
LOOK, SEAL = MIGRATING["In"]
(OUT,) = MIGRATING["Out"]
(REAP,) = next(iter(sections("docs/reaping.md").values()))
(LARGE,) = next(iter(sections("docs/large.md").values()))

Deploy = Callable[..., Deployment]


@pytest.fixture
def xcom(tmp_path: Path) -> tuple[Engine, Table]:
    """Airflow's table of XComs."""
    engine, tables = made(_url(tmp_path))
    return engine, tables["xcom"]


@pytest.fixture
def deployment(deploy: Deploy, xcom: tuple[Engine, Table], tmp_path: Path) -> Deployment:
    """A deployment whose XComs lie in that table."""
    return deploy({"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": _url(tmp_path)})


def _url(home: Path) -> str:
    return f"sqlite:///{home}/airflow.db"


def _put(xcom: tuple[Engine, Table], value: object) -> None:
    engine, table = xcom
    place = {"dag_id": "settlement", "run_id": "r", "task_id": "t", "map_index": -1, "key": "k", "dag_run_id": 1}
    insert(engine, table, {**place, "value": value})


def _row(xcom: tuple[Engine, Table]) -> object:
    engine, table = xcom
    with engine.begin() as connection:
        found = connection.execute(table.select()).one().value
    return json.loads(found) if isinstance(found, str) else found


def _objects(deployment: Deployment) -> list[Path]:
    return [path for path in (deployment.machine.root / "var/airflow/secure_xcom/store").rglob("*") if path.is_file()]


def test_plaintext_moves_in_and_out_by_the_commands_of_the_page(
    deployment: Deployment, xcom: tuple[Engine, Table]
) -> None:
    _put(xcom, VALUE)
    said = deployment.machine.do([LOOK])
    assert "would seal: 1" in said
    assert _row(xcom) == VALUE
    deployment.machine.do([SEAL])
    sealed = _row(xcom)
    assert VALUE["password"] not in json.dumps(sealed)
    assert deployment.pull(sealed) == VALUE  # type: ignore[arg-type]  # JSON of a database
    deployment.machine.do([Block("ini", "[secure_xcom]\nmode = open-only\n"), OUT])
    assert _row(xcom) == VALUE


def test_what_has_no_row_is_reaped_by_the_commands_of_the_page(
    deploy: Deploy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The header says when a value was pushed, and so does the file.
    monkeypatch.setattr("secure_xcom.assembly.build.time", SimpleNamespace(time=lambda: time.time() - OLD))
    deployment = deploy({"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": _url(tmp_path)})
    airflow = Reaped(_url(tmp_path), tmp_path / "other").make()
    for dag_id, row in deployment.rows.items():
        airflow.write(where(dag_id), row)
    live = set(_objects(deployment))
    deployment.push()
    for path in _objects(deployment):
        os.utime(path, (time.time() - OLD, time.time() - OLD))
    said = deployment.machine.do([REAP])
    assert "1 object of" in said
    assert set(_objects(deployment)) == live
    assert deployment.pull(deployment.rows["settlement"]) == VALUE


def test_a_large_value_leaves_its_row_by_the_settings_of_the_page(
    deploy: Deploy, moto_server: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    moto_server.identity.enter(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.url)
    deployment = deploy()
    deployment.machine.replaced["my-bucket"] = moto_server.bucket()
    deployment.machine.do([LARGE])
    large = [f"reading {number}" for number in range(100_000)]
    row = deployment.push(value=large)
    assert len(json.dumps(row)) < 1000
    assert deployment.pull(row) == large
    assert not any(path.stat().st_size > 100_000 for path in _objects(deployment))
