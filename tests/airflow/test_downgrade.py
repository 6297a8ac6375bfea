"""Rows that a writer to the database has replaced or set back, behind a task's real backend, ledger and store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from secure_xcom.errors import ObjectNotFound, SealedValueReplaced, Superseded

pytest.importorskip("airflow.sdk")

MAKE = {"dag_id": "etl", "run_id": "run-1", "task_id": "make"}
ROW = ("etl", "run-1", "make", "return_value", -1)
SECRET = {"password": "canary-of-the-downgrade"}


class Worker:
    """The backend with the settings of one machine. ``begin`` starts the process of a task instance."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from secure_xcom.airflow.backend import SecureXComBackend
        from tests.airflow.supervisor import Database

        self.backend, self.database = SecureXComBackend, Database().install()
        self._home, self._patch = home, monkeypatch

    def begin(self, task_id: str, *, began: datetime | None = None, **options: str) -> None:
        """Run the task ``task_id`` from here on; Airflow deletes what its earlier tries pushed."""
        from secure_xcom.airflow import backend, host, task_instance
        from secure_xcom.assembly.build import build
        from secure_xcom.settings.settings import Settings

        run = SimpleNamespace(run_after=began, start_date=None)
        running = SimpleNamespace(
            **(MAKE | {"task_id": task_id}),
            map_index=-1,
            try_number=1,
            id="try",
            task=SimpleNamespace(dag=None),
            _ti_context_from_server=SimpleNamespace(dag_run=run, next_method=None),
        )
        for module in (backend, host, task_instance):
            self._patch.setattr(module, "running_instance", lambda: running)
        self._patch.setattr(host, "contract_of", lambda dag: None)
        exchange = build(Settings.parse(options, self._home), host.AirflowHost())
        self._patch.setattr(backend, "exchange", lambda: exchange)
        self._patch.setattr(backend, "_pushed", set())
        if task_id == "make" and ROW in self.database.rows:
            self.backend.delete("return_value", **MAKE)

    def make(self, value: object) -> None:
        """Run the producing task."""
        self.begin("make")
        self.backend.set("return_value", value, **MAKE)

    def use(self, *, began: datetime | None = None, **options: str) -> object:
        """Run a consuming task."""
        self.begin("use", began=began, **options)
        return self.backend.get_one(key="return_value", **MAKE)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    yield Worker(tmp_path, monkeypatch)
    from airflow.sdk._shared.secrets_masker import _secrets_masker
    from airflow.sdk.execution_time import task_runner

    _secrets_masker().reset_masker()
    del task_runner.SUPERVISOR_COMMS


def test_a_consumer_refuses_a_plain_row_that_was_written_in_place_of_a_sealed_one(worker: Worker) -> None:
    worker.make(SECRET)
    assert worker.use() == SECRET
    worker.database.rows[ROW] = json.dumps({"password": "chosen-by-mallory"})
    with pytest.raises(SealedValueReplaced, match="plain_in_place_of_sealed") as raised:
        worker.use()
    assert "mallory" not in str(raised.value)
    assert worker.use(plain_in_place_of_sealed="allow") == {"password": "chosen-by-mallory"}


@pytest.mark.parametrize("pull", ["get_all", "lazily"])
def test_a_plain_row_is_refused_however_it_is_pulled(
    pull: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.execution_time import xcom
    from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence

    worker.make(SECRET)
    worker.database.rows[ROW] = json.dumps("chosen by mallory")
    worker.begin("use")
    monkeypatch.setattr(xcom, "XCom", worker.backend)
    operator = SimpleNamespace(dag_id="etl", task_id="make")
    argument = SimpleNamespace(operator=operator, key="return_value")
    sequence = LazyXComSequence(xcom_arg=argument, ti=SimpleNamespace(run_id="run-1"))
    with pytest.raises(SealedValueReplaced):
        worker.backend.get_all(key="return_value", **MAKE) if pull == "get_all" else list(sequence)


def test_a_task_that_is_cleared_may_push_a_plain_value_where_it_had_sealed_one(worker: Worker) -> None:
    worker.make(SECRET)
    worker.make({"user": "ann"})
    assert worker.use() == {"user": "ann"}


def test_a_run_that_is_deleted_and_triggered_again_does_not_hand_out_its_old_secret(worker: Worker) -> None:
    worker.make(SECRET)
    old = worker.database.rows.pop(ROW)
    worker.make({"password": "canary-of-the-new-run"})
    worker.database.rows[ROW] = old
    with pytest.raises((Superseded, ObjectNotFound)):
        worker.use()


def test_before_the_task_has_pushed_again_the_start_of_the_run_tells(worker: Worker) -> None:
    worker.make(SECRET)
    again = datetime.now(UTC) + timedelta(seconds=90)
    with pytest.raises(Superseded, match="older than its run"):
        worker.use(began=again)
    assert worker.use(began=again, clock_skew="120s") == SECRET
    assert worker.use(began=datetime.now(UTC) - timedelta(days=1)) == SECRET


def test_a_deployment_that_seals_nothing_makes_no_ledger(worker: Worker, tmp_path: Path) -> None:
    worker.make({"user": "ann"})
    assert worker.use() == {"user": "ann"}
    assert list(tmp_path.rglob("*.db")) == []
