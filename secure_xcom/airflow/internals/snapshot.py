"""``Snapshot``: a connection to the metadata database that cannot write, and that sees one state of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.airflow.internals.metadata import read_only_engine, unreachable
from secure_xcom.errors import translated
from secure_xcom.ops.audit.scan.sources import Unscannable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_PATIENCE: Final = {
    "postgresql": "SET LOCAL lock_timeout = '10s'",
    "mysql": "SET SESSION lock_wait_timeout = 10",
}
"""A migration locks tables for as long as it takes: a scan reports that, and does not wait with it."""


class Snapshot:
    """One transaction. If the connection breaks, the next source begins another one, and so another state."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: Engine | None = None
        self._connection: Connection | None = None

    @property
    def dialect(self) -> str:
        """The kind of database. Raises ``ConfigurationError`` if it does not answer."""
        return self._connected().dialect.name

    @property
    def revision(self) -> str:
        """The schema's revision, empty if the database does not say."""
        from sqlalchemy import column, select, table

        with suppress(Unscannable), self.reading() as connection:
            return str(connection.scalar(select(column("version_num")).select_from(table("alembic_version"))) or "")
        return ""

    def tables(self) -> list[str]:
        """Return the names of the tables that this user sees. Raises ``ConfigurationError``."""
        from sqlalchemy import inspect
        from sqlalchemy.exc import SQLAlchemyError

        with translated(SQLAlchemyError, into=unreachable):
            return inspect(self._connected()).get_table_names()

    def columns(self, table: str) -> dict[str, Any]:
        """Return the columns of a table with their types, none if it is absent. Raises ``Unscannable``."""
        from sqlalchemy import inspect
        from sqlalchemy.exc import NoSuchTableError

        with self.reading() as connection, suppress(NoSuchTableError):
            return {column["name"]: column["type"] for column in inspect(connection).get_columns(table)}
        return {}

    def primary_key(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table's primary key. Raises ``Unscannable``."""
        from sqlalchemy import inspect

        with self.reading() as connection:
            return tuple(inspect(connection).get_pk_constraint(table)["constrained_columns"])

    def has(self, table: str, name: str, value: str) -> bool:
        """Whether a table has a row with this value in the column ``name``. Raises ``Unscannable``."""
        from sqlalchemy import column, literal, select
        from sqlalchemy import table as of_name

        if name not in self.columns(table):
            return False
        with self.reading() as connection:
            query = select(literal(1)).select_from(of_name(table)).where(column(name) == value).limit(1)
            return connection.scalar(query) is not None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield the connection; what fails with it is undone, so that the next source can be read.

        Raises ``Unscannable``. The database's own words stay here: they may quote a row.
        """
        from sqlalchemy.exc import SQLAlchemyError

        def failed(error: Exception) -> Unscannable:
            self._drop_broken()
            return Unscannable(_said(error))

        with (
            # A driver raises ValueError, of which UnicodeDecodeError is one, for what Python's types cannot hold.
            translated((SQLAlchemyError, ValueError, OverflowError, OSError), into=failed),
            self._connected().begin_nested(),
        ):
            yield self._connected()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
        if self._engine is not None:
            self._engine.dispose()
        self._connection = self._engine = None

    def _connected(self) -> Connection:
        from sqlalchemy.exc import SQLAlchemyError

        if self._connection is None:
            with translated((SQLAlchemyError, ImportError, ValueError, FileNotFoundError), into=unreachable):
                self._engine = read_only_engine(self._url)
                connection = self._engine.connect()
                connection.begin()
                if (patience := _PATIENCE.get(connection.dialect.name)) is not None:
                    connection.exec_driver_sql(patience)
            self._connection = connection
        return self._connection

    def _drop_broken(self) -> None:
        if self._connection is not None and (self._connection.invalidated or self._connection.closed):
            with suppress(Exception):
                self.close()
            self._connection = self._engine = None


def _said(error: Exception) -> str:
    """Return the kind of a failure, and its SQLSTATE or number where there is one."""
    original = getattr(error, "orig", None) or error
    code = getattr(original, "pgcode", None) or next(
        (str(argument) for argument in getattr(original, "args", ()) if isinstance(argument, int)), ""
    )
    return f"{type(original).__name__}{f' {code}' if code else ''}"
