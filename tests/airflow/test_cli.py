"""The command line as people call it: what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from secure_xcom.assembly.build import build
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.command_server import serving
from tests.docs.page import environment_of
from tests.root import ROOT

COMMAND = Path(sys.executable).with_name("secure-xcom")
CANARY = "canary-of-the-environment"
DATABASE_WITH_DAGS = """
import sys
from airflow.__main__ import main
for command in (("db", "migrate"), ("dags", "reserialize")):
    sys.argv = ["airflow", *command]
    main()
"""
"""Two commands in one process, since most of each is to import Airflow."""
VAULT = {
    "STORE": "vault://secret/airflow/xcom?url=https://vault.example&auth=approle&role_id=xcom-{domain}",
    "KEY": "vault-transit://transit/xcom-{domain}?url=https://vault.example&auth=approle&role_id=xcom-{domain}",
}
AWS = {
    "STORE": "s3://my-bucket/airflow/xcom?role_arn=arn:aws:iam::111122223333:role/airflow-xcom",
    "KEY": "aws-kms:///arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}
PEOPLE = (
    *("--trusted", "arn:aws:iam::111122223333:role/airflow-worker"),
    *("--operator", "arn:aws:iam::111122223333:role/xcom-operator"),
    *("--key-admin", "arn:aws:iam::111122223333:role/kms-admin"),
)


class Shell:
    """An Airflow home of the test's own. ``command`` is one that starts at once, or the installed one."""

    def __init__(self, home: Path, command: Path) -> None:
        self.command = command
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "VAULT_", "AWS_"))}
        self.environment = kept | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__XCOM_BACKEND": "secure_xcom.SecureXComBackend",
            "VAULT_TOKEN": CANARY,
            "COLUMNS": "200",
        }

    def run(self, *arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
        """Call the command with options of ``[secure_xcom]``."""
        named = {f"AIRFLOW__SECURE_XCOM__{name}": value for name, value in options.items()}
        environment = self.environment | named
        done = subprocess.run([self.command, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        assert CANARY not in done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The command as a process forked from one that has imported Airflow, which is what takes a command two seconds."""
    directory = tmp_path_factory.mktemp("bin")
    with serving(directory, environment_of(directory, AIRFLOW_HOME=str(tmp_path_factory.mktemp("none")))):
        yield directory / COMMAND.name


@pytest.fixture
def shell(tmp_path: Path, warm: Path) -> Shell:
    return Shell(tmp_path, warm)


@pytest.fixture
def fresh(tmp_path: Path) -> Shell:
    """For what depends on how the command itself starts."""
    return Shell(tmp_path, COMMAND)


def test_help_lists_the_commands_and_imports_no_airflow(fresh: Shell) -> None:
    done = fresh.run("--help")
    assert done.returncode == 0
    assert {"audit", "doctor", "explain", "iam", "ledger", "lineage"} <= set(done.stdout.split())
    code = "import sys, secure_xcom.cli; print('airflow' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"


def test_a_fresh_installation_is_sound_and_the_doctor_leaves_nothing_behind(fresh: Shell, tmp_path: Path) -> None:
    done = fresh.run("doctor", "--json")
    assert done.returncode == 0
    found = {check["name"]: check["outcome"] for check in json.loads(done.stdout)}
    assert {name for name, outcome in found.items() if outcome == "ok"} == {
        "settings",
        "airflow-version",
        "backend",
        "masking",
        "returned-values",
        "mode",
    }
    assert not (tmp_path / "secure_xcom").exists()


def test_in_a_pipe_a_text_of_the_doctor_is_neither_cut_nor_broken(fresh: Shell) -> None:
    del fresh.environment["COLUMNS"]
    done = fresh.run("doctor", "--no-isolation", STORE="valut://secret/a-path-of-some-length/below-the-mount")
    assert "…" not in done.stdout
    assert "did you mean vault://?" in done.stdout
    assert "redis, s3, vault" in done.stdout
    assert done.stdout.endswith("\n1 failed: do what is said of it, and run the doctor again\n")


def test_in_a_pipe_the_width_of_the_terminal_that_it_was_started_in_breaks_no_text(fresh: Shell) -> None:
    fresh.environment |= {"COLUMNS": "20", "TERM": "dumb", "FORCE_COLOR": "1"}
    done = fresh.run("doctor", "--no-isolation")
    assert "…" not in done.stdout
    assert "secure_xcom.SecureXComBackend" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("nothing failed: the first push makes ")


def _cells(printed: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if line.startswith("│")]


def _rows(printed: str) -> list[list[str]]:
    """The rows of the doctor, which are blocks in a pipe."""
    return [[line.partition(": ")[2] for line in block.splitlines()] for block in printed.split("\n\n")[1:-1]]


def _quoted(page: str, *, store: str) -> list[list[str]]:
    """The rows of the doctor that a page quotes, of the report in which a check of the store says ``store``."""
    blocks = re.findall(r"^```console\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    rows = [_cells(block.partition("secure-xcom doctor")[2]) for block in blocks if "secure-xcom doctor" in block]
    return [row for block in rows if any(store in cell for row in block for cell in row) for row in block]


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_the_rows_that_a_page_quotes_of_a_fresh_installation_are_printed(shell: Shell, page: str) -> None:
    printed = shell.run("doctor", "--no-isolation").stdout
    quoted = _quoted(page, store="the first push makes it")
    assert len(quoted) > 3
    cells = [row[:3] for row in _rows(printed.replace(f"Airflow {version('apache-airflow-core')}", "Airflow 3.3.2"))]
    assert [row for row in quoted if row[:3] not in cells] == []
    assert {printed.splitlines()[0], printed.splitlines()[-1]} <= {*(ROOT / page).read_text().splitlines()}


def test_the_rows_that_the_tutorial_quotes_of_vault_are_those_of_any_store(shell: Shell, tmp_path: Path) -> None:
    exchange = build(Settings.parse({}, tmp_path), FakeHost())
    exchange.push({"password": "a-password"}, Coordinates(dag_id="d", run_id="r", task_id="t", key="k"))
    printed = shell.run("doctor", "--no-isolation").stdout
    assert printed.splitlines()[-1] == "ready: nothing failed"
    for ours, vaults in (("local://", "vault-transit://"), ("file://", "vault://"), ("keyring", "key")):
        printed = printed.replace(ours, vaults)
    quoted = _quoted("docs/tutorial.md", store="vault://")
    assert [row[0] for row in quoted] == ["key", "store", "round-trip"]
    assert [row for row in quoted if row[:3] not in [cells[:3] for cells in _rows(printed)]] == []


def test_dags_that_share_a_file_store_are_a_warning_unless_that_is_wanted(shell: Shell, tmp_path: Path) -> None:
    exchange = build(Settings.parse({}, tmp_path), FakeHost())
    exchange.push({"password": "a-password"}, Coordinates(dag_id="d", run_id="r", task_id="t", key="k"))
    asked = shell.run("doctor")
    assert (asked.returncode, asked.stdout.splitlines()[-1]) == (0, "nothing failed: read the warnings")
    (row,) = [row for row in _rows(asked.stdout) if row[0] == "other-identity"]
    assert row[1] == "warning"
    assert "every task of this machine's user can read what all Dags sealed" in row[2]
    assert "--no-isolation" in row[3]
    assert shell.run("doctor", "--no-isolation").stdout.splitlines()[-1] == "ready: nothing failed"
    assert shell.run("doctor", "--strict").returncode == 1


def test_a_failed_check_is_a_finding_with_its_fix(shell: Shell) -> None:
    shell.environment["AIRFLOW__CORE__XCOM_BACKEND"] = "no.such.Backend"
    done = shell.run("doctor", STROE="file:///x")
    assert done.returncode == 1
    assert "stroe: no such option" in done.stdout
    assert "no.such.Backend cannot be imported" in done.stdout
    assert "set [core] xcom_backend" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (("iam", "vault", "--dag", "etl"), {}, "neither store nor key is in Vault"),
        (
            ("iam", "vault", "--dag", "etl"),
            VAULT | {"STORE": "vault://secret?url=https://v", "KEY": ""},
            "role_id=",
        ),
        (
            ("iam", "vault", "--dag", "etl"),
            VAULT | {"KEY": VAULT["KEY"].replace("role_id=xcom-", "role_id=keys-")},
            "store and key differ in role_id",
        ),
        (("iam", "vault", "--dag", "etl", "--secret-id-ttl", "0"), VAULT, "--secret-id-ttl: must be a number"),
        (("iam", "vault", "--dag", "etl", "--secret-id-ttl", "a month"), VAULT, "--secret-id-ttl: must be a number"),
        (("iam", "vault"), VAULT, "--dag: Airflow's metadata database does not answer here"),
        (("iam", "vault", "--dag", ".."), VAULT, "cannot be a dag_id"),
        (("iam", "vault", "--dag", "etl", "--format", "xml"), VAULT, "xml"),
        (("iam", "vault", "--dag", "etl"), VAULT | {"SEAL": "some"}, "seal: must be one of"),
        (("iam", "aws", "--dag", "etl", *PEOPLE), VAULT, "must be s3://, and key aws-kms://"),
        (("iam", "aws", "--dag", "etl", *PEOPLE), AWS | {"KEY": "aws-kms://alias/x"}, "is not the ARN of a key"),
        (("iam", "aws", "--dag", "etl"), AWS, "Missing option"),
        (("iam", "aws", "--dag", "etl", *PEOPLE), AWS | {"STORE": "s3://my-bucket"}, "--account: name"),
        (("nonsense",), {}, "No such command"),
    ],
)
def test_a_mistake_is_told_and_exits_with_2(
    shell: Shell, arguments: tuple[str, ...], options: dict[str, str], says: str
) -> None:
    done = shell.run(*arguments, **options)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "command",
    [
        ("tune",),
        ("audit", "scan"),
        ("migrate", "--dry-run"),
        ("reap",),
        ("reveal", "etl", "r", "t", "k", "--reason", "ticket 4711", "--yes"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_database_file_that_is_not_there_is_named_with_the_home_and_none_is_made(
    shell: Shell, tmp_path: Path, command: tuple[str, ...]
) -> None:
    home = tmp_path / "mistyped"
    shell.environment |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
    }
    done = shell.run(*command)
    assert done.returncode == 2
    assert f"there is no file {home}/airflow.db, and AIRFLOW_HOME is {home}" in " ".join(done.stderr.split())
    assert not home.exists()


@pytest.mark.parametrize("form", ["hcl", "cli", "terraform", "json"])
def test_vault_policies_are_printed_for_the_dags_and_the_routes(shell: Shell, tmp_path: Path, form: str) -> None:
    (tmp_path / "routes.toml").write_text('[namespace.team]\ndags = ["a"]\nreaders = ["report"]\n')
    routes = {"ROUTES": str(tmp_path / "routes.toml")}
    done = shell.run("iam", "vault", "--dag", "etl", "--dag", "a", "--format", form, **VAULT, **routes)
    assert done.returncode == 0
    assert "secret/data/airflow/xcom/etl/+" in done.stdout
    assert "secret/data/airflow/xcom/@team/+" in done.stdout
    assert "xcom-report" in done.stdout
    assert "without" in done.stdout
    if form == "json":
        json.loads(done.stdout)


@pytest.mark.parametrize("form", ["hcl", "cli", "terraform", "json"])
def test_single_dags_leave_the_operators_policy_as_it_is(shell: Shell, form: str) -> None:
    done = shell.run("iam", "vault", "--dag", "etl", "--format", form, **VAULT)
    assert done.returncode == 0
    assert "The operator's policy, all--operator, is omitted" in done.stderr
    if form in ("json", "terraform"):
        content = json.loads(done.stdout)
        assert "all--operator" in content.pop("remark" if form == "json" else "//")
        assert "operator" not in json.dumps(content)
    else:
        lines = [line for line in done.stdout.splitlines() if "operator" in line]
        assert [line[:2] for line in lines] == ["# "]


def test_a_secret_id_serves_as_long_as_is_asked_for(shell: Shell) -> None:
    content = json.loads(shell.run("iam", "vault", "--dag", "etl", "--format", "json", **VAULT).stdout)
    assert content["writes"]["auth/approle/role/xcom-etl"]["secret_id_ttl"] == 30 * 86400
    arguments = ("iam", "vault", "--dag", "etl", "--format", "json", "--secret-id-ttl", "12h")
    content = json.loads(shell.run(*arguments, **VAULT).stdout)
    assert content["writes"]["auth/approle/role/xcom-etl"]["secret_id_ttl"] == 12 * 3600


@pytest.mark.parametrize("form", ["json", "cli", "terraform"])
def test_resource_policies_for_single_dags_come_with_a_caution(shell: Shell, form: str) -> None:
    """They replace what is there; with one role for all they name no Dag, and are the same whichever is asked for."""
    done = shell.run("iam", "aws", "--dag", "etl", "--per-dag", "--format", form, *PEOPLE, **AWS)
    assert "shut out each Dag that --dag does not name" in done.stderr
    assert "CAUTION" in done.stdout
    assert ("# CAUTION" in done.stdout) is (form == "cli")
    first, second = (shell.run("iam", "aws", "--dag", dag, "--format", form, *PEOPLE, **AWS) for dag in ("etl", "b"))
    assert first.stderr == ""
    assert first.stdout == second.stdout


def test_doctor_asks_for_dags_where_each_has_a_role_of_its_own(shell: Shell) -> None:
    done = shell.run("doctor", "--json", **VAULT)
    assert done.returncode == 1
    assert "name --dag and --other" in json.loads(done.stdout)[0]["found"]
    done = shell.run("doctor", "--json", "--dag", "etl", **VAULT)
    assert "name --other" in json.loads(done.stdout)[0]["found"]


@pytest.mark.parametrize("form", ["json", "cli", "terraform"])
@pytest.mark.parametrize("per_dag", [False, True])
def test_aws_policies_are_printed_for_one_role_or_a_role_for_each_dag(
    shell: Shell, form: str, *, per_dag: bool
) -> None:
    more = ["--per-dag"] if per_dag else []
    done = shell.run("iam", "aws", "--dag", "etl", "--format", form, *PEOPLE, *more, **AWS)
    assert done.returncode == 0
    folder = "my-bucket/airflow/xcom/etl/*" if per_dag else "aws:PrincipalTag/dag_id}/*"
    assert folder in done.stdout
    assert ("airflow-xcom-etl" in done.stdout) is per_dag
    if form == "json":
        json.loads(done.stdout)


def test_the_dags_are_those_that_airflow_knows(fresh: Shell, tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    example = ROOT / "examples" / "dags" / "payments.py"
    (tmp_path / "dags" / example.name).write_text(example.read_text())
    fresh.environment["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    subprocess.run([sys.executable, "-c", DATABASE_WITH_DAGS], env=fresh.environment, capture_output=True, check=True)
    done = fresh.run("iam", "vault", **VAULT)
    assert done.returncode == 0
    assert "secret/data/airflow/xcom/payments/+" in done.stdout
