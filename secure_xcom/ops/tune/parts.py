"""``parts_of``: an XCom's parts with their patterns, each sealed by a rule or plain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from secure_xcom.classify import Policy, scan
from secure_xcom.model.value import CLASSNAME, DATA, OBJECT, VERSION
from secure_xcom.ops.tune.rows import SEALED_NODE, Row
from secure_xcom.ops.tune.steps import POSITION, Pattern, below, step_of

if TYPE_CHECKING:
    from secure_xcom.model.value import Node, Selection

SEALED_BEFORE: Final = "sealed before"
"""The rule of a placeholder: which one sealed it is not in the database."""

_Place: TypeAlias = "tuple[Pattern, Node, Selection | None]"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is sealed by ``rule``, or a text, number or truth value that is not sealed."""

    pattern: Pattern
    node: Node = field(repr=False)
    rule: str | None
    values: int = 1
    """Texts, numbers and truth values in it."""


def parts_of(row: Row, policy: Policy) -> Iterator[Part]:
    """Yield the parts of an XCom; ``None`` has nothing to hide. Raises ``RecursionError``, before
    the first part, for what is nested too deeply."""
    selection = scan(row.value, row.key, policy, None, SEALED_NODE)
    # Iterators and no list: a value may have a million children.
    open_nodes: list[Iterator[_Place]] = [iter([((step_of(row.key),), row.value, selection)])]
    while open_nodes:
        if (found := next(open_nodes[-1], None)) is None:
            open_nodes.pop()
            continue
        pattern, node, selected = found
        if node is SEALED_NODE:
            yield Part(pattern, node, SEALED_BEFORE)
        elif isinstance(selected, str):
            yield Part(pattern, node, selected, max(1, _values_in(node)))
        elif isinstance(node, (dict, list)):
            open_nodes.append(_children(pattern, node, selected or {}))
        elif node is not None:
            yield Part(pattern, node, None)


def _children(
    pattern: Pattern, node: dict[str, Node] | list[Node], selected: Mapping[str | int, Selection]
) -> Iterator[_Place]:
    if isinstance(node, list):
        inner = below(pattern, POSITION)
        for position, child in enumerate(node):
            yield inner, child, selected.get(position)
    elif node.keys() == OBJECT:
        # The classifier's paths have no step for what Airflow's encoding adds to an object.
        yield pattern, node[DATA], selected.get(DATA)
    else:
        for key, child in node.items():
            yield below(pattern, step_of(key)), child, selected.get(key)


def _values_in(node: Node) -> int:
    waiting, values = [node], 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(child for key, child in one.items() if key not in (CLASSNAME, VERSION))
        elif isinstance(one, list):
            waiting.extend(one)
        elif one is not None:
            values += 1
    return values
