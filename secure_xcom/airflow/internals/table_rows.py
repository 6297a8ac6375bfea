"""``TableRows``: one table of the metadata database as batches of rows, streamed in the order of its primary key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.airflow.internals.snapshot import Snapshot
from secure_xcom.airflow.internals.tables import COMPRESSED, AirflowTable
from secure_xcom.ops.audit.finding import State
from secure_xcom.ops.audit.scan.sources import FIELDS, FIRST_VALUE, TOO_LARGE, Batch, Column, Cursor, Unscannable

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select, TableClause
    from sqlalchemy.sql.expression import FromClause

ROWS: Final = 1000
"""Rows of a batch."""

INLINE: Final = 64 * 1024
"""Bytes of a value that comes with its row. A batch has 64 MB at the most, and a typical one a thousandth of it."""

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a value beyond which it stays in the database: parsed, it takes ten times that."""

_MOST_LARGE: Final = 10_000
"""Rows of a table that hold a larger value, and are read one by one after the others."""


_LOST: Final = f"with a value larger than {INLINE // 1024} KiB, and not found by its key"

_Key = Sequence[str | int | bytes]
"""The primary key of a row, as the database compares it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What of the tables the operator asked for."""

    dags: tuple[str, ...] = ()
    since: datetime | None = None
    sample: int = 1


@dataclass(frozen=True, slots=True)
class _Found:
    """What this database has of a table."""

    columns: dict[str, Any]
    table: TableClause
    other: FromClause | None
    """The joined table. It has another name, since a table may be joined with itself."""
    key: tuple[str, ...]
    missing: tuple[str, ...]


class TableRows:
    """Implements ``audit.scan.sources.Scannable`` over a table, as this database has it."""

    def __init__(self, snapshot: Snapshot, table: AirflowTable, narrowed: Narrowed, name: str = "") -> None:
        self._snapshot = snapshot
        self._spec = table
        self._narrowed = narrowed
        self._kept: _Found | None = None
        self.name = name or table.name
        self.is_named = table.is_named
        is_of_dag = bool(table.join or "dag_id" in table.ids) and not table.is_of_file
        self.is_told_by_name = table.is_named or not is_of_dag
        self.columns: Sequence[Column] = table.columns

    @property
    def shortfall(self) -> str:
        found = self._found()
        said = [f"has no readable column {name}" for name in found.missing]
        if self._narrowed.sample > 1 and self._sampled(found) is not None:
            said.append(f"a sample of one in {self._narrowed.sample}")
        return ", ".join(said)

    def total(self) -> int:
        from sqlalchemy import func, select

        with self._snapshot.reading() as connection:
            found = self._found()
            query = self._where(select(func.count()).select_from(self._from(found)), found)
            return int(connection.scalar(query) or 0)

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        with self._snapshot.reading() as connection:
            found = self._found()
            large = self._large_until(connection, found, after)
            query = self._query(found, after)
            streamed = connection.execute(query, execution_options={"stream_results": True, "yield_per": ROWS})
            for rows in streamed.partitions(ROWS):
                yield self._batch(rows, found, large)
            yield from self._large(connection, found, large)

    def _batch(self, rows: Sequence[Sequence[object]], found: _Found, large: list[_Key]) -> Batch:
        stop = FIRST_VALUE + len(self.columns)
        if not found.key:
            return Batch(rows=rows)
        held_back = [row for row in rows if TOO_LARGE in row[FIRST_VALUE:stop]]
        room = _MOST_LARGE - len(large)
        large += [_key(row[stop:]) for row in held_back[:room]]
        passed_over = {f"with a value larger than {INLINE // 1024} KiB": n} if (n := len(held_back[room:])) else {}
        kept = [row for row in rows if TOO_LARGE not in row[FIRST_VALUE:stop]] if held_back else rows
        return Batch(
            rows=kept,
            cursor=_cursor(rows[-1][stop:]),
            passed_over=passed_over,
            counts=len(kept) + len(held_back[room:]),
        )

    def _large_until(self, connection: Any, found: _Found, after: Cursor | None) -> list[_Key]:
        """Return which larger values an interrupted scan had left for later."""
        from sqlalchemy import literal, or_, select, tuple_

        if after is None or not found.key:
            return []
        keys = [found.table.c[name] for name in found.key]
        values = [self._value(column, found, INLINE) == literal(TOO_LARGE) for column in self.columns]
        query = self._where(select(*keys).select_from(self._from(found)), found)
        query = query.where(tuple_(*keys) <= tuple_(*map(literal, after)), or_(*values)).limit(_MOST_LARGE)
        return [_key(row) for row in connection.execute(query)]

    def _large(self, connection: Any, found: _Found, large: Sequence[_Key]) -> Iterator[Batch]:
        for key in large:
            query = self._query(found, None, LARGEST).where(
                *(found.table.c[name] == value for name, value in zip(found.key, key, strict=True))
            )
            rows = connection.execute(query).all()
            yield Batch(rows=rows, counts=len(rows), passed_over={} if rows else {_LOST: 1})

    def _query(self, found: _Found, after: Cursor | None, largest: int = INLINE) -> Select[Any]:
        from sqlalchemy import literal, null, select, tuple_

        hidden = {"dag_id"} if self._spec.is_of_file else set()
        ids = [null() if field in hidden else self._id(field, found) for field in FIELDS]
        values = [self._value(column, found, largest) for column in self.columns]
        keys = [found.table.c[name] for name in found.key]
        query = self._where(select(*ids, *values, *keys).select_from(self._from(found)), found).order_by(*keys)
        if after is not None and keys:
            query = query.where(tuple_(*keys) > tuple_(*map(literal, after)))
        return query

    def _where(self, query: Select[Any], found: _Found) -> Select[Any]:
        from sqlalchemy import or_

        narrowed = self._narrowed
        if narrowed.dags:
            query = query.where(self._id("dag_id", found).in_(narrowed.dags))
        if narrowed.since and self._spec.is_told_by_time and (written := self._written(found)) is not None:
            # Of a row without a time nobody knows that it is old.
            query = query.where(or_(written >= self._moment(narrowed.since), written.is_(None)))
        if narrowed.sample > 1 and (sampled := self._sampled(found)) is not None:
            query = query.where(sampled % narrowed.sample == 0)
        return query

    def _written(self, found: _Found) -> ColumnElement[Any] | None:
        """Return when a row was written last, ``None`` if the table keeps no time."""
        from sqlalchemy import func

        kept = [found.table.c[name] for name in self._spec.when if name in found.columns]
        if not kept:
            return None
        # COALESCE of one column would keep the database from its index.
        written: ColumnElement[Any] = kept[0] if len(kept) == 1 else func.coalesce(*kept)
        return written

    def _moment(self, since: datetime) -> object:
        dialect = self._snapshot.dialect
        if dialect == "postgresql":
            return since
        naive = since.astimezone(UTC).replace(tzinfo=None)
        return naive.isoformat(" ", timespec="microseconds") if dialect == "sqlite" else naive

    def _sampled(self, found: _Found) -> ColumnElement[Any] | None:
        """Return the number that a sample goes by: the Dag run's, or the row's own."""
        from sqlalchemy import Integer

        names = [name for name in ("dag_run_id", "id") if isinstance(found.columns.get(name), Integer)]
        return found.table.c[names[0]] if names else None

    def _value(self, column: Column, found: _Found, largest: int) -> ColumnElement[Any]:
        """Return a value as text, if it is not too large: the server measures it, and sends none that is."""
        from sqlalchemy import LargeBinary, Text, case, cast, func, literal, null, type_coerce

        if column.name not in found.columns or column.name in found.missing:
            return null()
        dialect = self._snapshot.dialect
        here = found.table.c[column.name]
        if isinstance(found.columns[column.name], LargeBinary):
            # No bytes are no compressed text: what is too large is counted as such, and not taken for nothing.
            return case(
                (here.is_(None), null()),
                (func.length(here) <= LARGEST, type_coerce(here, LargeBinary)),
                else_=literal(b"", LargeBinary),
            )
        text = cast(here, Text) if dialect == "postgresql" else type_coerce(here, Text)
        size = func.octet_length(text) if _has_octet_length(dialect) else func.length(text)
        # SQLite tells a type without loading the value, which IS NULL would load.
        is_null = func.typeof(here) == "null" if dialect == "sqlite" else here.is_(None)
        return case((size <= largest, text), (is_null, null()), else_=literal(TOO_LARGE))

    def _moment_of(self, here: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a moment as PostgreSQL writes it: its driver fails at the year 10000, and with it the whole table."""
        from sqlalchemy import Text, cast

        return cast(here, Text) if self._snapshot.dialect == "postgresql" else here

    def _id(self, field: str, found: _Found) -> ColumnElement[Any]:
        from sqlalchemy import null

        if field == "when":
            written = self._written(found)
            return null() if written is None else self._moment_of(written)
        own = self._spec.ids.get(field, "")
        if own and own in found.columns:
            return found.table.c[own]
        join = self._spec.join
        if join and found.other is not None and (name := join.ids.get(field, "")) in found.other.c:
            return found.other.c[name]
        return null()

    def _from(self, found: _Found) -> FromClause:
        join = self._spec.join
        if join is None or found.other is None or join.column not in found.columns:
            return found.table
        return found.table.outerjoin(found.other, found.table.c[join.column] == found.other.c[join.remote])

    def _found(self) -> _Found:
        if self._kept is None:
            self._kept = self._reflected()
        return self._kept

    def _reflected(self) -> _Found:
        from sqlalchemy import LargeBinary

        columns = self._snapshot.columns(self.name)
        if not columns:
            raise self._absent()
        wanted = [column.name for column in self.columns]
        missing = tuple(
            name
            for name in wanted
            if name not in columns or (isinstance(columns[name], LargeBinary) and name not in COMPRESSED)
        )
        if len(missing) == len(wanted):
            raise Unscannable(f"has no readable column {', '.join(missing)}: it is not one of Airflow 3.1 or later")
        join = self._spec.join
        other = _clause(join.table, self._snapshot.columns(join.table)) if join else None
        joined = other.alias("owner_of_it") if join and other is not None and join.remote in other.c else None
        found = _Found(columns, _clause(self.name, columns), joined, self._snapshot.primary_key(self.name), missing)
        if self._narrowed.dags and "dag_id" not in {**self._spec.ids, **(join.ids if join else {})}:
            raise Unscannable("its rows are of no Dag", State.LEFT_OUT)
        return found

    def _absent(self) -> Unscannable:
        if self._spec.is_absent_at(self._snapshot.revision):
            return Unscannable(f"Airflow has it from {self._spec.since} on", State.ABSENT)
        return Unscannable(
            "this user sees no such table, and the schema's revision is not one of an Airflow without it"
        )


def _clause(name: str, columns: Iterable[str]) -> TableClause:
    from sqlalchemy import column, table

    return table(name, *map(column, columns))


def _key(values: Sequence[object]) -> _Key:
    # SQLite keeps bytes where somebody wrote bytes, whatever the column's type is, and no text is equal to them.
    return tuple(
        value if isinstance(value, (int, bytes)) else str(value)
        for value in (bytes(value) if isinstance(value, memoryview) else value for value in values)
    )


def _cursor(values: Sequence[object]) -> Cursor:
    return [value if isinstance(value, int) else str(value) for value in values]


def _has_octet_length(dialect: str) -> bool:
    # SQLite before 3.43 has no octet_length, and loads a text to measure it.
    return dialect == "postgresql" or (dialect == "sqlite" and sqlite3.sqlite_version_info >= (3, 43))
