"""The nodes of an encoded value, and whether Airflow can store them as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from secure_xcom.errors import PayloadError
from secure_xcom.model.placeholder import SEALED_CLASSNAME
from secure_xcom.model.value import CLASSNAME, JSON, Extension, ExtensionKind, Mark, Node

if TYPE_CHECKING:
    from collections.abc import Iterator


def require_storable(row: Node) -> JSON:
    """Return a row. Raises ``PayloadError`` if it holds what Airflow cannot store and nothing had sealed."""
    for node in nodes_of(row):
        if isinstance(node, (Extension, Mark)):
            raise PayloadError(
                f"Airflow cannot store {_told(node)} in plaintext: wrap it in secure_xcom.Secret, or return built-in "
                "types"
            )
    return cast("JSON", row)


def _told(node: Extension | Mark) -> str:
    if isinstance(node, Mark):
        return "a Secret"
    if node.kind is ExtensionKind.PAIRS:
        return "a dict with a key that it reserves"
    return f"a value of type {type(node.content).__name__}"


def nodes_of(node: Node) -> Iterator[Node]:
    """Yield all nodes, without going into placeholders. Iterative, so that its cost is linear at any depth."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, dict):
            if node.get(CLASSNAME) != SEALED_CLASSNAME:
                waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
