"""``reap`` beside pushes, beside itself, and killed at each step: no live object is lost, and a second run ends it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from secure_xcom.ops.lifecycle.reap.checkpoint import Checkpoint
from secure_xcom.ports.listing import Listed
from secure_xcom.ports.store import Head
from tests.airflow.reaped import CANARY, Deployment, at, counted
from tests.fixtures.databases import fresh_url
from tests.ledger.site import PROCESSES

PUSHES = int(os.environ.get("SECURE_XCOM_REAP_PUSHES", "300"))
"""How many pushes race with reap. 10,000 take minutes: ``benchmarks/LIFECYCLE.md`` has what they found."""

SHORT_GRACE = 3.0
"""Seconds. A push takes milliseconds here. One that takes longer, on a busy machine, is not protected by it."""

_WRITERS = 6
_KEYS = 40
_SECONDS = 60


@pytest.fixture
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Deployment:
    ledger = fresh_url(request, "postgresql", tmp_path)
    return Deployment(fresh_url(request, "postgresql", tmp_path), tmp_path, ledger).make()


@pytest.fixture
def local(tmp_path: Path) -> Deployment:
    return Deployment(f"sqlite:///{tmp_path / 'airflow.db'}", tmp_path).make()


def test_pushes_beside_reap_lose_no_live_object(deployment: Deployment) -> None:
    """Writers overwrite keys, delete rows and leave orphans, while two reaps go round and round."""
    stop = threading.Event()
    began = time.monotonic()
    with ThreadPoolExecutor(_WRITERS + 2) as pool:
        reaps = [pool.submit(_reap_until, deployment, stop) for _ in range(2)]
        writers = [pool.submit(_write, deployment, number, -(-PUSHES // _WRITERS)) for number in range(_WRITERS)]
        slow = {object_id for writer in writers for object_id in writer.result()}
        stop.set()
        seconds = time.monotonic() - began
        for reap in reaps:
            reap.result()
    live = deployment.referred() - slow
    there = {name.rpartition("/")[2] for name in deployment.names()}
    assert live <= there, f"{len(live - there)} of {len(live)} live objects are lost"
    assert deployment.missing().missing <= len(slow)
    time.sleep(SHORT_GRACE + 1)
    deployment.reap(grace=SHORT_GRACE)
    assert {name.rpartition("/")[2] for name in deployment.names()} - slow == live
    gone = {entry.object_id for entry in deployment.purged()}
    assert gone
    assert not gone & live
    print(
        f"{len(gone | live)} objects pushed in {seconds:.0f} s: {len(live)} live, none lost, {len(gone)} deleted, "
        f"{len(slow)} pushes slower than the grace period"
    )
    assert deployment.ledger.verify().breaks == ()


def _write(deployment: Deployment, number: int, pushes: int) -> list[str]:
    """Push each turn, and return the objects of the pushes that took longer than the grace period."""
    slow = []
    for turn in range(pushes):
        place = at(key=f"key-{turn % _KEYS}", run=f"run-{number}")
        if turn % 10 == 9:
            # A worker that dies between the object and its row.
            deployment.exchange.push({"password": CANARY}, place)
        else:
            if turn % 10 == 8:
                deployment.drop(place)
            began = time.monotonic()
            object_id = deployment.push_now(place)
            if time.monotonic() - began > SHORT_GRACE - 0.5:
                slow.append(object_id)
    return slow


def _reap_until(deployment: Deployment, stop: threading.Event) -> None:
    while not stop.is_set():
        deployment.reap(grace=SHORT_GRACE, batch=100)


STEPS = ("list", "look", "head", "record", "delete", "save")


@pytest.mark.parametrize("step", STEPS)
def test_a_second_run_completes_what_a_killed_one_had_begun(local: Deployment, step: str) -> None:
    live = {local.push(at(key=f"live-{number}")) for number in range(3)}
    orphans = {local.push(at(key=f"orphan-{number}"), row=False) for number in range(6)}
    _kill_at(local, step)
    left = set(local.names())
    assert live <= left
    # Whatever is gone stands in the ledger.
    recorded = {entry.object_id for entry in local.purged()}
    assert {name.rpartition("/")[2] for name in orphans - left} <= recorded
    local.reap()
    assert set(local.names()) == live
    assert {entry.object_id for entry in local.purged()} == {name.rpartition("/")[2] for name in orphans}
    assert local.ledger.verify().breaks == ()
    assert local.pull(at(key="live-0")) == {"user": "ann", "password": CANARY}
    assert local.missing().missing == 0


def _kill_at(local: Deployment, step: str) -> None:
    """Run reap in a process of its own, and kill it when it comes to a step for the second time."""
    heard, answer = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_reap_and_stop_at, args=(local, step, answer), daemon=True)
    process.start()
    answer.close()
    assert heard.poll(_SECONDS), "reap does not come to the step"
    assert heard.recv() == step
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL


def _reap_and_stop_at(local: Deployment, step: str, answer: Connection) -> None:
    steps = _Steps(local, step, answer)
    local.reap(store=steps, rows=steps, ledger=steps, save=steps.save, batch=3, every=0.0)


class _Steps:
    """The store, the rows and the ledger of a run that stops at one of its steps."""

    def __init__(self, local: Deployment, step: str, answer: Connection) -> None:
        self._local, self._step, self._answer, self._times = local, step, answer, 0

    def _at(self, step: str) -> None:
        if step == self._step:
            self._times += 1
            if self._times == 2:
                self._answer.send(step)
                time.sleep(_SECONDS)

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        for one in self._local.store.listing(folder, after):
            self._at("list")
            yield one

    def look(self, places: object) -> object:
        self._at("look")
        return self._local.references.look(places)

    def has_run(self, places: object) -> object:
        return self._local.references.has_run(places)

    def head(self, name: str) -> Head:
        self._at("head")
        return self._local.store.head(name)

    def append(self, new: object) -> None:
        self._at("record")
        self._local.ledger.append(new)
        self._at("record")

    def delete(self, name: str) -> None:
        self._at("delete")
        self._local.store.delete(name)

    def save(self, checkpoint: Checkpoint) -> None:
        self._at("save")


def test_two_runs_at_once_delete_each_object_and_fail_nothing(local: Deployment) -> None:
    live = {local.push(at(key=f"live-{number}")) for number in range(3)}
    for number in range(12):
        local.push(at(key=f"orphan-{number}"), row=False)
    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(local.reap, batch=2) for _ in range(2)]
    counts = [counted(one.result()) for one in found]
    assert set(local.names()) == live
    assert all(count.keys() <= {"LIVE", "ROW_GONE", "GONE"} for count in counts)
