"""A mistaken command line is told without the secrets that stand in it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from secure_xcom.classify.content.invention import invent
from secure_xcom.cli import app

TOKEN = invent("ghp_<30 base62><checksum>")

LINES = {
    "an unknown command": [TOKEN],
    "an unknown command below another": ["audit", TOKEN],
    "an unknown option": ["doctor", f"--{TOKEN}"],
    "an argument too many": ["doctor", TOKEN],
    "an unknown choice": ["lineage", "--format", TOKEN],
    "a word in the place of a number": ["reap", "--older-than", TOKEN],
    "a word in the place of a moment": ["audit", "events", "--since", TOKEN],
    "a file that is not there": ["explain", f"@{TOKEN}"],
    "an unknown rule": ["explain", "--rule", TOKEN],
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_a_mistaken_command_line_is_told_without_the_secrets_in_it(line: list[str]) -> None:
    done = CliRunner().invoke(app, line, env={"COLUMNS": "200", "TERM": "dumb"})
    assert done.exit_code == 2
    assert done.output
    assert TOKEN not in done.output


def test_a_mistaken_command_is_told_by_its_name() -> None:
    assert "'docter'" in CliRunner().invoke(app, ["docter"], env={"TERM": "dumb"}).output
