"""``secure-xcom tune`` on a metadata database of 100,000 XComs: its time and its largest memory.

``python -m benchmarks.tune`` makes a SQLite file with the table of Airflow itself and runs the command on it in another
process, as an operator would. The budget is 60 s and 300 MB.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

XCOMS = 100_000
DAGS = 400
TASKS = 5
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class Measured:
    """What one run took."""

    xcoms: int
    seconds: float
    megabytes: float
    report: dict[str, object]


def measure(directory: Path, xcoms: int = XCOMS) -> Measured:
    """Make the database and run the command on it."""
    home = directory / "airflow"
    home.mkdir()
    environment = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    make = f"from benchmarks.tune import fill; fill({str(home / 'airflow.db')!r}, {xcoms})"
    subprocess.run([sys.executable, "-c", make], env=environment, check=True)
    started = time.perf_counter()
    run = "import sys; from secure_xcom.cli import app; sys.argv = ['secure-xcom', 'tune', '--json']; app()"
    printed = directory / "report.json"
    with printed.open("wb") as file:
        command = subprocess.Popen([sys.executable, "-c", run], env=environment, stdout=file)
        # Of this child alone: the one that made the database was larger.
        _, status, used = os.wait4(command.pid, 0)
    if status:
        sys.exit("the command failed")
    seconds = time.perf_counter() - started
    megabytes = used.ru_maxrss / 1024
    return Measured(xcoms, seconds, megabytes, json.loads(printed.read_bytes()))


def fill(path: str, xcoms: int) -> None:
    """Write the rows into the table as Airflow declares it, in batches."""
    from airflow.models import import_all_models
    from airflow.models.xcom import XComModel
    from sqlalchemy import create_engine

    # The table refers to others, which are declared elsewhere.
    import_all_models()
    engine = create_engine(f"sqlite:///{path}")
    XComModel.__table__.create(engine)
    with engine.begin() as connection:
        batch: list[dict[str, object]] = []
        for row in rows(xcoms):
            batch.append(row)
            if len(batch) == 1_000:
                connection.execute(XComModel.__table__.insert(), batch)
                batch = []
        if batch:
            connection.execute(XComModel.__table__.insert(), batch)


def rows(xcoms: int, seed: int = 7) -> Iterator[dict[str, object]]:
    """Yield XComs of the kinds that operators push: most of them small, one in a thousand of about 1 MB."""
    drawn = random.Random(seed)
    for number in range(xcoms):
        dag = number % DAGS
        yield {
            "dag_run_id": number // TASKS,
            "task_id": f"task_{number % TASKS}",
            "map_index": -1,
            "key": "return_value" if number % 4 else "extracted",
            "dag_id": f"dag_{dag}",
            "run_id": f"manual__{number // TASKS}",
            "value": _value(drawn, number),
            "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        }


def _value(drawn: random.Random, number: int) -> object:
    if number % 1_000 == 999:
        return [{"order": each, "state": "done", "token_count": each % 90} for each in range(20_000)]
    return [
        number,
        f"s3://bucket/day={number % 28}/part-{number}.parquet",
        {"ResponseMetadata": {"HTTPStatusCode": 200, "RetryAttempts": 0}, "NextToken": _random(drawn, 40)},
        {"user": "ann", "password": _random(drawn, 16), "host": "db.internal", "port": 5432, "ssl": True},
        {"rows": number, "rapidPin": _random(drawn, 24), "items": [{"id": each, "name": "ok"} for each in range(5)]},
    ][number % 5]


def _random(drawn: random.Random, length: int) -> str:
    return "".join(drawn.choices(_LETTERS, k=length))


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as directory:
        found = measure(Path(directory))
    print(f"{found.xcoms:,} XComs: {found.seconds:.1f} s, at most {found.megabytes:.0f} MB")
    print(f"{found.report['sealed_values']:,} values sealed, {found.report['plain_values']:,} not")


if __name__ == "__main__":
    main()
