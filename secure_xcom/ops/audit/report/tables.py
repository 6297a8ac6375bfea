"""What the sections share: a table that ends where people stop reading, and the names of places and actors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from secure_xcom.ops.audit.finding import Place
from secure_xcom.ops.audit.report.document import Paragraph, Table

MOST_ROWS: Final = 40
"""Rows of a table for people. The JSON has all of them."""


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table | Paragraph:
    """Return a table of the first rows, or a sentence where there is no row."""
    found = [tuple(row) for row in rows]
    if not found:
        return Paragraph(f"{caption}: nothing to list.")
    return Table(caption, tuple(columns), tuple(found[:MOST_ROWS]), more=max(0, len(found) - MOST_ROWS))


def place(found: Place) -> str:
    """Return a place on one line. What is empty is left out."""
    parts = (
        ("", found.source),
        ("Dag ", found.dag_id),
        ("run ", found.run_id),
        ("task ", found.task_id),
        ("map index ", str(found.map_index) if found.map_index >= 0 else ""),
        ("", found.name),
        ("column ", found.column),
        ("part ", found.part),
        ("line ", str(found.line) if found.line else ""),
    )
    return ", ".join(what + text for what, text in parts if text)


def who(dag_id: str, task_id: str) -> str:
    """Return the name of an actor."""
    return f"{dag_id}.{task_id}" if dag_id or task_id else "code outside a task"
