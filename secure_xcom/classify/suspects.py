"""``suspects``: the texts of a value that need a look, found in one pass over many of them at once.

Almost no text holds a registered secret or looks like one. To ask each text by itself takes longer than Airflow takes
to encode it, so they are joined, and asked together; only those that stand in a suspicious batch are asked alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secure_xcom.classify.policy import Policy
    from secure_xcom.model.value import Node

_BATCH: Final = 4096
"""Characters of a batch: a suspicion costs a look at each of its texts."""

_FEW: Final = 16
"""Values of a flat dict that are looked at one by one."""

_SHORTEST: Final = 5
"""Characters below which nothing is registered that can tell a secret (``classify.distinct``), and no rule matches."""


def suspects(tree: Node, policy: Policy) -> frozenset[int] | None:
    """Return the ids of the texts in ``tree`` that may be sensitive whatever their names; the tree keeps them alive.

    ``None`` stands for all of them, where there are so few that a pass of their own would take longer.
    """
    if not isinstance(tree, (dict, list)) or _is_small(tree):
        return None
    found: set[int] = set()
    batch: list[str] = []
    length = 0
    for text in _texts(tree):
        if len(text) > _BATCH:
            found.add(id(text))
            continue
        batch.append(text)
        length += len(text)
        if length > _BATCH:
            found.update(_suspected(batch, policy))
            batch, length = [], 0
    found.update(_suspected(batch, policy))
    return frozenset(found)


def _is_small(tree: dict[str, Node] | list[Node]) -> bool:
    children = tree.values() if isinstance(tree, dict) else tree
    return len(tree) <= _FEW and not any(isinstance(child, (dict, list)) for child in children)


def _suspected(batch: list[str], policy: Policy) -> list[int]:
    if not batch:
        return []
    joined = "\n".join(batch)
    return list(map(id, batch)) if policy.may_be_sensitive(joined) else []


def _texts(tree: dict[str, Node] | list[Node]) -> Iterator[str]:
    """Yield the texts that are long enough; keys are looked at where they stand."""
    waiting: list[dict[str, Node] | list[Node]] = [tree]
    while waiting:
        node = waiting.pop()
        for child in node.values() if isinstance(node, dict) else node:
            if isinstance(child, str):
                if len(child) >= _SHORTEST:
                    yield child
            elif isinstance(child, (dict, list)):
                waiting.append(child)
