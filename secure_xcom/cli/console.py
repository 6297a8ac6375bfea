"""The consoles that tables and progress bars are printed on, and nothing else makes one: here markup is off."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import TextColumn
    from rich.table import Table

_UNBROKEN: Final = 10_000

_HEIGHT: Final = 25

_NARROWEST: Final = 90
"""Columns of a terminal in which the texts of a wider table are broken into lines. In fewer, words would be cut."""

_WIDEST: Final = 120
"""Columns of a table in a file or a pipe."""


def print_table(table: Table) -> None:
    """Print a table with nothing cut, or its rows as blocks of ``label: text`` where there is no room for it.

    In a file or a pipe no text is broken either, so that a search finds it.
    """
    _print(table, console())


def rendered(table: Table) -> str:
    """Return what ``print_table`` prints."""
    to = console()
    with to.capture() as captured:
        _print(table, to)
    return captured.get()


def _print(table: Table, to: Console) -> None:
    if _has_room(table, to):
        for column in table.columns:
            column.overflow = "fold"
        to.print(table)
        return
    for block in _blocks(table, to.width):
        to.print(block, end="\n\n", overflow="ignore", crop=False)


def _has_room(table: Table, to: Console) -> bool:
    is_terminal = _is_terminal()
    if is_terminal and to.width >= _NARROWEST:
        return True
    # As wide as it would be with no text broken.
    natural = Measurement.get(to, to.options.update(max_width=_UNBROKEN), table).maximum
    return natural <= (to.width if is_terminal else _WIDEST)


def _blocks(table: Table, width: int) -> Iterator[Text]:
    if table.title:
        yield _text(table.title)
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        labelled = zip((column.header for column in table.columns), cells, strict=True)
        yield Text("\n").join(line for label, cell in labelled for line in _lines(label, _text(cell), width))


def _lines(label: RenderableType, text: Text, width: int) -> Iterator[Text]:
    if not text.plain.strip():
        return
    first, *more = text.split("\n")
    for line in (Text.assemble(_text(label), ": ", first), *(Text("  ").append(line) for line in more)):
        if line.cell_len <= width:
            yield line
        else:
            yield from map(Text, _wrapped(line.plain, width))


def _wrapped(line: str, width: int) -> list[str]:
    """Break a line at words. A longer word stays whole, so that it can be copied."""
    return textwrap.wrap(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _text(text: RenderableType) -> Text:
    return text if isinstance(text, Text) else Text(str(text))


def console() -> Console:
    """Return the console of standard output: as wide as the terminal, and for a file or a pipe of any width.

    ``COLUMNS`` is the width of the terminal that a pipe was started in, and says nothing about the pipe's other end.
    """
    # Without markup: names and values hold square brackets, which rich would take for styles, and colons for emoji.
    if _is_terminal():
        return Console(highlight=False, markup=False, emoji=False)
    # With its height too, or rich takes a dumb terminal for one of 80 columns, whatever its width is.
    return Console(highlight=False, markup=False, emoji=False, width=_UNBROKEN, height=_HEIGHT)


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def progress_console() -> Console:
    """Return the console of standard error, for progress bars."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def description() -> TextColumn:
    """Return the column of a progress bar that says what goes on. It may name a table, a Dag or a folder."""
    from rich.progress import TextColumn

    return TextColumn("{task.description}", markup=False)
