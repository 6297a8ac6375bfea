"""The nodes of an encoded value, and whether Airflow can store them as they are."""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING, Final, cast

from secure_xcom.errors import PayloadError
from secure_xcom.model.placeholder import SEALED_CLASSNAME
from secure_xcom.model.value import CLASSNAME, JSON, Extension, ExtensionKind, Mark, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


DEEPEST: Final = 254
"""Levels of dicts and lists above a node, from the root on, that Airflow's message to its supervisor takes."""

_DEPTH_OF_PLACEHOLDER: Final = 2
"""Levels of a placeholder above what it holds."""

_INTEGERS: Final = range(-(2**63), 2**64)
"""Integers that Airflow's message takes: those of MessagePack."""

_LARGE_INTEGER: Final = ("an integer of more than 64 bits", "it as text")
_SIMPLE: Final = frozenset((str, int, bool, type(None)))
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def require_storable(row: Node) -> JSON:
    """Return a row. Raises ``PayloadError`` if it holds what Airflow cannot store and nothing had sealed.

    The limits are those of Airflow's own backend, whose message goes to the supervisor in MessagePack and from there
    in JSON. ``tests/airflow/test_beside.py`` holds them against Airflow itself. Iterative, and linear at any depth.
    """
    level, depth = [row], 0
    while level:
        if depth > DEEPEST:
            raise _too_deep()
        # Texts and integers at once: there may be many thousands.
        if not all(map(str.isascii, texts := [node for node in level if type(node) is str])):
            for text in texts:
                _require_utf8(text)
        integers = [node for node in level if type(node) is int]
        if integers and not (min(integers) in _INTEGERS and max(integers) in _INTEGERS):
            raise _unstorable(*_LARGE_INTEGER)
        level, depth = _below([node for node in level if type(node) not in _SIMPLE], depth), depth + 1
    return cast("JSON", row)


def _below(level: list[Node], depth: int) -> list[Node]:
    below: list[Node] = []
    for node in level:
        if isinstance(node, dict):
            below.extend(_items_of(node, depth))
        elif isinstance(node, list):
            below.extend(node)
        elif isinstance(node, str):
            _require_utf8(node)
        elif node is not None:
            _require_storable_leaf(node)
    return below


def _items_of(node: dict[str, Node], depth: int) -> Iterable[Node]:
    if node.get(CLASSNAME) == SEALED_CLASSNAME:
        if depth + _DEPTH_OF_PLACEHOLDER > DEEPEST:
            raise _too_deep()
        return ()
    if not all(map(str.isascii, node)):
        for key in node:
            _require_utf8(key)
    return node.values()


def _require_storable_leaf(node: Node) -> None:
    if isinstance(node, int):
        if node not in _INTEGERS:
            raise _unstorable(*_LARGE_INTEGER)
    elif isinstance(node, float):
        if not isfinite(node):
            raise _unstorable("NaN or an infinite number", "None or a text in its place")
    elif isinstance(node, (Extension, Mark)):
        raise _unstorable(_called(node), "built-in types")


def _require_utf8(text: str) -> None:
    if _SURROGATES.search(text):
        raise _unstorable("a text with a lone surrogate (UTF-8 has none)", "a text without it")


def _too_deep() -> PayloadError:
    return _unstorable(f"a value that is nested more than {DEEPEST} levels deep", "a flatter value")


def _unstorable(what: str, instead: str) -> PayloadError:
    return PayloadError(
        f"Airflow cannot store {what} in plaintext: wrap it in secure_xcom.Secret, or return {instead}; nothing was "
        "stored"
    )


def _called(node: Extension | Mark) -> str:
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
