"""``secure-xcom audit scan`` of many XComs on PostgreSQL: its rate, its memory, and whether it survives SIGKILL.

``python -m benchmarks.scan [ROWS]`` starts a server of its own and fills a table of Airflow's form. It runs the command
on it twice: once whole, and once killed half-way and taken up again by ``--checkpoint``. The totals must be equal.
Between them detect-secrets, if ``--detect-secrets`` names it, looks at a part of the same rows as text. The result is
``SCAN.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from benchmarks.watched import COMMAND, Ran, watched
from tests.fixtures.postgres import running_postgres

ROWS = 10_000_000
PART = 20_000
"""Rows that detect-secrets looks at, in so many rounds."""
ROUNDS = 3
RESULTS = Path(__file__).parent / "SCAN.md"

TABLE = """
CREATE TABLE xcom (
  dag_run_id INTEGER NOT NULL, task_id VARCHAR(250) NOT NULL, map_index INTEGER NOT NULL, key VARCHAR(512) NOT NULL,
  dag_id VARCHAR(250) NOT NULL, run_id VARCHAR(250) NOT NULL, value JSONB, timestamp TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (dag_run_id, task_id, map_index, key)
)
"""
"""The table as Airflow declares it, without what it refers to."""

FILL = """
INSERT INTO xcom
SELECT n / 5, 'task_' || n % 5, -1, CASE WHEN n % 4 = 0 THEN 'extracted' ELSE 'return_value' END,
  'dag_' || n % 400, 'manual__' || n / 5,
  CASE
    WHEN n % 1000 = 7 THEN
      jsonb_build_object('user', 'ann', 'password', md5('p' || n / 1000 % 500), 'host', 'db.internal')
    WHEN n % 1000 = 8 THEN to_jsonb('postgresql://ann:' || md5('u' || n / 1000 % 500) || '@db.internal/sales')
    WHEN n % 5 = 0 THEN to_jsonb(n)
    WHEN n % 5 = 1 THEN to_jsonb('s3://bucket/day=' || n % 28 || '/part-' || n || '.parquet')
    WHEN n % 5 = 2 THEN jsonb_build_object('ResponseMetadata',
      jsonb_build_object('HTTPStatusCode', 200, 'RetryAttempts', 0), 'RequestId', md5('r' || n))
    WHEN n % 5 = 3 THEN jsonb_build_object('rows', n, 'schema', 'sales', 'table', 'orders_' || n % 90, 'loaded', true)
    ELSE jsonb_build_object('items', jsonb_build_array(
      jsonb_build_object('id', n, 'name', 'ok'), jsonb_build_object('id', n + 1, 'name', 'late')))
  END,
  TIMESTAMPTZ '2026-01-01' + n * INTERVAL '1 second'
FROM generate_series(:first, :last) AS n
"""
"""What operators push, mostly small. Two rows in a thousand hold a secret, one of 500 passwords or of 500 URLs."""


def fill(url: str, rows: int) -> None:
    """Make the table and write its rows, in transactions of a million."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(TABLE))
    for first in range(0, rows, 1_000_000):
        with engine.begin() as connection:
            connection.execute(text(FILL), {"first": first, "last": min(first + 1_000_000, rows) - 1})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE xcom"))
    engine.dispose()


def environment(url: str, home: Path) -> dict[str, str]:
    """Return what the command runs with: an Airflow that has nothing but this database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return kept | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "AIRFLOW__CORE__XCOM_BACKEND": "secure_xcom.SecureXComBackend",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }


def scan(
    variables: Mapping[str, str], folder: Path, *more: str, kill_at: int | None = None, command: Sequence[str] = COMMAND
) -> Ran:
    """Run a scan of the table ``xcom``; kill it as soon as its checkpoint says that ``kill_at`` rows were looked at."""
    state = folder / "state.json"
    asked = ("audit", "scan", "--table", "xcom", "--fail-on", "never", "--fingerprint-key", str(folder / "key"))
    server = variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].rpartition("/")[2]
    ran = watched(
        [*command, *asked, "--checkpoint", str(state), *more],
        variables,
        lambda: kill_at is not None and _looked_at(state) >= kill_at,
        database=server,
    )
    # 1: not all was looked at.
    if ran.code not in (0, 1, -signal.SIGKILL):
        sys.exit(f"the scan ended with {ran.code}: {ran.said}")
    return ran


def totals(path: Path) -> list[Any]:
    """Return what a scan says apart from its times: the rows looked at, and each finding with its count."""
    found = json.loads(path.read_bytes())
    return [found["sources"], found["findings"]]


def _looked_at(state: Path) -> int:
    try:
        reached = json.loads(state.read_bytes())["reached"]
    except (OSError, ValueError):
        return -1
    return int(reached["xcom"]["looked_at"]) if "xcom" in reached else -1


def detected(command: str, url: str, folder: Path) -> float:
    """Return how many rows a second detect-secrets takes on a part of the rows, a line each."""
    lines = folder / "rows.txt"
    if not lines.exists():
        engine = create_engine(url)
        query = text("SELECT key || ' = ' || CAST(value AS TEXT) FROM xcom ORDER BY dag_run_id, task_id LIMIT :part")
        with engine.connect() as connection:
            lines.write_text("".join(f"{row[0]}\n" for row in connection.execute(query, {"part": PART})))
        engine.dispose()
    number = lines.read_text().count("\n")
    started = time.perf_counter()
    subprocess.run([command, "scan", str(lines)], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    return number / (time.perf_counter() - started)


def report(rows: int, detect_secrets: str, folder: Path) -> Iterator[str]:
    """Measure, and yield the page's lines."""
    with running_postgres("-c max_wal_size=4GB") as server:
        url = server.database()
        fill(url, rows)
        say(f"{rows:,} rows are written")
        folder.chmod(0o700)
        variables = environment(url, folder / "airflow")
        rates: list[float] = []
        if detect_secrets:
            rates.append(detected(detect_secrets, url, folder))
        runs = {"whole": scan(variables, folder, "--output", str(folder / "whole.json"))}
        say(f"whole: {runs['whole'].seconds:.0f} s, {runs['whole'].peak:.0f} MB")
        if detect_secrets:
            rates.append(detected(detect_secrets, url, folder))
        runs["killed half-way"] = scan(variables, folder, kill_at=rows // 2)
        looked_at = _looked_at(folder / "state.json")
        say(f"killed: {runs['killed half-way'].seconds:.0f} s at {looked_at:,}")
        runs["taken up again"] = scan(variables, folder, "--output", str(folder / "resumed.json"))
        if detect_secrets:
            rates.append(detected(detect_secrets, url, folder))
    if any(ran.code == 1 for ran in runs.values()):
        sys.exit("a scan did not look at all rows")
    if totals(folder / "whole.json") != totals(folder / "resumed.json"):
        sys.exit("the interrupted scan has other totals than the whole one")
    yield from _page(rows, runs, looked_at, rates, json.loads((folder / "whole.json").read_bytes()))


def _page(
    rows: int, runs: Mapping[str, Ran], looked_at: int, rates: list[float], found: Mapping[str, list[dict[str, int]]]
) -> Iterator[str]:
    findings = found["findings"]
    whole = rows / runs["whole"].seconds
    yield "# What a scan costs\n"
    yield f"`python -m benchmarks.scan {rows}`, {os.cpu_count()} cores with other work, PostgreSQL on this machine."
    yield f"Python {platform.python_version()}, SQLAlchemy {version('sqlalchemy')}. Seconds include the start.\n"
    yield "| scan | rows looked at | seconds | rows a second | largest memory, MB | growth, MB | of the server, MB |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, ran in runs.items():
        number = {"whole": rows, "killed half-way": looked_at, "taken up again": rows - looked_at}[name]
        speed = f"{number / ran.seconds:,.0f}"
        memory = f"{ran.peak:.0f} | {ran.growth:+.1f} | {ran.server:.0f}"
        yield f"| {name} | {number:,} | {ran.seconds:,.0f} | {speed} | {memory} |"
    yield "\nGrowth is how much larger a process was in the last quarter of its time than in the second. The server's"
    yield "memory is that of the process for this connection, without the cache that all share."
    places = sum(one["count"] for one in findings)
    yield f"\nSIGKILL ended the killed scan, after the checkpoint at {looked_at:,} rows. Both scans have the same"
    yield f"sources, and the same {len(findings):,} findings with {places:,} places."
    if rates:
        median = statistics.median(rates)
        yield f"\ndetect-secrets takes {median:,.0f} rows a second on {PART:,} of these rows as lines of text, the"
        yield f"median of {len(rates)} rounds between the scans. The whole scan is {whole / median:.0f} times as fast."


def say(line: str) -> None:
    """Say how far it is on standard error."""
    sys.stderr.write(line + "\n")


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=ROWS)
    parser.add_argument("--detect-secrets", default="", help="the command, to compare with")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        page = "\n".join(report(asked.rows, asked.detect_secrets, Path(directory)))
    RESULTS.write_text(page + "\n")
    sys.stdout.write(page + "\n")


if __name__ == "__main__":
    main()
