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

COMMAND = Path(sys.executable).with_name("secure-xcom")
VAULT = "vault://secret/xcom?url=https://vault.example&auth=approle&role_id=xcom-{domain}"

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
    "doctor": ("doctor",),
}


def run(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    backend = {"AIRFLOW__CORE__XCOM_BACKEND": "secure_xcom.SecureXComBackend"}
    environment = kept | backend | {"AIRFLOW_HOME": str(home)} | variables
    return subprocess.run([COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", LOOKING)
def test_nothing_new_stands_in_the_home_of_airflow(tmp_path: Path, name: str) -> None:
    store = {"AIRFLOW__SECURE_XCOM__STORE": VAULT} if name.startswith("iam") else {}
    done = run(tmp_path, *LOOKING[name], **store)
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "airflow.cfg"] == []


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
