"""``Neighbours``: the names that the values of one tree have by what stands beside them, noted during a walk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from secure_xcom.classify.arguments import Positions, arguments_of, commands_in
from secure_xcom.classify.shapes import (
    Shape,
    has_shape,
    header_of,
    is_pair,
    items_of,
    items_of_row,
    pairs_of,
    shape_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secure_xcom.model.value import Node


_MOST_CELLS: Final = 12
"""Cells of a row: one that has more holds no setting."""


class Neighbours:
    """A table names what stands in its rows before the walk comes to them. The tree keeps its lists alive.

    ``sealed`` is the placeholder of the parts that are sealed by now, ``None`` if none is.
    """

    def __init__(self, sealed: Node) -> None:
        self._sealed = sealed
        self._shapeless: set[tuple[str, ...]] = set()
        self._names: dict[int, Sequence[str]] = {}
        self._more: dict[int, Sequence[Sequence[str]]] = {}
        self._commands: dict[int, Sequence[str]] = {}
        self._positions: Positions = {}

    def of_dict(self, node: dict[str, Node]) -> Shape | None:
        """Return what a dict tells of its values, and note what it tells of rows."""
        # Rows repeat their keys, which mostly tell nothing.
        if (keys := tuple(node)) in self._shapeless:
            return None
        if not has_shape(keys):
            self._shapeless.add(keys)
            return None
        self._commands |= commands_in(node)
        shape = shape_of(node)
        for key, columns in shape.columns.items() if shape else ():
            self._note_rows(node[key], columns)
        return shape

    def more_names_of(self, items: list[Node]) -> Sequence[Sequence[str]]:
        """Return further lists of names of a list's items, where a table names its columns more than once."""
        return self._more.get(id(items), ()) if self._more else ()

    def of_list(self, items: list[Node]) -> Sequence[str]:
        """Return the names of a list's items in their order, as far as they have any; note those of pairs in it."""
        if self._names and id(items) in self._names:
            return self._names[id(items)]
        header, rows = header_of(items)
        # They may be pairs as well.
        for row in rows:
            self._note_more(row, [header])
        for name, pair in pairs_of(items):
            # Two columns of a table look like pairs.
            self._names.setdefault(id(pair), ("", name))
        if is_pair(items):
            return ("", str(items[0]))
        return self._arguments_of(items) or (
            _names_of_cells(items, self._sealed) if 1 < len(items) <= _MOST_CELLS else ()
        )

    def _arguments_of(self, items: list[Node]) -> Sequence[str]:
        return arguments_of(items, self._positions, self._commands.get(id(items), ()) if self._commands else ())

    def note_tables(self, tree: Node, tables: Sequence[Sequence[str]]) -> None:
        """Note the names of what stands in rows that a task fetched, beside those that a row has by itself.

        ``tables`` has the columns of each statement, and none for one that gives no rows.
        """
        from secure_xcom.classify.fetched import rows_of_tables

        for row, columns in rows_of_tables(tree, tables):
            self._note_more(row, [columns])

    def _note_rows(self, rows: Node, columns: Sequence[Sequence[str]]) -> None:
        first, *more = columns
        for row in items_of(rows):
            if (items := items_of_row(row)) is not None:
                self._names[id(items)] = first
                if more:
                    self._note_more(items, more)

    def _note_more(self, row: list[Node], names: Sequence[Sequence[str]]) -> None:
        self._more[id(row)] = (*self._more.get(id(row), ()), *names)


def _names_of_cells(row: list[Node], sealed: Node) -> Sequence[str]:
    # A first push that holds no row has no use for it.
    from secure_xcom.classify.login_cells import names_of_login, names_of_pair
    from secure_xcom.classify.named_cells import names_of_cells

    return names_of_cells(row, sealed) or names_of_pair(row) or names_of_login(row)
