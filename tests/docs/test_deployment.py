"""docs/deployment.md and the pages below it: what can run here is run, and of the rest each setting is checked."""

from __future__ import annotations

import configparser
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from secure_xcom.settings.options import OPTIONS
from secure_xcom.settings.settings import Settings
from tests.docs.deployment import Deployment
from tests.docs.page import Block, Machine, environment_of, sections
from tests.docs.values import VALUE
from tests.fixtures.postgres import PostgresServer
from tests.root import ROOT

PAGES = (
    "docs/deployment.md",
    *sorted(f"docs/deployment/{path.name}" for path in (ROOT / "docs/deployment").glob("*.md")),
)
NAMES = {option.name for option in OPTIONS} | {f"{option.name}_cmd" for option in OPTIONS if option.sensitive}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

Section = dict[str, str | None]


def blocks(page: str, language: str) -> list[Block]:
    return [block for found in sections(page).values() for block in found if block.language == language]


def _of_ini(page: str) -> Iterator[dict[str, dict[str, str]]]:
    for block in blocks(page, "ini"):
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(block.text)
        yield {name: dict(parser[name]) for name in parser.sections()}


def _of_environment(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for section, option, value in re.findall(r"^(?:export )?AIRFLOW__([A-Z_]+?)__([A-Z_]+)=(.*)$", text, re.MULTILINE):
        found.setdefault(section.lower(), {})[option.lower()] = value.strip("'")
    return found


def _of_yaml(page: str) -> Iterator[dict[str, dict[str, str]]]:
    for block in blocks(page, "yaml"):
        values = yaml.safe_load(block.text)
        secrets = _of_environment("\n".join(f"{one['envName']}=sqlite:////from/a/secret" for one in values["secret"]))
        yield {name: options | secrets.get(name, {}) for name, options in values["config"].items()}


def deployments() -> Iterator[tuple[str, dict[str, dict[str, str]]]]:
    """Each set of settings that a page gives."""
    for page in PAGES:
        found = [*_of_ini(page), *_of_yaml(page), *(_of_environment(block.text) for block in blocks(page, "sh"))]
        for number, settings in enumerate(one for one in found if "secure_xcom" in one):
            yield f"{page} {number}", settings


DEPLOYMENTS = dict(deployments())


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_set_of_settings_is_accepted_as_a_whole(name: str, tmp_path: Path) -> None:
    from airflow.configuration import conf

    described = conf.configuration_description
    settings = DEPLOYMENTS[name]
    section = dict(settings["secure_xcom"])
    assert section.keys() <= NAMES
    # What Terraform prints is checked with its modules.
    section = {option: value for option, value in section.items() if not value.startswith('"$(')}
    # As Airflow does, which gives the answer of the command as the option.
    if section.pop("ledger_cmd", None):
        section["ledger"] = "sqlite:////answered/by/a/command"
    Settings.parse(section, tmp_path)
    for other, options in settings.items():
        assert other == "secure_xcom" or options.keys() <= described[other]["options"].keys()
    if "core" in settings:
        assert settings["core"]["xcom_backend"] == "secure_xcom.SecureXComBackend"


def test_each_page_has_settings_and_says_at_its_top_what_a_test_runs() -> None:
    assert {name.partition(" ")[0] for name in DEPLOYMENTS} == {*PAGES} - {"docs/deployment/compatibility.md"}
    for page in PAGES:
        text = (ROOT / page).read_text()
        assert re.match(r"# .*\n\n(\*[^*]*test|## What is tested)", text), page


def test_the_image_is_built_of_instructions_versions_and_extras_that_there_are() -> None:
    (block,) = blocks("docs/deployment/docker.md", "dockerfile")
    lines = [line.partition(" ") for line in block.text.splitlines()]
    assert [instruction for instruction, _, _ in lines] == ["FROM", "COPY", "RUN"]
    (_, _, base), (_, _, copy), (_, _, run) = lines
    version, python = re.fullmatch(r"apache/airflow:([\d.]+)-python([\d.]+)", base).groups()  # type: ignore[union-attr]
    assert (version, python) in {(tested, "3.11") for tested in _tested_versions()}
    target = copy.split()[-1]
    extras = re.search(rf'"{target}\[([\w,]+)\]"', run)
    assert extras
    assert set(extras[1].split(",")) <= PROJECT["optional-dependencies"].keys()
    assert '"apache-airflow==${AIRFLOW_VERSION}"' in run


def test_the_values_of_helm_hold_no_template_and_name_one_version() -> None:
    (block,) = blocks("docs/deployment/kubernetes.md", "yaml")
    assert "{{" not in block.text
    values: dict[str, Any] = yaml.safe_load(block.text)
    assert values["images"]["airflow"]["tag"] in _tested_versions()
    assert values["executor"] == "KubernetesExecutor"
    # Each pod logs in with the account of its own Dag, for the object as for its key.
    assert all("role=xcom-{domain}" in values["config"]["secure_xcom"][option] for option in ("store", "key"))


Deploy = Callable[..., Deployment]


def test_workers_of_celery_open_what_others_sealed(deploy: Deploy, postgres_server: PostgresServer) -> None:
    deployment = deploy()
    machine = deployment.machine
    machine.replaced["postgresql+psycopg2://xcom:...@db.example.com/xcom_ledger"] = postgres_server.database()
    (machine.root / "mnt" / "airflow").mkdir()
    machine.do(blocks("docs/deployment/celery.md", "ini"))
    assert machine.section()["store"] == f"file://{machine.root}/mnt/airflow/secure_xcom/store"
    for dag_id in ("settlement", "once"):
        row = deployment.push(dag_id)
        assert deployment.pull(row, dag_id) == VALUE
    machine.do(blocks("docs/deployment/celery.md", "sh"))


WORKER = """
import json, sys
from tests.airflow.supervisor import Database
from secure_xcom import SecureXComBackend
database = Database().install()
where = {"key": "k", "dag_id": "etl", "task_id": "t", "run_id": "r", "map_index": -1}
SecureXComBackend.set(value=json.loads(sys.argv[1]), **where)
print(json.dumps([*database.rows.values(), SecureXComBackend.get_one(**where)]))
"""
"""A task's process: its supervisor, which alone speaks with the API, is a stand-in."""


@pytest.fixture
def agent(commands: Path, tmp_path: Path) -> Machine:
    """A machine of the page on remote execution. Whatever touches a metadata database there fails."""
    (block,) = blocks("docs/deployment/remote.md", "sh")
    text = block.text.replace("/var/lib/", f"{tmp_path}/var/")
    (tmp_path / "var" / "airflow").mkdir(parents=True)
    exported = dict(re.findall(r"^export (\w+)=(.*)$", text, re.MULTILINE))
    nowhere = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/none/airflow.db"}
    return Machine(tmp_path, environment_of(commands, **exported, **nowhere))


def test_an_agent_seals_and_opens_without_a_metadata_database(agent: Machine) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", WORKER, json.dumps(VALUE)],
        env={
            **agent.environment,
            "AIRFLOW_HOME": str(agent.home),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    row, value = json.loads(done.stdout.splitlines()[-1])
    assert value == VALUE
    assert "secure_xcom.Sealed" in row
    assert not any(secret in row for secret in VALUE.values())
    told = agent.do([Block("sh", "secure-xcom lineage etl r --json; secure-xcom audit verify --no-anchor")])
    assert '"key": "k"' in told
    refused = "secure-xcom reveal etl r t k --reason why --yes  # exits with 2"
    assert "[database] sql_alchemy_conn" in agent.do([Block("sh", refused)])
    assert not (agent.root / "none").exists()


def _tested_versions() -> list[str]:
    table = (ROOT / "docs/deployment/compatibility.md").read_text().partition("## A fleet")[0]
    return re.findall(r"\b3\.\d\.\d+\b(?=[,| ])", table)


def test_the_versions_are_those_that_ci_tests_and_the_package_asks_for() -> None:
    edges = sorted(
        path.name[len("constraints-") : -len(".txt")] for path in (ROOT / "tests/airflow").glob("constraints-*")
    )
    pinned = re.search(r"^apache-airflow==(.*)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned
    assert sorted({*_tested_versions()}) == sorted([*edges, pinned[1]])
    page = (ROOT / "docs/deployment/compatibility.md").read_text()
    (asked,) = (one for one in PROJECT["dependencies"] if one.startswith("apache-airflow"))
    assert f"`{asked}`" in page
    assert "| Python | 3.11 | the whole suite |" in page
    assert PROJECT["requires-python"] == ">=3.11"
