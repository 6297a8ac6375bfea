"""``secure-xcom audit report`` as people call it."""

from __future__ import annotations

import io
import json
import stat
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from secure_xcom.errors import ConfigurationError
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ops.audit.report.formats import Format
from secure_xcom.ops.doctor.checks import OTHER, Request
from secure_xcom.ops.doctor.report import Check, Outcome
from tests.unit.cli.conftest import Command
from tests.unit.ops.audit.report.samples import SMALL_SCAN, settings
from tests.unit.ops.lineage.traffic import read, task, write
from tests.unit.seal.test_signature import PASSPHRASE, pems

evidence = import_module("secure_xcom.cli.audit_evidence")
deployment = import_module("secure_xcom.airflow.deployment")

STAMP = ("--stamp", "2026-11-28T12:00:00Z")
CANARY = "".join(["Kq8", "vNn3", "Ys5t"])


@pytest.fixture
def report(command: Command, ledger: LazyLedger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Call ``audit report`` over a ledger with one write and one read, and without Airflow."""
    load = task("load")
    ledger.append([write(load, "raw"), read(task("charge"), load, "raw")])
    monkeypatch.setattr(evidence, "open_ledger", lambda: ledger)
    monkeypatch.setattr(evidence.deployment, "settings", settings)
    checks = [Check(name="clock", outcome=Outcome.OK, found="differs by 0.1 s")]
    monkeypatch.setattr(evidence, "checks_here", lambda request: checks)
    monkeypatch.setattr(deployment, "known_dags", lambda: ["dag"])
    monkeypatch.setattr(deployment, "metadata_url", lambda: "")
    monkeypatch.setattr(deployment, "sealed_values", lambda url: iter(()))
    (tmp_path / "scan.json").write_bytes(msgspec.json.encode(SMALL_SCAN))

    def call(*arguments: str) -> Result:
        return command("audit", "report", *arguments)

    return call


@pytest.mark.parametrize("form", Format, ids=lambda form: form.value)
def test_each_format_is_printed_and_the_same_again(form: Format, report: Command, tmp_path: Path) -> None:
    arguments = ("--format", form.value, "--scan", str(tmp_path / "scan.json"), *STAMP)
    first, second = report(*arguments), report(*arguments)
    assert first.exit_code == 0, first.stderr
    assert first.stdout == second.stdout
    if form is not Format.SARIF:
        assert "differs by 0.1 s" in first.stdout
    assert "content-private-key" in first.stdout


def test_the_ledger_is_read_and_verified(report: Command) -> None:
    pack = json.loads(report("--format", "json").stdout)
    assert pack["access"]["readings"][0]["reader_task_id"] == "charge"
    assert pack["verified"]["verdict"] == "The ledger is whole"
    assert pack["scan"] is None


def test_the_anchor_is_compared_and_stays_as_it_is(report: Command, command: Command, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.json"
    assert command("audit", "verify", "--anchor", str(anchor)).exit_code == 0
    before = anchor.read_bytes()
    pack = json.loads(report("--format", "json", "--anchor", str(anchor)).stdout)
    assert pack["verified"]["anchor"] == "compared with an earlier verification"
    assert anchor.read_bytes() == before


def test_what_the_doctor_printed_takes_the_place_of_new_checks(report: Command, tmp_path: Path) -> None:
    printed = [{"name": "clock", "outcome": "failed", "found": "an hour ahead", "fix": "set the clock"}]
    (tmp_path / "doctor.json").write_text(json.dumps(printed))
    pack = json.loads(report("--format", "json", "--doctor", str(tmp_path / "doctor.json")).stdout)
    assert pack["checks"] == printed
    without = json.loads(report("--format", "json", "--no-checks").stdout)
    assert without["checks"] == []
    assert {"what": "the checks of the doctor", "why": "--no-checks"} in without["gaps"]


def test_a_database_that_does_not_answer_is_a_gap(report: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*arguments: object) -> None:
        raise ConfigurationError("it does not answer")

    monkeypatch.setattr(deployment, "known_dags", silent)
    monkeypatch.setattr(deployment, "sealed_values", silent)
    done = report("--format", "json")
    assert done.exit_code == 0
    gaps = {gap["what"] for gap in json.loads(done.stdout)["gaps"]}
    assert {"the Dags that Airflow knows", "the placeholders in Airflow's database"} <= gaps


def test_a_file_is_readable_by_its_owner_alone(report: Command, tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    done = report("--output", str(output), *STAMP)
    assert (done.exit_code, done.stdout) == (0, "")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert output.read_text() == report(*STAMP).stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "shown"),
    [
        (("--stamp", "2026-11-28T13:00:00+01:00"), {"SOURCE_DATE_EPOCH": "1"}, "2026-11-28T12:00:00+00:00"),
        ((), {"SOURCE_DATE_EPOCH": "1767225600"}, "2026-01-01T00:00:00+00:00"),
    ],
    ids=["option", "SOURCE_DATE_EPOCH"],
)
def test_the_stamp_can_be_given(
    report: Command,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    shown: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert json.loads(report("--format", "json", *arguments).stdout)["stamp"] == shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stamp", "yesterday"), "--stamp: not a time"),
        (("--stamp", "2026-11-28T12:00:00"), "--stamp: not a time"),
        (("--scan", "{tmp}/absent.json"), "--scan"),
        (("--scan", "{tmp}/secret.json"), "not what the command wrote"),
        (("--doctor", "{tmp}/secret.json"), "not what the command wrote"),
        (("--anchor", "{tmp}/absent.json"), "there is no such file"),
        (("--output", "{tmp}/absent/report.html"), "cannot be written"),
        (("--sign-key", "{tmp}/key.pem"), "give --output too"),
        (("--verify-signature", "{tmp}/scan.json"), "name the public key with --key"),
        (("--sign-key", "{tmp}/secret.json", "--output", "{tmp}/o"), "does not hold the private key"),
        (("--sign-key", "{tmp}/absent.pem", "--output", "{tmp}/o"), "cannot be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_exits_with_2_and_quotes_nothing(
    report: Command, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"password": CANARY}))
    secret.chmod(0o600)
    done = report(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert CANARY not in done.output
    assert not (tmp_path / "o").exists()


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    private, public = pems(Ed25519PrivateKey.generate(), PASSPHRASE)
    paths = tmp_path / "review.key", tmp_path / "review.pub"
    for path, content in zip(paths, (private, public), strict=True):
        path.write_bytes(content)
        path.chmod(0o600)
    return paths


def test_a_signature_is_written_beside_the_report_and_verified(
    report: Command, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    private, public = keys
    output = tmp_path / "report.html"
    monkeypatch.setenv("REVIEW_PASSPHRASE", PASSPHRASE.decode())
    signed = ("--output", str(output), "--sign-key", str(private), "--passphrase-env", "REVIEW_PASSPHRASE")
    assert report(*signed, *STAMP).exit_code == 0
    verify = ("--verify-signature", str(output), "--key", str(public))
    good = report(*verify)
    assert (good.exit_code, good.stdout) == (0, f"{output}: the signature is good\n")
    output.write_text(output.read_text() + " ")
    assert report(*verify).exit_code == 1


@pytest.mark.parametrize("option", [(), ("--passphrase-env", "ABSENT")], ids=["no-terminal", "no-variable"])
def test_a_passphrase_that_cannot_be_had_writes_nothing(
    report: Command, keys: tuple[Path, Path], tmp_path: Path, option: tuple[str, ...]
) -> None:
    output = tmp_path / "report.html"
    done = report("--output", str(output), "--sign-key", str(keys[0]), *option)
    assert done.exit_code == 2
    assert "passphrase" in done.stderr
    assert not output.exists()


def test_a_private_key_that_others_can_read_is_refused(
    report: Command, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    keys[0].chmod(0o644)
    done = report("--output", str(tmp_path / "report.html"), "--sign-key", str(keys[0]))
    assert done.exit_code == 2
    assert "0644" in done.stderr


@pytest.mark.parametrize(
    ("dags", "expected"),
    [(["a", "b", "c"], ("a", "b")), (["a"], ("a", "secure_xcom_doctor")), ([], ("secure_xcom_doctor", OTHER))],
    ids=["several", "one", "none"],
)
def test_the_checks_name_two_dags_where_each_dag_has_a_key_of_its_own(
    report: Command, monkeypatch: pytest.MonkeyPatch, dags: list[str], expected: tuple[str, str]
) -> None:
    asked: list[Request] = []
    monkeypatch.setattr(deployment, "known_dags", lambda: dags)
    monkeypatch.setattr(evidence, "checks_here", lambda request: asked.append(request) or [])
    for section in ({}, {"store": "vault://secret/xcom?auth=approle&role_id=xcom-{domain}"}):
        monkeypatch.setattr(evidence.deployment, "settings", lambda section=section: settings(section))
        report("--format", "json")
    assert asked[0] == Request()
    named = {(one.dag, one.other) for one in asked[1:]}
    assert all(one.dag != one.other for one in asked)
    assert named == {expected}


def test_a_passphrase_is_asked_for_on_the_terminal_without_being_shown(
    keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    signature = import_module("secure_xcom.cli.audit_signature")
    how: dict[str, object] = {}
    monkeypatch.setattr(signature.sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr(signature.typer, "prompt", lambda text, **options: how.update(options) or PASSPHRASE.decode())
    content = b"report"
    assert len(signature.signature_of(keys[0], "", content)) == 64
    assert how == {"hide_input": True, "err": True}


def test_somebody_who_watches_sees_what_is_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("secure_xcom.cli.audit_report_progress")
    shown = io.StringIO()
    watched = Console(file=shown, force_terminal=True, width=100)
    monkeypatch.setattr(module, "progress_console", lambda: watched)
    with module.steps() as step:
        for what, total in (("verify the ledger", 1), ("read the ledger, a Dag at a time", 2)):
            step(what, total)
        step("read the ledger, a Dag at a time", 2)
    assert "read the ledger, a Dag at a time" in shown.getvalue()
    assert "1/2" in shown.getvalue()


def test_a_pipe_gets_no_bar(report: Command) -> None:
    done = report("--format", "md", *STAMP)
    assert done.exit_code == 0
    assert "verify the ledger" not in done.stderr


@pytest.mark.parametrize("output", ["review.key", "link", "scan.json"])
def test_the_pack_takes_the_place_of_no_file_that_it_is_made_of(output: str, report: Command, tmp_path: Path) -> None:
    key = tmp_path / "review.key"
    key.write_bytes(pems(Ed25519PrivateKey.generate())[0])
    key.chmod(0o600)
    (tmp_path / "link").symlink_to(key)
    before = {path: path.read_bytes() for path in (key, tmp_path / "scan.json")}
    done = report(
        *("--scan", str(tmp_path / "scan.json"), "--output", str(tmp_path / output), "--sign-key", str(key)), *STAMP
    )
    assert done.exit_code == 2
    assert {path: path.read_bytes() for path in before} == before


def test_a_pack_without_a_signature_keeps_none_of_an_earlier_one(report: Command, tmp_path: Path) -> None:
    output, signature = tmp_path / "pack.html", tmp_path / "pack.html.sig"
    signature.write_bytes(b"of an earlier one")
    done = report("--output", str(output), *STAMP)
    assert (done.exit_code, signature.exists(), "is removed" in done.stderr) == (0, False, True)
    assert "removed" not in report("--output", str(output), *STAMP).stderr
