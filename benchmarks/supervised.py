"""A task and its supervisor, each a process of its own, as on a worker; the API server alone is played, by files.

The supervisor is Airflow's: it answers the task's messages over a socket, takes its log from another one, masks it and
writes it to a file. So what registering and masking cost it is in the time that the task takes.
"""

from __future__ import annotations

import json
import os
import re
import resource
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import attrs
import structlog
from airflow.sdk.api.datamodels._generated import TaskInstanceState, XComResponse
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.execution_time import supervisor, task_runner
from airflow.sdk.execution_time.comms import CommsDecoder, SucceedTask
from airflow.sdk.log import logging_processors

from benchmarks.backends import forget_masked, secure

IN_A_LINE = 1_000
"""Secrets that a task logs in one line."""

LONGEST_WAIT = 0.02
PACKAGE = "ahocorasick_rs"
PLACE = {"dag_id": "bench", "run_id": "run", "task_id": "make"}

_SECRET = re.compile(r"key-[0-9a-f]{16}")


def rows(count: int) -> list[dict[str, Any]]:
    """Return rows with a secret each."""
    return [{"id": number, "password": f"key-{secrets.token_hex(8)}"} for number in range(count)]


@dataclass(frozen=True)
class Ran:
    """What one task took, from before its process is forked until its log is closed."""

    seconds: float
    cpu: float
    """Processor time of the task and its supervisor: what else the machine does is not in it."""
    shown: int
    """Secrets that stand in its log in plaintext."""
    held_up: float
    """Seconds of the longest message or log line, while which its supervisor sends no heartbeat."""


@dataclass(frozen=True)
class Worker:
    """A machine that runs tasks with one backend."""

    home: Path
    seals: bool
    has_package: bool = True

    def push(self, value: list[dict[str, Any]]) -> Ran:
        """Run a task that pushes ``value`` and then logs the secrets in it."""
        return self._run(lambda backend: (backend.set("return_value", value, **PLACE), value)[1])

    def pull(self) -> Ran:
        """Run a task that pulls what was pushed and then logs the secrets in it."""
        return self._run(lambda backend: backend.get_one(key="return_value", **PLACE))

    def _run(self, act: Callable[[type[BaseXCom]], list[dict[str, Any]]]) -> Ran:
        # A supervisor is forked for each task, and this process masks nothing: no run finds what an earlier one left.
        return Ran(**in_a_child(lambda: self._supervise(act), has_package=self.has_package))

    def _supervise(self, act: Callable[[type[BaseXCom]], list[dict[str, Any]]]) -> dict[str, Any]:
        if self.seals:
            os.environ["AIRFLOW__CORE__XCOM_BACKEND"] = "secure_xcom.SecureXComBackend"
            # Airflow loads it by its entry point: it prepares the supervisor when that forks.
            import secure_xcom.airflow.policy  # noqa: F401
        forget_masked()
        path = self.home / "task.log"
        start = time.perf_counter()
        with path.open("wb") as file:
            log = structlog.wrap_logger(structlog.BytesLogger(file), processors=logging_processors(json_output=True))
            process = _Supervisor.start(
                what=SimpleNamespace(id=uuid4()),
                dag_rel_path="bench.py",
                bundle_info=None,
                client=_Server(self.home / "rows.json"),
                target=lambda: self._task(act),
                logger=log.bind(),
            )
            code = process.wait()
        seconds = time.perf_counter() - start
        if code:
            sys.exit(f"the task failed: {path.read_text()[-2000:]}")
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu = sum(one.ru_utime + one.ru_stime for one in used)
        return {
            "seconds": seconds,
            "cpu": cpu,
            "shown": len(_SECRET.findall(path.read_text())),
            "held_up": process.held_up,
        }

    def _task(self, act: Callable[[type[BaseXCom]], list[dict[str, Any]]]) -> None:
        task_runner.SUPERVISOR_COMMS = comms = CommsDecoder()
        if self.seals:
            backend = secure("supervised", _files(self.home), self.home)
            backend.use()
            value = act(backend.kind)
        else:
            value = act(BaseXCom)
        log = structlog.get_logger("bench")
        found = [row["password"] for row in value]
        for first in range(0, len(found), IN_A_LINE):
            log.info(" ".join(found[first : first + IN_A_LINE]))
        now = datetime.now(UTC)
        comms.send(SucceedTask(state="success", end_date=now, task_outlets=[], outlet_events=[]))


def in_a_child(call: Callable[[], dict[str, Any]], *, has_package: bool) -> dict[str, Any]:
    """Return what ``call`` returns in a forked process, which finds the optional package or does not."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if not has_package:
                sys.modules[PACKAGE] = None  # type: ignore[assignment]
            os.write(write, json.dumps(call()).encode())
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        told = answer.read()
    _, status = os.waitpid(pid, 0)
    if status:
        sys.exit("a process that was measured failed")
    return json.loads(told)


def _files(home: Path) -> dict[str, str]:
    return {"store": f"file://{home}/store", "key": f"local://{home}/keyring.json"}


@attrs.define(kw_only=True)
class _Supervisor(supervisor.ActivitySubprocess):
    """Airflow's, without the Dag that a task gets when it starts, and without remote logs.

    It sees at once that its task has ended: Airflow's may wait for its next heartbeat, up to five seconds, by chance.
    """

    held_up: float = attrs.field(default=0.0, init=False)

    def _on_child_started(self, *, ti: Any, **_: object) -> None:
        self.ti = ti
        self._last_successful_heartbeat = time.monotonic()

    def _service_subprocess(self, max_wait_time: float, **options: Any) -> int | None:
        start = time.perf_counter()
        code = super()._service_subprocess(min(max_wait_time, LONGEST_WAIT), **options)
        self.held_up = max(self.held_up, time.perf_counter() - start)
        return code

    def _upload_logs(self) -> None:
        pass


class _Server:
    """The API server's answers; the metadata database is a file."""

    def __init__(self, rows: Path) -> None:
        self._rows = rows
        self.xcoms = SimpleNamespace(set=self._set, get=self._get)
        self.task_instances = SimpleNamespace(
            heartbeat=lambda *_, **__: None, succeed=lambda *_, **__: None, finish=self._finish
        )

    def _set(self, dag_id: str, run_id: str, task_id: str, key: str, value: object, *_: object, **__: object) -> None:
        self._rows.write_text(json.dumps(value))

    def _get(self, dag_id: str, run_id: str, task_id: str, key: str, *_: object) -> XComResponse:
        return XComResponse(key=key, value=json.loads(self._rows.read_text()))

    def _finish(self, *, state: TaskInstanceState, **_: object) -> None:
        sys.exit(f"the task ended as {state}")
