"""A pull across Dags through the backend, on a server with policies: what the reader and the ledger say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from secure_xcom.airflow import backend
from secure_xcom.airflow.host import AirflowHost
from secure_xcom.assembly.build import build, build_ledger
from secure_xcom.errors import NotGranted
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.coordinates import TaskInstance
from secure_xcom.settings.settings import Settings
from tests.airflow.supervisor import Database
from tests.fixtures.aws import AwsServer

PLACE = {"dag_id": "etl", "run_id": "run", "task_id": "make"}
SECRET = "kanarienvogel-of-etl-4711"

Enter = Callable[..., None]


@pytest.fixture
def settings(minio_server: AwsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A store whose objects each Dag's role alone may touch. The key is one for all: the store refuses by itself."""
    minio_server.identity.enter(monkeypatch)
    tmp_path.chmod(0o700)
    role = f"role_arn=arn:aws:iam::111122223333:role/xcom&sts_endpoint_url={minio_server.url}"
    store = f"s3://{minio_server.bucket()}/airflow/xcom?endpoint_url={minio_server.url}&{role}"
    return Settings.parse(
        {"store": store, "key": f"local://{tmp_path}/keyring.json", "ledger": f"sqlite:///{tmp_path}/ledger.db"},
        tmp_path,
    )


@pytest.fixture
def enter(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Enter]:
    """Go on as a task in a worker of its own: with another exchange, over the same settings and the same database."""
    from airflow.sdk._shared.secrets_masker import _secrets_masker
    from airflow.sdk.execution_time import task_runner

    Database().install()

    def go_on(dag_id: str, task_id: str) -> None:
        host = AirflowHost()
        running = TaskInstance(dag_id=dag_id, run_id="run", task_id=task_id)
        monkeypatch.setattr(host, "running", lambda: running, raising=False)
        made: Exchange = build(settings, host)
        monkeypatch.setattr(backend, "exchange", lambda: made)
        monkeypatch.setattr(backend, "_pushed", set())
        now = SimpleNamespace(dag_id=dag_id, run_id="run", task_id=task_id, map_index=-1, try_number=1, id=task_id)
        monkeypatch.setattr(backend, "running_instance", lambda: now)

    yield go_on
    _secrets_masker().reset_masker()
    del task_runner.SUPERVISOR_COMMS


def test_a_refused_pull_names_readers_and_the_ledger_has_it_as_refused(enter: Enter, settings: Settings) -> None:
    enter("etl", "make")
    backend.SecureXComBackend.set("password", SECRET, **PLACE)
    assert backend.SecureXComBackend.get_one(key="password", **PLACE) == SECRET
    enter("report", "read")
    with pytest.raises(NotGranted) as refused:
        backend.SecureXComBackend.get_one(key="password", **PLACE)
    said = str(refused.value).splitlines()[0]
    assert "the value is another Dag's" in said
    assert "readers in the routes file" in said
    assert SECRET not in str(refused.value)
    entries = build_ledger(settings, AirflowHost()).read("etl")
    told = [(one.event.value, one.outcome.value, one.error, one.actor and one.actor.dag_id) for one in entries]
    assert ("read", "refused", "NotGranted", "report") in told
    assert ("read", "done", "", "etl") in told
    assert not [one for one in told if one[1] == "failed"]
