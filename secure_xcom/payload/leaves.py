"""What a sealed part is made of, and what an object within it prints: everything that may turn up in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from secure_xcom.model.value import CLASSNAME, DATA, Extension, Mark, Node
from secure_xcom.payload.foreign import asked_for_names
from secure_xcom.payload.parts import InDict, InList, InObject, Part, Parts

SHORTEST_KEY: Final = 16
"""Characters below which a dict's key is taken for a name and not for a secret."""

MOST_CELLS: Final = 1_000_000
"""Cells of a table that are looked at: more of them would take longer than the task has."""

ObjectOf = Callable[[object], object | None]
"""Returns the object that Airflow encoded as a node, ``None`` if it is not known."""


def leaves_of(parts: Parts, object_of: ObjectOf) -> Iterator[object]:
    """Yield texts, numbers and bytes. Booleans are left out: hiding these words would hide half of every log."""
    match parts:
        case Part(content):
            yield from _of_node(content, object_of)
        case InDict(children) | InList(children):
            for inner in children.values():
                yield from leaves_of(inner, object_of)
        case InObject(data=data):
            yield from leaves_of(data, object_of)


def opened_objects(parts: Parts, value: object) -> ObjectOf:
    """Return what finds the rebuilt object of a part's node, if the part was an object as a whole."""
    found: dict[int, object] = {}
    _pair(parts, value, found)
    return lambda node: found.get(id(node))


def _pair(parts: Parts, value: object, found: dict[int, object]) -> None:
    match parts:
        case Part(content):
            _pair_node(content, value, found)
        case InDict(children) if isinstance(value, dict):
            for key, inner in children.items():
                if key in value:
                    _pair(inner, value[key], found)
        case InList(children) if isinstance(value, (list, tuple)):
            for position, inner in children.items():
                if position < len(value):
                    _pair(inner, value[position], found)
        case InObject(data=data):
            _pair(data, value, found)


def _pair_node(node: Node, value: object, found: dict[int, object]) -> None:
    if isinstance(node, dict) and CLASSNAME in node:
        found[id(node)] = value
        node = node.get(DATA)
    if isinstance(node, dict) and isinstance(value, dict):
        for key, child in node.items():
            if key in value:
                _pair_node(child, value[key], found)
    elif isinstance(node, list) and isinstance(value, (list, tuple)):
        for child, item in zip(node, value, strict=False):
            _pair_node(child, item, found)


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
    cells = _cells(value)
    if cells is not None:
        yield from islice(cells, MOST_CELLS)
        yield from (*asked_for_names(value, "columns"), *asked_for_names(value, "index"))
        return
    for text in (str, repr):
        try:
            printed = text(value)
        except Exception:  # noqa: S112 - a class that cannot be printed prints no secret
            continue
        # The default shows a class and an address.
        if " object at 0x" not in printed:
            yield printed


def _cells(value: object) -> Iterable[object] | None:
    """Return the cells of a table or an array of numpy's kind, ``None`` for any other object."""
    to_numpy = getattr(value, "to_numpy", None)
    try:
        array = to_numpy() if callable(to_numpy) else value
        ravel = getattr(array, "ravel", None)
        return [str(cell) for cell in islice(ravel(), MOST_CELLS)] if callable(ravel) else None
    except Exception:
        return None
