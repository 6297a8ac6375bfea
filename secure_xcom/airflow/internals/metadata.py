"""Airflow's metadata database, for commands on a machine that administers Airflow."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from secure_xcom.airflow.internals.compat import conf
from secure_xcom.errors import ConfigurationError, InvalidPlaceholder, NothingToReveal, translated
from secure_xcom.ops.tune.rows import MOST_CHARACTERS, Problem, Row, row_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Select, Table

    from secure_xcom.model.coordinates import Coordinates
    from secure_xcom.model.value import JSON


def known_dags() -> list[str]:
    """Return the ids of the Dags in the metadata database. Raises ``ConfigurationError`` if it is out of reach.

    It is only read, as the XComs are: a session of Airflow's own would make a database that is not there.
    """
    from sqlalchemy import Boolean, column, select, table

    dags = table("dag", column("dag_id"), column("is_stale", Boolean))
    with _reading(metadata_url(), into=_no_dags) as connection:
        return sorted(connection.scalars(select(dags.c.dag_id).where(dags.c.is_stale.is_(False))))


_COLUMNS: Final = ("dag_id", "task_id", "key", "value", "dag_run_id")

_ONE_ROW: Final = (*_COLUMNS, "run_id", "map_index")
"""What of the table finds one XCom."""

_SHOWN_INDEXES: Final = 10
"""Map indexes that an error lists."""

_BATCH: Final = 200
"""Rows that are fetched at once. A value has ``MOST_CHARACTERS`` at most, and most have a thousandth of it."""

_WHERE: Final = "[database] sql_alchemy_conn"


def stored_value(url: str, where: Coordinates) -> JSON:
    """Return what the database holds at ``where``.

    Raises ``NothingToReveal`` if there is no row, ``InvalidPlaceholder`` for a value that cannot be read, and
    ``ConfigurationError`` if the database does not answer or has another schema.
    """
    from sqlalchemy import Text, cast, select, type_coerce

    with _reading(url, into=unreachable) as connection:
        table = _table(connection, _ONE_ROW)
        text = (
            cast(table.c.value, Text) if connection.dialect.name == "postgresql" else type_coerce(table.c.value, Text)
        )
        of_key = [table.c[name] == getattr(where, name) for name in ("dag_id", "run_id", "task_id", "key")]
        found = connection.execute(select(text).where(*of_key, table.c.map_index == where.map_index)).first()
        index = table.c.map_index
        others = select(index).where(*of_key).order_by(index).limit(_SHOWN_INDEXES + 1)
        indexes = [] if found else list(connection.scalars(others))
    if found is None:
        raise NothingToReveal(f"the metadata database has no XCom at these coordinates{_but(indexes)}", str(where))
    return _json_of(found[0])


def _but(indexes: Sequence[int]) -> str:
    """Say at which map indexes there is one."""
    if not indexes:
        return ""
    listed = ", ".join(map(str, indexes[:_SHOWN_INDEXES]))
    more = " and more" if len(indexes) > _SHOWN_INDEXES else ""
    return f": it has some at --map-index {listed}{more}"


def _json_of(value: object) -> JSON:
    """Return the JSON that a column holds. SQLite makes numbers of those that it reads."""
    if not isinstance(value, (str, bytes)):
        return value  # type: ignore[return-value]  # None, an int or a float
    with translated((ValueError, RecursionError), into=lambda _: InvalidPlaceholder("the database row is not JSON")):
        parsed: JSON = json.loads(value)
        return parsed


class XComRows:
    """Implements ``ops.tune.rows.Rows`` over the metadata database: reads in one transaction that cannot write.

    ``every`` looks at one Dag run in so many. ``limit`` ends the reading after so many XComs.
    """

    def __init__(self, url: str, *, dags: Sequence[str] = (), limit: int | None = None, every: int = 1) -> None:
        self._url = url
        self._dags = tuple(dags)
        self._limit = limit
        self._every = every

    def total(self) -> int:
        """Count the XComs. Raises ``ConfigurationError`` if the database does not answer or has another schema."""
        from sqlalchemy import func, select

        with _reading(self._url, into=unreachable) as connection:
            table = _table(connection)
            count = connection.scalar(self._narrowed(select(func.count()).select_from(table), table)) or 0
        return int(count) if self._limit is None else min(int(count), self._limit)

    def __iter__(self) -> Iterator[Row | Problem]:
        """Yield the XComs. Raises like ``total``."""
        with _reading(self._url, into=unreachable) as connection:
            table = _table(connection)
            query = self._narrowed(_query(table, connection.dialect.name), table).limit(self._limit)
            streamed = connection.execution_options(stream_results=True, yield_per=_BATCH).execute(query)
            for dag_id, task_id, key, is_null, value in streamed:
                is_too_large = value is None and not is_null
                yield Problem.TOO_LARGE if is_too_large else row_of(dag_id, task_id, key, value)

    def _narrowed(self, query: Select[Any], table: Table) -> Select[Any]:
        if self._dags:
            query = query.where(table.c.dag_id.in_(self._dags))
        return query if self._every == 1 else query.where(table.c.dag_run_id % self._every == 0)


@contextmanager
def _reading(url: str, *, into: Callable[[Exception], ConfigurationError]) -> Iterator[Connection]:
    """Keep one transaction open that cannot write; what the database raises becomes an error of ``into``."""
    from sqlalchemy.exc import SQLAlchemyError

    with translated((SQLAlchemyError, ImportError, ValueError, FileNotFoundError), into=into):
        engine = read_only_engine(url)
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
        finally:
            engine.dispose()


def metadata_url() -> str:
    """Return the URL of the metadata database. It may hold a password."""
    return str(conf.get("database", "sql_alchemy_conn", fallback="") or "")


def read_only_engine(text: str) -> Engine:
    """Return an engine whose transactions cannot write, and see one state of the database, however long they take.

    Raises ``ConfigurationError`` for an asynchronous driver.
    """
    from sqlalchemy import create_engine, event
    from sqlalchemy.engine import make_url

    url = make_url(text)
    if url.get_backend_name() == "sqlite":
        engine = create_engine("sqlite://", creator=lambda: _read_only_sqlite(url.database or ""), hide_parameters=True)
        # Python's driver begins a transaction with the first change only.
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return engine
    if url.get_dialect().is_async:
        raise ConfigurationError(f"{_WHERE}: has an asynchronous driver; Airflow's own needs one that is not")
    engine = create_engine(url, hide_parameters=True, isolation_level="REPEATABLE READ")
    if url.get_backend_name() == "postgresql":
        return engine.execution_options(postgresql_readonly=True)
    event.listen(engine, "connect", _forbid_writing)
    return engine


def require_sqlite_file(path: str) -> None:
    """Raise ``FileNotFoundError``, which has the path, where SQLite would say that it is unable to open a file."""
    if path and not os.path.exists(path):  # noqa: PTH110 - no error where this user may not look
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def _read_only_sqlite(path: str) -> sqlite3.Connection:
    require_sqlite_file(path)
    # Without mode=ro a file that is not there would be made.
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, check_same_thread=False, isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    return connection


def _forbid_writing(connection: Any, record: object) -> None:  # noqa: ARG001
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")


def _query(table: Table, dialect: str) -> Select[Any]:
    """Select texts of JSON, and whether there is one. Of what is too large the server sends that alone."""
    from sqlalchemy import Text, case, cast, func, select, type_coerce

    text = cast(table.c.value, Text) if dialect == "postgresql" else type_coerce(table.c.value, Text)
    # SQLite before 3.43 has no octet_length, and loads a text to measure it.
    has_octet_length = dialect == "postgresql" or (dialect == "sqlite" and sqlite3.sqlite_version_info >= (3, 43))
    size = func.octet_length(text) if has_octet_length else func.length(text)
    value = case((size <= MOST_CHARACTERS, text))
    # SQLite tells a type without loading the value, which IS NULL would load.
    is_null = func.typeof(text) == "null" if dialect == "sqlite" else table.c.value.is_(None)
    return select(table.c.dag_id, table.c.task_id, table.c.key, is_null, value)


def _table(connection: Connection, columns: Sequence[str] = _COLUMNS) -> Table:
    """Return the table of XComs. Raises ``ConfigurationError`` for the database of an Airflow that this one is not."""
    from sqlalchemy import Column, LargeBinary, MetaData, inspect
    from sqlalchemy import Table as SqlTable
    from sqlalchemy.exc import NoSuchTableError

    problem = "has no table xcom"
    with suppress(NoSuchTableError):
        found = {column["name"]: column["type"] for column in inspect(connection).get_columns("xcom")}
        problem = f"has a table xcom without {', '.join(name for name in columns if name not in found)}"
        if found.keys() >= set(columns) and not isinstance(found["value"], LargeBinary):
            return SqlTable("xcom", MetaData(), *(Column(name) for name in columns))
        if found.keys() >= set(columns):
            problem = "holds XComs as bytes, as Airflow 2 did"
    raise ConfigurationError(f"{_WHERE}: the database {problem}: it is not one of Airflow 3.1 or later")


def _no_dags(error: Exception) -> ConfigurationError:
    why = _absent(error) or type(error).__name__
    return ConfigurationError(f"--dag: Airflow's metadata database does not answer here ({why}): name the Dags")


def unreachable(error: Exception) -> ConfigurationError:
    """Say what failed. The library's own words may quote the URL, and with it the password."""
    if isinstance(error, ImportError):
        return ConfigurationError(f"{_WHERE}: the database's driver {error.name} is not installed")
    if absent := _absent(error):
        return ConfigurationError(f"{_WHERE}: {absent}: see that it is the home of the Airflow that you mean")
    return ConfigurationError(f"{_WHERE}: the database does not answer here ({type(error).__name__})")


def _absent(error: Exception) -> str:
    """Say which file of SQLite is not there, empty for any other failure."""
    if not isinstance(error, FileNotFoundError):
        return ""
    home = os.environ.get("AIRFLOW_HOME", "~/airflow, since it is not set")
    return f"there is no file {error.filename}, and AIRFLOW_HOME is {home}"
