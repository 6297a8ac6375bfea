"""Tables in a pipe and on a terminal: nothing of them is cut, and in a pipe nothing is broken either."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from rich.progress import Progress
from rich.table import Table

import secure_xcom
from secure_xcom.cli.console import console, description, print_table

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
def test_in_a_pipe_a_table_is_as_wide_as_its_texts(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name in ("COLUMNS", "TERM", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert _printed(io.StringIO(), monkeypatch).count(LONG) == 8


def test_on_a_terminal_a_text_is_broken_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    printed = re.sub(r"\x1b\[[0-9;]*m", "", _printed(Terminal(), monkeypatch))
    assert max(map(len, printed.splitlines())) <= 60
    assert "…" not in printed
    assert printed.count("g") >= LONG.count("g")


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
