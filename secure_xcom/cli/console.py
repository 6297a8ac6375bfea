"""The consoles that tables and progress bars are printed on, and nothing else makes one: here markup is off."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import TextColumn
    from rich.table import Table

_UNBROKEN: Final = 10_000

_LINES: Final = 25


def print_table(table: Table) -> None:
    """Print a table with nothing cut. In a file or a pipe nothing is broken either, so that a search finds it."""
    _uncut(table)
    console().print(table)


def rendered(table: Table) -> str:
    """Return what ``print_table`` prints."""
    _uncut(table)
    to = console()
    with to.capture() as captured:
        to.print(table)
    return captured.get()


def _uncut(table: Table) -> None:
    for column in table.columns:
        column.overflow = "fold"


def console() -> Console:
    """Return the console of standard output: as wide as the terminal, and for a file or a pipe of any width.

    ``COLUMNS`` is the width of the terminal that a pipe was started in, and says nothing about the pipe's other end.
    """
    # Without markup: names and values hold square brackets, which rich would take for styles, and colons for emoji.
    if sys.stdout.isatty():
        return Console(highlight=False, markup=False, emoji=False)
    # With its height too, or rich takes a dumb terminal for one of 80 columns, whatever its width is.
    return Console(highlight=False, markup=False, emoji=False, width=_UNBROKEN, height=_LINES)


def progress_console() -> Console:
    """Return the console of standard error, for progress bars."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def description() -> TextColumn:
    """Return the column of a progress bar that says what goes on. It may name a table, a Dag or a folder."""
    from rich.progress import TextColumn

    return TextColumn("{task.description}", markup=False)
