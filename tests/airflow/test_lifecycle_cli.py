"""``secure-xcom reap``, ``rewrap`` and ``keys rotate`` as people call them, on one machine with default settings."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

pytest.importorskip("airflow.sdk")

from secure_xcom.assembly.build import build
from secure_xcom.cli import app
from secure_xcom.cli.deployment import settings
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.value import JSON
from tests.airflow.reaped import Deployment
from tests.docs.values import query, where, writer

CANARY = "kanarienvogel-4711"
OLD = 2 * 3600

Run = Callable[..., Result]


class Site:
    """A worker's deployment, and Airflow's tables."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.airflow = Deployment(f"sqlite:///{home / 'airflow.db'}", home / "other").make()
        self.rows: dict[Coordinates, JSON] = {}

    def push(self, place: Coordinates, *, has_row: bool = True) -> None:
        """Push a sealed value, whose object is old enough to be reaped."""
        before = set(self.objects())
        with pytest.MonkeyPatch.context() as patch:
            # The header says when it was pushed, and so does the file.
            patch.setattr("secure_xcom.assembly.build.time", SimpleNamespace(time=lambda: time.time() - OLD))
            row = build(settings(), writer(place.dag_id)).push({"user": "ann", "password": CANARY}, place)
        self.rows[place] = row
        for path in set(self.objects()) - before:
            os.utime(path, (time.time() - OLD, time.time() - OLD))
        if has_row:
            self.airflow.write(place, row)

    def pull(self, place: Coordinates) -> object:
        return build(settings(), writer(place.dag_id)).pull(self.rows[place], query(place.dag_id))

    def objects(self) -> list[Path]:
        return [path for path in (self.home / "secure_xcom" / "store").rglob("*") if path.is_file()]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("AIRFLOW_HOME", str(home))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{home / 'airflow.db'}")
    return Site(home)


@pytest.fixture
def run() -> Run:
    def call(*arguments: str, code: int = 0) -> Result:
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments)
        assert done.exit_code == code, done.output
        assert CANARY not in done.output
        return done

    return call


def test_reap_says_what_it_would_delete_and_deletes_it_with_yes(site: Site, run: Run) -> None:
    live, gone = where("etl"), replace(where("etl"), key="gone")
    site.push(live)
    site.push(gone, has_row=False)
    assert "--yes" in run("reap").output
    assert len(site.objects()) == 2
    found = json.loads(run("reap", "--json").stdout)
    assert (found["deleted"], found["orphaned"]) == (False, 1), found
    run("reap", "--yes", "--older-than", "1h", "--ledger", "400d")
    assert len(site.objects()) == 1
    assert site.pull(live) == {"user": "ann", "password": CANARY}


def test_reap_reports_a_row_whose_object_is_gone(site: Site, run: Run) -> None:
    site.push(where("etl"))
    (only,) = site.objects()
    only.unlink()
    done = run("reap", code=1)
    assert "etl" in done.output


@pytest.mark.parametrize(
    "arguments",
    [("--grace", "1m"), ("--older-than", "soon"), ("--ledger", "1d"), ("--yes", "--dry-run")],
    ids=lambda value: " ".join(value),
)
def test_reap_says_what_is_wrong_with_its_options(site: Site, run: Run, arguments: tuple[str, ...]) -> None:
    assert "--" in run("reap", *arguments, code=2).output


def test_a_rotated_keyring_opens_what_it_sealed_and_rewrap_lets_the_old_key_go(site: Site, run: Run) -> None:
    place = where("etl")
    site.push(place)
    run("keys", "rotate")
    assert site.pull(place) == {"user": "ann", "password": CANARY}
    dry = json.loads(run("rewrap", "--dry-run", "--json").stdout)
    assert dry["dry_run"] is True
    assert "rewrap" in run("rewrap", "--help").output
    run("rewrap", "--dag", "etl", "--checkpoint", str(site.home / "place"))
    run("rewrap")
    assert site.pull(place) == {"user": "ann", "password": CANARY}
    assert json.loads(run("keys", "rotate", "--json").stdout)["primary"]


def test_a_key_is_not_retired_so_soon_after_a_change(site: Site, run: Run) -> None:
    site.push(where("etl"))
    run("keys", "rotate")
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ("keys", "rotate", "--retire"))
    assert done.exit_code in (1, 2)
    assert site.pull(where("etl")) == {"user": "ann", "password": CANARY}
