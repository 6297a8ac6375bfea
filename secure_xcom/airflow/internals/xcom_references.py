"""``XComReferences``: which sealed objects the metadata database's rows refer to, asked anew with each batch.

The rows are found by their primary key, which begins with the id of the Dag run: two statements a batch, in one short
transaction that cannot write. A part that is cut in an object's name is found by how it begins, and then compared with
its encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.airflow.internals.metadata import _table, read_only_engine, unreachable
from secure_xcom.errors import translated
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_place import ObjectPlace, Part, segment_or_none
from secure_xcom.model.placeholder import SEALED_CLASSNAME
from secure_xcom.ops.lifecycle.reap.rows import Row, SealedRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Engine, TableClause

_INLINE: Final = 64 * 1024
"""Bytes of a value that is fetched to be looked at. Of a larger one the database says whether it holds an id."""

_RUNS: Final = 100
"""Dag runs whose rows are asked for together."""

_BATCH: Final = 500

_IDS: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)

_RunKey = tuple[str, str]
"""The segments of a Dag and of its run."""


class XComReferences:
    """Implements ``ops.lifecycle.reap.rows.Rows``. Safe to use from several threads. ``close`` gives back what it
    holds."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made: Engine | None = None

    def check(self) -> None:
        """Raise ``ConfigurationError`` unless the database answers and is one of Airflow."""
        with self._reading() as connection:
            _table(connection)
            self._runs(connection, ())

    def look(self, places: Sequence[ObjectPlace]) -> Mapping[str, Row]:
        if not places:
            return {}
        with self._reading() as connection:
            runs = self._runs(connection, places)
            found = {place.object_id: Row.ABSENT for place in places}
            there = [(place, runs[_run_key(place)]) for place in places if _run_key(place) in runs]
            for row in self._rows(connection, there):
                _note(connection, row, there, found)
        return found

    def has_run(self, places: Sequence[ObjectPlace]) -> frozenset[str]:
        if not places:
            return frozenset()
        with self._reading() as connection:
            runs = self._runs(connection, places)
        return frozenset(place.object_id for place in places if _run_key(place) in runs)

    def sealed(self, dags: Sequence[str] = ()) -> Iterator[Sequence[SealedRow]]:
        last = -1
        while runs := self._next_runs(last, dags):
            after: Sequence[Any] = ()
            while page := self._page(runs, after):
                yield [_sealed_row(*row) for row in page]
                after = page[-1][-4:]
            last = runs[-1]

    def count_sealed(self) -> int | None:
        from sqlalchemy import func, select

        with self._reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(_xcom())) or 0)

    def dag_ids(self) -> list[str]:
        """Return all Dags that the database knows, also those whose file is gone. Raises ``ConfigurationError``."""
        from sqlalchemy import column, select, table

        with self._reading() as connection:
            return sorted(connection.scalars(select(column("dag_id")).select_from(table("dag"))))

    def now(self) -> float:
        """Return the time by the database's clock, in Unix seconds. Raises ``ConfigurationError``."""
        from sqlalchemy import select

        from secure_xcom.ledger.db.clock import NOW

        with self._reading() as connection:
            return int(connection.scalar(select(NOW())) or 0) / 1000

    def close(self) -> None:
        """Give back the connections."""
        if self._made is not None:
            self._made.dispose()

    def _runs(self, connection: Connection, places: Sequence[ObjectPlace]) -> dict[_RunKey, int]:
        """Return the ids of the Dag runs that are there."""
        from sqlalchemy import or_, select, tuple_

        runs = _dag_run().c
        wanted = {_run_key(place): (place.dag, place.run) for place in places}
        exact = [(dag.text, run.text) for dag, run in wanted.values() if not (dag.is_cut or run.is_cut)]
        cut = [(dag, run) for dag, run in wanted.values() if dag.is_cut or run.is_cut]
        conditions: list[ColumnElement[bool]] = [_like(runs.dag_id, dag) & _like(runs.run_id, run) for dag, run in cut]
        if exact or not conditions:
            conditions.append(tuple_(runs.dag_id, runs.run_id).in_(exact or [("", "")]))
        rows = connection.execute(select(runs.id, runs.dag_id, runs.run_id).where(or_(*conditions)))
        found = ((segment_or_none(dag, of_dag=True), segment_or_none(run), number) for number, dag, run in rows)
        return {(dag, run): int(number) for dag, run, number in found if dag is not None and run is not None}

    def _rows(self, connection: Connection, there: Sequence[tuple[ObjectPlace, int]]) -> Sequence[Any]:
        """Return the keys of the rows at these places, with their text if it is not too large."""
        from sqlalchemy import or_, select, tuple_

        table = _xcom()
        row = table.c
        exact: set[tuple[int, str, int, str]] = set()
        conditions: list[ColumnElement[bool]] = []
        for place, run in there:
            if place.task.is_cut or place.key.is_cut:
                at = (row.dag_run_id == run) & (row.map_index == place.map_index)
                conditions.append(at & _like(row.task_id, place.task) & _like(row.key, place.key))
            else:
                exact.add((run, place.task.text, place.map_index, place.key.text))
        if exact:
            conditions.append(tuple_(row.dag_run_id, row.task_id, row.map_index, row.key).in_(sorted(exact)))
        if not conditions:
            return ()
        keys = (row.dag_run_id, row.task_id, row.map_index, row.key)
        query = select(*keys, _short(connection, table), row.value.is_(None)).where(or_(*conditions))
        return connection.execute(query).all()

    def _next_runs(self, last: int, dags: Sequence[str]) -> list[int]:
        from sqlalchemy import select

        row = _xcom().c
        wanted = select(row.dag_run_id).distinct().where(row.dag_run_id > last)
        if dags:
            wanted = wanted.where(row.dag_id.in_(dags))
        with self._reading() as connection:
            return [int(run) for run in connection.scalars(wanted.order_by(row.dag_run_id).limit(_RUNS))]

    def _page(self, runs: Sequence[int], after: Sequence[Any]) -> Sequence[Any]:
        """Return the next rows of these runs in the order of their primary key, which stands at the end of each."""
        from sqlalchemy import literal, select, tuple_

        table = _xcom()
        row = table.c
        key = (row.dag_run_id, row.task_id, row.map_index, row.key)
        with self._reading() as connection:
            ids = (row.dag_id, row.run_id, _short(connection, table))
            is_sealed = _text(connection, table).like(f"%{SEALED_CLASSNAME}%")
            query = select(*ids, *key).where(row.dag_run_id.in_(runs), is_sealed)
            if after:
                query = query.where(tuple_(*key) > tuple_(*map(literal, after)))
            return connection.execute(query.order_by(*key).limit(_BATCH)).all()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Keep one transaction open that cannot write, and that sees what was committed before."""
        from sqlalchemy.exc import SQLAlchemyError

        with translated((SQLAlchemyError, ImportError, ValueError, FileNotFoundError), into=unreachable):
            if self._made is None:
                self._made = read_only_engine(self._url)
            with self._made.connect() as connection, connection.begin():
                yield connection


def _note(connection: Connection, row: Any, there: Iterable[tuple[ObjectPlace, int]], found: dict[str, Row]) -> None:
    """Note which objects a row refers to, whichever of the asked places it was found for."""
    run, task_id, map_index, key, text, is_null = row
    segments = (run, segment_or_none(task_id), map_index, segment_or_none(key))
    here = [place for place, number in there if segments == _row_key(place, number)]
    if text is None and not is_null:
        ids = {place.object_id for place, number in there if number == run and _holds(connection, row, place)}
    else:
        ids = set(_IDS.findall(text or ""))
    for place in here:
        if found[place.object_id] is Row.ABSENT:
            found[place.object_id] = Row.REFERS_TO_ANOTHER
    for object_id in ids & found.keys():
        found[object_id] = Row.REFERS


def _holds(connection: Connection, row: Any, place: ObjectPlace) -> bool:
    """Ask the database whether a large value holds an object's id."""
    from sqlalchemy import select

    table = _xcom()
    at = (table.c.dag_run_id == row[0], table.c.task_id == row[1], table.c.map_index == row[2], table.c.key == row[3])
    holds = _text(connection, table).like(f"%{place.object_id}%")
    return connection.execute(select(table.c.map_index).where(*at, holds)).first() is not None


def _run_key(place: ObjectPlace) -> _RunKey:
    return place.dag.segment, place.run.segment


def _row_key(place: ObjectPlace, run: int) -> tuple[int, str, int, str]:
    return run, place.task.segment, place.map_index, place.key.segment


def _like(column: ColumnElement[Any], part: Part) -> ColumnElement[bool]:
    """What is equal to a part; of a cut one, what begins like it."""
    return column.startswith(part.text, autoescape=True) if part.is_cut else column == part.text


def _sealed_row(dag_id: str, run_id: str, text: str | None, run: int, *place: Any) -> SealedRow:  # noqa: ARG001
    task_id, map_index, key = place
    where = Coordinates(dag_id=dag_id, run_id=run_id, task_id=task_id, map_index=int(map_index), key=key)
    return SealedRow(where, text)


def _short(connection: Connection, table: TableClause) -> ColumnElement[Any]:
    """A value's text, unless it is too large."""
    from sqlalchemy import case, func

    text = _text(connection, table)
    size = func.octet_length(text) if connection.dialect.name == "postgresql" else func.length(text)
    return case((size <= _INLINE, text))


def _text(connection: Connection, table: TableClause) -> ColumnElement[Any]:
    from sqlalchemy import Text, cast, type_coerce

    return cast(table.c.value, Text) if connection.dialect.name == "postgresql" else type_coerce(table.c.value, Text)


def _xcom() -> TableClause:
    from sqlalchemy import column, table

    names = ("dag_run_id", "task_id", "map_index", "key", "dag_id", "run_id", "value")
    return table("xcom", *map(column, names))


def _dag_run() -> TableClause:
    from sqlalchemy import column, table

    return table("dag_run", *map(column, ("id", "dag_id", "run_id")))
