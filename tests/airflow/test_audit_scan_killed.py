"""A scan that SIGKILL ends half-way, on PostgreSQL: the next one goes on to what a whole one says."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from benchmarks import scan as bench
from tests.fixtures.postgres import PostgresServer

ROWS = 20_000

SLOWLY = """
import time
from secure_xcom.cli import app
from secure_xcom.ops.audit.scan import checkpoint, run
run._EVERY = 0.0
write = checkpoint.write_checkpoint
def write_and_wait(*args):
    write(*args)
    time.sleep(0.05)
checkpoint.write_checkpoint = write_and_wait
app()
"""
"""The command, with a checkpoint after each batch, and time to be killed between any two."""


@pytest.mark.airflow
def test_a_killed_scan_goes_on_and_says_what_a_whole_one_says(tmp_path: Path, postgres_server: PostgresServer) -> None:
    url = postgres_server.database()
    bench.fill(url, ROWS)
    tmp_path.chmod(0o700)
    variables = bench.environment(url, tmp_path / "airflow")
    assert bench.scan(variables, tmp_path, "--output", str(tmp_path / "whole.json")).code == 0
    killed = bench.scan(variables, tmp_path, kill_at=ROWS // 2, command=("-c", SLOWLY))
    assert killed.code == -signal.SIGKILL
    assert ROWS // 2 <= bench._looked_at(tmp_path / "state.json") < ROWS
    assert bench.scan(variables, tmp_path, "--output", str(tmp_path / "resumed.json")).code == 0
    whole = bench.totals(tmp_path / "whole.json")
    assert bench.totals(tmp_path / "resumed.json") == whole
    assert sum(finding["count"] for finding in whole[1]) == 2 * ROWS // 1_000
    assert not (tmp_path / "state.json").exists()
