"""``secure-xcom audit scan`` of one XCom of almost 1 GB: ``python -m benchmarks.giant [BYTES]``, on two databases.

SQLite takes 1,000,000,000 bytes a value, and PostgreSQL 1 GB a field. The value lies between two rows with a secret
each. A scan leaves it in the database and counts it, finds both secrets, and its memory stays as it is without it.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.scan import TABLE, environment, scan
from tests.fixtures.postgres import binaries, running_postgres

BYTES = 999_000_000
"""Of the text within the quotes. SQLite's limit is of the row."""

SECRET = '{"password": "kanarienvogel%s4711"}'
COLUMNS = "(dag_run_id, task_id, map_index, key, dag_id, run_id, value, timestamp)"
ROW = "(%d, 'make', -1, 'return_value', 'etl', 'run', %s, '2026-01-01 00:00:00')"

Fill = Callable[[int], None]


@contextmanager
def on_sqlite(folder: Path) -> Iterator[tuple[str, Fill]]:
    """Yield the URL of a file, and what fills it."""
    path = folder / "airflow.db"

    def fill(size: int) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            # In pages of 64 KiB; a blob is written in place, so that no gigabyte lies in this process.
            connection.execute(TABLE.replace("JSONB", "JSON").replace("TIMESTAMPTZ", "TIMESTAMP"))
            for number, secret in ((0, "a"), (2, "b")):
                connection.execute(f"INSERT INTO xcom {COLUMNS} VALUES {ROW % (number, repr(SECRET % secret))}")
            giant = f"'\"' || replace(hex(zeroblob({size // 2})), '0', 'x') || '\"'"
            connection.execute(f"INSERT INTO xcom {COLUMNS} VALUES {ROW % (1, giant)}")

    yield f"sqlite:///{path}", fill


@contextmanager
def on_postgres(_: Path) -> Iterator[tuple[str, Fill]]:
    """Yield the URL of a server of its own, and what fills it. A text in JSONB has 256 MB at most."""
    with running_postgres() as server:
        url = server.database()

        def fill(size: int) -> None:
            engine = create_engine(url)
            with engine.begin() as connection:
                connection.execute(text(TABLE.replace("JSONB", "JSON")))
                for number, secret in ((0, "a"), (2, "b")):
                    row = ROW % (number, f"CAST(:value{number} AS JSON)")
                    values = {f"value{number}": SECRET % secret}
                    connection.execute(text(f"INSERT INTO xcom {COLUMNS} VALUES {row}"), values)
                giant = f"CAST('\"' || repeat('x', {size}) || '\"' AS JSON)"
                connection.execute(text(f"INSERT INTO xcom {COLUMNS} VALUES {ROW % (1, giant)}"))
            engine.dispose()

        yield url, fill


def measured(name: str, size: int) -> str:
    """Scan a database with a value of so many bytes, and return what that took."""
    databases = {"SQLite": on_sqlite, "PostgreSQL": on_postgres}
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        folder.chmod(0o700)
        with databases[name](folder) as (url, fill):
            fill(size)
            ran = scan(environment(url, folder / "airflow"), folder, "--output", str(folder / "found.json"))
        found = json.loads((folder / "found.json").read_bytes())
    (source,) = (one for one in found["sources"] if one["name"] == "xcom")
    secrets = sum(one["count"] for one in found["findings"])
    return (
        f"{name}, a value of {size:,} bytes: {source['looked_at']} of {source['total']} rows looked at, {secrets} "
        f"secrets, passed over {source['passed_over']}; {ran.seconds:.0f} s, at most {ran.peak:.0f} MB"
    )


def main() -> None:
    """Print the figures without a large value, and with one."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else BYTES
    for name in ("SQLite", "PostgreSQL") if binaries() else ("SQLite",):
        for bytes_of_value in (1_000, size):
            print(measured(name, bytes_of_value), flush=True)


if __name__ == "__main__":
    main()
