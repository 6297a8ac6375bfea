"""``Missing``: placeholders whose object is gone. The consumer of such a row fails, whatever is done: it is reported.

The store is asked for the object of each row, and tells no more than whether it is there. What was consumed or purged
by the ledger's word is no loss: such a row only waits for its run to be cleared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby
from typing import Final, Protocol

from secure_xcom.errors import InvalidPlaceholder, ObjectNotFound, SecureXComError, StoreError
from secure_xcom.ledger.standing import Held, Standing
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_name import name_at
from secure_xcom.model.object_place import ObjectPlace, place_in
from secure_xcom.model.value import node_of
from secure_xcom.ops.lifecycle.reap.rows import Row, Rows, SealedRow
from secure_xcom.payload.parts import find_placeholder
from secure_xcom.ports.routes import Route

SHOWN: Final = 100
"""Rows that are named. Further ones are counted."""


class Ways(Protocol):
    """The routes to the objects of each Dag, for the operator's identity."""

    def route_unchecked(self, owner: str, running: str) -> Route:
        """Return the route. Raises ``ConfigurationError`` and ``InvalidCoordinates``."""


class Ends(Protocol):
    """What the ledger knows of objects that are gone."""

    def standings(self, object_ids: Sequence[str]) -> Mapping[str, Standing]:
        """Return where consume-once values stand. Raises a ``LedgerError``."""

    def ended(self, dag_id: str, object_ids: Sequence[str]) -> frozenset[str]:
        """Return which of a Dag's objects were purged or consumed. Raises a ``LedgerError``."""


class Answer(Enum):
    """What the store says."""

    THERE = "there"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Looked:
    """What was found of all rows that hold a placeholder. ``unread`` rows hold none that is whole, or are too large."""

    rows: int = 0
    missing: int = 0
    ended: int = 0
    unread: int = 0
    unknown: int = 0
    where: list[Coordinates] = field(default_factory=list)
    """The first of the rows whose object is missing."""

    def add(self, missing: Sequence[Coordinates]) -> None:
        """Count rows whose object is missing."""
        self.missing += len(missing)
        self.where += missing[: SHOWN - len(self.where)]


@dataclass(frozen=True, slots=True)
class _Asked:
    where: Coordinates
    place: ObjectPlace
    route: Route


class Missing:
    """Looks for the object of each row. ``ledger`` is ``None`` if the ledger is off."""

    def __init__(self, rows: Rows, ways: Ways, ledger: Ends | None, pool: ThreadPoolExecutor) -> None:
        self._rows = rows
        self._ways = ways
        self._ledger = ledger
        self._pool = pool
        self._routes: dict[str, Route | None] = {}

    def look(self, dags: Sequence[str] = ()) -> Iterator[Looked]:
        """Yield what was found so far, after each batch. Raises ``ConfigurationError`` and a ``LedgerError``."""
        looked = Looked()
        for batch in self._rows.sealed(dags):
            self._add(looked, batch)
            yield looked

    def _add(self, looked: Looked, batch: Sequence[SealedRow]) -> None:
        looked.rows += len(batch)
        asked: list[_Asked] = []
        for row in batch:
            try:
                asked += self._asked(row)
            except (InvalidPlaceholder, ValueError, RecursionError):
                looked.unread += 1
        answers = list(self._pool.map(_answer, asked))
        looked.unknown += answers.count(Answer.UNKNOWN)
        absent = [one for one, answer in zip(asked, answers, strict=True) if answer is Answer.ABSENT]
        # The row may have been replaced since it was read, and its object purged.
        now = self._rows.look([one.place for one in absent])
        absent = [one for one in absent if now[one.place.object_id] is Row.REFERS]
        ended = self._ended(absent)
        looked.ended += len(ended)
        looked.add([one.where for one in absent if one.place.object_id not in ended])

    def _asked(self, row: SealedRow) -> Iterator[_Asked]:
        """Give the object of a row, none for a row that only mentions placeholders.

        Raises ``InvalidPlaceholder``, and ``ValueError`` for a text that is too large or not JSON.
        """
        if row.text is None:
            raise ValueError
        placeholder = find_placeholder(node_of(json.loads(row.text))).placeholder
        if placeholder is None:
            return
        where = row.where
        route = self._route(where.dag_id)
        try:
            place = place_in(route.folder + name_at(placeholder.ref, where.as_query())) if route else None
        except SecureXComError:
            place = None
        if route is None or place is None:
            raise ValueError
        yield _Asked(where, place, route)

    def _route(self, dag_id: str) -> Route | None:
        if dag_id not in self._routes:
            try:
                self._routes[dag_id] = self._ways.route_unchecked(dag_id, dag_id)
            except SecureXComError:
                self._routes[dag_id] = None
        return self._routes[dag_id]

    def _ended(self, absent: Sequence[_Asked]) -> frozenset[str]:
        if self._ledger is None or not absent:
            return frozenset()
        standings = self._ledger.standings([one.place.object_id for one in absent])
        found = {object_id for object_id, standing in standings.items() if standing.held is Held.ENDED}
        by_dag = sorted((one.where.dag_id, one.place.object_id) for one in absent)
        for dag_id, group in groupby(by_dag, key=lambda pair: pair[0]):
            found |= self._ledger.ended(dag_id, [object_id for _, object_id in group])
        return frozenset(found)


def _answer(asked: _Asked) -> Answer:
    answer = Answer.ABSENT
    for route in (*asked.route.everywhere, *asked.route.again):
        try:
            route.store.stat(route.folder + asked.place.below_folder)
        except ObjectNotFound:
            continue
        except StoreError:
            answer = Answer.UNKNOWN
        else:
            return Answer.THERE
    return answer
