"""The nightly example: it scans with the real command, and mails or posts the difference. No message holds a secret."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, Table

from examples.dags import audit_nightly
from secure_xcom.secret import MASK
from tests.airflow.test_audit_scan import CORE, ROWS, insert, made
from tests.fixtures.smtp import SmtpSink
from tests.fixtures.stub import Answer, StubServer
from tests.unit.ops.audit.scan.test_difference import ONE, scan

HOSTILE = "<script>alert(1)</script>\n.\nnew: fake"
"""The id of a task. Its line would end a mail."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the scans, where a baseline and its key lie as after the first setup."""
    folder = tmp_path / "audit"
    folder.mkdir(mode=0o700)
    (folder / "baseline.toml").write_text("")
    monkeypatch.setenv("AUDIT_FOLDER", str(folder))
    monkeypatch.delenv("AUDIT_MAIL_TO", raising=False)
    return folder


@pytest.fixture
def database(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Engine, dict[str, Table]]:
    """A database of Airflow's form with one secret, and the environment of a worker."""
    path = tmp_path / "airflow.db"
    engine, tables = made(f"sqlite:///{path}")
    insert(engine, tables["xcom"], ROWS["xcom"])
    connection = {"conn_type": "sqlite", "schema": str(path)}
    monkeypatch.setenv("AIRFLOW_CONN_AUDIT_DATABASE", json.dumps(connection))
    monkeypatch.setenv("AIRFLOW__LOGGING__BASE_LOG_FOLDER", str(tmp_path / "logs"))
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    return engine, tables


def night() -> None:
    """Run both tasks of the Dag in this process; the scan is a process of its own."""
    tasks = audit_nightly.audit_nightly().task_dict
    tasks["scan"].python_callable()
    tasks["post"].python_callable()


def _mailing(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"from_email": "audit@example.com", "disable_tls": True, "disable_ssl": True, "retry_limit": 1}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": sink.port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AUDIT_MAIL", json.dumps(connection))
    monkeypatch.setenv("AUDIT_MAIL_TO", "ann@example.com, bob@example.com")


def test_the_difference_is_mailed_and_a_quiet_night_is_not(
    database: tuple[Engine, dict[str, Table]], smtp_sink: SmtpSink, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mailing(smtp_sink, monkeypatch)
    engine, tables = database
    night()
    assert smtp_sink.mails == []
    insert(engine, tables["xcom"], ROWS["xcom"] | {"task_id": HOSTILE})
    night()
    (mail,) = smtp_sink.mails
    assert (mail["Subject"], mail["From"]) == (audit_nightly.SUBJECT, "audit@example.com")
    assert set(smtp_sink.recipients) == {"ann@example.com", "bob@example.com"}
    text = "".join(part.get_content() for part in mail.walk() if not part.is_multipart())
    assert "new: high name-password, xcom: " in text
    assert (CORE in str(mail), MASK in text, "<script>" in text) == (False, False, False)
    assert text.count("new: ") == 2
    assert CORE.encode() not in b"".join(path.read_bytes() for path in folder.iterdir())


@pytest.fixture
def changed(folder: Path) -> None:
    """A night that found what the one before did not."""
    (folder / "last.json").write_bytes(msgspec.json.encode(scan()))
    (folder / "tonight.json").write_bytes(msgspec.json.encode(scan(ONE)))


def post() -> None:
    """Run the second task alone."""
    audit_nightly.audit_nightly().task_dict["post"].python_callable()


@pytest.mark.usefixtures("changed")
def test_a_difference_that_the_webhook_refuses_is_posted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = StubServer()
    address = f"{stub.url}/hooks/{CORE}-address"
    monkeypatch.setenv("AIRFLOW_CONN_AUDIT_WEBHOOK", json.dumps({"conn_type": "http", "password": address}))
    stub.answers = [Answer(status=500), Answer()]
    with pytest.raises(RuntimeError, match="status 500") as refused:
        post()
    assert CORE not in str(refused.value)
    post()
    stub.close()
    first, second = stub.requests
    assert first.body == second.body
    assert json.loads(second.body)["text"].startswith("new: high content-github-token, xcom: ")


@pytest.mark.usefixtures("changed")
def test_a_difference_that_the_mail_server_refuses_is_mailed_again(
    smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    _mailing(smtp_sink, monkeypatch)
    smtp_sink.is_closed = True
    with pytest.raises(Exception, match="554"):
        post()
    smtp_sink.is_closed = False
    post()
    assert len(smtp_sink.mails) == 1
