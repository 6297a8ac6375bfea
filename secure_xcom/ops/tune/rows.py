"""``Row``: one XCom as ``tune`` reads it, and what may be wrong with one. Nothing is loaded that is too large."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.model.placeholder import STAND_IN, Placeholder

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

MOST_CHARACTERS: Final = 2 * 1024 * 1024
"""Characters of a value's JSON beyond which it is counted and not read. As Python objects it takes ten times that."""

SEALED_NODE: Final[Node] = {"": "sealed"}
"""Stands for each placeholder and stand-in. The classifier passes by this one object."""


@unique
class Problem(Enum):
    """Why an XCom could not be looked at."""

    NOT_A_ROW = "no XCom: a field is missing or has another type"
    NOT_JSON = "the value is no JSON"
    TOO_LARGE = f"the value is larger than {MOST_CHARACTERS // (1024 * 1024)} MiB"
    TOO_DEEP = "the value is nested too deeply"
    NO_PYARROW = "the value is a data frame, which only pyarrow can read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One XCom. Placeholders and stand-ins in its value are ``SEALED_NODE``."""

    dag_id: str
    task_id: str
    key: str
    value: Node = field(repr=False)


class Rows(Protocol):
    """Where the XComs come from; ``Export`` and ``airflow.deployment.DatabaseRows`` implement it."""

    def total(self) -> int | None:
        """How many there are, ``None`` if only reading them tells."""

    def __iter__(self) -> Iterator[Row | Problem]:
        """Yield them one by one. Raises ``ConfigurationError`` if they cannot be read."""


def row_of(dag_id: object, task_id: object, key: object, value: object) -> Row | Problem:
    """Return the XCom with a value as a database has it: JSON, or NULL, or the number that SQLite makes of one."""
    if not (isinstance(dag_id, str) and isinstance(task_id, str) and isinstance(key, str)):
        return Problem.NOT_A_ROW
    parsed = _of_column(value)
    if isinstance(parsed, Problem):
        return parsed
    return Row(dag_id=dag_id, task_id=task_id, key=key, value=parsed)


def _of_column(value: object) -> Node | Problem:
    if value is None or isinstance(value, (int, float)):
        return value
    return parsed_json(value) if isinstance(value, (str, bytes)) else Problem.NOT_JSON


def parsed_json(text: str | bytes) -> Node | Problem:
    """Parse JSON, with ``SEALED_NODE`` for placeholders and stand-ins."""
    if len(text) > MOST_CHARACTERS:
        return Problem.TOO_LARGE
    try:
        parsed: Node = json.loads(text, object_hook=_without_placeholder)
        holds_stand_ins = STAND_IN in text if isinstance(text, str) else STAND_IN.encode() in text
        return _without_stand_ins(parsed) if holds_stand_ins else parsed
    except RecursionError:
        return Problem.TOO_DEEP
    except ValueError:
        # Undecodable bytes and numbers of too many digits are ValueErrors too.
        return Problem.NOT_JSON


def only_of(rows: Iterable[Row | Problem], dags: Iterable[str]) -> Iterator[Row | Problem]:
    """Leave out the XComs of other Dags; of no Dag if ``dags`` is empty."""
    wanted = frozenset(dags)
    return (row for row in rows if not (wanted and isinstance(row, Row) and row.dag_id not in wanted))


def _without_stand_ins(node: Node) -> Node:
    if isinstance(node, list):
        return [_without_stand_ins(item) for item in node]
    if isinstance(node, dict) and node is not SEALED_NODE:
        return {key: _without_stand_ins(item) for key, item in node.items()}
    return SEALED_NODE if node == STAND_IN else node


def _without_placeholder(node: dict[str, Node]) -> Node:
    return SEALED_NODE if Placeholder.claims(node) else node
