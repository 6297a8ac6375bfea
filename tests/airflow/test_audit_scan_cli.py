"""``secure-xcom audit scan`` as people call it, over a database and a folder of logs of Airflow's own form."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from secure_xcom.airflow.audit_sources import NAMES, log_folder
from secure_xcom.airflow.internals.tables import TABLES
from secure_xcom.classify.rules import STORED
from secure_xcom.cli.airflow_home import as_configured, untouched
from secure_xcom.ops.audit.finding import Scan
from secure_xcom.ops.audit.report.around import routes_around
from secure_xcom.ops.audit.scan.run import Run
from tests.airflow.test_audit_scan import CORE, ROWS, insert, made, secret
from tests.root import ROOT

cli = import_module("secure_xcom.cli.audit")

Command = Callable[..., Result]

LOG = Path("dag_id=etl", "run_id=run", "task_id=make", "attempt=1.log")


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Call ``audit`` over a secret in an XCom, in a connection and in a log. No output may show one."""
    url = f"sqlite:///{tmp_path / 'airflow.db'}"
    engine, tables = made(url)
    insert(engine, tables["xcom"], ROWS["xcom"])
    insert(engine, tables["connection"], ROWS["connection"])
    file = tmp_path / "logs" / LOG
    file.parent.mkdir(parents=True)
    file.write_text(f"one\nDB_PASSWORD={secret('log')}\n")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url)
    monkeypatch.setenv("AIRFLOW__LOGGING__BASE_LOG_FOLDER", str(tmp_path / "logs"))
    monkeypatch.setattr("secure_xcom.cli.console._WIDEST", 200)

    def call(*arguments: str) -> Result:
        done = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(cli.app, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert CORE not in done.stdout + done.stderr
        return done

    return call


def printed(done: Result) -> Scan:
    return msgspec.json.decode(done.stdout, type=Scan)


def without_secrets(folder: Path) -> bool:
    """Whether no file that the command wrote has a secret."""
    written = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith("airflow.db")]
    return bool(written) and not any(CORE.encode() in path.read_bytes() for path in written)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 1),
        (("--table", "variable"), 0),
        (("--table", "xcom", "--fail-on", "critical"), 0),
        (("--table", "xcom", "--fail-on", "high"), 1),
        (("--table", "connection", "--fail-on", "critical"), 1),
        (("--table", "xcom", "--fail-on", "never"), 0),
        (("--table", "xcom", "--fail-on", "never", "--sample", "2"), 1),
        (("--table", "customers"), 2),
        (("--since", "yesterday"), 2),
        (("--since", "9999-12-31"), 2),
        (("--table", "xcom", "--output", "/nowhere/scan.json"), 2),
    ],
    ids=lambda value: "-".join(value).replace("--", "").replace("/", "") if isinstance(value, tuple) else str(value),
)
def test_the_exit_code_says_what_became_of_it(arguments: tuple[str, ...], code: int, audit: Command) -> None:
    assert audit("scan", *arguments).exit_code == code


def test_a_database_that_does_not_answer_is_a_mistake_in_the_settings(
    audit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{tmp_path / 'absent.db'}?password={CORE}")
    assert audit("scan", "--table", "xcom").exit_code == 2


def test_the_table_and_json_name_each_place(audit: Command) -> None:
    tables = ("--table", "xcom", "--table", "connection", "--table", "task log")
    scan = printed(audit("scan", *tables, "--json"))
    assert {one.place.source for one in scan.findings} == {"xcom", "connection", "task log"}
    left_out = {one.name for one in scan.sources if one.state.value == "left out"}
    assert left_out == {*NAMES} - {"xcom", "connection", "task log", "remote task log"}
    shown = audit("scan", *tables).stdout
    assert all(said in shown for said in ("db_password", "plain-connection-password", "attempt=1.log", "etl/run/make"))


@pytest.mark.parametrize("option", ["--output", "--metrics", "--write-baseline"])
def test_a_file_that_cannot_be_written_is_found_before_anything_is_read(
    audit: Command, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr("secure_xcom.ops.audit.scan.run.Run.scan", lambda *_: pytest.fail("it was read"))
    done = audit("scan", option, "/nowhere/file")
    assert done.exit_code == 2
    assert f"{option} /nowhere/file: the file cannot be written: No such" in " ".join(done.stderr.split())


def test_a_dag_narrows_what_is_looked_at(audit: Command) -> None:
    assert audit("scan", "--table", "xcom", "--dag", "etl").exit_code == 1


@pytest.mark.parametrize("more", [(), ("--dag", "etl"), ("--table", "xcom")], ids=["alone", "beside", "of-a-table"])
def test_a_dag_that_airflow_does_not_know_is_a_mistake(more: tuple[str, ...], audit: Command) -> None:
    done = audit("scan", "--dag", "etll", *more)
    assert (done.exit_code, "no such Dag: etll" in done.stderr) == (2, True)


def test_a_dag_of_which_only_logs_are_left_is_known(audit: Command, tmp_path: Path) -> None:
    (tmp_path / "logs" / "dag_id=deleted").mkdir()
    assert audit("scan", "--table", "task log", "--dag", "deleted").exit_code == 0


def test_one_row_is_one(audit: Command) -> None:
    assert "1 row or file looked at" in audit("scan", "--table", "xcom").stdout
    assert "2 rows and files looked at" in audit("scan", "--table", "xcom", "--table", "connection").stdout


def test_the_file_of_a_scan_is_private_and_has_what_is_printed(audit: Command, tmp_path: Path) -> None:
    output = tmp_path / "scan.json"
    done = audit("scan", "--table", "xcom", "--output", str(output), "--json")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert msgspec.json.decode(output.read_bytes(), type=Scan) == printed(done)
    assert without_secrets(tmp_path)


def test_a_finding_is_accepted_with_a_reason_and_an_owner_until_its_day(audit: Command, tmp_path: Path) -> None:
    baseline = tmp_path / "audit.toml"
    scan = ("scan", "--table", "xcom")
    assert audit(*scan, "--write-baseline", str(baseline)).exit_code == 0
    assert audit(*scan, "--baseline", str(baseline)).exit_code == 1
    written = baseline.read_text()
    filled = written.replace('reason = ""', 'reason = "rotated"').replace('owner = ""', 'owner = "ann"')
    baseline.write_text(filled)
    accepted = audit(*scan, "--baseline", str(baseline), "--json")
    assert accepted.exit_code == 0
    assert [one.accepted.startswith("rotated (ann, until") for one in printed(accepted).findings] == [True]
    day = next(line for line in filled.splitlines() if line.startswith("expires"))
    baseline.write_text(filled.replace(day, "expires = 2026-01-01"))
    assert audit(*scan, "--baseline", str(baseline)).exit_code == 1
    baseline.write_text(filled)
    assert audit(*scan, "--write-baseline", str(baseline)).exit_code == 0
    assert baseline.read_text() == filled
    assert stat.S_IMODE((tmp_path / "audit.toml.key").stat().st_mode) == 0o600
    assert without_secrets(tmp_path)


def accepting(path: Path) -> None:
    path.write_text(path.read_text().replace('reason = ""\nowner = ""', 'reason = "rotated"\nowner = "ann"'))


@pytest.mark.parametrize(
    "narrowed", [("--table", "xcom"), ("--since", "1h"), ("--dag", "etl"), ("--sample", "3")], ids=lambda one: one[0]
)
def test_a_narrowed_scan_keeps_what_was_accepted_elsewhere(
    narrowed: tuple[str, ...], audit: Command, tmp_path: Path
) -> None:
    baseline = tmp_path / "audit.toml"
    audit("scan", "--write-baseline", str(baseline))
    accepting(baseline)
    before = baseline.read_text().count("rotated")
    audit("scan", *narrowed, "--write-baseline", str(baseline))
    assert (baseline.read_text().count("rotated"), baseline.read_text().count("[[finding]]")) == (before, before)


def test_a_baseline_whose_key_is_gone_is_a_mistake_and_opens_nothing_anew(audit: Command, tmp_path: Path) -> None:
    baseline, key = tmp_path / "audit.toml", tmp_path / "audit.toml.key"
    scan = ("scan", "--table", "xcom")
    audit(*scan, "--write-baseline", str(baseline))
    key.unlink()
    for option in ("--baseline", "--write-baseline"):
        done = audit(*scan, option, str(baseline))
        assert (done.exit_code, str(key) in done.stderr, key.exists()) == (2, True, False)


def test_a_baseline_that_is_made_of_another_one_can_be_read_alone(audit: Command, tmp_path: Path) -> None:
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    scan = ("scan", "--table", "xcom")
    audit(*scan, "--write-baseline", str(first))
    accepting(first)
    assert audit(*scan, "--baseline", str(first), "--write-baseline", str(second)).exit_code == 0
    (tmp_path / "a.toml.key").unlink()
    assert audit(*scan, "--baseline", str(second)).exit_code == 0
    assert stat.S_IMODE((tmp_path / "b.toml.key").stat().st_mode) == 0o600


def test_a_baseline_behind_a_link_is_read_and_written_where_it_is(audit: Command, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir(0o700)
    real, link = tmp_path / "kept" / "audit.toml", tmp_path / "link.toml"
    audit("scan", "--table", "xcom", "--write-baseline", str(real))
    accepting(real)
    link.symlink_to(real)
    assert audit("scan", "--table", "xcom", "--baseline", str(link)).exit_code == 0
    assert audit("scan", "--table", "xcom", "--write-baseline", str(link)).exit_code == 0
    assert (link.is_symlink(), "rotated" in real.read_text()) == (True, True)


def test_an_interrupted_scan_keeps_its_state_and_goes_on(
    audit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state.json"
    asked = ("scan", "--table", "xcom", "--table", "connection", "--checkpoint", str(state))
    whole = Run.scan

    def interrupted(self: Run, source: object) -> object:
        if getattr(source, "name", "") == "connection":
            raise KeyboardInterrupt
        return whole(self, source)  # type: ignore[arg-type]

    with monkeypatch.context() as context:
        context.setattr(Run, "scan", interrupted)
        stopped = audit(*asked)
    assert stopped.exit_code == 130
    assert "goes on from" in stopped.stderr
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert list(json.loads(state.read_bytes())["done"]) == ["xcom"]
    assert {one.place.source for one in printed(audit(*asked, "--json")).findings} == {"xcom", "connection"}
    assert without_secrets(tmp_path)


def test_the_report_takes_what_the_scan_wrote(audit: Command, tmp_path: Path) -> None:
    output = tmp_path / "scan.json"
    assert audit("scan", "--output", str(output)).exit_code == 1
    report = ("report", "--scan", str(output), "--no-checks", "--format")
    pack = audit(*report, "sarif")
    assert pack.exit_code == 0, pack.stderr
    rules = {rule["id"]: rule for rule in json.loads(pack.stdout)["runs"][0]["tool"]["driver"]["rules"]}
    assert "rotate" in rules["plain-connection-password"]["help"]["text"].lower()
    assert rules["plain-connection-password"]["shortDescription"]["text"] == STORED[0].description
    routes = {route["name"]: route["findings"] for route in json.loads(audit(*report, "json").stdout)["routes_around"]}
    assert (routes["REST API"], routes["task logs"], routes["event log"]) == (1, 1, 0)


@pytest.mark.parametrize("name", NAMES)
def test_each_source_belongs_to_a_route_of_the_report(name: str) -> None:
    assert any(name in route.sources for route in routes_around(None))


def test_the_page_lists_each_source() -> None:
    page = (ROOT / "docs" / "audit.md").read_text().partition("## What is not looked at")[0]
    listed = [name for line in re.findall(r"^\| (`.+?) \|", page, re.MULTILINE) for name in re.findall("`(.+?)`", line)]
    assert sorted(listed) == sorted(NAMES)


def test_the_page_lists_each_table_that_a_time_does_not_narrow() -> None:
    page = (ROOT / "docs" / "audit.md").read_text().partition("change and leave it:")[2].partition(".")[0]
    whole = {table.name for table in TABLES if not (table.when and table.is_told_by_time)}
    assert {*re.findall("`(.+?)`", page)} == whole


def test_the_folder_of_logs_is_that_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__LOGGING__BASE_LOG_FOLDER", "/var/log/airflow")
    with untouched():
        assert log_folder() != Path("/var/log/airflow")
        with as_configured():
            assert log_folder() == Path("/var/log/airflow")
        assert log_folder() != Path("/var/log/airflow")
    assert os.environ["AIRFLOW__LOGGING__BASE_LOG_FOLDER"] == "/var/log/airflow"


def test_the_metrics_of_a_scan_can_be_read_by_a_collector(audit: Command, tmp_path: Path) -> None:
    metrics = tmp_path / "scan.prom"
    assert audit("scan", "--table", "xcom", "--metrics", str(metrics)).exit_code == 1
    assert stat.S_IMODE(metrics.stat().st_mode) == 0o644
    assert 'secure_xcom_scan_findings{source="xcom",severity="high",accepted="false"} 1\n' in metrics.read_text()
    assert CORE not in metrics.read_text()


def test_metrics_that_cannot_be_written_are_a_mistake_of_that_option(audit: Command) -> None:
    done = audit("scan", "--table", "xcom", "--metrics", "/nowhere/scan.prom")
    assert (done.exit_code, "--metrics" in done.stderr) == (2, True)
