"""``secure-xcom lineage`` as people call it."""

from __future__ import annotations

import ast
import json
import re
from importlib import import_module

import pytest

from secure_xcom.errors import ConfigurationError, LedgerUnavailable
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.model.event import Event
from secure_xcom.ops.lineage.text import visible
from secure_xcom.testing.fakes import InMemoryStore, SingleRoute
from tests.unit.cli.conftest import Command
from tests.unit.ops.lineage.traffic import HOSTILE, access, read, task, write

NAMES_OF_DAGS = [name for name in HOSTILE if name and "\ud800" not in name]
"""No object can be named after a lone surrogate, so no such Dag has a domain, nor a ledger."""


@pytest.fixture
def recorded(ledger: LazyLedger) -> LazyLedger:
    """Two runs, in which ``validate`` reads twice and another Dag is refused."""
    for run in ("one", "two"):
        fetch, validate = task("fetch", run=run), task("validate", run=run)
        thief = task("thief", dag="other", run="theirs")
        ledger.append(
            [
                write(fetch, "raw"),
                access(Event.CLAIM, validate, source=fetch, key="raw"),
                *(read(validate, fetch, "raw"), read(validate, fetch, "raw")),
                access(Event.CONSUME, validate, source=fetch, key="raw"),
                access(Event.READ, thief, source=fetch, key="raw", error="ContractViolation"),
                access(Event.READ, thief, source=fetch, key="raw", error="Expired"),
            ]
        )
    return ledger


def cells(printed: str) -> list[list[str]]:
    """Return the rows of a table, its title aside."""
    rows = [line for line in printed.splitlines() if re.search("[│┃]", line)]
    return [[cell.strip() for cell in re.split("[│┃]", row)[1:-1]] for row in rows]


def test_the_table_says_who_wrote_who_read_and_who_was_refused(recorded: LazyLedger, command: Command) -> None:
    done = command("lineage", "dag")
    assert done.exit_code == 0
    assert "Dag dag, 2 runs" in done.stdout
    assert cells(done.stdout) == [
        ["task", "key", "runs", "written by", "read by", "refused, expired, failed", "states"],
        [
            *("fetch", "raw", "2", "fetch: 2 times", "validate: 4 times"),
            *("thief of Dag other: read refused (ContractViolation), 2 times", "claimed 2"),
        ],
        ["", "", "", "", "", "thief of Dag other: read expired (Expired), 2 times", "consumed 2"],
        ["", "", "", "", "", "", "expired 2"],
    ]


def test_one_run_can_be_named(recorded: LazyLedger, command: Command) -> None:
    done = command("lineage", "dag", "two")
    assert "Dag dag, run two" in done.stdout
    assert "fetch: 1 time " in done.stdout
    assert "validate: 2 times " in done.stdout


def test_what_did_not_happen_in_every_run_is_told(recorded: LazyLedger, command: Command) -> None:
    recorded.append([read(task("late", run="two"), task("fetch", run="two"), "raw")])
    assert "late: 1 time in 1 of 2 runs" in command("lineage", "dag").stdout


REVEALED = [
    *(
        access(Event.REVEAL, None, source=task("fetch", run=run), key="raw", error=error)
        for run, error in (("mistyped", "NothingToReveal"), ("one", ""))
    ),
    access(Event.OVERRIDE, None, source=task("fetch", run="one"), key="raw"),
    access(Event.REVEAL, None, source=task("mistyped", run="one"), key="raw", error="NothingToReveal"),
]


def test_what_an_operator_reveals_is_shown_and_is_neither_a_run_nor_a_use(
    recorded: LazyLedger, command: Command
) -> None:
    before = command("lineage", "dag", "--suggest").stdout
    recorded.append(REVEALED)
    done = command("lineage", "dag").stdout
    assert "Dag dag, 2 runs" in done
    assert "fetch: 2 times " in done
    assert "outside of a task: reveal refused (NothingToReveal), 1 time " in done
    assert " in 1 of " not in done
    assert command("lineage", "dag", "--suggest").stdout == before


@pytest.mark.parametrize("more", [(), ("--json",), ("--suggest",)], ids=str)
def test_of_a_dag_that_only_operators_named_it_is_said_and_it_exits_with_1(
    ledger: LazyLedger, command: Command, more: tuple[str, ...]
) -> None:
    ledger.append(REVEALED)
    done = command("lineage", "dag", *more)
    assert (done.exit_code, done.stderr) == (1, "of Dag dag the ledger has only what operators asked for\n")
    assert ("NothingToReveal" in done.stdout) is (more != ("--suggest",))
    assert "exclusive" not in done.stdout


def test_mapped_instances_are_named_while_they_are_few(ledger: LazyLedger, command: Command) -> None:
    ledger.append([write(task("few", index=index), "k") for index in range(3)])
    ledger.append([write(task("many", index=index), "k") for index in range(12)])
    found = [row[3] for row in cells(command("lineage", "dag").stdout)[1:]]
    assert found == ["few[0, 1, 2]: 3 times", "many[12 mapped]: 12 times"]


@pytest.mark.parametrize(
    ("options", "begins"),
    [(("--format", "mermaid"), "flowchart LR\n"), (("--format", "dot"), "digraph lineage {\n")],
)
def test_a_diagram_is_printed_as_it_is(
    recorded: LazyLedger, command: Command, options: tuple[str, ...], begins: str
) -> None:
    done = command("lineage", "dag", *options)
    assert done.exit_code == 0
    assert done.stdout.startswith(begins)
    assert "validate" in done.stdout


@pytest.mark.parametrize("options", [("--json",), ("--format", "json")])
def test_json_is_for_machines(recorded: LazyLedger, command: Command, options: tuple[str, ...]) -> None:
    (key,) = json.loads(command("lineage", "dag", *options).stdout)["keys"]
    assert [(read["task_id"], read["times"], read["runs"]) for read in key["read"]] == [("validate", 4, 2)]


def test_the_suggestion_is_the_declaration_and_nothing_else(recorded: LazyLedger, command: Command) -> None:
    done = command("lineage", "dag", "--suggest")
    assert done.exit_code == 0
    ast.parse(done.stdout)
    assert 'Key("raw", readers=["validate"])' in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [("nothing",), ("nothing", "--suggest"), ("nothing", "--json"), ("dag", "three")])
def test_what_the_ledger_does_not_know_is_told_on_one_line_and_exits_with_1(
    recorded: LazyLedger, command: Command, arguments: tuple[str, ...]
) -> None:
    done = command("lineage", *arguments)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert re.fullmatch(
        r"the ledger has no entries about (Dag nothing|run three of Dag dag)\. With .*ledger_records = all.*\n",
        done.stderr,
    )


@pytest.mark.parametrize("more", [("--format", "mermaid"), ("--json",), ("--format", "xml")])
def test_what_does_not_go_together_exits_with_2(recorded: LazyLedger, command: Command, more: tuple[str, ...]) -> None:
    assert command("lineage", "dag", "--suggest", *more).exit_code == 2


@pytest.mark.parametrize("error", [LedgerUnavailable("the database\x1b is away"), ConfigurationError("ledger: is off")])
def test_a_ledger_that_does_not_answer_exits_with_2(
    command: Command, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails() -> LazyLedger:
        raise error

    monkeypatch.setattr(import_module("secure_xcom.cli.lineage"), "open_ledger", fails)
    done = command("lineage", "dag")
    assert done.exit_code == 2
    assert "is away" in done.stderr or "ledger: is off" in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("arguments", [("lineage", "dag"), ("audit", "verify")])
def test_a_ledger_that_can_never_be_made_is_no_empty_one(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    nowhere = LazyLedger("sqlite:////proc/nonexist/x.db", SingleRoute(InMemoryStore(), None), lambda: 0.0)
    for module in ("lineage", "audit"):
        monkeypatch.setattr(import_module(f"secure_xcom.cli.{module}"), "open_ledger", lambda: nowhere)
    done = command(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "/proc/nonexist/x.db cannot be made or opened" in done.stderr
    assert "[secure_xcom] ledger" in done.stderr


@pytest.mark.parametrize("name", NAMES_OF_DAGS, ids=ascii)
def test_a_hostile_name_reaches_the_terminal_as_text(ledger: LazyLedger, command: Command, name: str) -> None:
    source = task(name)
    ledger.append(
        [write(source, name), access(Event.READ, task(name, dag=name), source=source, key=name, error="Denied")]
    )
    done = command("lineage", "dag")
    assert done.exit_code == 0
    assert all(line.isprintable() for line in done.stdout.split("\n"))
    shown = "".join(row[1] for row in cells(done.stdout)[1:])
    if not re.search("[│┃]", name):
        assert shown.replace(" ", "") == visible(name).replace(" ", "")
