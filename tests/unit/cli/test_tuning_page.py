"""``docs/tuning.md`` shows what the command prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.root import ROOT
from tests.unit.cli.test_cli_tune import Command, Site, command, site
from tests.unit.ops.tune.deployment import random_text

__all__ = ["command", "site"]

PAGE = (ROOT / "docs" / "tuning.md").read_text()


@pytest.fixture
def export(site: Site, tmp_path: Path) -> Path:
    """The deployment that the page is about."""
    path = tmp_path / "xcoms.jsonl"
    lines = []
    for number in range(40):
        value = {"rows": number, "session_token": f"{random_text(number)}", "authorization": "approved by finance"}
        lines.append({"dag_id": "billing", "task_id": "load", "key": "return_value", "value": value})
        value = {"name": "ann", "customer_badge": random_text(number), "badgeCode": random_text(number + 1)}
        lines.append({"dag_id": "onboarding", "task_id": "fetch", "key": "people", "value": [value]})
        lines.append({"dag_id": "onboarding", "task_id": "activate", "key": "activation", "value": random_text(number)})
    path.write_text("\n".join(map(json.dumps, lines)))
    site.section, site.listed = {}, ()
    return path


def shown(printed: str) -> str:
    """Return what is printed without the spaces at the ends of its lines."""
    return "\n".join(line.rstrip() for line in printed.strip().splitlines())


def test_the_tables_are_the_printed_ones(command: Command, export: Path) -> None:
    assert shown(command("--export", str(export), "--plain", columns=118).stdout) in PAGE


def test_the_question_and_the_written_lines_are_the_real_ones(
    command: Command, site: Site, export: Path, tmp_path: Path
) -> None:
    site.is_terminal, site.answers = True, "a\na\na\n"
    written = tmp_path / "tuned.cfg"
    printed = command("--export", str(export), "--output", str(written), columns=118).stdout
    asked = printed[printed.index("╭") :]
    assert shown(asked[: asked.index("[a]ccept")]) in PAGE
    assert shown(printed.splitlines()[-1].rpartition("? ")[2]) in PAGE
    assert shown(written.read_text()) in PAGE


def test_the_page_has_one_step_for_each_part_of_the_way() -> None:
    assert len(re.findall(r"^## \d\. ", PAGE, re.MULTILINE)) == 5
