"""What ``audit scan`` refuses before it reads anything."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from secure_xcom.cli import app


def test_a_baseline_that_does_not_exist_is_a_mistake_and_makes_no_key(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["audit", "scan", "--baseline", str(tmp_path / "audit.tmol")])
    assert done.exit_code == 2
    assert "--baseline" in done.stderr
    assert list(tmp_path.iterdir()) == []
