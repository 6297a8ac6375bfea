"""``secure-xcom tune`` as people call it, over an export."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import Result
from typer import Typer
from typer.testing import CliRunner

from secure_xcom.errors import ConfigurationError, LedgerUnavailable
from secure_xcom.model.entry import Entry
from secure_xcom.ops.tune.export import Export
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.unit.ops.tune.deployment import CANARY, random_text
from tests.unit.ops.tune.test_observed import entry

tune_module = import_module("secure_xcom.cli.tune")

app = Typer(pretty_exceptions_enable=False)
app.command("tune")(tune_module.tune)

Command = Callable[..., Result]


class Site:
    """The deployment that the command finds."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.section: dict[str, str | None] = {"names": "airflow"}
        self.listed: tuple[str, ...] | None = None
        self.is_terminal = False
        self.entries: list[Entry] = []
        self.answers = ""

    def deployment(self) -> tuple[Settings, FakeHost]:
        return Settings.parse(self.section, self.home), FakeHost(
            hidden=("password", "token", "authorization"), listed=self.listed
        )

    def read(self, dag_id: str, run_id: str | None = None) -> Sequence[Entry]:
        return [each for each in self.entries if each.where.dag_id == dag_id]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(tmp_path)
    monkeypatch.setattr(tune_module, "_deployment", made.deployment)
    monkeypatch.setattr(tune_module, "_is_terminal", lambda: made.is_terminal)
    monkeypatch.setattr(tune_module, "open_ledger", lambda: made)
    return made


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "xcoms.jsonl"
    rows: Iterator[dict[str, object]] = (
        {"dag_id": f"dag_{number % 2}", "task_id": "make", "key": "return_value", "value": value(number)}
        for number in range(8)
    )
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def value(number: int) -> dict[str, object]:
    return {"rows": number, "password": f"{CANARY}{number}", "token_count": number, "pin": random_text(number)}


@pytest.fixture
def command(site: Site, monkeypatch: pytest.MonkeyPatch) -> Command:
    def call(*arguments: str, columns: int | None = None) -> Result:
        # The runner's output is a terminal of so many columns, or else a pipe. There a row of a table is a line.
        monkeypatch.setattr("secure_xcom.cli.console._is_terminal", lambda: columns is not None)
        monkeypatch.setattr("secure_xcom.cli.console._WIDEST", 10_000)
        done = CliRunner(env={"COLUMNS": str(columns or 200), "TERM": "dumb"}).invoke(
            app, arguments, input=site.answers
        )
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert CANARY not in done.output
        assert random_text(1) not in done.output
        return done

    return call


def test_a_dag_without_an_xcom_is_named(command: Command, export: Path) -> None:
    done = command("--export", str(export), "--dag", "dag_1", "--dag", "dag_7")
    assert "no XCom of dag_7 was looked at" in done.stderr
    assert "was looked at" not in command("--export", str(export), "--dag", "dag_1").stderr


def test_the_tables_tell_what_is_sealed_what_is_not_and_what_is_in_vain(command: Command, export: Path) -> None:
    done = command("--export", str(export))
    assert done.exit_code == 0
    for said in (
        "8 XComs: 16 values sealed by the rules, 16 not",
        "not sealed, but looks secret",
        "sealed, but looks harmless",
        "return_value.token_count",
        "random, 16-31 characters, high entropy (4)",
        "looks harmless, sealed by name-airflow",
        "sensitive_keys",
        "0 false alarms",
        "16 before, 24 after in 2 Dags",
        "16 before, 8 after in 2 Dags",
    ):
        assert said in done.stdout, said


def test_json_holds_the_same(command: Command, export: Path) -> None:
    found = json.loads(command("--export", str(export), "--json").stdout)
    assert (found["rows"], found["sealed_values"], found["plain_values"]) == (8, 16, 16)
    assert {place["path"] for place in found["unsealed"]} == {"return_value.pin"}
    assert {place["path"] for place in found["harmless"]} == {"return_value.token_count"}
    assert sorted((one["entry"]["option"], one["entry"]["pattern"]) for one in found["proposals"]) == [
        ("[secure_xcom] ignored_keys", "token_count"),
        ("[secure_xcom] sensitive_keys", "pin"),
    ]
    assert found["proposals"][0]["effect"]["before"] == 16


def test_one_dag_is_looked_at(command: Command, export: Path) -> None:
    found = json.loads(command("--export", str(export), "--json", "--dag", "dag_1").stdout)
    assert found["rows"] == 4
    assert {place["dag_id"] for place in found["sealed"]} == {"dag_1"}


@pytest.mark.parametrize(("arguments", "rows"), [(("--limit", "3"), 3), (("--sample", "4"), 2)])
def test_less_is_looked_at(command: Command, export: Path, arguments: tuple[str, ...], rows: int) -> None:
    assert json.loads(command("--export", str(export), "--json", *arguments).stdout)["rows"] == rows


def test_what_is_not_shown_is_counted(command: Command, export: Path) -> None:
    assert "and 3 more: --top 4 shows them, --json too" in command("--export", str(export), "--top", "1").stdout


@pytest.mark.parametrize(("fail_on", "code"), [(None, 0), ("unsealed", 1), ("harmless", 1), ("any", 1)])
def test_what_is_found_fails_a_pipeline_that_asks_for_it(
    command: Command, export: Path, fail_on: str | None, code: int
) -> None:
    arguments = [] if fail_on is None else ["--fail-on", fail_on]
    assert command("--export", str(export), *arguments).exit_code == code


@pytest.mark.parametrize(
    ("section", "fail_on", "code"),
    [
        ({"sensitive_keys": "pin"}, "unsealed", 0),
        ({"sensitive_keys": "pin"}, "harmless", 1),
        ({"ignored_keys": "token_count"}, "harmless", 0),
        ({"ignored_keys": "token_count"}, "unsealed", 1),
        ({"ignored_keys": "token_count, pin"}, "any", 0),
    ],
)
def test_what_the_settings_decide_does_not_fail_it(
    command: Command, site: Site, export: Path, section: dict[str, str], fail_on: str, code: int
) -> None:
    site.section |= section
    assert command("--export", str(export), "--fail-on", fail_on).exit_code == code


def test_on_a_terminal_each_proposal_is_asked_for_and_the_accepted_lines_are_written(
    command: Command, site: Site, export: Path, tmp_path: Path
) -> None:
    site.is_terminal, site.answers = True, "a\nwhat\nr\n"
    site.section["sensitive_keys"] = "iban"
    written = tmp_path / "lines.cfg"
    done = command("--export", str(export), "--output", str(written))
    assert done.exit_code == 0
    assert done.stdout.count("[a]ccept, [r]eject, [n]ext, [q]uit? ") == 3
    assert "2 of 2" in done.stdout
    assert "1 entry accepted: 16 before, " in done.stdout
    text = written.read_text()
    assert text.startswith("[secure_xcom]\n")
    assert text.count("# accepted: ") == text.count("# rejected: ") == 1


def test_where_the_input_ends_the_rest_stays_open(command: Command, site: Site, export: Path, tmp_path: Path) -> None:
    site.is_terminal = True
    written = tmp_path / "lines.cfg"
    assert "0 entries accepted" in command("--export", str(export), "--output", str(written)).stdout
    assert written.read_text().count("# open: ") == 2


@pytest.mark.parametrize("option", ["--plain", "--json"])
def test_nothing_is_asked_where_that_is_asked_for(command: Command, site: Site, export: Path, option: str) -> None:
    site.is_terminal = True
    assert "[a]ccept" not in command("--export", str(export), option).output


def test_without_a_terminal_the_proposals_are_written_as_comments(
    command: Command, export: Path, tmp_path: Path
) -> None:
    written = tmp_path / "lines.cfg"
    done = command("--export", str(export), "--output", str(written))
    assert "What was not accepted stands there as a comment" in done.stderr
    assert all(line.startswith(("#", "[")) for line in written.read_text().splitlines() if line)


def test_what_tasks_reported_is_counted_while_the_mode_only_observes(
    command: Command, site: Site, export: Path
) -> None:
    site.entries = [entry('{"path": "return_value.note", "rule": "content-jwt", "count": 5}', dag="dag_0")]
    assert "content-jwt" not in command("--export", str(export)).stdout
    site.section["mode"] = "observe"
    done = command("--export", str(export))
    assert "content-jwt" in done.stdout
    assert "reported 5 times" in done.stdout


def test_a_ledger_that_does_not_answer_is_reported_and_the_rest_is_told(
    command: Command, site: Site, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> Site:
        raise LedgerUnavailable("the ledger's database is locked")

    monkeypatch.setattr(tune_module, "open_ledger", fails)
    site.section["mode"] = "observe"
    done = command("--export", str(export))
    assert done.exit_code == 0
    assert "LedgerUnavailable: the ledger's database is locked" in done.stderr
    assert "8 XComs" in done.stdout


def test_problems_are_counted_without_the_value(command: Command, export: Path) -> None:
    export.write_text(export.read_text() + f"\n{CANARY}\n" + '{"value": ' + "[" * 100_000 + "\n[]\n")
    done = command("--export", str(export))
    assert done.exit_code == 0
    assert "1 XCom not looked at: the value is no JSON" in done.stdout
    assert "1 XCom not looked at: the value is nested too deeply" in done.stdout
    assert "1 XCom not looked at: no XCom" in done.stdout


def test_names_reach_the_terminal_as_text(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "xcoms.jsonl"
    row = {"dag_id": "\x1b[2J[red]\nx", "task_id": "t", "key": "k", "value": {"[bold]": 1, "password": "x"}}
    path.write_text(json.dumps(row))
    done = command("--export", str(path))
    assert "\x1b[2J" not in done.stdout
    assert "\\x1b[2J[red]" in done.stdout


def test_an_empty_export_is_told(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "xcoms.jsonl"
    path.touch()
    done = command("--export", str(path))
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "0 XComs: 0 values sealed by the rules, 0 not")
    assert "no proposals" in done.stdout
    assert "no XCom was looked at" in done.stderr


@pytest.mark.parametrize(
    ("lines", "more"),
    [("", ()), ("\n\n", ()), ("no JSON\n", ()), ('{"dag_id": "a"}\n', ("--dag", "b"))],
    ids=["empty", "empty lines", "none that can be read", "of another Dag"],
)
def test_a_pipeline_does_not_pass_by_what_was_not_read(
    command: Command, tmp_path: Path, lines: str, more: tuple[str, ...]
) -> None:
    path = tmp_path / "xcoms.jsonl"
    path.write_text(lines)
    assert command("--export", str(path), "--fail-on", "harmless", *more).exit_code == 1


def test_a_sample_that_passes_by_all_is_named(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "xcoms.jsonl"
    path.write_text('\n{"dag_id": "a", "task_id": "b", "key": "c", "value": 1}\n')
    done = command("--export", str(path), "--fail-on", "any", "--sample", "10", "--dag", "b")
    assert (done.exit_code, "--sample 10" in done.stderr) == (1, True)


@pytest.mark.parametrize("more", [(), ("--json",), ("--fail-on", "any")], ids=str)
def test_an_export_of_which_no_line_can_be_read_exits_with_1(
    command: Command, tmp_path: Path, more: tuple[str, ...]
) -> None:
    path = tmp_path / "xcoms.csv"
    path.write_text("dag_id,task_id,key,value\na,b,c,1\n")
    done = command("--export", str(path), *more)
    assert (done.exit_code, done.stderr) == (1, "none of the XComs could be read, so nothing was found out\n")


@pytest.mark.parametrize(
    ("name", "says"),
    [("no/lines.cfg", "No such file or directory"), (".", "Is a directory")],
    ids=["no folder", "a folder"],
)
def test_a_file_that_cannot_be_written_is_found_before_anything_is_read(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    monkeypatch.setattr(tune_module, "_rows", lambda *_: pytest.fail("it was read"))
    done = command("--output", str(tmp_path / name))
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"the file cannot be written: {says}" in " ".join(done.stderr.split())


def test_an_export_that_is_absent_exits_with_2(command: Command, tmp_path: Path) -> None:
    done = command("--export", str(tmp_path / "absent"))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "cannot be read: No such file or directory" in " ".join(done.stderr.split())


def test_a_mistake_in_the_settings_exits_with_2(command: Command, site: Site, export: Path) -> None:
    site.section["names"] = "words"
    done = command("--export", str(export))
    assert done.exit_code == 2
    assert "names: must be one of" in done.stderr


def test_the_database_of_another_airflow_exits_with_2(
    command: Command, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows(*_: object) -> Iterator[object]:
        raise ConfigurationError("[database] sql_alchemy_conn: the database has no table xcom")

    monkeypatch.setattr(tune_module, "_rows", rows)
    done = command()
    assert done.exit_code == 2
    assert "has no table xcom" in done.stderr


def test_on_a_terminal_a_bar_shows_the_progress_and_each_row_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, export: Path
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    rows = list(import_module("secure_xcom.cli.tune_tables").progress(Export(export)))
    shown = capsys.readouterr()
    assert len(rows) == 8
    assert "XComs" in shown.err
    assert "/s" in shown.err
    assert shown.out == ""
    assert CANARY not in shown.err
