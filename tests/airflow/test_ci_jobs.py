"""The examples for CI, executed: each line of their scripts runs in a shell, with a stub of what the runner gives.

Only the installation is replaced, since it asks a package index: ``.check/bin/secure-xcom`` is this checkout's command,
forked from a process that has imported Airflow.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from secure_xcom.classify.content.invention import invent
from tests.airflow.test_audit_scan import CORE, ROWS, insert, made
from tests.command_server import serving
from tests.docs.page import environment_of
from tests.root import ROOT

FOLDER = ROOT / "examples" / "ci"
KEY = "ab" * 32
TOKEN = invent("ghp_<30 base62><checksum>")


@dataclass(frozen=True)
class Step:
    """A script with its variables, and whether it runs after an earlier one failed."""

    script: str
    variables: Mapping[str, str]
    is_last_will: bool = False


@dataclass(frozen=True)
class Runner:
    """What runs a job: a checkout, a home of its own, and the project's secrets."""

    checkout: Path
    home: Path
    secrets: Mapping[str, str]

    def run(self, steps: Sequence[Step]) -> tuple[int, str]:
        """Run a job's steps as a runner does; return the first code that is not 0, and all that was printed."""
        code, printed = 0, ""
        for step in steps:
            if code and not step.is_last_will:
                continue
            done = self._shell(step)
            printed += done.stdout + done.stderr
            code = code or done.returncode
        return code, printed

    def _shell(self, step: Step) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.home),
            "AIRFLOW_HOME": str(self.home / "airflow"),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        given = {name: self._filled(value) for name, value in step.variables.items()}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.script]
        return subprocess.run(
            command, env=environment | given, cwd=self.checkout, capture_output=True, text=True, check=False
        )

    def _filled(self, value: str) -> str:
        for name, secret in self.secrets.items():
            value = value.replace(f"${{{{ secrets.{name} }}}}", secret).replace(f"${name}", secret)
        return value


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The command, which starts at once."""
    directory = tmp_path_factory.mktemp("bin")
    with serving(directory, environment_of(directory, AIRFLOW_HOME=str(tmp_path_factory.mktemp("none")))):
        yield directory / "secure-xcom"


@pytest.fixture
def runner(tmp_path: Path, command: Path) -> Runner:
    """A checkout with Dag files and a baseline, and a database with a secret."""
    tmp_path.chmod(0o700)
    checkout, home = tmp_path / "checkout", tmp_path / "home"
    for folder in (checkout / ".check" / "bin", checkout / "dags", home):
        folder.mkdir(parents=True)
    (checkout / ".check" / "bin" / "secure-xcom").symlink_to(command)
    (checkout / "audit.toml").write_text("")
    (checkout / "dags" / "clean.py").write_text("THREE = 3\n")
    engine, tables = made(f"sqlite:///{tmp_path / 'airflow.db'}")
    insert(engine, tables["xcom"], ROWS["xcom"])
    engine.dispose()
    url = f"sqlite:///{tmp_path / 'airflow.db'}"
    return Runner(checkout, home, {"AUDIT_DATABASE_URL": url, "AUDIT_FINGERPRINT_KEY": KEY})


def github(job: str) -> list[Step]:
    """Return the steps of a job for GitHub that are scripts of its own."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "github.yaml").read_text())["jobs"][job]
    return [
        Step(step["run"], {**found.get("env", {}), **step.get("env", {})}, "if" in step)
        for step in found["steps"]
        if "run" in step and "pip install" not in step["run"]
    ]


def gitlab(job: str) -> list[Step]:
    """Return the scripts of a job for GitLab, which runs all lines of a part in one shell."""
    jobs: dict[str, Any] = yaml.safe_load((FOLDER / "gitlab.yaml").read_text())
    found = {**jobs[".secure-xcom"], **jobs[job]}
    # The project's variables are in each job's environment, beside those that the file sets.
    own = {name: f"${name}" for name in ("AUDIT_DATABASE_URL", "AUDIT_FINGERPRINT_KEY")}
    variables = own | found.get("variables", {})
    parts = [Step("\n".join(found["script"]), variables)]
    if "after_script" in found:
        parts.append(Step("\n".join(found["after_script"]), variables, is_last_will=True))
    return parts


JOBS = {"github": github, "gitlab": gitlab}


@pytest.mark.parametrize("kind", JOBS)
def test_the_nightly_job_fails_for_a_secret_and_keeps_its_findings_as_sarif(kind: str, runner: Runner) -> None:
    steps = [step for step in JOBS[kind]("scan") if not step.script.startswith("rm ")]
    code, printed = runner.run(steps)
    assert code == 1, printed
    sarif = json.loads((runner.checkout / "scan.sarif").read_bytes())
    found = {result["ruleId"] for result in sarif["runs"][0]["results"]}
    assert "name-password" in found
    assert not [secret for secret in (CORE, KEY) if secret in printed + (runner.checkout / "scan.sarif").read_text()]
    if kind == "gitlab":
        assert not (runner.home / "audit.key").exists()
    else:
        (leaving,) = (step for step in github("scan") if step.script.startswith("rm "))
        assert leaving.is_last_will
        runner.run([leaving])
        left = [*runner.home.glob("audit.key"), *runner.checkout.glob("scan.*")]
        assert left == []


@pytest.mark.parametrize("kind", JOBS)
def test_the_job_of_a_change_fails_for_a_dag_file_with_a_secret_alone(kind: str, runner: Runner) -> None:
    assert runner.run(JOBS[kind]("dag-files"))[0] == 0
    (runner.checkout / "dags" / "open.py").write_text(f'TOKEN = "{TOKEN}"\n')
    code, printed = runner.run(JOBS[kind]("dag-files"))
    assert code != 0
    assert "open.py" in printed
    assert TOKEN not in printed
