"""What a sealed part is made of, and what an object within it prints: everything that may turn up in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from secure_xcom.model.value import CLASSNAME, DATA, Extension, Mark, Node
from secure_xcom.payload.cells import printed_cells
from secure_xcom.payload.foreign import hint, text_of
from secure_xcom.payload.names import members_of
from secure_xcom.payload.parts import InDict, InList, InObject, Part, Parts

SHORTEST_KEY: Final = 16
"""Characters below which a dict's key is taken for a name and not for a secret."""

ObjectOf = Callable[[object], object | None]
"""Returns the object that Airflow encoded as a node, ``None`` if it is not known."""


def leaves_of(parts: Parts, object_of: ObjectOf) -> Iterator[object]:
    """Yield texts, numbers and bytes. Booleans are left out: hiding these words would hide half of every log."""
    waiting = [parts]
    while waiting:
        match waiting.pop():
            case Part(content):
                yield from _of_node(content, object_of)
            case InDict(children) | InList(children):
                waiting.extend(children.values())
            case InObject(data=data):
                waiting.append(data)


def opened_objects(parts: Parts, value: object) -> ObjectOf:
    """Return what finds the rebuilt object of a part's node, if the part was an object as a whole."""
    found: dict[int, object] = {}
    waiting = [(parts, value)]
    while waiting:
        branch, opened = waiting.pop()
        match branch:
            case Part(content):
                _pair(content, opened, found)
            case InDict(children) | InList(children):
                waiting.extend((inner, opened[step]) for step, inner in children.items() if _has(opened, step))  # type: ignore[index]
            case InObject(data=data):
                waiting.append((data, opened))
    return lambda node: found.get(id(node))


def _has(opened: object, step: str | int) -> bool:
    # Exact types: a rebuilt object may be a list or a dict with code of its own.
    if type(opened) in (list, tuple):
        return isinstance(step, int) and step < len(opened)  # type: ignore[arg-type]
    return type(opened) is dict and step in opened


def _pair(content: Node, opened: object, found: dict[int, object]) -> None:
    waiting: list[tuple[Node, object]] = [(content, opened)]
    while waiting:
        node, value = waiting.pop()
        if isinstance(node, dict) and CLASSNAME in node:
            found[id(node)] = value
            node = node.get(DATA)
            if isinstance(node, dict):
                # A table may stand in a field.
                value = _fields_of(value)
        if isinstance(node, dict):
            waiting.extend((child, value[key]) for key, child in node.items() if _has(value, key))  # type: ignore[index]
        elif isinstance(node, list) and type(value) in (list, tuple):
            waiting.extend(zip(node, value, strict=False))  # type: ignore[call-overload]
        elif isinstance(node, Extension) and isinstance(node.content, list) and type(value) is dict:
            waiting.extend(zip((item for _, item in node.content), value.values(), strict=False))


def _fields_of(value: object) -> object:
    members: dict[str, object] = {}
    return value if type(value) is dict else hint(lambda: members_of(value), members)


def _of_node(root: Node, object_of: ObjectOf) -> Iterator[object]:
    waiting: list[object] = [root]
    while waiting:
        node = waiting.pop()
        if node is None or isinstance(node, bool):
            continue
        if isinstance(node, dict):
            if CLASSNAME in node:
                yield from _printed(object_of(node))
                waiting.append(node.get(DATA))
            else:
                yield from filter(_may_be_secret, node)
                waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, (Mark, Extension)):
            waiting.append(node.content)
        else:
            yield node


def _may_be_secret(key: object) -> bool:
    """Whether a dict's key is masked too: names are short or have no digit, tokens are long and have some."""
    return isinstance(key, str) and len(key) >= SHORTEST_KEY and any(character.isdecimal() for character in key)


def _printed(value: object | None) -> Iterator[object]:
    """Yield what an object prints that its encoding does not tell: the cells of a table, or its own text."""
    if value is None or isinstance(value, (tuple, set, frozenset)):
        return
    cells = printed_cells(value)
    if cells is not None:
        yield from cells
        return
    for printed in (hint(lambda: text_of(value), ""), hint(lambda: text_of(repr(value)), "")):
        # The default shows a class and an address; a class that cannot be printed prints no secret.
        if printed and " object at 0x" not in printed:
            yield printed
