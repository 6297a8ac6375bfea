"""``suspects``: the texts and the keys of a value that need a look, found in one pass over many of them at once.

Almost no text holds a registered secret or looks like one. To ask each text by itself takes longer than Airflow takes
to encode it, so they are joined, and asked together; only those that stand in a suspicious batch are asked alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from secure_xcom.classify.policy import Policy
    from secure_xcom.model.value import Node

_BATCH: Final = 64
"""Texts of a batch: a suspicion costs a look at each of them."""

LONG: Final = 512
"""Characters beyond which a text is looked at by itself: one search through it is enough."""

_SHORTEST: Final = 5
"""Characters below which nothing is registered that can tell a secret (``classify.distinct``), and no rule matches."""

_CONTAINERS: Final = (dict, list)

_LEAVES: Final = frozenset((str, int, float, bool, type(None)))


@dataclass(frozen=True, slots=True)
class Suspects:
    """What may be sensitive whatever stands beside it."""

    texts: frozenset[int]
    """The ids of texts, which the tree keeps alive."""
    keys: frozenset[str]


class _Everything(frozenset[Any]):
    def __contains__(self, _: object) -> bool:
        return True

    def isdisjoint(self, _: object) -> bool:
        return False


ALL: Final = Suspects(_Everything(), _Everything())

NOTHING: Final = Suspects(frozenset(), frozenset())


def suspects(tree: Node, policy: Policy) -> Suspects:
    """Return the texts and the keys in ``tree`` that may be sensitive whatever stands beside them."""
    if not isinstance(tree, _CONTAINERS):
        return ALL
    keys: set[str] = set()
    texts = _texts(tree, keys)
    named = [*keys]
    holds = policy.holds_registered_secret
    # The keys are few, and the same in each push.
    secret_names = keys if holds("\n".join(named)) else filter(policy.is_secret_name, named)
    found: list[int] = []
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        if max(map(len, batch)) > LONG:
            found += [id(text) for text in batch if len(text) > LONG]
            batch = [text for text in batch if len(text) <= LONG]
        joined = "\n".join(batch)
        if holds(joined) or policy.may_look_sensitive(joined):
            found += map(id, batch)
    return Suspects(frozenset(found), frozenset(secret_names))


def _texts(tree: dict[str, Node] | list[Node], keys: set[str]) -> list[str]:
    """Return the texts of a tree that are long enough; add its dicts' keys to ``keys``."""
    texts: list[str] = []
    level: list[dict[str, Node] | list[Node]] = [tree]
    while level:
        children: list[Node] = []
        for node in level:
            if isinstance(node, dict):
                keys.update(node)
                children += node.values()
            else:
                children += node
        texts += [child for child in children if isinstance(child, str) and len(child) >= _SHORTEST]
        # At once: mostly, the last level has all the leaves.
        is_last = _LEAVES.issuperset(map(type, children))
        level = [] if is_last else [child for child in children if isinstance(child, _CONTAINERS)]
    return texts
