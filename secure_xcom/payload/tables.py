"""What a table of pandas' kind holds: its names, its cells, and what its author noted on it.

Airflow's encoding of a table is a text of bytes, in which nothing can be found. No such library is imported here: a
table is known by the module of its class, and answers for itself.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.payload.foreign import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import EllipsisType

    from secure_xcom.model.value import Node

_LIBRARIES: Final = frozenset({"pandas", "numpy", "polars", "pyarrow"})
"""Whose tables have their cells at hand: those of other libraries may have to compute them."""

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


def contents_of(table: object) -> Iterator[Node | EllipsisType]:
    """Yield what a data frame holds besides numbers, as nodes; ``...`` for what cannot be looked at. Linear."""
    try:
        if hasattr(table, "iloc"):
            yield from _contents_of(table)
    except Exception:
        yield ...


def _contents_of(frame: Any) -> Iterator[Node]:  # noqa: ANN401 - no such library is imported
    yield _node_of(frame.attrs)
    indexes = (getattr(axis, "levels", (axis,)) for axis in frame.axes)
    # By position: names may stand for several columns.
    columns = (frame.iloc[:, position] for position in range(frame.shape[1])) if frame.ndim > 1 else (frame,)
    for column in chain(*indexes, columns):
        if getattr(column.dtype, "kind", "O") not in _NUMBERS:
            yield from filter(None, map(_node_of, column))


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
