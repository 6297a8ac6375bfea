"""The examples for CI are YAML, call commands and options that there are, and give secrets to scheduled jobs alone."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer
import yaml

from secure_xcom.cli import app
from tests.root import ROOT

FOLDER = ROOT / "examples" / "ci"
FILES = ["github.yaml", "gitlab.yaml"]


def text(name: str) -> str:
    return (FOLDER / name).read_text()


def commands(name: str) -> list[list[str]]:
    """The words of each call of the command, of those lines that are no comments."""
    found = re.findall(r"^[^#\n]*bin/secure-xcom (.*)$", text(name), re.MULTILINE)
    return [shlex.split(line) for line in found]


@pytest.mark.parametrize("name", FILES)
def test_each_command_and_option_is_there(name: str) -> None:
    called = commands(name)
    assert {" ".join(words[:2]) for words in called} == {"explain --dag-file", "audit scan", "audit report"}
    for words in called:
        command: Any = typer.main.get_command(app)
        rest = words
        while hasattr(command, "commands"):
            command, rest = command.commands[rest[0]], rest[1:]
        options = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        assert {word for word in rest if word.startswith("--")} <= options


@pytest.mark.parametrize("name", FILES)
def test_a_scan_fails_for_what_is_high_and_its_sarif_is_kept_all_the_same(name: str) -> None:
    (scan,) = (words for words in commands(name) if words[:2] == ["audit", "scan"])
    assert scan[scan.index("--fail-on") + 1] == "high"
    (report,) = (words for words in commands(name) if words[:2] == ["audit", "report"])
    assert report[report.index("--format") + 1] == "sarif"
    assert report[report.index("--scan") + 1] == scan[scan.index("--output") + 1]


def test_the_workflow_gives_secrets_to_the_scheduled_job_alone_and_pins_its_actions() -> None:
    workflow = yaml.safe_load(text("github.yaml"))
    dag_files, scan = workflow["jobs"]["dag-files"], workflow["jobs"]["scan"]
    assert workflow["permissions"] == {}
    assert "secrets." not in str(dag_files)
    assert scan["if"] == "github.event_name == 'schedule'"
    assert (dag_files["permissions"], scan["permissions"]) == (
        {"contents": "read"},
        {"contents": "read", "security-events": "write"},
    )
    used = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@v\d+(\.\d+)*", action)] == []
    uploads = [step for step in scan["steps"] if "upload-sarif" in step.get("uses", "")]
    assert [step["if"] for step in uploads] == ["${{ !cancelled() }}"]


def test_the_jobs_scan_on_a_schedule_alone_and_write_their_artifact_after_a_failure() -> None:
    jobs = yaml.safe_load(text("gitlab.yaml"))
    assert jobs["scan"]["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "schedule"'}]
    assert jobs["scan"]["artifacts"]["when"] == "always"
    assert "secure-xcom audit report" in jobs["scan"]["after_script"][0]


@pytest.mark.parametrize("name", FILES)
def test_each_example_is_described(name: str) -> None:
    assert f"`{name}`" in text("README.md")
