"""The commands that only look: nothing new stands in ``$AIRFLOW_HOME`` afterwards. And what the shell completes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import secure_xcom
from secure_xcom.cli import completion
from tests.airflow.test_audit_scan import ROWS, insert, made

COMMAND = Path(sys.executable).with_name("secure-xcom")
STORES = {
    "vault": "vault://secret/xcom?url=https://vault.example&auth=approle&role_id=xcom-{domain}",
    "aws": "s3://bucket/xcom?region=eu-west-1",
}

LOOKING = {
    "help": ("--help",),
    "version": ("--version",),
    "explain an error": ("explain", "StoreDenied"),
    "explain a key": ("explain", "password"),
    "explain JSON": ("explain", '{"password": "hunter2hunter2"}'),
    "explain a rule": ("explain", "--rule", "jwt"),
    "explain a Dag's file": ("explain", "--dag-file", __file__),
    "lineage": ("lineage", "etl"),
    "lineage --suggest": ("lineage", "etl", "--suggest"),
    "tune": ("tune", "--plain"),
    "tune --export": ("tune", "--plain", "--export", os.devnull),
    "audit verify": ("audit", "verify"),
    "audit events": ("audit", "events"),
    "audit events --json": ("audit", "events", "--json"),
    "audit events --format prometheus": ("audit", "events", "--format", "prometheus", "--verify"),
    "iam vault": ("iam", "vault"),
    "iam vault --dag": ("iam", "vault", "--dag", "etl"),
    "iam aws": ("iam", "aws", "--trusted", "arn:aws:iam::111122223333:role/worker"),
    "doctor": ("doctor",),
}

ON_A_DATABASE = {
    "audit scan": ("audit", "scan", "--table", "xcom", "--table", "task log"),
    "audit report": ("audit", "report", "--format", "sarif", "--no-checks"),
    "reap": ("reap", "--dry-run"),
    "migrate": ("migrate", "--dry-run"),
    "rewrap": ("rewrap", "--dry-run"),
    "move": ("move", "--dry-run"),
}
"""What these would do, they do only where there is something: a table of XComs, a store, and one before it."""


def run(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    backend = {"AIRFLOW__CORE__XCOM_BACKEND": "secure_xcom.SecureXComBackend"}
    environment = kept | backend | {"AIRFLOW_HOME": str(home)} | variables
    return subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", LOOKING)
def test_nothing_new_stands_in_the_home_of_airflow(tmp_path: Path, name: str) -> None:
    store = {"AIRFLOW__SECURE_XCOM__STORE": STORES[name.split()[1]]} if name.startswith("iam") else {}
    done = run(tmp_path, *LOOKING[name], **store)
    assert "Traceback" not in done.stderr, done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "airflow.cfg"] == []


@pytest.mark.parametrize("name", ON_A_DATABASE)
def test_a_look_at_a_deployment_leaves_all_of_it_as_it_was(tmp_path: Path, name: str) -> None:
    home, database = tmp_path / "home", tmp_path / "there" / "airflow.db"
    folders = [home, tmp_path / "there", tmp_path / "there" / "logs", *(tmp_path / "there" / one for one in ("s", "p"))]
    for folder in folders:
        folder.mkdir(mode=0o700)
    engine, tables = made(f"sqlite:///{database}")
    insert(engine, tables["xcom"], ROWS["xcom"])
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE dag (dag_id TEXT, is_stale BOOLEAN)")
    engine.dispose()
    before = _everything(tmp_path / "there")
    settings = {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": f"{tmp_path}/there/logs",
        "AIRFLOW__SECURE_XCOM__STORE": f"file://{tmp_path}/there/s",
        "AIRFLOW__SECURE_XCOM__PREVIOUS_STORES": f"file://{tmp_path}/there/p",
    }
    done = run(home, *ON_A_DATABASE[name], **settings)
    assert done.returncode in (0, 1), done.stderr
    assert [path.name for path in home.iterdir() if path.name != "airflow.cfg"] == []
    assert _everything(tmp_path / "there") == before


def _everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"secure-xcom {secure_xcom.__version__}\n")


def _complete(home: Path, *words: str, **variables: str) -> set[str]:
    asked = {"_SECURE_XCOM_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(["secure-xcom", *words])}
    done = run(home, COMP_CWORD=str(len(words)), **asked, **variables)
    assert done.stderr == ""
    return set(done.stdout.split())


def _with_dags(home: Path) -> dict[str, str]:
    with sqlite3.connect(home / "some.db") as database:
        database.execute("CREATE TABLE dag (dag_id TEXT, is_stale BOOLEAN)")
        database.executemany("INSERT INTO dag VALUES (?, ?)", [("etl_in", 0), ("etl_out", 0), ("etl_old", 1), ("x", 0)])
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/some.db"}


@pytest.mark.parametrize(
    "words",
    [
        ("doctor", "--dag", "etl"),
        ("doctor", "--other", "etl"),
        ("iam", "vault", "--dag", "etl"),
        ("tune", "--dag", "etl"),
        ("lineage", "etl"),
    ],
    ids=" ".join,
)
def test_the_shell_completes_the_dags_that_airflow_knows(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert _complete(tmp_path, *words, **_with_dags(tmp_path)) == {"etl_in", "etl_out"}


@pytest.mark.parametrize(
    ("words", "formats"),
    [
        (("iam", "vault", "--format", ""), {"hcl", "cli", "json", "terraform"}),
        (("lineage", "--format", "d"), {"dot"}),
    ],
    ids=["iam vault", "lineage"],
)
def test_the_shell_completes_formats(tmp_path: Path, words: tuple[str, ...], formats: set[str]) -> None:
    assert _complete(tmp_path, *words) == formats


def test_where_airflow_has_no_database_nothing_is_completed_and_nothing_made(tmp_path: Path) -> None:
    assert _complete(tmp_path, "doctor", "--dag", "e") == set()
    assert [path.name for path in tmp_path.iterdir() if path.name != "airflow.cfg"] == []


def test_a_database_that_does_not_answer_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "LONGEST_WAIT_SECONDS", 0.0)
    assert completion.dag_ids("e") == []
