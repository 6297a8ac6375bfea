"""``Cell``: one value of the metadata database, and what changes it only if it is still what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, Protocol

from secure_xcom.model.coordinates import Coordinates

Key = Sequence[str | int]
"""The primary key of a row."""

Stored = str | int | float | bytes
"""A value as the database gave it; what is written in its place compares it with what is there by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value at ``column`` of the row ``key``. ``where`` is the XCom, or the task instance, that it belongs to."""

    key: Key
    column: str
    where: Coordinates
    stored: Stored = field(repr=False)

    @property
    def text(self) -> str | None:
        """The value as text, ``None`` for bytes. SQLite keeps a number as one."""
        if isinstance(self.stored, bytes):
            return None
        return self.stored if isinstance(self.stored, str) else repr(self.stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to stand in a cell's place."""

    cell: Cell
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Cells that are handled together, in a few tens of megabytes.

    ``rows`` is how many rows the page ends, and ``reached`` the key of the last of them. ``too_large`` are the rows
    whose values are larger than what is read at all.
    """

    cells: Sequence[Cell] = field(repr=False)
    rows: int = 0
    reached: Key | None = None
    too_large: Sequence[Coordinates] = ()


class Table(Protocol):
    """A table of the metadata database while Airflow is up: read in pages, each in a transaction of its own."""

    name: str

    def total(self) -> int:
        """Return how many rows there are. Raises ``MigrationStopped`` if the database does not answer."""

    def dags(self) -> AbstractSet[str]:
        """Return which of the Dags that the table is narrowed to have a row. Raises ``MigrationStopped``."""

    def pages(self, after: Key | None) -> Iterator[Page]:
        """Yield the rows behind ``after``, in the order of their keys. Raises ``MigrationStopped``."""

    def replace(self, changes: Sequence[Change]) -> Sequence[bool]:
        """Make changes in one transaction; answers which ones, since a cell that has changed meanwhile stays.

        Raises ``MigrationStopped``, and then has made no change.
        """


PICKLED: Final = b"\x80"
"""What each pickle of protocol 2 and later begins with (``pickletools``, PROTO)."""
