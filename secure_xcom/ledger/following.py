"""``Following``: the wanted entries that are there, and then each that is recorded, once.

Times say nothing of the order in which entries are recorded: they are of different hosts' clocks, and what waited on a
worker's disk comes days late. A chain does: its numbers are given under a lock, in the transaction that also sets its
length. So the lengths of all chains, as they were last seen, say exactly what is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, select

from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chains, entries
from secure_xcom.ledger.reading import BATCH, Found, Position, batches, columns, found_in, read_rows
from secure_xcom.ledger.wanted import Wanted


class Following:
    """Has each wanted entry once: first ``there``, and then what each call of ``recorded`` finds.

    Its memory is bounded by the number of runs. After a ``LedgerError`` the next call of ``recorded`` goes on where the
    failed one ended.
    """

    def __init__(self, database: Database, wanted: Wanted, after: Position | None = None) -> None:
        self._database = database
        self._wanted = wanted
        self._after = after
        self._lengths: dict[str, int] | None = None
        self._early: set[tuple[object, object]] = set()

    def there(self) -> Iterator[Sequence[Found]]:
        """Give the entries that are there, in the order of their times. Raises a ``LedgerError``."""
        self._lengths = self._lengths_now()
        if self._lengths:
            for found in batches(self._database, self._wanted, self._after):
                self._early.update(filter(self._is_early, map(_place, found)))
                yield found

    def recorded(self) -> Iterator[Sequence[Found]]:
        """Give what was recorded since, whatever its time, in the order of each chain. Raises a ``LedgerError``."""
        seen = {} if self._lengths is None else self._lengths
        for chain, length in self._lengths_now().items():
            while seen.get(chain, 0) < length:
                rows = self._database.read(partial(read_rows, wanted=self._of(chain, seen.get(chain, 0), length)))
                found = [one for row in rows if (one := found_in(row, self._wanted))]
                # An end that says more than there is would be asked for again and again: verification reports it.
                seen[chain] = rows[-1]["number"] if len(rows) == BATCH else length
                yield [one for one in found if _place(one) not in self._early]
            # A chain that was set back: what it has from now on is new.
            seen[chain] = length
        # They were recorded before the lengths of now, and so have been passed.
        self._early.clear()

    def _of(self, chain: str, seen: int, length: int) -> Select[Any]:
        is_new = (entries.c.chain == chain, entries.c.number > seen, entries.c.number <= length)
        # It is new however old its time is.
        wanted = replace(self._wanted, since=None)
        return columns().where(*is_new, *wanted.conditions()).order_by(entries.c.number).limit(BATCH)

    def _lengths_now(self) -> dict[str, int]:
        return self._database.read(_lengths) if self._database.is_made() else {}

    def _is_early(self, place: tuple[object, object]) -> bool:
        """Whether an entry came after the lengths were read, so that they will say it is new."""
        chain, number = place
        return isinstance(number, int) and number > (self._lengths or {}).get(str(chain), 0)


def _place(found: Found) -> tuple[object, object]:
    return found.chain, found.number


def _lengths(connection: Connection) -> dict[str, int]:
    rows = connection.execute(select(chains.c.chain, chains.c.length))
    # SQLite keeps anything in any column: verification reports it.
    return {row.chain: row.length for row in rows if isinstance(row.length, int)}
