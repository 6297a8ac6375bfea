"""``Standalone``: ``airflow standalone`` in a home of its own, and its REST API as the admin sees it.

The API server listens on this machine alone. The scheduler's and the triggerer's log servers listen on all addresses,
and Airflow 3.3 has no setting for that (``airflow.utils.serve_logs``). They answer only what this Airflow has signed.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

ADMIN = "admin"
START_SECONDS = 120
STOP_SECONDS = 20


@dataclass
class Standalone:
    """Start with ``with``; what it started is gone when the block ends, and its home is not."""

    home: Path
    dags: Path
    settings: Mapping[str, str]
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def __post_init__(self) -> None:
        ports = _free_ports(3)
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.database = f"sqlite:///{self.home / 'airflow.db'}"
        self._passwords = self.home / "passwords.json"
        self._output = self.home / "output.txt"
        self._environment = self._environment_with(*ports)
        self._http = httpx.Client(base_url=self.url, timeout=30)

    def __enter__(self) -> Self:
        self._passwords.write_text(json.dumps({ADMIN: self.password}))
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("airflow"), "standalone"],
                env=self._environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait("the API server", self._logs_in, START_SECONDS)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        self._stop()

    def run(self, dag_id: str, run_id: str, seconds: float) -> str:
        """Run a Dag to its end, and return how it ended."""
        runs = f"/api/v2/dags/{dag_id}/dagRuns"
        self._wait("the Dag", lambda: self._http.get(f"/api/v2/dags/{dag_id}").is_success, START_SECONDS)
        self._http.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}).raise_for_status()
        # SQLite may be locked at that moment, by another component that writes.
        self._wait("a new run", lambda: self._starts(runs, run_id), START_SECONDS)
        self._wait("the run", lambda: self.get(f"{runs}/{run_id}")["state"] in ("success", "failed"), seconds)
        return str(self.get(f"{runs}/{run_id}")["state"])

    def get(self, path: str, **parameters: bool) -> dict[str, object]:
        """Ask the REST API."""
        answer: dict[str, object] = self._http.get(path, params=parameters).raise_for_status().json()
        return answer

    def log(self, path: str) -> str:
        """Return the messages of a task's log."""
        answer = self._http.get(path, headers={"Accept": "application/x-ndjson"}).raise_for_status()
        return "\n".join(json.loads(line)["event"] for line in answer.text.splitlines() if line)

    def _starts(self, runs: str, run_id: str) -> bool:
        answer = self._http.post(runs, json={"dag_run_id": run_id, "logical_date": None})
        # An earlier attempt may have come through, though its answer was an error.
        return answer.is_success or answer.status_code == httpx.codes.CONFLICT

    def _logs_in(self) -> bool:
        try:
            answer = self._http.post("/auth/token", json={"username": ADMIN, "password": self.password})
        except httpx.TransportError:
            return False
        if answer.is_success:
            self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer.is_success

    def _wait(self, what: str, ready: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self._output.read_bytes()[-2000:].decode(errors="replace")
                sys.exit(f"Airflow has ended, or {what} was not ready within {seconds:.0f} s. It said last:\n{tail}")
            time.sleep(0.5)

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        # Components that did not end with their parent.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _environment_with(self, port: int, worker_log_port: int, trigger_log_port: int) -> dict[str, str]:
        options = {
            ("core", "dags_folder"): str(self.dags),
            ("core", "execution_api_server_url"): f"{self.url}/execution/",
            ("core", "load_examples"): "False",
            ("core", "simple_auth_manager_passwords_file"): str(self._passwords),
            ("core", "simple_auth_manager_users"): f"{ADMIN}:admin",
            ("database", "sql_alchemy_conn"): self.database,
            ("api", "base_url"): self.url,
            ("api", "host"): "127.0.0.1",
            ("api", "port"): str(port),
            ("logging", "worker_log_server_port"): str(worker_log_port),
            ("logging", "trigger_log_server_port"): str(trigger_log_port),
            ("usage_data_collection", "enabled"): "False",
        }
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "AIRFLOW_HOME": str(self.home),
            "NO_PROXY": "*",
            **{f"AIRFLOW__{section}__{name}".upper(): value for (section, name), value in options.items()},
            **self.settings,
        }


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
