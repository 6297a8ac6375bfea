"""``LostNames``: names and texts within a value that Airflow's encoding does not keep, or not as they are.

Such are the columns and the index of a table, and the fields of a named tuple. They decide what is sensitive, so they
are noted beside the encoded node that they belong to. A table's cells are compressed there, so the table is noted too.
"""

from __future__ import annotations

import dataclasses
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from secure_xcom.model.value import CLASSNAME, DATA, Node
from secure_xcom.payload.cells import cells_of, is_table
from secure_xcom.payload.foreign import asked_for_names, hint, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TUPLE: Final = "builtins.tuple"
"""The class under which Airflow encodes tuples, named ones too."""


class LostNames:
    """Names by the node they belong to. A node is known by its identity, and is kept alive by the tree."""

    def __init__(self) -> None:
        self._names: dict[int, tuple[str, ...]] = {}
        self._tables: dict[int, object] = {}

    def of(self, node: object) -> tuple[str, ...]:
        """Return the names that belong to an object's node; of a list's node, those of its items in their order."""
        return self._names.get(id(node), ())

    def texts_of(self, node: object) -> Sequence[str]:
        """Return the cells of a table's node; none for any other node."""
        table = self.table_of(node)
        return () if table is None else cells_of(table) or ()

    def table_of(self, node: object) -> object | None:
        """Return the table that was encoded as a node, in a field of another object too; ``None`` for other nodes."""
        return self._tables.get(id(node))

    def note_fields(self, value: object, items: list[Node]) -> None:
        """Note the fields of a named tuple, or of another list that has names for its items."""
        self._note(items, asked_for_names(value, "_fields"))

    def note(self, value: object, node: Node) -> None:
        """Note the names of an object, and of what stands in its fields. Linear, and asks each object once."""
        waiting = [(value, node)]
        while waiting:
            waiting.extend(self._noted(*waiting.pop()))

    def _noted(self, value: object, node: Node) -> Iterator[tuple[object, Node]]:
        """Note the names of one value; yield its members with their nodes."""
        if isinstance(node, dict) and node.keys() >= {CLASSNAME, DATA}:
            self._note(node, (*asked_for_names(value, "columns"), *_index_names(value)))
            if is_table(value):
                self._tables[id(node)] = value
            node = node[DATA]
        if isinstance(node, dict):
            members: dict[str, object] = hint(lambda: members_of(value), {})
            yield from ((members[name], child) for name, child in node.items() if name in members)
        elif isinstance(node, list) and isinstance(value, (list, tuple)):
            self.note_fields(value, node)
            yield from zip(hint(lambda: list(value), []), node, strict=False)
        elif isinstance(node, list) and isinstance(value, (set, frozenset)):
            self._note_set(value, node)

    def _note_set(self, value: set[object] | frozenset[object], node: list[Node]) -> None:
        """Note the fields of a set's named tuples, at each position all: the encoding need not keep the set's order."""
        fields = [asked_for_names(member, "_fields") for member in value if isinstance(member, tuple)]
        merged = tuple("_".join(filter(None, names)) for names in zip_longest(*fields))
        for child in node:
            if isinstance(child, dict) and child.get(CLASSNAME) == _TUPLE:
                self._note(child[DATA], merged)

    def _note(self, node: Node, names: tuple[str, ...]) -> None:
        if names:
            self._names[id(node)] = names


def members_of(value: object) -> dict[str, object]:
    """Return a dict's items, or the fields of a dataclass, an attrs class or a pydantic model."""
    if isinstance(value, dict):
        return {text_of(key): item for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
    else:
        listed = getattr(type(value), "__attrs_attrs__", ()) or getattr(type(value), "model_fields", {})
        names = [name if isinstance(name, str) else str(name.name) for name in listed]
    absent = object()
    members = {name: hint(lambda name=name: getattr(value, name), absent) for name in names}  # type: ignore[misc]
    return {name: member for name, member in members.items() if member is not absent}


def _index_names(value: object) -> tuple[str, ...]:
    index = hint(lambda: getattr(value, "index", None), None)
    return () if callable(index) else asked_for_names(index, "names")
