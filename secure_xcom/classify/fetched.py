"""``rows_of_tables``: the rows of what a task fetched from a database, each with the names of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from secure_xcom.classify.shapes import items_of

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

Columns = Sequence[str]


def rows_of_tables(tree: Node, tables: Sequence[Columns]) -> Iterator[tuple[list[Node], Columns]]:
    """Yield the rows of one row, of a list of rows, or of a list of what each statement fetched.

    ``tables`` has the columns of each statement, in their order. A row that is longer or shorter has no names. What a
    driver gives for a cell may be a list too.
    """
    fetched = items_of(tree)
    if len(fetched) == len(tables) and any(map(_is_result, fetched, tables)):
        for statement, columns in zip(fetched, tables, strict=True):
            yield from _rows(items_of(statement), columns)
    elif tables:
        # Airflow returns what the last statement fetched. One row is a tuple.
        yield from _rows(fetched, tables[-1])
        if isinstance(tree, dict) and len(fetched) == len(tables[-1]):
            yield fetched, tables[-1]


def _is_result(statement: Node, columns: Columns) -> bool:
    """Whether a node is a list of rows and no row."""
    rows = items_of(statement)
    return bool(rows) and len(items_of(rows[0])) == len(columns) > 0


def _rows(fetched: list[Node], columns: Columns) -> Iterator[tuple[list[Node], Columns]]:
    yield from ((row, columns) for item in fetched if len(row := items_of(item)) == len(columns) > 0)
