"""``LiveTable``: a table of the metadata database while Airflow is up, read in pages and changed cell by cell.

A page is a transaction of its own. One that lasted as long as a migration would keep PostgreSQL from cleaning up, and
with SQLite every task from writing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from secure_xcom.airflow.internals.metadata import require_sqlite_file, unreachable
from secure_xcom.errors import ConfigurationError, MigrationStopped, translated
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.ops.audit.scan.sources import TOO_LARGE
from secure_xcom.ops.lifecycle.migrate.cells import Cell, Change, Key, Page

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Engine, Select

ROWS: Final = 1000
"""Rows of a page."""

INLINE: Final = 64 * 1024
"""Bytes of a value that comes with its page, so that a page has 64 MB at the most."""

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a value beyond which it stays as it is: parsed, it takes ten times that."""

_PATIENCE_SECONDS: Final = 30
"""How long a change waits for the locks of running tasks."""

_PLACE: Final = ("dag_id", "run_id", "task_id", "map_index")


class LiveDatabase:
    """Connections that may write. Use it as a context: it gives them back."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @property
    def dialect(self) -> str:
        """The kind of database."""
        return self._engine.dialect.name

    def tables(self) -> list[str]:
        """Return the names of the tables. Raises ``ConfigurationError`` if the database does not answer."""
        from sqlalchemy import inspect
        from sqlalchemy.exc import SQLAlchemyError

        with translated((SQLAlchemyError, ImportError, OSError), into=unreachable):
            return inspect(self._engine).get_table_names()

    def columns(self, table: str) -> dict[str, Any]:
        """Return the columns of a table that is there, with their types. Raises ``ConfigurationError``."""
        from sqlalchemy import inspect
        from sqlalchemy.exc import SQLAlchemyError

        with translated((SQLAlchemyError, ImportError, OSError), into=unreachable):
            return {column["name"]: column["type"] for column in inspect(self._engine).get_columns(table)}

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yield a connection, and commit. Raises ``MigrationStopped``; the database's own words may quote a row."""
        from sqlalchemy.exc import SQLAlchemyError

        with (
            translated((SQLAlchemyError, ValueError, OverflowError, OSError), into=_stopped),
            self._engine.begin() as it,
        ):
            yield it


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which columns of a table identify a row, which hold values, and which hold the name of the value."""

    key: tuple[str, ...]
    columns: tuple[str, ...]
    name: str = ""


class LiveTable:
    """Implements ``migrate.cells.Table``. ``dags`` narrows it, if there are any."""

    def __init__(self, database: LiveDatabase, name: str, layout: Layout, dags: Sequence[str] = ()) -> None:
        from sqlalchemy import column, table

        self.name = name
        self._database = database
        self._layout = layout
        self._dags = tuple(dags)
        self._types: Mapping[str, Any] = database.columns(name)
        self._table = table(name, *map(column, self._types))
        self._columns = [column for column in layout.columns if column in self._types]

    def total(self) -> int:
        """Count the rows."""
        from sqlalchemy import func, select

        with self._database.transaction() as connection:
            return int(connection.scalar(self._narrowed(select(func.count()).select_from(self._table))) or 0)

    def dags(self) -> set[str]:
        """Return which of the Dags that the table is narrowed to have a row."""
        from sqlalchemy import select

        with self._database.transaction() as connection:
            return set(connection.scalars(self._narrowed(select(self._table.c.dag_id).distinct())))

    def pages(self, after: Key | None) -> Iterator[Page]:
        """Yield the rows in pages. A value that is too large for its page comes in one of its own."""
        while True:
            rows = self._rows(after)
            if not rows:
                return
            after = self._key_of(rows[-1])
            larger = [row for row in rows if TOO_LARGE in row[: len(self._columns)]]
            cells = [cell for row in rows if TOO_LARGE not in row[: len(self._columns)] for cell in self._cells(row)]
            yield Page(cells=cells, rows=len(rows) - len(larger), reached=None if larger else after)
            for row in larger:
                yield self._alone(self._key_of(row))
            if larger:
                yield Page(cells=(), reached=after)

    def replace(self, changes: Sequence[Change]) -> Sequence[bool]:
        """Make the changes whose cells are still what was read."""
        if not changes:
            return []
        with self._database.transaction() as connection:
            return [self._replaced(connection, change) for change in changes]

    def _rows(self, after: Key | None) -> Sequence[Sequence[Any]]:
        query = self._query(INLINE).order_by(*self._keys()).limit(ROWS)
        if after is not None:
            query = query.where(*self._behind(after))
        with self._database.transaction() as connection:
            return connection.execute(self._narrowed(query)).all()

    def _alone(self, key: Key) -> Page:
        query = self._query(LARGEST).where(*self._is_row(key))
        with self._database.transaction() as connection:
            rows = connection.execute(query).all()
        cells = [cell for row in rows for cell in self._cells(row)]
        too_large = [self._where(row) for row in rows if TOO_LARGE in row[: len(self._columns)]]
        return Page(cells=cells, rows=1, too_large=too_large)

    def _query(self, largest: int) -> Select[Any]:
        from sqlalchemy import literal_column, select

        values = [self._value(column, largest) for column in self._columns]
        own = (*_PLACE, self._layout.name)
        ids = [self._table.c[name] if name in self._types else literal_column("NULL") for name in own]
        return select(*values, *ids, *self._keys())

    def _value(self, column: str, largest: int) -> ColumnElement[Any]:
        """Return a value as it is, if it is not too large: the server measures it, and sends none that is."""
        from sqlalchemy import case, func, literal, null

        here, text = self._table.c[column], self._as_text(column)
        size = func.octet_length(text) if self._database.dialect == "postgresql" else func.length(text)
        return case((here.is_(None), null()), (size <= largest, text), else_=literal(TOO_LARGE))

    def _as_text(self, column: str) -> ColumnElement[Any]:
        from sqlalchemy import LargeBinary, Text, cast, type_coerce

        here = self._table.c[column]
        if isinstance(self._types[column], LargeBinary):
            return type_coerce(here, LargeBinary)
        # SQLite has what was written, whatever the column's type is: it is compared as that.
        return cast(here, Text) if self._database.dialect == "postgresql" else here

    def _cells(self, row: Sequence[Any]) -> Iterator[Cell]:
        where, key = self._where(row), self._key_of(row)
        for column, value in zip(self._columns, row, strict=False):
            stored = bytes(value) if isinstance(value, memoryview) else value
            if stored is not None and stored != TOO_LARGE:
                yield Cell(key=key, column=column, where=where, stored=stored)

    def _where(self, row: Sequence[Any]) -> Coordinates:
        dag_id, run_id, task_id, map_index, name = row[len(self._columns) : len(self._columns) + len(_PLACE) + 1]
        return Coordinates(
            dag_id=str(dag_id or ""),
            run_id=str(run_id or ""),
            task_id=str(task_id or ""),
            map_index=map_index if isinstance(map_index, int) else -1,
            key=str(name or ""),
        )

    def _key_of(self, row: Sequence[Any]) -> Key:
        return [value if isinstance(value, int) else str(value) for value in row[-len(self._layout.key) :]]

    def _keys(self) -> list[ColumnElement[Any]]:
        return [self._table.c[name] for name in self._layout.key]

    def _behind(self, after: Key) -> list[ColumnElement[bool]]:
        from sqlalchemy import literal, tuple_

        keys = self._keys()
        # MySQL follows no index for a comparison of rows; for the first column by itself it does.
        return [keys[0] >= literal(after[0]), tuple_(*keys) > tuple_(*map(literal, after))]

    def _is_row(self, key: Key) -> list[ColumnElement[bool]]:
        return [column == value for column, value in zip(self._keys(), key, strict=True)]

    def _narrowed(self, query: Select[Any]) -> Select[Any]:
        return query.where(self._table.c.dag_id.in_(self._dags)) if self._dags else query

    def _replaced(self, connection: Connection, change: Change) -> bool:
        from sqlalchemy import update

        cell = change.cell
        where = (*self._is_row(cell.key), self._is_still(cell))
        changed = connection.execute(update(self._table).where(*where).values({cell.column: self._new(change)}))
        return changed.rowcount == 1

    def _is_still(self, cell: Cell) -> ColumnElement[bool]:
        from sqlalchemy import LargeBinary, Text, cast, literal

        here, dialect = self._as_text(cell.column), self._database.dialect
        if dialect == "sqlite":
            return here.is_not_distinct_from(literal(cell.stored))
        if dialect == "postgresql":
            return here == literal(cell.stored, Text)
        # A collation may take one letter for another.
        return cast(here, LargeBinary) == cast(literal(cell.stored, Text), LargeBinary)

    def _new(self, change: Change) -> ColumnElement[Any]:
        from sqlalchemy import JSON, Text, cast, literal

        kind, text = self._types[change.cell.column], literal(change.text, Text)
        return cast(text, kind) if isinstance(kind, JSON) and self._database.dialect == "postgresql" else text


def _engine(text: str) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    with translated((SQLAlchemyError, ImportError, ValueError), into=unreachable):
        url = make_url(text)
        if url.get_backend_name() == "sqlite":
            path = url.database or ""
            return create_engine("sqlite://", creator=_opening(path), hide_parameters=True)
        if url.get_dialect().is_async:
            raise ConfigurationError("[database] sql_alchemy_conn: has an asynchronous driver")
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)


def _opening(path: str) -> Callable[[], sqlite3.Connection]:
    def connect() -> sqlite3.Connection:
        require_sqlite_file(path)
        # Without mode=rw a file that is not there would be made.
        uri = f"file:{quote(path)}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=_PATIENCE_SECONDS)
        connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        return connection

    return connect


def _stopped(error: Exception) -> MigrationStopped:
    original = getattr(error, "orig", None) or error
    return MigrationStopped(
        f"Airflow's database did not do what was asked ({type(original).__name__}): see that it answers, and run the "
        "same command again",
        "what was sealed stays sealed, and each other row is as it was",
    )
