"""``LostNames``: names within a value that Airflow's encoding does not keep.

Such are the columns and the index of a table, and the fields of a named tuple. They decide what is sensitive, so they
are noted beside the encoded node that they belong to.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from secure_xcom.model.value import DATA, Node
from secure_xcom.payload.foreign import asked_for_names

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEEPEST: Final = 50
"""Levels of objects within objects that are looked at for named tuples and tables."""


class LostNames:
    """Names by the node they belong to. A node is known by its identity, and is kept alive by the tree."""

    def __init__(self) -> None:
        self._names: dict[int, tuple[str, ...]] = {}

    def of(self, node: object) -> tuple[str, ...]:
        """Return the names of a node; for a tuple's node, those of its items in their order."""
        return self._names.get(id(node), ())

    def note_fields(self, value: object, node: Node) -> None:
        """Note the fields of a named tuple."""
        fields = asked_for_names(value, "_fields") if isinstance(value, tuple) else ()
        if fields:
            self._names[id(node)] = fields

    def note(self, value: object, node: Node, depth: int = 0) -> None:
        """Note the names of an object, and of what stands in its fields."""
        if depth > _DEEPEST or not isinstance(node, dict) or DATA not in node:
            return
        content = node[DATA]
        if isinstance(value, tuple):
            self.note_fields(value, node)
        elif isinstance(content, dict):
            self._note_members(_fields_of(value), content, depth)
        else:
            names = (*asked_for_names(value, "columns"), *_index_names(value))
            if names:
                self._names[id(node)] = names

    def _note_members(self, members: Mapping[str, object], content: Mapping[str, Node], depth: int) -> None:
        for name, child in content.items():
            if name in members:
                self._note_within(members[name], child, depth + 1)

    def _note_within(self, value: object, node: Node, depth: int) -> None:
        if depth > _DEEPEST:
            return
        if isinstance(node, dict) and DATA in node:
            self.note(value, node, depth)
            node = node[DATA]
        if isinstance(node, dict):
            members = value if isinstance(value, dict) else _fields_of(value)
            self._note_members({str(key): item for key, item in members.items()}, node, depth)
        elif isinstance(node, list) and isinstance(value, (list, tuple)):
            for item, child in zip(value, node, strict=False):
                self._note_within(item, child, depth + 1)


def _fields_of(value: object) -> Mapping[str, object]:
    """Return the fields of a dataclass, an attrs class or a pydantic model."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
    else:
        listed = getattr(type(value), "__attrs_attrs__", ()) or getattr(type(value), "model_fields", {})
        names = [name if isinstance(name, str) else str(name.name) for name in listed]
    members = {}
    for name in names:
        try:
            members[name] = getattr(value, name)
        except Exception:  # noqa: S112 - a field whose code fails is judged by its encoding alone
            continue
    return members


def _index_names(value: object) -> tuple[str, ...]:
    index = getattr(value, "index", None)
    return () if callable(index) else asked_for_names(index, "names")
