"""A mistaken command line is told without the secrets that stand in it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from secure_xcom.classify.content.invention import invent
from secure_xcom.cli import app
from tests.architecture.test_cli_page import COMMANDS

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


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_neither_markup_nor_types_of_python(name: str) -> None:
    # An argument's type is typer's own, whatever its name is set to.
    printed = CliRunner().invoke(app, [*name.split()[1:], "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    options = [line for line in printed.splitlines() if "--" in line]
    assert "``" not in printed
    assert not [line for line in options if "list[" in line]


def test_help_begins_with_what_the_command_is_for() -> None:
    printed = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    usage, purpose = [line.strip() for line in printed.splitlines() if line.strip()][:2]
    assert usage.startswith("Usage:")
    assert purpose.startswith("Check, audit and set up an Airflow")
    assert "Exit codes: 0 fine, 1 findings, 2 " in printed
    assert "``" not in printed


def test_an_unknown_choice_is_told_in_the_words_of_the_command_line() -> None:
    done = CliRunner().invoke(app, ["lineage", "--format", "xml"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert "'--format': 'xml' is not one of 'table', 'json', 'mermaid', 'dot'" in done.output
