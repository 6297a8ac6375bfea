"""Take sealed parts out of an encoded value, and put opened parts back in their places.

The parts of a row are sealed together as a tree that has nothing but the branches that lead to them. A branch names the
keys, the positions and the classes of the row that it runs through, so that an opened part goes back to where it was
taken from and nowhere else: a writer to the database can neither move a placeholder nor have an opened secret
built into an object of another class.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import is_
from typing import TYPE_CHECKING, Final, TypeAlias

from secure_xcom.errors import Tampered
from secure_xcom.model.placeholder import SEALED_CLASSNAME, Placeholder
from secure_xcom.model.value import CLASSNAME, DATA, OBJECT, OLD_ENCODING, VERSION, Extension, Mark, Node, Selection
from secure_xcom.payload.nodes import nodes_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Part:
    """A sealed part: the node that stood here."""

    content: Node = field(repr=False)


@dataclass(frozen=True, slots=True)
class InDict:
    """The children of a dict that hold parts, by their keys."""

    children: Mapping[str, Parts]


@dataclass(frozen=True, slots=True)
class InList:
    """The items of a list that hold parts, by their positions."""

    children: Mapping[int, Parts]


@dataclass(frozen=True, slots=True)
class InObject:
    """Parts within Airflow's encoding of an object: below its data."""

    classname: Node
    version: Node
    data: Parts


Parts: TypeAlias = Part | InDict | InList | InObject

_MOVED: Final = "placeholders were moved, added or removed within the database row"


def cut(node: Node, selection: Selection, placeholder: Node) -> tuple[Node, Parts]:
    """Return ``node`` with a placeholder for each selected part, and the parts. What is on no branch is not copied."""
    if isinstance(selection, str):
        return placeholder, Part(_bare(node))
    if isinstance(node, list):
        items, positions = list(node), {}
        for step, inner in selection.items():
            items[int(step)], positions[int(step)] = cut(node[int(step)], inner, placeholder)
        return items, InList(positions)
    if not isinstance(node, dict):
        raise TypeError("a selection names a part of another value")
    row, children = dict(node), {}
    for step, inner in selection.items():
        row[str(step)], children[str(step)] = cut(node[str(step)], inner, placeholder)
    if CLASSNAME in node:
        return row, InObject(node[CLASSNAME], node[VERSION], children[DATA])
    return row, InDict(children)


def find_placeholders(row: Node) -> list[Placeholder]:
    """Return every placeholder in a database value. Raises ``InvalidPlaceholder`` for a damaged one."""
    return [
        Placeholder.parse(node)
        for node in nodes_of(row)
        if isinstance(node, dict) and node.get(CLASSNAME) == SEALED_CLASSNAME
    ]


def restore(row: Node, parts: Parts, placeholders: int) -> Node:
    """Return ``row`` with the opened parts in place of its placeholders, of which there are so many.

    Raises ``Tampered`` unless each part stands where it was taken from, and none was added.
    """
    restored, count = _restored(row, parts)
    if count != placeholders:
        raise Tampered(_MOVED)
    return restored


def _restored(node: Node, parts: Parts) -> tuple[Node, int]:
    match parts:
        case Part():
            if Placeholder.claims(node):
                return parts.content, 1
        case InList() if isinstance(node, list):
            items, total = list(node), 0
            for position, inner in parts.children.items():
                if position >= len(items):
                    raise Tampered(_MOVED)
                items[position], count = _restored(node[position], inner)
                total += count
            return items, total
        case InDict() if isinstance(node, dict) and _is_plain(node):
            row, total = dict(node), 0
            for key, inner in parts.children.items():
                row[key], count = _restored(node.get(key), inner)
                total += count
            return row, total
        case InObject() if isinstance(node, dict) and _is_of(node, parts):
            data, total = _restored(node.get(DATA), parts.data)
            return {**node, DATA: data}, total
    raise Tampered(_MOVED)


def _is_plain(node: dict[str, Node]) -> bool:
    """Whether a dict is no object to Airflow's deserialiser, not of its encoding of earlier versions either."""
    return CLASSNAME not in node and not node.keys() >= OLD_ENCODING


def _is_of(node: dict[str, Node], parts: InObject) -> bool:
    """Whether a dict is the object that Airflow encoded, and nothing else besides."""
    if node.keys() != OBJECT:
        return False
    found, sealed = (node[CLASSNAME], node[VERSION]), (parts.classname, parts.version)
    return found == sealed and type(node[VERSION]) is type(parts.version)


def _bare(node: Node) -> Node:
    """Return a node without the author's marks, which the consumer does not see; the same node if it has no mark."""
    if isinstance(node, Mark):
        return _bare(node.content)
    if isinstance(node, dict):
        items = _bare_items([*node.values()])
        return node if all(map(is_, items, node.values())) else dict(zip(node, items, strict=True))
    if isinstance(node, list):
        items = _bare_items(node)
        return node if all(map(is_, items, node)) else items
    if isinstance(node, Extension) and isinstance(node.content, list):
        content = _bare(node.content)
        return node if content is node.content else Extension(node.kind, content)
    return node


def _bare_items(nodes: list[Node]) -> list[Node]:
    items = []
    # A loop and not a comprehension, which would be a frame more for each level of nesting.
    for node in nodes:
        items.append(_bare(node))  # noqa: PERF401
    return items
