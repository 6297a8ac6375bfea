"""``decode``: an encoded value to what Airflow's own backend would hand out for it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import PayloadError
from secure_xcom.model.value import CLASSNAME, JSON, OBJECT, Extension, ExtensionKind, Node
from secure_xcom.payload.foreign import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_COLLECTIONS: Final[dict[str, Callable[[list[object]], object]]] = {
    "builtins.tuple": tuple,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
}


def decode(tree: Node, decode_object: Callable[[JSON], object], *, has_extensions: bool) -> object:
    """Return the value. Without extensions that is ``decode_object``'s, Airflow's deserialiser, alone.

    Raises ``PayloadError`` when Airflow refuses, or a class that is to be rebuilt does.
    """
    # Once, however many warnings ask for it.
    subject = cache(lambda: _subject(tree))
    if has_extensions:
        return guarded(lambda: _Decoder(tree, decode_object).value(tree), subject, "cannot be rebuilt")
    return guarded(lambda: decode_object(tree), subject, "cannot be rebuilt")  # type: ignore[arg-type]  # JSON


class _Decoder:
    """Gives Airflow's deserialiser every part of a tree that holds no extension, each once."""

    def __init__(self, tree: Node, decode_object: Callable[[JSON], object]) -> None:
        self._decode_object = decode_object
        self._mixed = _above_extensions(tree)

    def value(self, node: Node) -> object:
        if isinstance(node, Extension):
            if node.kind is ExtensionKind.PAIRS and isinstance(node.content, list):
                return {self.value(key): self.value(item) for key, item in node.content}
            return node.content
        if id(node) not in self._mixed:
            return self._decode_object(node)  # type: ignore[arg-type]  # JSON
        if isinstance(node, list):
            return [self.value(item) for item in node]
        if isinstance(node, dict) and CLASSNAME not in node:
            return {key: self.value(item) for key, item in node.items()}
        make, items = _collection_of(node)
        return make([self.value(item) for item in items])


def _collection_of(node: Node) -> tuple[Callable[[list[object]], object], list[Node]]:
    match node:
        case {"__classname__": str(name), "__data__": list(items)} if name in _COLLECTIONS:
            return _COLLECTIONS[name], items
    raise PayloadError("an object holds what Airflow cannot encode")


def _above_extensions(tree: Node) -> set[int]:
    """Return the ids of the dicts and lists that hold an extension at any depth. Looks at each node once."""
    above: set[int] = set()
    order: list[tuple[Node, Node]] = [(tree, None)]
    # The loop goes on over what it appends, so that parents come before their children.
    for node, _ in order:
        order.extend((child, node) for child in _children_of(node) if isinstance(child, (dict, list, Extension)))
    for node, parent in reversed(order):
        if parent is not None and (isinstance(node, Extension) or id(node) in above):
            above.add(id(parent))
    return above


def _children_of(node: Node) -> Iterable[Node]:
    if isinstance(node, Extension):
        return node.content if isinstance(node.content, list) else ()
    return node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


_MOST_CLASSES: Final = 5


def _subject(tree: Node) -> str:
    names = sorted(set(_classes_in(tree)))[:_MOST_CLASSES]
    return f"a value of {', '.join(names) or 'built-in types'}"


def _classes_in(tree: Node) -> Iterator[str]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            name = node[CLASSNAME] if node.keys() == OBJECT else ""
            # The database may hold any text there, and only a name is fit for a log.
            if isinstance(name, str) and name not in _COLLECTIONS and all(map(str.isidentifier, name.split("."))):
                yield name
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
