"""``secure-xcom reveal`` as people call it, over the table that Airflow itself makes."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from secure_xcom.airflow.internals.metadata import stored_value
from secure_xcom.assembly.build import build, build_ledger
from secure_xcom.cli import app
from secure_xcom.errors import ConfigurationError, InvalidPlaceholder, NothingToReveal
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.model.value import JSON
from secure_xcom.secret import Secret
from secure_xcom.settings.settings import Settings
from tests.airflow.test_tune import made
from tests.docs.values import host, query, where, writer
from tests.fixtures.databases import DATABASES, fresh_url

CANARY = "kanarienvogel-4711"
VALUE = {"password": CANARY, "user": "u"}
REASON = ("--reason", "ticket 4711: the partner rejects it")


class Rows:
    """Airflow's table of XComs in a database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine, self.table = made(url)
        self.runs = 0

    def insert(self, place: Coordinates, value: JSON) -> None:
        """Write an XCom as Airflow does."""
        self.runs += 1
        row = {field.name: getattr(place, field.name) for field in fields(place)}
        row |= {"dag_run_id": self.runs, "value": value, "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}
        with self.engine.begin() as connection:
            connection.execute(self.table.insert(), row)


@pytest.fixture(params=DATABASES)
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Rows:
    return Rows(fresh_url(request, str(request.param), tmp_path))


VALUES: list[JSON] = [{"a": [1, "x"]}, "text", 12, 1.5, True, None, [], "1", "ü\u2028"]


def test_the_one_row_is_read_as_it_was_written(rows: Rows) -> None:
    places = [replace(where("etl"), map_index=index) for index in range(len(VALUES))]
    for place, value in zip(places, VALUES, strict=True):
        rows.insert(place, value)
    assert [stored_value(rows.url, place) for place in places] == VALUES


@pytest.mark.parametrize(
    "other", [{"dag_id": "x"}, {"run_id": "x"}, {"task_id": "x"}, {"key": "x"}, {"map_index": 0}], ids=str
)
def test_no_other_row_is_taken_for_it(other: dict[str, object], tmp_path: Path) -> None:
    rows = Rows(f"sqlite:///{tmp_path / 'airflow.db'}")
    rows.insert(where("etl"), "a")
    with pytest.raises(NothingToReveal):
        stored_value(rows.url, replace(where("etl"), **other))  # type: ignore[arg-type]


def test_a_row_that_is_not_json_and_a_database_of_another_kind_are_typed_errors(tmp_path: Path) -> None:
    rows = Rows(f"sqlite:///{tmp_path / 'airflow.db'}")
    rows.insert(where("etl"), "a")
    with rows.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE xcom SET value = '{{{CANARY}'")
    with pytest.raises(InvalidPlaceholder) as caught:
        stored_value(rows.url, where("etl"))
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None
    with rows.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE xcom")
    with pytest.raises(ConfigurationError, match="no table xcom"):
        stored_value(rows.url, where("etl"))


@dataclass
class Site:
    """A deployment with one sealed value, and one under contract, which is read once."""

    rows: Rows
    home: Path

    def settings(self, **more: str) -> Settings:
        return Settings.parse(more, self.home)

    def push(self, dag_id: str, value: object = VALUE, key: str = "k") -> JSON:
        place = replace(where(dag_id), key=key)
        row: JSON = json.loads(json.dumps(build(self.settings(), writer(dag_id)).push(value, place)))
        return row

    def entries(self, dag_id: str = "etl") -> list[Entry]:
        found = build_ledger(self.settings(), host(dag_id)).read(dag_id)
        return [entry for entry in found if entry.event not in (Event.WRITE, Event.READ)]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{tmp_path / 'airflow.db'}")
    found = Site(Rows(f"sqlite:///{tmp_path / 'airflow.db'}"), tmp_path)
    for dag_id in ("etl", "once"):
        found.rows.insert(where(dag_id), found.push(dag_id))
    return found


def reveals(*arguments: str, dag_id: str = "etl", key: str = "k") -> Result:
    place = where(dag_id)
    names = (place.dag_id, place.run_id, place.task_id, key)
    done = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, ["reveal", *names, *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_the_value_is_on_standard_output_and_what_it_is_on_the_other(site: Site) -> None:
    done = reveals(*REASON, "--yes")
    assert (done.exit_code, json.loads(done.stdout)) == (0, VALUE)
    assert "dag_id='etl'" in done.stderr
    assert CANARY not in done.stderr
    (entry,) = site.entries()
    assert (entry.event, entry.outcome, entry.actor) == (Event.REVEAL, Outcome.DONE, None)
    assert entry.detail.endswith(": ticket 4711: the partner rejects it")
    assert entry.detail.startswith("by ")


def test_a_pipe_gets_nothing_unless_it_is_asked_for(site: Site) -> None:
    done = reveals(*REASON)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--output" in done.stderr
    assert site.entries() == []


CLI = "import sys; from secure_xcom.cli import app; app(sys.argv[1:])"


def test_a_terminal_gets_it_with_every_control_character_escaped(site: Site) -> None:
    site.rows.insert(replace(where("etl"), key="k2"), site.push("etl", {"password": f"\x1b[2J{CANARY}"}, "k2"))
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-P", "-c", CLI, "reveal", "etl", "r", "t", "k2", *REASON],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(slave)
        shown = _all_of(master)
    assert process.returncode == 0
    assert shown.replace(b"\r\n", b"\n").decode() == f'{{\n  "password": "\\u001b[2J{CANARY}"\n}}\n'


def _all_of(terminal: int) -> bytes:
    found = b""
    # A terminal whose other end is closed answers with an error.
    with os.fdopen(terminal, "rb", buffering=0) as file, suppress(OSError):
        while piece := file.read(4096):
            found += piece
    return found


def test_a_file_is_new_and_for_its_owner_alone(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    done = reveals(*REASON, "--output", str(path))
    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads(path.read_text()) == VALUE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(site.entries()) == 1


@pytest.mark.parametrize("to_file", [False, True], ids=["shown", "written"])
def test_a_table_of_polars_is_revealed_row_by_row(site: Site, tmp_path: Path, to_file: bool) -> None:
    pl = pytest.importorskip("polars", reason="opt-in: needs polars, which nothing else here needs")
    frame = pl.DataFrame({"user": ["ann", "bob"], "password": [CANARY, None], "tries": [1, 2]})
    site.rows.insert(replace(where("etl"), key="frame"), site.push("etl", Secret(frame), "frame"))
    path = tmp_path / "frame.json"
    done = reveals(*REASON, *(("--output", str(path)) if to_file else ("--yes",)), key="frame")
    assert done.exit_code == 0, done.stderr
    assert (path.exists(), CANARY in done.stdout) == (to_file, not to_file)
    found = path.read_text() if to_file else done.stdout
    assert all(text in found for text in ("user", "password", "tries", "ann", "bob", CANARY))
    assert CANARY not in done.stderr
    assert not to_file or stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("link", [False, True], ids=["a file", "a link that leads nowhere"])
def test_a_file_that_is_there_stays_and_nothing_is_opened(site: Site, tmp_path: Path, link: bool) -> None:
    path, target = tmp_path / "value.json", tmp_path / "target"
    if link:
        path.symlink_to(target)
    else:
        path.write_text("mine")
    done = reveals(*REASON, "--output", str(path))
    assert (done.exit_code, site.entries()) == (2, [])
    assert not target.exists()
    assert link or path.read_text() == "mine"


def test_a_file_that_cannot_be_written_exits_with_2(site: Site, tmp_path: Path) -> None:
    done = reveals(*REASON, "--output", str(tmp_path / "no" / "value.json"))
    assert (done.exit_code, done.stdout) == (2, "")
    assert CANARY not in done.stderr


TOKEN = "glp" + "at-" + "k3JtB9xQm2WvR7nLz5Yc"

REASONS = {
    "a secret": f"the partner rejects {TOKEN}",
    "a secret with its name": f"password={CANARY}",
    "two lines": f"a\n{CANARY}",
    "nothing": " ",
}


@pytest.mark.parametrize("content_rules", ["on", "off"])
@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS.keys())
def test_a_reason_that_the_ledger_must_not_keep_is_a_usage_error(
    site: Site, reason: str, content_rules: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__CONTENT_RULES", content_rules)
    done = reveals("--reason", reason, "--yes")
    assert (done.exit_code, done.stdout, site.entries()) == (2, "", [])
    assert TOKEN not in done.stderr
    assert CANARY not in done.stderr


def test_everything_sealed_is_no_reason_to_refuse_every_reason(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__SEAL", "all")
    assert reveals(*REASON, "--yes").exit_code == 0


def test_a_reason_is_required(site: Site) -> None:
    assert reveals("--yes").exit_code == 2
    assert site.entries() == []


def test_a_contract_is_honoured_and_its_override_recorded(site: Site) -> None:
    refused = reveals(*REASON, "--yes", dag_id="once")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "ContractViolation" in refused.stderr
    shown = reveals(*REASON, "--yes", "--override", dag_id="once")
    assert (shown.exit_code, json.loads(shown.stdout)) == (0, VALUE)
    assert "it is read once, and is available" in shown.stderr
    told = [(entry.event, entry.outcome) for entry in site.entries("once")]
    assert told == [
        (Event.REVEAL, Outcome.REFUSED),
        (Event.OVERRIDE, Outcome.DONE),
        (Event.REVEAL, Outcome.DONE),
    ]
    # The value still is there for its reader.
    assert build(site.settings(), host("once", "u")).pull(site.push("once"), query("once")) == VALUE


def test_an_xcom_that_is_not_there_exits_with_1_and_is_recorded(site: Site) -> None:
    done = reveals(*REASON, "--yes", "--map-index", "3")
    assert (done.exit_code, done.stdout) == (1, "")
    (entry,) = site.entries()
    assert (entry.error, entry.where.map_index) == ("NothingToReveal", 3)


@pytest.mark.parametrize(
    ("there", "listed"), [(3, "0, 1, 2"), (12, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and more")], ids=["few", "many"]
)
def test_of_a_mapped_task_it_names_the_map_indexes_that_there_are(site: Site, there: int, listed: str) -> None:
    for index in reversed(range(there)):
        site.rows.insert(replace(where("etl"), key="mapped", map_index=index), "a")
    done = reveals(*REASON, "--yes", key="mapped")
    assert (done.exit_code, done.stdout) == (1, "")
    said = " ".join(done.stderr.split())
    assert f"no XCom at these coordinates: it has some at --map-index {listed} dag_id=" in said


def test_without_a_ledger_it_exits_with_2(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LEDGER_MODE", "off")
    done = reveals(*REASON, "--yes")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "ledger_mode" in done.stderr


def test_a_ledger_that_takes_nothing_shows_nothing_with_best_effort_either(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LEDGER_MODE", "best-effort")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__RETRY_DEADLINE", "1s")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LEDGER", "postgresql+psycopg2://127.0.0.1:1/none")
    done = reveals(*REASON, "--yes")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "LedgerUnavailable" in done.stderr


def test_the_report_counts_it(site: Site, tmp_path: Path) -> None:
    reveals(*REASON, "--yes")
    done = CliRunner().invoke(app, ["audit", "events", "--event", "reveal", "--format", "jsonl"])
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["detail"].endswith("ticket 4711: the partner rejects it")
