"""``Scannable``: one place where Airflow keeps what people and tasks write, read in batches of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final, NamedTuple, Protocol

from secure_xcom.ops.audit.finding import State

TOO_LARGE: Final = "\x01larger than what is read at once"
"""Stands in a row for a value that its server kept back. JSON has no such character."""


@unique
class Form(Enum):
    """How a column's values are judged."""

    JSON = "JSON"
    """Part by part, by names, shapes and contents."""
    TEXT = "text"
    """As JSON if it is JSON, else as a text."""
    LOG = "log"
    """As lines: never parsed."""
    PYTHON = "Python"
    """By the literals of its source."""
    PASSWORD = "password"  # noqa: S105 - a kind of column
    """Whatever stands there is a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that is looked at."""

    name: str
    form: Form = Form.TEXT
    is_encryptable: bool = False
    """Whether Airflow encrypts what stands there, if it has a Fernet key."""
    ids: tuple[str, ...] = ()
    """Paths of keys that are ids of tasks, and no names of what stands below them."""


class Row(NamedTuple):
    """What each row begins with, whatever its table; the values of the columns follow. ``None`` is what a table lacks.

    ``name`` is the XCom's key, the variable's or connection's id, or the file's path.
    """

    dag_id: object
    run_id: object
    task_id: object
    map_index: object
    name: object
    when: object


FIELDS: Final = Row._fields

FIRST_VALUE: Final = len(FIELDS)

Cursor = Sequence[str | int]
"""Where a source goes on: the primary key of the last row that was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows that are judged together: at most a few tens of megabytes."""

    rows: Sequence[Sequence[object]] = field(repr=False)
    cursor: Cursor | None = None
    """``None`` if the source cannot go on in its midst: after an interruption it begins anew."""
    first_line: int = 0
    """The line that the first value begins with; 0 where values are no part of a file."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    counts: int | None = None
    """How many of the source's total this batch is, if not one for each row."""


class Unscannable(Exception):  # noqa: N818 - what was found, and not how the scan failed
    """A source is absent, or cannot be read, or no further. ``reason`` holds nothing that the database said."""

    def __init__(self, reason: str, state: State = State.UNREADABLE) -> None:
        super().__init__(reason)
        self.reason = reason
        self.state = state


class Scannable(Protocol):
    """A table or a folder."""

    @property
    def name(self) -> str:
        """What findings call it."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of each row, in their order."""

    @property
    def is_named(self) -> bool:
        """Whether a row's name is the name of its value, as an XCom's key is."""

    @property
    def is_told_by_name(self) -> bool:
        """Whether a row is known by its name alone, as a connection is, so that a baseline accepts it for no other."""

    @property
    def shortfall(self) -> str:
        """What of it cannot be looked at, in words; empty if nothing."""

    def total(self) -> int | None:
        """How many rows or files there are. Raises ``Unscannable``."""

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """Yield its rows, of those behind ``after``. Raises ``Unscannable``, also half-way."""
