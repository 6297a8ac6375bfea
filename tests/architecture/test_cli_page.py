"""docs/cli.md has each command with its arguments and options, and nothing else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from secure_xcom.cli import app
from tests import root

PAGE = (root.ROOT / "docs" / "cli.md").read_text()
ROOT = typer.main.get_command(app)


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    # Typer brings a click of its own, so no class is asked for.
    if not hasattr(command, "commands"):
        yield name, command
        return
    for child, found in command.commands.items():
        yield from _commands(found, f"{name} {child}")


COMMANDS = dict(_commands(ROOT, "secure-xcom"))


def _rows(name: str) -> dict[str, str]:
    """The options and arguments that the page lists for a command, with their defaults."""
    _, found, rest = PAGE.partition(f"\n## `{name}`\n")
    assert found, f"docs/cli.md has no section on {name}"
    section = rest.partition("\n## ")[0]
    tables = re.findall(r"^\| (?:option|argument) \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", section, re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for table in tables for line in table.splitlines()]
    return {cells[0]: cells[-1] for cells in rows}


def _name(parameter: Any) -> str:
    names = [*parameter.opts, *parameter.secondary_opts]
    return ", ".join(f"`{name.upper() if parameter.param_type_name == 'argument' else name}`" for name in names)


def _default(parameter: Any) -> str | None:
    """What the page must say, ``None`` where it may describe the default in words."""
    value = getattr(parameter.default, "value", parameter.default)
    if parameter.required:
        return "required"
    if parameter.secondary_opts:
        return f"`{(parameter.opts if value else parameter.secondary_opts)[0]}`"
    if isinstance(value, bool):
        return "off"
    return f"`{value}`" if value else None


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_and_argument_is_listed_with_its_default_and_no_other(name: str) -> None:
    listed = _rows(name)
    parameters = {_name(one): one for one in COMMANDS[name].params if "--help" not in one.opts}
    assert sorted(listed) == sorted(parameters)
    said = {option: default for option, one in parameters.items() if (default := _default(one)) is not None}
    assert {option: listed[option] for option in said} == said
    assert all(listed.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_listed_is_what_help_prints(name: str) -> None:
    shown = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [*name.split()[1:], "--help"])
    assert shown.exit_code == 0
    # Options stand at the left of the box; a help text may name others.
    left = " ".join(re.findall(r"^│[ *]+((?:--[a-z-]+[ ,]+)+)", shown.output, re.MULTILINE))
    shown_options = set(re.findall(r"--[a-z][a-z-]*", left))
    assert shown_options - {"--help"} == set(re.findall(r"--[a-z][a-z-]*", " ".join(_rows(name))))


def test_no_command_is_listed_that_does_not_exist() -> None:
    assert re.findall(r"^## `(secure-xcom .*)`$", PAGE, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("option", ["--install-completion", "--show-completion"])
def test_the_options_of_the_root_are_named(option: str) -> None:
    assert option in {name for one in ROOT.params for name in one.opts}
    assert f"secure-xcom {option}`" in PAGE


def test_no_document_calls_a_command_that_does_not_exist() -> None:
    """An operator who is sent to a command must find it."""
    known = {name.split()[1] for name in COMMANDS}
    called = set()
    for page in (*root.ROOT.glob("*.md"), *(root.ROOT / "docs").rglob("*.md"), *(root.ROOT / "examples").rglob("*.*")):
        if page.suffix in (".md", ".py", ".yaml"):
            text = page.read_text()
            code = (
                re.findall(r"^ *```.*?^ *```|`[^`\n]+`", text, re.MULTILINE | re.DOTALL)
                if page.suffix == ".md"
                else [text]
            )
            called |= set(re.findall(r"(?:^[ $]*|`|&& |\()secure-xcom ([a-z]+)", "\n".join(code), re.MULTILINE))
    # The label of the derivation begins like a command: docs/format.md.
    assert called - known - {"envelope"} == set()


@pytest.mark.parametrize("command", ["reap", "rewrap"])
def test_no_message_sends_an_operator_to_a_command_that_does_not_exist(command: str) -> None:
    pages = [*(root.ROOT / "docs").rglob("*.md"), *root.ROOT.glob("*.md"), *(root.ROOT / "secure_xcom").rglob("*.py")]
    found = [page.name for page in pages if re.search(rf"\b{command}\b", page.read_text())]
    # Vault has an operation that is called so.
    assert f"secure-xcom {command}" in COMMANDS or found == (["rights.py"] if command == "rewrap" else [])
