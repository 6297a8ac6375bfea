"""``secure-xcom reap``, ``rewrap`` and ``keys rotate`` as people call them, on one machine with default settings."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

pytest.importorskip("airflow.sdk")

from secure_xcom.airflow.lifecycle import name_of_database
from secure_xcom.assembly.build import build
from secure_xcom.cli import app
from secure_xcom.cli.deployment import settings
from secure_xcom.errors import StoreUnavailable
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.value import JSON
from secure_xcom.ops.lifecycle.reap.run import Reaping
from secure_xcom.ops.lifecycle.reap.share import LEAST
from secure_xcom.ops.lifecycle.rewrap.objects import Rewrap
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


def test_reap_names_what_it_would_delete(site: Site, run: Run) -> None:
    site.push(replace(where("etl"), key="old"), has_row=False)
    site.push(replace(where("etl"), key="live"))
    printed = run("reap").output
    assert re.search(r"key='old':\s+its\s+row\s+is\s+gone", printed)
    assert "key='live'" not in printed
    assert [one["key"] for one in json.loads(run("reap", "--json").stdout)["first"]] == ["old"]
    run("reap", "--yes")
    assert json.loads(run("reap", "--json").stdout)["first"] == []


@pytest.mark.parametrize("command", [("reap",), ("rewrap",), ("audit", "events")], ids=" ".join)
def test_a_dag_that_nothing_is_known_of_is_named(site: Site, run: Run, command: tuple[str, ...]) -> None:
    site.push(where(dag_id="etl"))
    assert "check the Dag's id" not in run(*command, "--dag", "etl").output
    output = run(*command, "--dag", "elt").output
    assert re.search(r"of elt: check the Dag's id", output), output


def test_a_resumed_reap_surveys_anew_and_is_refused_if_the_database_is_another_one_by_now(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(LEAST + 1):
        site.push(replace(where("etl"), key=f"live-{number}"))
    site.push(replace(where("etl"), key="gone"), has_row=False)
    with monkeypatch.context() as patch:
        patch.setattr(Reaping, "delete", _interrupted)
        run("reap", "--yes", code=130)
    site.airflow.drop_run("etl", where("etl").run_id)
    refused = run("reap", "--yes", "--resume", code=2)
    assert "look orphaned" in refused.output
    assert len(site.objects()) == LEAST + 2


def _interrupted(reaping: Reaping, _: int | None = None) -> object:
    reaping.save(reaping.checkpoint)
    raise KeyboardInterrupt


@pytest.mark.parametrize("option", ["STORE", "PREVIOUS_STORES", "LEDGER"])
def test_a_checkpoint_of_reap_counts_for_the_same_stores_and_ledger_alone(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    site.push(where("etl"))
    with monkeypatch.context() as patch:
        patch.setattr(Reaping, "delete", _interrupted)
        run("reap", "--yes", code=130)
    state = site.home / "secure_xcom" / "reap-checkpoint.json"
    before = json.loads(state.read_text())["asked"]
    monkeypatch.setenv(f"AIRFLOW__SECURE_XCOM__{option}", _ANOTHER[option].format(home=site.home))
    with monkeypatch.context() as patch:
        patch.setattr(Reaping, "delete", _interrupted)
        run("reap", "--yes", "--resume", code=130)
    assert before != json.loads(state.read_text())["asked"]


def test_a_checkpoint_names_a_database_without_its_password() -> None:
    named = name_of_database(f"postgresql://ann:{CANARY}@db:5432/airflow?password={CANARY}")
    assert CANARY not in named
    assert "db:5432/airflow" in named


_ANOTHER = {
    "STORE": "file://{home}/elsewhere",
    "PREVIOUS_STORES": "file://{home}/elsewhere",
    "LEDGER": "sqlite:///{home}/elsewhere.db",
}


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
    assert re.search(r"all\s+workers\s+\S+keyring\.json,\s+and\s+ten\s+minutes\s+later", run("keys", "rotate").output)
    assert site.pull(place) == {"user": "ann", "password": CANARY}
    dry = json.loads(run("rewrap", "--dry-run", "--json").stdout)
    assert dry["dry_run"] is True
    assert "rewrap" in run("rewrap", "--help").output
    run("rewrap", "--dag", "etl", "--checkpoint", str(site.home / "place"))
    run("rewrap")
    assert site.pull(place) == {"user": "ann", "password": CANARY}
    assert json.loads(run("keys", "rotate", "--json").stdout)["primary"]


@pytest.mark.parametrize("more", [(), ("--retire",), ("--json",)], ids=str)
@pytest.mark.parametrize("dag", ["etl", "mistyped"])
def test_the_key_of_all_dags_is_not_rotated_for_one_that_has_none_of_its_own(
    site: Site, run: Run, dag: str, more: tuple[str, ...]
) -> None:
    site.push(where("etl"))
    keyring = site.home / "secure_xcom" / "keyring.json"
    before = keyring.read_text()
    assert f"{dag} has no key of its own" in " ".join(run("keys", "rotate", "--dag", dag, *more, code=2).stderr.split())
    assert keyring.read_text() == before


@pytest.mark.parametrize("more", [(), ("--retire",), ("--json",)], ids=str)
def test_without_a_keyring_none_is_made_and_it_is_said_how_one_comes_to_be(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "mistyped"))
    said = " ".join(run("keys", "rotate", *more, code=2).stderr.split())
    assert f"there is no keyring {tmp_path}/mistyped/secure_xcom/keyring.json. The first push makes it" in said
    assert "AIRFLOW_HOME" in said
    assert not (tmp_path / "mistyped").exists()


def test_a_rewrap_goes_on_from_its_checkpoint_and_begins_anew_if_the_stores_are_others(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        site.push(replace(where("etl"), key=f"k{number}"))
    run("keys", "rotate")
    asked = ("rewrap", "--parallel", "1", "--checkpoint", str(site.home / "place"))

    def interrupt() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Rewrap, "object", _failing_after(Rewrap.object, 20))
            run(*asked, code=1)

    interrupt()
    assert 0 < _looked_at(run(*asked, "--json")) < 30
    interrupt()
    # A first previous store comes before the store: what was the first place is the second one now.
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__PREVIOUS_STORES", f"file://{site.home}/earlier")
    assert _looked_at(run(*asked, "--json")) == 30


def test_a_rewrap_of_a_part_calls_no_previous_key_unused(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    site.push(where("etl"))
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__KEY", f"local://{site.home}/ring.json")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__PREVIOUS_KEYS", f"local://{site.home}/secure_xcom/keyring.json")
    run("rewrap")
    assert re.search(r"is\s+unused", run("rewrap").output)
    assert not re.search(r"is\s+unused", run("rewrap", "--dag", "etl").output)


def test_a_rewrap_tells_of_the_former_keys_of_a_dag_without_objects(site: Site, run: Run) -> None:
    site.push(where("etl"))
    run("keys", "rotate")
    assert re.search(r"nothing\s+was\s+found\s+under\s+it", run("rewrap", "--dry-run", "--dag", "other").output)


def test_a_previous_keyring_that_is_not_there_is_not_called_unused(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.push(where("etl"))
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__PREVIOUS_KEYS", f"local://{site.home}/gone.json")
    said = run("rewrap").output
    assert re.search(r"there\s+is\s+no\s+key\s+where", said)
    assert "unused" not in said


def test_a_rewrap_says_of_a_keyrings_earlier_key_whether_it_is_needed(site: Site, run: Run) -> None:
    site.push(where("etl"))
    run("keys", "rotate")
    said = run("rewrap", "--dry-run").output
    assert re.search(r"is\s+still\s+needed", said)
    assert re.search(r"to\s+be\s+moved\s+to\s+the\s+current\s+key", said)
    run("rewrap")
    assert re.search(r"is\s+unused:\s+`secure-xcom\s+keys\s+rotate\s+--retire`", run("rewrap").output)


def test_while_a_move_may_be_under_way_no_key_is_unused(site: Site, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    site.push(where("etl"))
    run("keys", "rotate")
    keyring = site.home / "secure_xcom" / "keyring.json"
    past = time.time() - 3600
    os.utime(keyring, (past, past))
    before = keyring.read_bytes()
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__PREVIOUS_STORES", f"file://{site.home}/earlier")
    run("rewrap")
    assert not re.search(r"is\s+unused", run("rewrap").output)
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ("keys", "rotate", "--retire"))
    assert done.exit_code == 2
    assert re.search(r"previous_stores:\s+a\s+move", done.output)
    assert keyring.read_bytes() == before
    monkeypatch.delenv("AIRFLOW__SECURE_XCOM__PREVIOUS_STORES")
    assert re.search(r"removed,\s+nothing\s+used\s+it", run("keys", "rotate", "--retire").output)
    assert site.pull(where("etl")) == {"user": "ann", "password": CANARY}


def _failing_after(method: Callable[..., object], count: int) -> Callable[..., object]:
    left = [count]

    def counted(*arguments: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise StoreUnavailable("not now")
        return method(*arguments)

    return counted


def _looked_at(done: Result) -> int:
    return sum(json.loads(done.stdout)["objects"].values())


def test_a_key_is_not_retired_so_soon_after_a_change(site: Site, run: Run) -> None:
    site.push(where("etl"))
    run("keys", "rotate")
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ("keys", "rotate", "--retire"))
    assert done.exit_code in (1, 2)
    assert site.pull(where("etl")) == {"user": "ann", "password": CANARY}
