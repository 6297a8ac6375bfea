"""Take sealed parts out of an encoded value, and put opened parts back in their places.

The parts of a row are sealed together as a tree that has nothing but the branches that lead to them. A branch names the
keys, the positions and the classes of the row that it runs through, so that an opened part goes back to where it was
taken from and nowhere else: a writer to the database can neither move a placeholder nor have an opened secret
built into an object of another class.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat
from operator import is_
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, cast

import msgspec

from secure_xcom.errors import InvalidPlaceholder, Tampered
from secure_xcom.model.placeholder import STAND_IN, TEXT_FORM, Placeholder
from secure_xcom.model.value import CLASSNAME, DATA, OBJECT, OLD_ENCODING, VERSION, Extension, Mark, Node, Selection
from secure_xcom.payload.nodes import nodes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Text: TypeAlias = str
    Number: TypeAlias = int
else:
    # Of texts and numbers some are extensions (``payload.codec``), so that MessagePack's decoder cannot tell.
    Text = Number = object


class _Branch(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A node of the tree of parts, which an envelope holds as an array.

    Python's garbage collector does not follow it: a tree is made of thousands, and none leads back to itself.
    """


class Part(_Branch, frozen=True, tag=0):
    """A sealed part: the node that stood here."""

    content: object

    def __repr__(self) -> str:
        return "Part()"


class InDict(_Branch, frozen=True, tag=1):
    """The children of a dict that hold parts, with their keys. Raises ``TypeError`` for a key of another type."""

    children: tuple[tuple[Text, Part | InDict | InList | InObject], ...]

    def __post_init__(self) -> None:
        for key, _ in self.children:
            if type(key) is not str:
                raise TypeError("a dict's key is a text")


class InList(_Branch, frozen=True, tag=2):
    """The items of a list that hold parts, with their positions."""

    children: tuple[tuple[Annotated[int, msgspec.Meta(ge=0)], Part | InDict | InList | InObject], ...]


class InObject(_Branch, frozen=True, tag=3):
    """Parts within Airflow's encoding of an object, below its data. Raises ``TypeError`` unless its class is a text."""

    classname: Text
    version: Number
    data: Part | InDict | InList | InObject

    def __post_init__(self) -> None:
        if type(self.classname) is not str or type(self.version) is not int:
            raise TypeError("an object has a class and a version")


class Large(_Branch, frozen=True, tag=4):
    """A whole value that holds no secret, and was moved because of its size: there is nothing in it to mask."""

    content: object

    def __repr__(self) -> str:
        return "Large()"


Parts: TypeAlias = Part | InDict | InList | InObject

Root: TypeAlias = Parts | Large
"""What an object holds."""

_MOVED: Final = "placeholders were moved, added or removed within the database row"

_EDITED: Final = (
    "somebody edited this XCom in the UI or by REST, and its placeholder is a text now: clear the producing task so "
    "that it pushes again"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a row says of itself: its placeholder, ``None`` in a plain row, and how many places are to be filled."""

    placeholder: Placeholder | None
    places: int


def cut(node: Node, selection: Selection, placeholder: Node) -> tuple[Node, Parts]:
    """Return ``node`` with its selected parts replaced, and the parts. What is on no branch is not copied.

    The placeholder stands in place of the first part, in the order of the selection, and a stand-in for each other.
    """
    return _cut(node, selection, chain((placeholder,), repeat(STAND_IN)))


def _cut(node: Node, selection: Selection, instead: Iterator[Node]) -> tuple[Node, Parts]:
    if isinstance(selection, str):
        return next(instead), Part(_bare(node))
    if isinstance(node, list):
        items, positions = list(node), []
        for step, inner in selection.items():
            position = cast("int", step)
            items[position], part = _cut(node[position], inner, instead)
            positions.append((position, part))
        return items, InList(tuple(positions))
    if not isinstance(node, dict):
        raise TypeError("a selection names a part of another value")
    row, children = dict(node), []
    for step, inner in selection.items():
        key = cast("str", step)
        if isinstance(inner, str):
            # A row of a table has such a field, and there may be many thousands: this saves two calls for each.
            leaf = node[key]
            row[key], part = next(instead), cast("Parts", Part(leaf if type(leaf) is str else _bare(leaf)))
        else:
            row[key], part = _cut(node[key], inner, instead)
        children.append((key, part))
    if CLASSNAME in node:
        return row, InObject(cast("str", node[CLASSNAME]), cast("int", node[VERSION]), part)
    return row, InDict(tuple(children))


def find_placeholder(row: Node) -> Found:
    """Return the placeholder of a database value. Raises ``InvalidPlaceholder`` for what this product never writes.

    That is a damaged placeholder, a second one, stand-ins without one, and the text that an edited one becomes.
    """
    placeholders, stand_ins = [], 0
    for node in nodes_of(row):
        if isinstance(node, str):
            if node == STAND_IN:
                stand_ins += 1
            elif TEXT_FORM in node:
                raise InvalidPlaceholder(_EDITED)
        elif Placeholder.claims(node):
            placeholders.append(Placeholder.parse(node))
            if len(placeholders) > 1:
                raise InvalidPlaceholder("the database row holds more than one placeholder: it was altered")
    if stand_ins and not placeholders:
        raise InvalidPlaceholder(_EDITED)
    return Found(placeholders[0] if placeholders else None, len(placeholders) + stand_ins)


def restore(row: Node, parts: Root, places: int) -> Node:
    """Return ``row`` with the opened parts in place of its placeholder and its stand-ins, together ``places``.

    Raises ``Tampered`` unless each part stands where it was taken from, and none was added.
    """
    restored, count = _restored(row, parts, chain((Placeholder.claims,), repeat(_is_stand_in)))
    if count != places:
        raise Tampered(_MOVED)
    return restored


def _restored(node: Node, parts: Root, expected: Iterator[Callable[[object], bool]]) -> tuple[Node, int]:
    match parts:
        case Part() | Large():
            if next(expected)(node):
                return cast("Node", parts.content), 1
        case InList() if isinstance(node, list):
            items, total = list(node), 0
            for position, inner in parts.children:
                if position >= len(items):
                    raise Tampered(_MOVED)
                items[position], count = _restored(node[position], inner, expected)
                total += count
            return items, total
        case InDict() if isinstance(node, dict) and _is_plain(node):
            row, total = dict(node), 0
            for key, inner in parts.children:
                row[key], count = _restored(node.get(key), inner, expected)
                total += count
            return row, total
        case InObject() if isinstance(node, dict) and _is_of(node, parts):
            data, total = _restored(node.get(DATA), parts.data, expected)
            return {**node, DATA: data}, total
    raise Tampered(_MOVED)


def _is_stand_in(node: object) -> bool:
    return node == STAND_IN


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
    if isinstance(node, str):
        return node
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
