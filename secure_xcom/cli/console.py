"""The console that the tables are printed on."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from rich.console import Console

if TYPE_CHECKING:
    from rich.table import Table

_UNBROKEN: Final = 10_000


def print_table(table: Table) -> None:
    """Print a table with nothing cut. In a file or a pipe nothing is broken either, so that a search finds it."""
    for column in table.columns:
        column.overflow = "fold"
    in_pieces = sys.stdout.isatty() or "COLUMNS" in os.environ
    Console(width=None if in_pieces else _UNBROKEN).print(table)
