"""A deployment with Celery: a worker process of its own, Redis as the broker, PostgreSQL for results and metadata."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.airflow.harness.stack import Stack
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.redis import RedisServer

pytestmark = pytest.mark.airflow

pytest.importorskip(
    "airflow.providers.celery", reason="apache-airflow-providers-celery is missing: make test installs it"
)

RUN = "through_celery"
RUN_SECONDS = 120
TASKS = 2
DAGS = Path(__file__).parent / "celery_dags"
WORKER = ["celery", "worker", "--concurrency", "1", "--skip-serve-logs", "--without-mingle", "--without-gossip"]


@contextmanager
def watched(server: RedisServer, path: Path) -> Iterator[None]:
    """Have everything that a Redis is told written to a file."""
    command = ["redis-cli", "-p", str(server.port), "monitor"]
    environment = {**os.environ, "REDISCLI_AUTH": server.password}
    with path.open("wb") as file, subprocess.Popen(command, stdout=file, env=environment) as monitor:
        try:
            yield
        finally:
            monitor.terminate()


@dataclass(frozen=True, kw_only=True)
class Played:
    """What a run through Celery left behind."""

    home: Path
    canary: str = field(repr=False)
    verdict: str
    broker: list[str]
    database: dict[str, list[str]]
    """The rows of each table as PostgreSQL writes them."""

    def printed(self) -> str:
        """What the worker printed, and the logs of its tasks."""
        paths = (self.home / "output" / "worker.txt", *(self.home / "logs").rglob("*.log"))
        return "\n".join(path.read_text(errors="replace") for path in paths)

    def forms(self) -> tuple[str, ...]:
        """The secret as it stands in texts, and as PostgreSQL writes bytes."""
        return self.canary, self.canary.encode().hex()


@pytest.fixture(scope="module")
def played(
    postgres_server: PostgresServer, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Played:
    home, canary, database = tmp_path_factory.mktemp("celery"), secrets.token_hex(16), postgres_server.database()
    extra = {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__XCOM_BACKEND": "secure_xcom.SecureXComBackend",
        "AIRFLOW__CELERY__BROKER_URL": f"redis://:{redis_server.password}@127.0.0.1:{redis_server.port}/7",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database}",
        "CELERY_CANARY": canary,
        "CELERY_VERDICT": str(home / "verdict"),
        # Else a pool of processes sends the two messages.
        "AIRFLOW__CELERY__SYNC_PARALLELISM": "1",
        "PYTHONUNBUFFERED": "1",
    }
    stack = Stack(home=home / "home", database=database, dags=DAGS, extra=extra, more={"worker": WORKER})
    with watched(redis_server, home / "broker.txt"), stack:
        stack.wait_for_dags({"celery_pair"})
        with stack.client("admin") as client:
            client.trigger("celery_pair", RUN)
            client.wait_for_runs({("celery_pair", RUN)}, RUN_SECONDS)
        # The worker reports a result after the task has said that it succeeded.
        until = time.monotonic() + RUN_SECONDS
        while len((found := _rows(database))["celery_taskmeta"]) < TASKS or "STARTED" in str(found["celery_taskmeta"]):
            assert time.monotonic() < until, "the worker has reported no result"
            time.sleep(0.1)
    return Played(
        home=stack.home,
        canary=canary,
        verdict=(home / "verdict").read_text(),
        broker=(home / "broker.txt").read_text(errors="replace").splitlines(),
        database=found,
    )


def _rows(url: str) -> dict[str, list[str]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        return {name: list(connection.scalars(sa.text(f'SELECT t::text FROM "{name}" t'))) for name in tables}


def test_the_consumer_gets_exactly_what_the_producer_returned(played: Played) -> None:
    made = {"user": "ann", "password": played.canary, "rows": 3}
    assert played.verdict == hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()


def test_the_row_holds_a_placeholder_and_the_rest_of_the_value(played: Played) -> None:
    (row,) = (row for row in played.database["xcom"] if "return_value" in row)
    assert "secure_xcom.Sealed" in row
    assert "ann" in row


def test_no_table_holds_the_secret_nor_does_the_result_backend(played: Played) -> None:
    assert len(played.database["celery_taskmeta"]) == TASKS
    found = [
        name for name, rows in played.database.items() for row in rows if any(one in row for one in played.forms())
    ]
    assert found == []


def test_no_command_to_the_broker_has_the_secret(played: Played) -> None:
    told = [text for command in played.broker for text in (command, *_decoded(command))]
    assert [text for text in told if "celery_pair" in text], "the tasks went through the broker"
    assert not [text for text in told if played.canary in text]


def _decoded(command: str) -> Iterator[str]:
    """Yield what a message holds: its body is JSON in base64."""
    for run in re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", command):
        with suppress(ValueError):
            yield base64.b64decode(run, validate=True).decode(errors="replace")


def test_the_worker_ran_both_tasks_and_printed_no_secret(played: Played) -> None:
    printed = played.printed()
    assert "pulled: " in printed
    assert "***" in printed
    assert played.canary not in printed
