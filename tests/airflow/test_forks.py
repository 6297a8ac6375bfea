"""A process that is forked while its other threads ask who runs: the child has no lock held and its collector on."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from secure_xcom.airflow import task_instance
from secure_xcom.airflow.host import AirflowHost
from secure_xcom.airflow.task_instance import remember, running_instance

TI = SimpleNamespace(dag_id="etl", run_id="run", task_id="make", map_index=-1, try_number=1, id="id")
FORKS = 20
PATIENCE_SECONDS = 20.0

ASKS: dict[str, Callable[[], object]] = {
    "Airflow's instance": running_instance,
    "the host": lambda: AirflowHost().running(),
}


@pytest.fixture(params=ASKS.values(), ids=ASKS.keys())
def ask(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], object]]:
    """Threads of a task that ask who runs, without an end."""
    monkeypatch.setattr(task_instance, "_remembered", None)
    remember(TI)
    ask: Callable[[], object] = request.param
    stopping = threading.Event()

    def ask_on() -> None:
        while not stopping.is_set():
            ask()

    threads = [threading.Thread(target=ask_on, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    yield ask
    stopping.set()
    for thread in threads:
        thread.join()


def _ended(child: int) -> int | None:
    """Return how a child ended; end it and return ``None`` when it does not."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _in_child(ask: Callable[[], object]) -> int:
    """Fork; return how a child ends that asks in two threads: 0 if it can, and if its garbage is collected."""
    child = os.fork()
    if child:
        return -1 if (code := _ended(child)) is None else code
    try:
        ask()
        found: list[object] = []
        thread = threading.Thread(target=lambda: found.append(ask()), daemon=True)
        thread.start()
        thread.join()
        os._exit(0 if gc.isenabled() and found[0] is not None else 3)
    except BaseException:
        os._exit(4)


def test_a_child_that_is_forked_amid_questions_can_ask_and_collects_its_garbage(ask: Callable[[], object]) -> None:
    for _ in range(FORKS):
        assert _in_child(ask) == 0


def test_asking_leaves_the_collector_as_it_is(ask: Callable[[], object]) -> None:
    assert all(gc.isenabled() for _ in range(10_000))
