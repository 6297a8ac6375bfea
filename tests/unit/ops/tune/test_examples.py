"""The examples for pre-commit and CI run the command that there is, on Dag files, with few rights."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.root import ROOT

FOLDER = ROOT / "examples" / "pre-commit"
COMMAND = "secure-xcom explain --dag-file"


def test_the_hook_checks_the_dag_files_of_a_commit() -> None:
    (repository,) = yaml.safe_load((FOLDER / "pre-commit-config.yaml").read_text())["repos"]
    (hook,) = repository["hooks"]
    assert hook["entry"] == COMMAND
    files = re.compile(hook["files"])
    found = [path for path in ("dags/a.py", "dags/b/c.py", "tests/a.py", "dags/a.sql") if files.search(path)]
    assert found == ["dags/a.py", "dags/b/c.py"]


def test_the_workflow_may_read_and_no_more_and_its_actions_are_pinned() -> None:
    text = (FOLDER / "check-dags.yaml").read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["check"]["permissions"] == {"contents": "read"}
    used = re.findall(r"uses: (\S+)", text)
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []
    assert COMMAND in text


@pytest.mark.parametrize("name", ["pre-commit-config.yaml", "check-dags.yaml"])
def test_each_example_is_described(name: str) -> None:
    assert f"`{name}`" in (FOLDER / "README.md").read_text()
