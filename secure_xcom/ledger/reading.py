"""Entries in the order of their times, a batch at a time: no transaction and no memory grows with the ledger.

A listing goes on from the last entry that it has seen (keyset), so a page costs the same wherever it begins. It does
not verify: what a row says is true if ``audit verify`` finds its chain whole. A row that cannot be an entry is
reported as ``Damaged``, and the listing goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Select, Text, and_, func, not_, or_, select

from secure_xcom.errors import LedgerTampered
from secure_xcom.ledger import chain as chains_of
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import entries
from secure_xcom.ledger.extending import VERIFY
from secure_xcom.ledger.rows import entry_of
from secure_xcom.ledger.wanted import Wanted
from secure_xcom.model.entry import Entry

BATCH: Final = 1000
"""Entries that are read, and in memory, at once."""

LONGEST: Final = 16_384
"""Characters of a text that is read. Names have at most 512, which are ten times as many when each is escaped."""

_END_OF_TIME: Final = 253_402_300_800_000
"""The year 10,000, which no clock shows and no ISO 8601 time of four digits can name."""

_CHAIN: Final = re.compile(r"[0-9a-f]{64}")
_CURSOR: Final = re.compile(r"(\d{1,15})\.(\d{1,10})\.([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the order of a listing."""

    at: int
    chain: str
    number: int

    def __str__(self) -> str:
        return f"{self.at}.{self.number}.{self.chain}"

    @classmethod
    def parse(cls, cursor: str) -> Position | None:
        """Return the place that ``str`` wrote; ``None`` for another text."""
        found = _CURSOR.fullmatch(cursor)
        return cls(int(found[1]), found[3], int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry, and its place in its chain, which no other entry has."""

    chain: str
    number: int
    entry: Entry

    @property
    def position(self) -> Position:
        """Where a listing goes on after it."""
        return Position(self.entry.at, self.chain, self.number)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row that no writer wrote. Both parts are as the database has them."""

    chain: object
    number: object


Found = Recorded | Damaged


def batches(
    database: Database, wanted: Wanted, after: Position | None = None, size: int = BATCH
) -> Iterator[Sequence[Found]]:
    """Give the wanted entries after a place, ``size`` at most at once, in the order of time, chain and number.

    An entry that is recorded meanwhile comes too if its place is still ahead. Raises a ``LedgerError``.
    """
    place: tuple[Any, Any, Any] | None = (after.at, after.chain, after.number) if after else None
    while True:
        found = _in_order(wanted, place).limit(size)
        rows = database.read(partial(read_rows, wanted=found))
        is_last = len(rows) < size
        while not is_last and rows and not _is_place(rows[-1]):
            rows.pop()
        if not rows and not is_last:
            raise LedgerTampered(f"rows of the ledger are damaged, too many to pass over: {VERIFY}")
        yield [one for row in rows if (one := found_in(row, wanted))]
        if is_last:
            return
        place = rows[-1]["at"], rows[-1]["chain"], rows[-1]["number"]


def columns() -> Select[Any]:
    """Select an entry's columns. No text is longer than what ``found_in`` reports as damaged."""
    names = ("chain", "number", *chains_of.SIGNED)
    return select(*(_short(name) for name in names))


def read_rows(connection: Connection, wanted: Select[Any]) -> list[Mapping[str, Any]]:
    """Return the rows of a statement."""
    return [dict(row) for row in connection.execute(wanted).mappings()]


def found_in(row: Mapping[str, Any], wanted: Wanted) -> Found | None:
    """Return what a row holds, ``None`` for an entry that is not wanted after all."""
    if not _is_sound(row):
        return Damaged(row["chain"], row["number"])
    try:
        entry = entry_of({name: row[name] for name in chains_of.SIGNED})
    except ValueError:
        return Damaged(row["chain"], row["number"])
    return Recorded(row["chain"], row["number"], entry) if wanted.admits(entry) else None


def _in_order(wanted: Wanted, place: tuple[Any, Any, Any] | None) -> Select[Any]:
    ordered = columns().where(*wanted.conditions()).order_by(entries.c.at, entries.c.chain, entries.c.number)
    if place is None:
        return ordered
    at, chain, number = place
    # MySQL uses an index for the comparison of one column, and not for that of a row.
    is_before = or_(entries.c.chain < chain, and_(entries.c.chain == chain, entries.c.number <= number))
    return ordered.where(entries.c.at >= at, not_(and_(entries.c.at == at, is_before)))


def _short(name: str) -> Any:  # noqa: ANN401 - a column, or a label of its beginning
    column = entries.c[name]
    return func.substr(column, 1, LONGEST + 1).label(name) if isinstance(column.type, Text) else column


def _is_sound(row: Mapping[str, Any]) -> bool:
    at, chain, number = row["at"], row["chain"], row["number"]
    return (
        (type(at) is type(number) is int)
        and 0 <= at < _END_OF_TIME
        and number > 0
        and (isinstance(chain, str) and _CHAIN.fullmatch(chain) is not None)
        and all(len(text) <= LONGEST for text in row.values() if isinstance(text, str))
    )


def _is_place(row: Mapping[str, Any]) -> bool:
    """Whether a listing can go on after the row: SQLite keeps bytes in any column, and takes no broken UTF-8 back."""
    chain = row["chain"]
    return type(row["at"]) is type(row["number"]) is int and isinstance(chain, str) and chain.isascii()
