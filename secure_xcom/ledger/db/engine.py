"""The ledger's engine for SQLite, PostgreSQL, and MySQL or MariaDB: isolation, time-outs, forks, and SQLite's file."""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from secure_xcom.ports import private_path
from secure_xcom.ports.calls import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from secure_xcom.ports.private_path import make_private_directory, real_path, require_closed

_WHAT: Final = "ledger: SQLite's file"


def open_engine(url: URL, lock_seconds: float) -> Engine:
    """Return an engine; nothing is connected. A writer waits ``lock_seconds`` for another one's lock. A process that is
    forked makes connections of its own."""
    # hide_parameters: an exception's text and a debug log would hold the values of a statement.
    # READ COMMITTED: with MySQL's default, a search for something to claim locks what it passes by.
    is_sqlite = url.get_backend_name() == "sqlite"
    level = {} if is_sqlite else {"isolation_level": "READ COMMITTED"}
    arguments = _connect_args(url, lock_seconds)
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=arguments, **level)
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", partial(_prepare_server, _preparation(url, lock_seconds)))
    _engines.add(engine)
    return engine


def _connect_args(url: URL, lock_seconds: float) -> dict[str, object]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": lock_seconds, "check_same_thread": False}
    limits: dict[str, object] = {"connect_timeout": int(CONNECT_TIMEOUT_SECONDS)}
    # A server that falls silent is given up, where the driver knows how.
    if url.get_driver_name() in ("psycopg2", "psycopg"):
        limits |= {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3}
        limits |= {"tcp_user_timeout": int(READ_TIMEOUT_SECONDS * 1000)}
    elif url.get_driver_name() in ("pymysql", "mysqldb"):
        limits |= {"read_timeout": int(READ_TIMEOUT_SECONDS), "write_timeout": int(READ_TIMEOUT_SECONDS)}
    return limits


def _preparation(url: URL, lock_seconds: float) -> tuple[str, ...]:
    if url.get_backend_name() == "postgresql":
        return (f"SET lock_timeout = {max(1, int(lock_seconds * 1000))}",)
    # In a zone with summer time, NOW would run through one hour twice.
    return f"SET innodb_lock_wait_timeout = {max(1, int(lock_seconds))}", "SET time_zone = '+00:00'"


def _prepare_server(statements: tuple[str, ...], connection: Any, record: object) -> None:  # noqa: ARG001, ANN401
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
    # PostgreSQL would forget them with the transaction.
    connection.commit()


def _prepare_sqlite(connection: Any, record: object) -> None:  # noqa: ARG001, ANN401 - sqlite3's connection
    # The driver would begin a transaction at the first write only: two workers could both have read before.
    connection.isolation_level = None
    # Bytes other than UTF-8 must not end the verification of all other entries: they fail their own entry's MAC.
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    # Readers and the one writer do not wait for each other, and what is committed survives a power cut.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("secure_xcom_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def file_of(url: URL) -> Path | None:
    """Return SQLite's file; ``None`` for a server."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def require_room(url: URL) -> None:
    """Raise ``OSError`` unless SQLite's file is there, or it and the directories above it can be made.

    Raises ``ConfigurationError`` if others can change a directory above it. Nothing is left behind.
    """
    path = file_of(url)
    if path is not None and url.database not in (None, "", ":memory:"):
        private_path.require_room(path, _WHAT)


def make_private_file(url: URL) -> None:
    """Make SQLite's file, and the directories above it, for the worker's user alone.

    Raises ``OSError``, and ``ConfigurationError`` if others can change a directory above it.
    """
    path = file_of(url)
    if path is None or url.database in (None, "", ":memory:"):
        return
    make_private_directory(path.parent, _WHAT)
    real = real_path(path, _WHAT)
    # A file that is there is not opened: to close it again would drop the locks of each connection that this process
    # has to it (sqlite.org/howtocorrupt.html, 2.2), and another process would remove the write-ahead log under them.
    with suppress(FileExistsError):
        os.close(os.open(real, os.O_CREAT | os.O_EXCL | os.O_RDONLY | os.O_NOFOLLOW, 0o600))
    require_closed(path, real.lstat(), _WHAT)


_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


def _leave_to_parent() -> None:
    """A child must neither use the parent's connections nor close them, which would end the parent's sessions."""
    for engine in list(_engines):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_leave_to_parent)
