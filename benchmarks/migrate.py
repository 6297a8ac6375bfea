"""``secure-xcom migrate`` of many XComs on PostgreSQL: its rate, its memory, and whether it survives SIGKILL.

``python -m benchmarks.migrate [ROWS]`` starts a server of its own. It migrates a tenth of the rows whole, and then all
of them: killed half-way, and taken up again by ``--checkpoint``. At the end no row may hold a secret in plaintext, and
each that held one must be sealed. It prints the table that stands in ``LIFECYCLE.md``.
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.scan import environment, fill, say
from benchmarks.watched import COMMAND, Ran, watched
from tests.fixtures.postgres import running_postgres

ROWS = 1_000_000

LEFT = 'SELECT count(*) FROM xcom WHERE CAST(value AS TEXT) ~ \'"password": "[0-9a-f]{32}"|ann:[0-9a-f]{32}@\''
SEALED = "SELECT count(*) FROM xcom WHERE CAST(value AS TEXT) LIKE '%secure_xcom.Sealed%'"

HEAD = "| migration | rows | sealed | seconds | rows a second | largest memory, MB | growth, MB |"


def migrate(variables: Mapping[str, str], state: Path, *, kill_at: int | None = None) -> Ran:
    """Run a migration; kill it as soon as its checkpoint says that it came to the row ``kill_at``."""
    asked = [*COMMAND, "migrate", "--yes", "--json", "--checkpoint", str(state)]
    ran = watched(asked, variables, lambda: kill_at is not None and _reached(state) >= kill_at)
    if ran.code not in (0, -signal.SIGKILL):
        sys.exit(f"the migration ended with {ran.code}: {ran.said}")
    return ran


def _reached(state: Path) -> int:
    """Return how many rows are through: five of them belong to one Dag run."""
    try:
        reached = json.loads(state.read_bytes())["reached"]
    except (OSError, ValueError):
        return -1
    return next((int(key[0]) * 5 for key in reached.values()), -1)


def counted(url: str, query: str) -> int:
    """Return what a query counts."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = int(connection.execute(text(query)).scalar_one())
    engine.dispose()
    return found


def rows_of(url: str, rows: int, home: Path, *, is_killed: bool) -> Iterator[str]:
    """Fill a database, migrate it, and give the table's lines."""
    home.mkdir(mode=0o700)
    fill(url, rows)
    say(f"{rows:,} rows are written, {counted(url, LEFT):,} with a secret")
    if counted(url, LEFT) != rows // 500:
        sys.exit("the rows do not hold the secrets that they should")
    variables, state = environment(url, home / "airflow"), home / "state.json"
    through = 0
    if is_killed:
        ran = migrate(variables, state, kill_at=rows // 2)
        through = _reached(state)
        yield _line("killed half-way", through, counted(url, SEALED), ran)
    sealed = counted(url, SEALED)
    ran = migrate(variables, state)
    yield _line("taken up again" if is_killed else "whole", rows - through, counted(url, SEALED) - sealed, ran)
    if (left := counted(url, LEFT)) or counted(url, SEALED) != rows // 500:
        sys.exit(f"{left} rows hold a secret still, and {counted(url, SEALED)} are sealed of {rows // 500}")


def _line(name: str, rows: int, sealed: int, ran: Ran) -> str:
    say(f"{name}: {ran.seconds:.0f} s, {ran.peak:.0f} MB")
    rate = f"{rows / ran.seconds:,.0f}"
    return f"| {name} | {rows:,} | {sealed:,} | {ran.seconds:.0f} | {rate} | {ran.peak:.0f} | {ran.growth:+.1f} |"


def main() -> None:
    """Print the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as directory, running_postgres("-c max_wal_size=4GB") as server:
        folder = Path(directory)
        lines = [
            *rows_of(server.database(), rows // 10, folder / "part", is_killed=False),
            *rows_of(server.database(), rows, folder / "all", is_killed=True),
        ]
    sys.stdout.write("\n".join([HEAD, "|---|--:|--:|--:|--:|--:|--:|", *lines, ""]))


if __name__ == "__main__":
    main()
