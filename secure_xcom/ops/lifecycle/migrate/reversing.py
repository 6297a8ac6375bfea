"""``Reversing``: the sealed rows of a page back to plaintext, for leaving. The order of its steps:

1. open:    each value is opened as its Dag, and the ledger says that it was revealed
2. replace: each row that is still what was read gets its plain form, in one transaction
3. delete:  the objects of those rows go

Until the second step is through, each row is what it was. A crash after it leaves orphans.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from secure_xcom.errors import ClaimRefused, Expired, ObjectNotFound, PayloadError, Refused, SecureXComError, Tampered
from secure_xcom.exchange.migration import Migration
from secure_xcom.model.object_name import name_at, object_id_of
from secure_xcom.model.placeholder import SEALED_CLASSNAME
from secure_xcom.model.value import node_of
from secure_xcom.ops.lifecycle.migrate.budget import Budget
from secure_xcom.ops.lifecycle.migrate.cells import Cell, Change, Page, Table
from secure_xcom.ops.lifecycle.migrate.reading import Tree, parsed
from secure_xcom.ops.lifecycle.migrate.sealing import CONCURRENT
from secure_xcom.ops.lifecycle.migrate.tally import Done, Left, Tally
from secure_xcom.payload.parts import find_placeholder

if TYPE_CHECKING:
    from secure_xcom.model.coordinates import Coordinates
    from secure_xcom.model.value import JSON

T = TypeVar("T")

_OF_ONE_VALUE = (PayloadError, Refused, ObjectNotFound, Tampered)


class Reversing:
    """Handles pages of the table of XComs. ``record`` writes what waits for the ledger.

    Without it nothing is done: each object's header tells whether its value could be written back.
    """

    def __init__(
        self,
        migration: Migration,
        tally: Tally,
        record: Callable[[], None] | None,
        budget: Budget,
        ended: Callable[[str, Sequence[str]], frozenset[str]],
    ) -> None:
        self._ended = ended
        self._budget = budget
        self._migration = migration
        self._tally = tally
        self._record = record

    def handle(self, table: Table, page: Page) -> None:
        """Write back what is sealed in a page, or count it. Raises what ends the migration."""
        self._tally.rows += page.rows
        for where in page.too_large:
            self._tally.leave(Left.TOO_LARGE, where)
        sealed = [(cell, tree.json) for cell in page.cells if (tree := _sealed(cell)) is not None]
        self._tally.done[Done.PLAIN] += len(page.cells) - len(sealed)
        for portion in self._budget.portions(sealed):
            self._budget.spend(self._reversed(table, portion))

    def _reversed(self, table: Table, sealed: Sequence[tuple[Cell, JSON]]) -> int:
        """Write some rows back, or count them in a dry run; return how many were changed, or would be."""
        if self._record is None:
            reversible = len(self._each(sealed, self._migration.is_reversible))
            self._tally.done[Done.REVERSED] += reversible
            return reversible
        opened = self._each(sealed, self._migration.open)
        self._record()
        changes = [Change(cell=cell, text=json.dumps(one.row, allow_nan=False)) for cell, one in opened]
        replaced = table.replace(changes)
        for (_, one), is_replaced in zip(opened, replaced, strict=True):
            self._tally.done[Done.REVERSED if is_replaced else Done.OVERTAKEN] += 1
            if is_replaced:
                self._migration.delete(one)
        self._record()
        return sum(replaced)

    def _each(
        self, sealed: Sequence[tuple[Cell, JSON]], do: Callable[[JSON, Coordinates], T | None]
    ) -> list[tuple[Cell, T]]:
        """Return what comes of each row that is sealed; count those whose own value keeps them from it."""

        def attempt(one: tuple[Cell, JSON]) -> T | SecureXComError | None:
            cell, row = one
            try:
                return do(row, cell.where)
            except SecureXComError as error:
                return error

        with ThreadPoolExecutor(CONCURRENT, "secure-xcom-migrate") as pool:
            results = list(pool.map(attempt, sealed))
        ready: list[tuple[Cell, T]] = []
        for (cell, row), found in zip(sealed, results, strict=True):
            if isinstance(found, ObjectNotFound) and self._has_ended(cell, row):
                self._tally.leave(Left.ENDED, cell.where)
            elif isinstance(found, _OF_ONE_VALUE):
                self._leave(cell, found)
            elif isinstance(found, SecureXComError):
                raise found
            elif found:
                ready.append((cell, found))
            else:
                self._tally.done[Done.PLAIN] += 1
        return ready

    def _has_ended(self, cell: Cell, row: JSON) -> bool:
        placeholder = find_placeholder(node_of(row)).placeholder
        object_id = object_id_of(name_at(placeholder.ref, cell.where.as_query())) if placeholder else ""
        return object_id in self._ended(cell.where.dag_id, [object_id])

    def _leave(self, cell: Cell, error: SecureXComError) -> None:
        if isinstance(error, ClaimRefused):
            self._tally.leave(Left.ONCE, cell.where)
        elif isinstance(error, Expired):
            self._tally.leave(Left.EXPIRED, cell.where)
        else:
            self._tally.leave(Left.IRREVERSIBLE, cell.where, f"{type(error).__name__}: {error.message}")


def _sealed(cell: Cell) -> Tree | None:
    text = cell.text
    return parsed(text) if text is not None and SEALED_CLASSNAME in text else None
