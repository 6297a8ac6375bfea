"""``rows_of`` and ``unclear``: what makes a table of many rows cheap to look at, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from secure_xcom.classify.distinct import SHORTEST_NUMBER, SHORTEST_OPAQUE

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

SMALL: Final[int] = 10 ** (SHORTEST_NUMBER - 2)
"""A number from which it may tell a secret, also if it has a sign."""

_MANY: Final = 4
"""Rows that are looked at by columns."""

_LEAVES: Final = frozenset((str, int, float, bool, type(None)))


def rows_of(items: list[Node]) -> Sequence[dict[str, Node]]:
    """Return the items of a list if they are dicts with the same keys, in the same order; none for other lists."""
    if len(items) < _MANY or set(map(type, items)) != {dict}:
        return ()
    rows = cast("list[dict[str, Node]]", items)
    keys = tuple(rows[0])
    return rows if keys and all(map(keys.__eq__, map(tuple, rows))) else ()


def is_opaque(node: Node) -> bool:
    """Whether a node is a text that is long enough to look random."""
    return isinstance(node, str) and len(node) >= SHORTEST_OPAQUE


def unclear(nodes: Sequence[Node], suspected: frozenset[int], sealed: Node) -> Sequence[int] | None:
    """Return the positions of leaves that may be sensitive under any name; ``None`` if not all are leaves.

    ``suspected`` holds the ids of texts that need a look. ``sealed`` stands for a sealed part, and is a leaf.
    """
    kinds = set(map(type, nodes))
    leaves = nodes
    if not kinds <= _LEAVES:
        leaves = [node for node in nodes if node is not sealed]
        kinds = set(map(type, leaves))
        if not kinds <= _LEAVES:
            return None
    if float in kinds or (int in kinds and not _are_small([node for node in leaves if type(node) is int])):
        return range(len(nodes))
    if str not in kinds or suspected.isdisjoint(map(id, leaves)):
        return ()
    return [position for position, node in enumerate(nodes) if id(node) in suspected]


def _are_small(numbers: Sequence[int]) -> bool:
    """Whether none of some integers tells a secret."""
    return min(numbers) > -SMALL and max(numbers) < SMALL
