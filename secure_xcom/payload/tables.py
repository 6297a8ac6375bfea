"""What a table of pandas' kind holds: its names, its cells, and what its author noted on it.

Airflow's encoding of a table is a text of bytes, in which nothing can be found. No such library is imported here: a
table is known by the module of its class, and answers for itself.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.payload.columns import TOGETHER, texts_of
from secure_xcom.payload.foreign import hint, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import EllipsisType

    from secure_xcom.model.value import Node

_LIBRARIES: Final = frozenset({"pandas", "numpy", "polars", "pyarrow"})
"""Whose tables have their cells at hand: those of other libraries may have to compute them."""

_NESTED: Final = ("{", "[")
"""How a text begins that may hold names."""

_NUMBERS: Final = frozenset("biufcmM")
"""The kinds of columns that hold no text: booleans, numbers, times (numpy's letters)."""


def is_table(value: object) -> bool:
    """Whether a value's class, or one that it inherits from, is of a library of tables."""
    return any(_library_of(kind) in _LIBRARIES for kind in type(value).__mro__)


def _library_of(kind: type) -> str:
    module = kind.__dict__.get("__module__")
    return module.partition(".")[0] if isinstance(module, str) else ""


def labels(listed: Iterable[object]) -> Iterator[str]:
    """Yield labels of a table as names: a label of several levels as a whole, and each level."""
    for label in listed:
        yield text_of(label)
        if isinstance(label, tuple):
            yield from map(text_of, label)


def names_of(table: Any) -> Iterator[str]:  # noqa: ANN401 - no such library is imported
    """Yield the names of a series, and of the columns of Arrow's and polars' tables."""
    names = getattr(table, "column_names", getattr(table, "columns", ()))
    yield from labels(() if callable(names) else names)
    if isinstance(name := getattr(table, "name", None), (str, tuple)):
        yield from labels([name])


def contents_of(table: object) -> Iterator[Node | EllipsisType]:
    """Yield what a data frame holds besides numbers, as nodes; ``...`` for what cannot be looked at. Linear."""
    try:
        if hasattr(table, "iloc"):
            yield from _contents_of(table)
        else:
            yield from _contents_of_columns(table)
    except Exception:
        yield ...


def _contents_of(frame: Any) -> Iterator[Node]:  # noqa: ANN401 - no such library is imported
    yield _node_of(frame.attrs)
    indexes = (getattr(axis, "levels", (axis,)) for axis in frame.axes)
    # By position: names may stand for several columns.
    columns = (frame.iloc[:, position] for position in range(frame.shape[1])) if frame.ndim > 1 else (frame,)
    for column in chain(*indexes, columns):
        if getattr(column.dtype, "kind", "O") not in _NUMBERS:
            texts = None if hasattr(column.dtype, "categories") else texts_of(column)
            yield from nodes_of_cells(_distinct(column)) if texts is None else texts


def _distinct(column: Any) -> Iterable[object]:  # noqa: ANN401 - no such library is imported
    """Return each cell once, if the column's library can tell: a table repeats its texts, and a search takes long."""
    categories = getattr(column.dtype, "categories", None)
    if categories is not None:
        return list(categories)
    # Of dicts and lists it cannot.
    return list(hint(column.unique, column))


def nodes_of_cells(cells: Iterable[object]) -> Iterator[Node]:
    """Yield cells as nodes, and texts that stand for themselves many at once."""
    texts: list[str] = []
    for cell in cells:
        if type(cell) is str and not cell.lstrip().startswith(_NESTED):
            texts.append(cell)
            if len(texts) == TOGETHER:
                yield "\n".join(texts)
                texts = []
        elif node := _node_of(cell):
            yield node
    if texts:
        yield "\n".join(texts)


def _contents_of_columns(table: Any) -> Iterator[Node]:  # noqa: ANN401 - no such library is imported
    """Yield the cells of an array of numpy's, or of a table or series of Arrow's or polars', but for numbers."""
    if hasattr(table, "ravel"):
        columns = [table.ravel()] if table.dtype.kind not in _NUMBERS else []
    elif hasattr(table, "itercolumns"):
        columns = [column for column in table.itercolumns() if not _is_number(column.type)]
    elif hasattr(table, "get_columns") or hasattr(table, "to_list"):
        listed = table.get_columns() if hasattr(table, "get_columns") else [table]
        columns = [column for column in listed if not column.dtype.is_numeric() and not column.dtype.is_temporal()]
    else:
        columns = []
    for column in columns:
        texts = texts_of(column)
        yield from nodes_of_cells(_listed(column)) if texts is None else texts


def _listed(column: Any) -> Iterable[object]:  # noqa: ANN401 - no such library is imported
    cells: Iterable[object] = column.tolist() if hasattr(column, "tolist") else column.to_list()
    return cells


def _is_number(kind: Any) -> bool:  # noqa: ANN401 - a type of Arrow's
    """Whether a column has a fixed width: of numbers, times and booleans, and of no text."""
    from pyarrow import types

    return bool(types.is_primitive(kind))


def _node_of(cell: object) -> Node:
    """Return a cell as a node; numbers, times and the like as ``None``: there is nothing to find in them."""
    if isinstance(cell, str):
        return str.__str__(cell)
    if isinstance(cell, (bytes, bytearray)):
        return cell.decode("latin-1")
    if isinstance(cell, dict):
        return {text_of(key): _node_of(item) for key, item in cell.items()}
    if isinstance(cell, tuple) and hasattr(cell, "_fields"):
        return {text_of(name): _node_of(item) for name, item in zip(cell._fields, cell, strict=False)}
    if isinstance(cell, (list, tuple, set, frozenset)):
        return [_node_of(item) for item in cell]
    if hasattr(cell, "tolist") and bool(getattr(cell, "ndim", False)):
        return [_node_of(item) for item in cell.tolist()]
    return None
