"""``Stack``: a real Airflow on this machine, each component a process of its own, in a home of its own.

The components get a bare environment, so that what they show of it is what Airflow and the test put there.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx
import sqlalchemy as sa

from tests.airflow.harness.client import Client
from tests.airflow.harness.watch import descendants, environ
from tests.fixtures.ports import free_port

DAGS = Path(__file__).parent.parent / "dags"
START_SECONDS = 90
PATIENCE_SECONDS = 4
STOP_SECONDS = 6
PASSWORDS = {"admin": secrets.token_hex(16), "viewer": secrets.token_hex(16)}

_COMPONENTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}

_EMPTY: dict[str, bytes] = {}
"""SQLite's metadata database as ``airflow db migrate`` leaves it, which takes four seconds to make; by interpreter."""


@dataclass
class Stack:
    """Start with ``with``; everything it started is gone when the block ends, and its home is not."""

    home: Path
    database: str
    extra: Mapping[str, str] = field(default_factory=dict)
    dags: Path = DAGS
    triggers: bool = False
    """Whether a task may be deferred, for which alone a triggerer is started."""
    more: Mapping[str, list[str]] = field(default_factory=dict)
    """Further components, such as an executor's workers, each with its arguments."""
    python: str = sys.executable
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for directory in (self.home, self.logs, self.output, self.temporary):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = self._environment()

    @property
    def logs(self) -> Path:
        """Where Airflow writes the task logs."""
        return self.home / "logs"

    @property
    def output(self) -> Path:
        """What the components printed, a file each."""
        return self.home / "output"

    @property
    def temporary(self) -> Path:
        """The components' directory for temporary files."""
        return self.home / "tmp"

    def __enter__(self) -> Self:
        try:
            (self.home / "passwords.json").write_text(json.dumps(PASSWORDS))
            self._make_database()
            for name, arguments in {**_COMPONENTS, **self.more}.items():
                if name != "triggerer" or self.triggers:
                    self._start(name, arguments)
            self._wait("the API server", self._answers)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, *arguments: str) -> str:
        """Run an ``airflow`` command to its end and return what it printed."""
        done = subprocess.run(
            [*self._airflow, *arguments],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        name = "-".join(argument for argument in arguments if argument.isidentifier())
        (self.output / f"{name}.txt").write_text(done.stdout + done.stderr)
        assert done.returncode == 0, f"airflow {' '.join(arguments)}: {done.stderr[-2000:]}"
        return done.stdout

    def client(self, user: str) -> Client:
        """Log in as ``admin`` or ``viewer``."""
        return Client.login(self.url, user, PASSWORDS[user])

    def wait_for_dags(self, dag_ids: set[str]) -> None:
        """Wait until the Dag processor has stored these Dags."""
        with self.client("admin") as client:
            self._wait("the Dags", lambda: dag_ids <= set(client.dag_ids()))

    def stop(self) -> None:
        """End all processes, with the tasks they started."""
        started = descendants(process.pid for process in self.processes.values() if process.poll() is None)
        for seconds in (PATIENCE_SECONDS, STOP_SECONDS):
            # The triggerer waits ten seconds for its child, unless it is told a second time.
            for process in self.processes.values():
                process.terminate()
            _wait_for(self.processes.values(), seconds)
        for process in self.processes.values():
            process.kill()
            process.wait()
        # A shell that a task started leads a session of its own and outlives its task.
        for pid in started & self._own():
            _kill(pid)

    def _make_database(self) -> None:
        url = sa.make_url(self.database)
        file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        if file and (empty := _EMPTY.get(self.python)):
            file.write_bytes(empty)
            return
        self.run("db", "migrate")
        if file:
            _EMPTY[self.python] = file.read_bytes()

    def _own(self) -> set[int]:
        """Processes that have this stack's home in their environment: the number of one that ended may be reused."""
        mark = f"AIRFLOW_HOME={self.home}\0".encode()
        return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and mark in environ(entry)}

    @property
    def _airflow(self) -> list[str]:
        return [str(Path(self.python).with_name("airflow"))]

    def _start(self, name: str, arguments: list[str]) -> None:
        with (self.output / f"{name}.txt").open("wb") as out:
            self.processes[name] = subprocess.Popen(
                [*self._airflow, *arguments],
                env=self.environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v2/monitor/health", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _wait(self, what: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            for name, process in self.processes.items():
                tail = (self.output / f"{name}.txt").read_bytes()[-2000:].decode(errors="replace")
                assert process.poll() is None, f"{name} has ended: {tail}"
            assert time.monotonic() < deadline, f"{what} took more than {START_SECONDS} s; see {self.output}"
            time.sleep(0.2)

    def _environment(self) -> dict[str, str]:
        options = {
            ("core", "executor"): "LocalExecutor",
            ("core", "parallelism"): "4",
            ("core", "load_examples"): "False",
            ("core", "dags_folder"): str(self.dags),
            ("core", "dags_are_paused_at_creation"): "False",
            ("core", "fernet_key"): base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            ("core", "execution_api_server_url"): f"{self.url}/execution/",
            ("core", "simple_auth_manager_users"): "admin:admin,viewer:viewer",
            ("core", "simple_auth_manager_passwords_file"): str(self.home / "passwords.json"),
            ("core", "allowed_deserialization_classes"): "airflow.* canary_kit.*",
            ("database", "sql_alchemy_conn"): self.database,
            ("logging", "base_log_folder"): str(self.logs),
            ("api", "host"): "127.0.0.1",
            ("api", "port"): str(self.port),
            ("api", "base_url"): self.url,
            ("api", "workers"): "1",
            ("api", "secret_key"): secrets.token_hex(16),
            ("api_auth", "jwt_secret"): secrets.token_hex(32),
            ("scheduler", "scheduler_heartbeat_sec"): "1",
            ("scheduler", "enable_health_check"): "False",
            ("triggerer", "job_heartbeat_sec"): "1",
            ("dag_processor", "parsing_processes"): "2",
            ("dag_processor", "refresh_interval"): "600",
            ("dag_processor", "min_file_process_interval"): "600",
            ("usage_data_collection", "enabled"): "False",
        }
        return {
            "PATH": f"{Path(self.python).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.temporary),
            "AIRFLOW_HOME": str(self.home),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(self.dags), os.environ.get("PYTHONPATH")))),
            "NO_PROXY": "*",
            **{f"AIRFLOW__{section}__{name}".upper(): value for (section, name), value in options.items()},
            **self.extra,
        }


def _wait_for(processes: Iterable[subprocess.Popen[bytes]], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0, deadline - time.monotonic()))


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
