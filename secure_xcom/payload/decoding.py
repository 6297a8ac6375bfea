"""``decode``: an encoded value to what Airflow's own backend would hand out for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from secure_xcom.errors import PayloadError
from secure_xcom.model.value import CLASSNAME, DATA, JSON, Extension, ExtensionKind, Mark, Node
from secure_xcom.payload.foreign import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

_COLLECTIONS: Final[dict[object, Callable[[list[object]], object]]] = {
    "builtins.tuple": tuple,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
}


def decode(tree: Node, decode_object: Callable[[JSON], object], *, has_extensions: bool) -> object:
    """Return the value. Without extensions that is ``decode_object``'s, Airflow's deserialiser, alone.

    Raises ``PayloadError`` when Airflow refuses, or a class that is to be rebuilt does.
    """
    if has_extensions:
        return guarded(lambda: _value(tree, decode_object), lambda problem: _told(tree, problem))
    return guarded(lambda: decode_object(tree), lambda problem: _told(tree, problem))  # type: ignore[arg-type]  # JSON


def _value(node: Node, decode_object: Callable[[JSON], object]) -> object:
    if isinstance(node, Extension):
        if node.kind is ExtensionKind.PAIRS and isinstance(node.content, list):
            return {_value(key, decode_object): _value(item, decode_object) for key, item in node.content}
        return node.content
    if isinstance(node, list):
        return [_value(item, decode_object) for item in node]
    if isinstance(node, dict):
        if not _holds_extension(node):
            return decode_object(node)  # type: ignore[arg-type]  # JSON
        if CLASSNAME not in node:
            return {key: _value(item, decode_object) for key, item in node.items()}
        make, items = _COLLECTIONS.get(node[CLASSNAME]), node.get(DATA)
        if make is None or not isinstance(items, list):
            raise PayloadError("an object holds what Airflow cannot encode")
        return make([_value(item, decode_object) for item in items])
    return node


def _holds_extension(node: Node) -> bool:
    if isinstance(node, (Extension, Mark)):
        return True
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(_holds_extension(child) for child in children)


def _told(tree: Node, problem: str) -> str:
    name = tree.get(CLASSNAME) if isinstance(tree, dict) else None
    return f"a value of type {name or type(tree).__name__} cannot be rebuilt: {problem}"
