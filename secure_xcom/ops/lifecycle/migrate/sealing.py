"""``Sealing``: the plaintext rows of a page to sealed ones. Its steps, in the order that a crash can stop at any point:

1. seal:    the objects are in the store, and nothing refers to them        a crash leaves orphans
2. record:  the ledger has an entry for each                                a crash leaves orphans that it tells of
3. replace: each row that is still what was read becomes its sealed form, in one transaction
4. clear:   the objects of rows that had changed go, and so do the objects of ``XComObjectStorageBackend`` that moved

Until the third step is through, each row holds what it held. Whether a transaction whose connection broke has been
committed nobody knows: then the objects stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.errors import InvalidCoordinates, ObjectTooLarge, PayloadError, SecureXComError
from secure_xcom.exchange.migration import Migration, Sealed
from secure_xcom.ops.lifecycle.migrate.budget import Budget
from secure_xcom.ops.lifecycle.migrate.cells import Cell, Change, Page, Table
from secure_xcom.ops.lifecycle.migrate.reading import Tree, parsed, read
from secure_xcom.ops.lifecycle.migrate.tally import Done, Left, Tally

if TYPE_CHECKING:
    from secure_xcom.model.value import JSON, Selection
    from secure_xcom.ops.lifecycle.migrate.handed_out import HandedOut

CONCURRENT: Final = 8
"""Values that are sealed at once: a store's answers take longer than the sealing."""

OF_ONE_VALUE: Final = (PayloadError, InvalidCoordinates, ObjectTooLarge)
"""What is wrong with one value alone. Anything else would be wrong with the next one too, and ends the migration."""


class Objects(Protocol):
    """The objects of ``XComObjectStorageBackend``, whose rows are paths below its configured one."""

    def owns(self, text: str) -> bool:
        """Whether a row's text is the path of one."""

    def read(self, text: str) -> bytes | None:
        """Return an object's JSON, ``None`` if it is gone, cannot be read, or is too large."""

    def delete(self, text: str) -> bool:
        """Delete an object, and return whether it is gone."""


@dataclass(frozen=True, slots=True)
class _Work:
    cell: Cell
    tree: JSON = field(repr=False)
    selection: Selection | None
    path: str = ""


class Sealing:
    """Handles pages of the table of XComs. ``record`` writes what waits for the ledger; without it, nothing is done."""

    def __init__(  # noqa: PLR0913 - each is another part of the deployment
        self,
        migration: Migration,
        tally: Tally,
        objects: Objects | None,
        record: Callable[[], None] | None,
        budget: Budget,
        handed_out: HandedOut | None = None,
    ) -> None:
        self._handed_out = handed_out
        self._migration = migration
        self._tally = tally
        self._objects = objects
        self._record = record
        self._budget = budget

    def handle(self, table: Table, page: Page) -> None:
        """Count what is in a page, and seal it unless this is a dry run. Raises what ends the migration."""
        self._tally.rows += page.rows
        for where in page.too_large:
            self._tally.leave(Left.TOO_LARGE, where)
        moved: list[Cell] = []
        large: list[Cell] = []
        self._done(table, list(self._judged(page.cells, moved, large)), Done.SEALED)
        for start in range(0, len(large), CONCURRENT):
            # A few at a time, read once more: a page of large values would be much to hold.
            self._done(table, list(map(_read_again, large[start : start + CONCURRENT])), Done.LARGE)
        for cell in moved:
            if self._budget.is_spent:
                break
            # One at a time: each may be as large as what is read at all.
            self._done(table, list(self._fetched(cell)), Done.MOVED)

    def _judged(self, cells: Sequence[Cell], moved: list[Cell], large: list[Cell]) -> Iterator[_Work]:
        """Yield what is sensitive; add to ``moved`` and ``large`` what moves for another reason."""
        for cell in cells:
            found = read(cell)
            if isinstance(found, Left):
                self._tally.leave(found, cell.where)
            elif found.is_sealed:
                self._sealed_before(cell, found)
            elif self._objects is not None and isinstance(found.json, str) and self._objects.owns(found.json):
                moved.append(cell)
            else:
                yield from self._sensitive(cell, found.json, large)

    def _sensitive(self, cell: Cell, tree: JSON, large: list[Cell]) -> Iterator[_Work]:
        try:
            selection = self._migration.selection_of(tree, cell.where)
            is_large = selection is None and self._migration.is_large(tree, cell.where)
        except OF_ONE_VALUE as error:
            self._refuse(cell, error)
            return
        if selection is not None:
            yield _Work(cell, tree, selection)
        elif is_large:
            large.append(cell)
        else:
            self._tally.done[Done.PLAIN] += 1

    def _fetched(self, cell: Cell) -> Iterator[_Work]:
        path = read(cell)
        if self._objects is None or not isinstance(path, Tree) or not isinstance(path.json, str):
            return
        data = self._objects.read(path.json)
        tree = None if data is None else parsed(data)
        if tree is None:
            self._tally.leave(Left.OBJECT, cell.where)
            return
        try:
            # What holds nothing sensitive moves too: this backend would hand out its path in its place.
            yield _Work(cell, tree.json, self._migration.selection_of(tree.json, cell.where), path.json)
        except OF_ONE_VALUE as error:
            self._refuse(cell, error)

    def _sealed_before(self, cell: Cell, tree: Tree) -> None:
        self._tally.done[Done.ALREADY] += 1
        with suppress(*OF_ONE_VALUE, RecursionError):
            if self._migration.selection_of(tree.rest, cell.where) is not None:
                self._tally.leave(Left.BESIDES, cell.where)

    def _done(self, table: Table, work: Sequence[_Work], done: Done) -> None:
        for portion in self._budget.portions(work):
            self._budget.spend(self._changed(table, portion, done))

    def _changed(self, table: Table, work: Sequence[_Work], done: Done) -> int:
        """Seal some values, or count them in a dry run; return how many rows were changed, or would be."""
        if self._record is None:
            for one in work:
                self._count(one, done)
            return len(work)
        ready = self._sealed(work)
        try:
            self._record()  # 2. record
        except SecureXComError:
            self._take_back([sealed for _, sealed in ready])
            raise
        changes = [Change(cell=one.cell, text=json.dumps(sealed.row, allow_nan=False)) for one, sealed in ready]
        replaced = table.replace(changes)  # 3. replace
        for (one, sealed), is_replaced in zip(ready, replaced, strict=True):
            if not is_replaced:
                self._tally.done[Done.OVERTAKEN] += 1
                self._migration.take_back(sealed)  # 4. clear
                continue
            self._count(one, done)
            if one.path and self._objects is not None and not self._objects.delete(one.path):
                self._tally.leave(Left.KEPT, one.cell.where)
        self._record()
        return sum(replaced)

    def _count(self, one: _Work, done: Done) -> None:
        self._tally.done[done] += 1
        if one.selection is not None:
            self._tally.found(one.cell.where.dag_id, one.selection)
            if self._handed_out is not None:
                self._handed_out.note(one.cell.where.dag_id, one.tree, one.selection)

    def _sealed(self, work: Sequence[_Work]) -> list[tuple[_Work, Sealed]]:
        with ThreadPoolExecutor(min(CONCURRENT, len(work)), "secure-xcom-migrate") as pool:
            results = list(pool.map(self._seal, work))  # 1. seal
        ready = [(one, found) for one, found in zip(work, results, strict=True) if isinstance(found, Sealed)]
        for one, found in zip(work, results, strict=True):
            if isinstance(found, OF_ONE_VALUE):
                self._refuse(one.cell, found)
            elif isinstance(found, SecureXComError):
                self._take_back([sealed for _, sealed in ready])
                raise found
        return ready

    def _seal(self, work: _Work) -> Sealed | SecureXComError:
        try:
            return self._migration.seal(work.tree, work.cell.where)
        except SecureXComError as error:
            return error

    def _take_back(self, sealed: Sequence[Sealed]) -> None:
        for one in sealed:
            with suppress(SecureXComError):
                self._migration.take_back(one)

    def _refuse(self, cell: Cell, error: SecureXComError) -> None:
        self._tally.leave(Left.REFUSED, cell.where, f"{type(error).__name__}: {error.message}")


def _read_again(cell: Cell) -> _Work:
    found = read(cell)
    assert isinstance(found, Tree)  # noqa: S101 - it was one a moment ago, and a cell never changes
    return _Work(cell, found.json, None)
