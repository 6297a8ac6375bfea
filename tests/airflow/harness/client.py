"""``Client``: Airflow's REST API as one user sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

ENDED = frozenset({"success", "failed"})
_PAGE = 100
_TRIES = 5


class Client:
    """Asks for JSON and gets it, or the status; never follows the answer anywhere else."""

    def __init__(self, url: str, token: str) -> None:
        self.token = token
        # A connection for each request: the server closes idle ones, and resets what is sent into one at that moment.
        transport = httpx.HTTPTransport(retries=3, limits=httpx.Limits(max_keepalive_connections=0))
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=120, transport=transport)

    @classmethod
    def login(cls, url: str, user: str, password: str) -> Client:
        """Get a token for ``user``."""
        answer = httpx.post(f"{url}/auth/token", json={"username": user, "password": password}, timeout=60)
        assert answer.status_code == 201, f"{user} cannot log in: {answer.status_code}"
        return cls(url, answer.json()["access_token"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def list(self, path: str, key: str) -> Iterator[dict]:
        """Yield all items of a list endpoint, page by page."""
        offset = 0
        while True:
            answer = self.http.get(path, params={"limit": _PAGE, "offset": offset})
            answer.raise_for_status()
            items = answer.json()[key]
            yield from items
            offset += len(items)
            if len(items) < _PAGE:
                return

    def dag_ids(self) -> list[str]:
        """The Dags that Airflow knows."""
        return [dag["dag_id"] for dag in self.list("/api/v2/dags", "dags")]

    def trigger(self, dag_id: str, run_id: str, logical_date: str | None = None) -> None:
        """Start a run; a second time if SQLite was locked for too long."""
        body = {"dag_run_id": run_id, "logical_date": logical_date}
        for _ in range(_TRIES):
            answer = self.http.post(f"/api/v2/dags/{quote(dag_id, safe='')}/dagRuns", json=body)
            if answer.status_code < 500:
                break
        assert answer.status_code in (200, 409), f"{dag_id}: {answer.status_code} {answer.text}"

    def runs(self) -> list[dict]:
        """All runs of all Dags."""
        return list(self.list("/api/v2/dags/~/dagRuns", "dag_runs"))

    def task_instances(self) -> list[dict]:
        """All task instances, each mapped one by itself."""
        return list(self.list("/api/v2/dags/~/dagRuns/~/taskInstances", "task_instances"))

    def task_instance(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """One of them, by itself."""
        of_run = f"/api/v2/dags/{row['dag_id']}/dagRuns/{row['dag_run_id']}"
        answer = self.http.get(f"{of_run}/taskInstances/{row['task_id']}/{row['map_index']}")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def xcoms(self) -> list[dict]:
        """All XCom entries, without their values."""
        return list(self.list("/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries", "xcom_entries"))

    def wait_for_runs(self, wanted: set[tuple[str, str]], seconds: float) -> dict[tuple[str, str], str]:
        """Wait until these (dag_id, run_id) have ended and return how each did."""
        deadline = time.monotonic() + seconds
        while True:
            states = {(run["dag_id"], run["dag_run_id"]): run["state"] for run in self.runs()}
            if all(states.get(run) in ENDED for run in wanted):
                return {run: states[run] for run in wanted}
            assert time.monotonic() < deadline, f"still running after {seconds} s: {self._unfinished()}"
            time.sleep(1)

    def _unfinished(self) -> list[str]:
        rows = (row for row in self.task_instances() if row["state"] not in ("success", "failed", "skipped"))
        return [f"{row['dag_id']}.{row['task_id']}[{row['map_index']}] {row['state']}" for row in rows]
