"""``take_apart``: an XCom's parts with their patterns, each sealed by a rule or plain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.classify import Policy, scan_row
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import CLASSNAME, DATA, OBJECT, VERSION
from secure_xcom.ops.tune.rows import SEALED_NODE, Row
from secure_xcom.ops.tune.steps import POSITION, Pattern, below
from secure_xcom.payload.stored_frames import StoredFrames, is_stored_frame

if TYPE_CHECKING:
    from secure_xcom.model.value import Node, Selection

SEALED_BEFORE: Final = "sealed before"
"""The rule of a placeholder: which one sealed it is not in the database."""


class Parts(Protocol):
    """Takes the parts of XComs."""

    def step(self, name: str) -> str:
        """Return a key as a step of a pattern."""

    def sealed(self, pattern: Pattern, node: Node, rule: str, values: int) -> None:
        """Take a part that is sealed by ``rule``, with so many texts, numbers and truth values in it."""

    def plain(self, pattern: Pattern, node: Node) -> None:
        """Take a text, a number or a truth value that is not sealed."""


def take_apart(row: Row, policy: Policy, parts: Parts) -> None:
    """Give the parts of an XCom to ``parts``; ``None`` has nothing to hide.

    Raises, before the first part, ``RecursionError`` for what is nested too deeply, and ``PayloadError`` for a data
    frame that needs pyarrow.
    """
    lost_of = StoredFrames(row.value).of
    selection = scan_row(row.value, row.key, policy, SEALED_NODE, lost_of=lost_of, origin=Origin(task_id=row.task_id))
    # The classifier has more frames on the stack for each level, so what it could walk can be walked here.
    _visit((parts.step(row.key),), row.value, selection, parts)


def _visit(pattern: Pattern, node: Node, selected: Selection | None, parts: Parts) -> None:
    if node is SEALED_NODE:
        parts.sealed(pattern, node, SEALED_BEFORE, 1)
    elif isinstance(selected, str):
        parts.sealed(pattern, node, selected, max(1, _values_in(node)))
    elif isinstance(node, dict):
        _visit_dict(pattern, node, selected or {}, parts)
    elif isinstance(node, list):
        inner = below(pattern, POSITION)
        for position, child in enumerate(node):
            _visit(inner, child, selected.get(position) if selected else None, parts)
    elif node is not None:
        parts.plain(pattern, node)


def _visit_dict(pattern: Pattern, node: dict[str, Node], selected: Mapping[str | int, Selection], parts: Parts) -> None:
    if is_stored_frame(node):
        # As a text its Parquet would look random.
        parts.plain(pattern, node)
        return
    if node.keys() == OBJECT:
        # The classifier's paths have no step for what Airflow's encoding adds to an object.
        _visit(pattern, node[DATA], selected.get(DATA), parts)
        return
    for key, child in node.items():
        _visit(below(pattern, parts.step(key)), child, selected.get(key), parts)


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
