"""The console that the tables are printed on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from rich.console import Console

if TYPE_CHECKING:
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
    if sys.stdout.isatty():
        return Console(highlight=False)
    # With its height too, or rich takes a dumb terminal for one of 80 columns, whatever its width is.
    return Console(highlight=False, width=_UNBROKEN, height=_LINES)
