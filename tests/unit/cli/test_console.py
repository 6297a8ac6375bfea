"""Tables in a pipe and on a terminal: nothing of them is cut, and in a pipe nothing is broken either.

Where there is no room for a table, its rows are blocks of ``label: text``.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

import secure_xcom
from secure_xcom.cli.console import console, description, print_table

PLACE = "dag_id='etl' run_id='manual__2026-11-28T00:00:00+00:00' task_id='fetch' key='return_value'"
LONG = "a-name-of-some-length-" * 20


class Terminal(io.StringIO):
    """Standard output that is a terminal."""

    def isatty(self) -> bool:
        return True


def _printed(out: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    table = Table(*"abcdefgh", title="a title")
    table.add_row(*[LONG] * 8)
    monkeypatch.setattr(sys, "stdout", out)
    print_table(table)
    return out.getvalue()


@pytest.mark.parametrize(
    "environment",
    [{}, {"COLUMNS": "20"}, {"TERM": "dumb", "FORCE_COLOR": "1"}, {"COLUMNS": "20", "TTY_COMPATIBLE": "1"}],
    ids=["nothing set", "a terminal's width", "a dumb terminal", "colours asked for"],
)
def test_in_a_pipe_no_text_is_broken(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name in ("COLUMNS", "TERM", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert _printed(io.StringIO(), monkeypatch).count(LONG) == 8


def _shown(out: io.StringIO, monkeypatch: pytest.MonkeyPatch, columns: int, place: str = PLACE) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", out)
    table = Table("severity", "place", "note", "what stands there", title="findings")
    table.add_row(Text("high", "red"), place, "", "random, 16-31 characters,\nhigh entropy")
    table.add_row("low", "xcom", "old", "x")
    print_table(table)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()


def test_on_a_wide_terminal_a_text_is_broken_within_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = _shown(Terminal(), monkeypatch, 90, LONG)
    assert max(map(len, printed)) <= 90
    assert printed[1].startswith("\u250f")
    assert "\u2026" not in "".join(printed)
    assert "".join(printed).count("g") >= LONG.count("g")


def test_on_a_narrow_terminal_a_row_is_a_block_that_is_broken_at_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(Terminal(), monkeypatch, 60) == [
        "findings",
        "",
        "severity: high",
        "place: dag_id='etl'",
        "  run_id='manual__2026-11-28T00:00:00+00:00' task_id='fetch'",
        "  key='return_value'",
        "what stands there: random, 16-31 characters,",
        "  high entropy",
        "",
        "severity: low",
        "place: xcom",
        "note: old",
        "what stands there: x",
        "",
    ]


def test_on_a_narrow_terminal_a_long_word_stays_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LONG in "\n".join(_shown(Terminal(), monkeypatch, 60, LONG))


def test_in_a_pipe_a_table_of_120_columns_is_one_and_a_wider_one_is_blocks_of_whole_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    narrow = _shown(io.StringIO(), monkeypatch, 60, "p" * 60)
    assert 100 < max(map(len, narrow)) <= 120
    assert narrow[1].startswith("\u250f")
    assert f"place: {PLACE} {PLACE}" in _shown(io.StringIO(), monkeypatch, 60, f"{PLACE} {PLACE}")


def test_a_small_table_is_one_on_a_narrow_terminal_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _shown(Terminal(), monkeypatch, 89, "p")[1].startswith("\u250f")


@pytest.mark.parametrize("text", ["[core] xcom_backend", "[/x]", "[red]x[/red]", ":key:", "[link=http://x]x"])
def test_a_text_is_printed_as_it_is(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    table = Table(text, title=text)
    table.add_row(text)
    print_table(table)
    console().print(text)
    assert out.getvalue().count(text) == 4


def test_a_bar_says_what_goes_on_as_it_is() -> None:
    bar = Progress()
    bar.add_task("[/x] of [core]")
    assert str(description().render(bar.tasks[0])) == "[/x] of [core]"


def test_one_module_alone_makes_consoles() -> None:
    # Another one would take the brackets of names for markup.
    found = {
        path.name
        for path in Path(secure_xcom.__file__).parent.rglob("*.py")
        if re.search(r"\b(Console|TextColumn)\(|from_markup|rich import print", path.read_text())
    }
    assert found == {"console.py"}
