"""Data frames through PostgreSQL: the size of the table, the time of a pull, and the runs that are done at once.

``python -m benchmarks.database`` starts a server of its own and writes ``DATABASE.md``. Airflow's own backend and this
one do the same work by turns: a run pushes a frame and pulls it. A row is read and written as the API server does it,
without HTTP between. Objects and ledger are files on the same disk.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

VALUES = 30
CELLS = 55_000
"""Rows of a frame: a pull by Airflow's own backend takes about what it took in the published set-up, 85 ms."""
OTHERS = (20_000, 90_000)
"""Rows of further frames, which are pulled alone."""
COLUMNS = 8
ROUNDS = 3
PROCESSES = 4
SECONDS = 10.0
RESULTS = Path(__file__).parent / "DATABASE.md"

TABLE = """
CREATE TABLE xcom (
  dag_id TEXT, run_id TEXT, task_id TEXT, key TEXT, map_index INTEGER, value JSONB,
  PRIMARY KEY (dag_id, run_id, task_id, key, map_index)
)
"""
_AT = "dag_id = :d AND run_id = :r AND task_id = :t AND key = :k AND map_index = :m"

Row = tuple[str, str, str, str, int]


class Rows:
    """The rows of the supervisor's database, in PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __setitem__(self, row: Row, value: str) -> None:
        write = "INSERT INTO xcom VALUES (:d, :r, :t, :k, :m, CAST(:v AS JSONB))"
        with self._engine.begin() as connection:
            connection.execute(text(write), {**_named(row), "v": value})

    def get(self, row: Row) -> str | None:
        with self._engine.begin() as connection:
            found = connection.execute(text(f"SELECT value::text FROM xcom WHERE {_AT}"), _named(row)).scalar()
        return None if found is None else str(found)

    def pop(self, row: Row, _: None) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(f"DELETE FROM xcom WHERE {_AT}"), _named(row))


def _named(row: Row) -> dict[str, str | int]:
    return dict(zip("drtkm", row, strict=True))


@dataclass(frozen=True)
class Task:
    """Pushes and pulls in this process, by one of the backends."""

    url: str
    home: Path
    is_ours: bool
    cells: int = CELLS

    def ready(self) -> Callable[[str], float]:
        """Return what does one run, given its id, and tells how long the pull took."""
        from benchmarks.backends import forget_masked, plain, secure
        from tests.airflow.supervisor import Database

        backend = secure("large", {"large_threshold": "100000"}, self.home) if self.is_ours else plain()
        backend.use()
        database, frame = Database(limits=False).install(), _frame(self.cells)
        database.rows = Rows(create_engine(self.url))  # type: ignore[assignment]  # what it needs of a dict

        def run(run_id: str) -> float:
            place = {"dag_id": "bench", "run_id": run_id, "task_id": "make"}
            forget_masked()
            database.messages.clear()
            backend.kind.set("value", frame, **place)
            began = time.perf_counter()
            backend.kind.get_one(key="value", **place)
            return time.perf_counter() - began

        return run


def _frame(cells: int) -> object:
    import numpy as np
    import pandas as pd

    generator = np.random.default_rng(1)
    return pd.DataFrame({f"column_{number}": generator.random(cells) for number in range(COLUMNS)})


def _work(task: Task, number: int, seconds: float) -> int:
    """Do runs for so many seconds, and return how many ended."""
    run, done = task.ready(), 0
    run(f"warm-{number}-{time.time_ns()}")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        run(f"run-{number}-{time.time_ns()}")
        done += 1
    return done


@dataclass
class Figures:
    """What was measured of one backend, each in the rounds' order."""

    sizes: list[float]
    pulls: list[float]
    runs: list[float]
    others: dict[int, list[float]]
    """Milliseconds of a pull, by the rows of a frame."""


def measure(url: Callable[[], str], home: Path) -> tuple[Figures, Figures]:
    """Measure both by turns, Airflow's own first."""
    found = Figures([], [], [], {}), Figures([], [], [], {})
    for number in range(ROUNDS):
        for is_ours, figures in enumerate(found):
            task = Task(_fresh(url()), home / f"{number}-{is_ours}", bool(is_ours))
            run = task.ready()
            pulls = [run(f"run-{value}") for value in range(VALUES)]
            figures.pulls.append(statistics.median(pulls) * 1000)
            with create_engine(task.url).begin() as connection:
                size = connection.execute(text("SELECT pg_total_relation_size('xcom')")).scalar_one()
            figures.sizes.append(size / 1_000_000)
            with get_context("spawn").Pool(PROCESSES) as pool:
                done = pool.starmap(_work, [(task, process, SECONDS) for process in range(PROCESSES)])
            figures.runs.append(sum(done) / SECONDS)
            for cells in OTHERS:
                run = Task(_fresh(url()), home / f"{number}-{is_ours}-{cells}", bool(is_ours), cells).ready()
                pulls = [run(f"run-{value}") for value in range(VALUES // 3)]
                figures.others.setdefault(cells, []).append(statistics.median(pulls) * 1000)
    return found


def _fresh(url: str) -> str:
    with create_engine(url).begin() as connection:
        connection.execute(text(TABLE))
    return url


def _page(airflow: Figures, ours: Figures) -> Iterator[str]:
    yield "# Data frames through PostgreSQL\n"
    yield f"`python -m benchmarks.database`, {os.cpu_count()} cores."
    yield f"Python {platform.python_version()},"
    yield f"Airflow {version('apache-airflow')}. {VALUES} data frames of {CELLS:,} rows and {COLUMNS} columns of random"
    yield "numbers; `large_threshold = 100000`, a file store, a keyring and a ledger in SQLite. Medians of"
    yield f"{ROUNDS} rounds by turns. In the last row {PROCESSES} processes push and pull for {SECONDS:.0f} seconds.\n"
    yield "| figure | Airflow's own backend | secure-xcom | better by |"
    yield "|---|--:|--:|--:|"
    for name, before, now, is_less in (
        ("table, MB", airflow.sizes, ours.sizes, True),
        ("pull, ms", airflow.pulls, ours.pulls, True),
        ("runs a second", airflow.runs, ours.runs, False),
    ):
        old, new = statistics.median(before), statistics.median(now)
        yield f"| {name} | {old:,.2f} | {new:,.2f} | {old / new if is_less else new / old:,.1f} times |"
    for cells in OTHERS:
        old, new = statistics.median(airflow.others[cells]), statistics.median(ours.others[cells])
        yield f"| pull of {cells:,} rows, ms | {old:,.2f} | {new:,.2f} | {old / new:,.1f} times |"
    yield "\nThe objects take disk or a bucket in the place of the database. A row is read and written without HTTP,"
    yield "which would cost Airflow's own backend more: it sends each value through its API server."
    yield ""
    yield "Published for a set-up of this kind: a database 35 times smaller (4.2 GB to 120 MB), a pull 7 times faster"
    yield "(85 to 12 ms), and 3 times as many runs at once. How much smaller the table is depends on the frames:"
    yield "a row keeps none of them. The frames are of a size with which Airflow's own pull takes about as long"
    yield "as there. How much faster ours is grows with the frame: some milliseconds are the ledger's entry, whatever"
    yield "its size."


def main() -> None:
    """Write the page."""
    from tests.fixtures.postgres import running_postgres

    with tempfile.TemporaryDirectory() as directory, running_postgres() as server:
        page = "\n".join(_page(*measure(server.database, Path(directory))))
    RESULTS.write_text(page + "\n")


if __name__ == "__main__":
    main()
