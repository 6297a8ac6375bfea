"""``require_nothing_hidden``: pydantic writes asterisks in the place of a secret, and the value would be lost."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import PayloadError

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

_ASTERISKS: Final = "****"
"""Stands in what pydantic writes for a SecretStr, a SecretBytes and, by default, its ``Secret``."""


def require_nothing_hidden(value: object, node: Node) -> None:
    """Raise ``PayloadError`` if ``node``, Airflow's encoding of ``value``, has asterisks in the place of a secret."""
    pydantic = sys.modules.get("pydantic")
    if pydantic is None or not _holds_asterisks(node):
        return
    names = ("SecretStr", "SecretBytes", "Secret")
    kinds = tuple(getattr(pydantic, name) for name in names if hasattr(pydantic, name))
    if _holds_instance(value, kinds):
        raise PayloadError(
            "a pydantic SecretStr or SecretBytes cannot go through an XCom: Airflow's encoding holds asterisks in its "
            "place. Use str for the field, whose name or secure_xcom.Secret has it sealed"
        )


def _holds_asterisks(root: Node) -> bool:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str) and _ASTERISKS in node:
            return True
        if isinstance(node, dict):
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return False


def _holds_instance(root: object, kinds: tuple[type, ...]) -> bool:
    waiting, seen = [root], {}
    while waiting:
        value = waiting.pop()
        if isinstance(value, kinds):
            return True
        # Kept beside its id, which is only unique while the object lives.
        if id(value) not in seen:
            seen[id(value)] = value
            waiting.extend(_members(value))
    return False


def _members(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    slots = [getattr(value, name, None) for name in getattr(type(value), "__slots__", ()) if isinstance(name, str)]
    return [*getattr(value, "__dict__", {}).values(), *slots]
