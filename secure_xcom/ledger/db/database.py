"""``Database``: an engine for the ledger, which raises errors of ours that quote nothing that was written.

SQLite, PostgreSQL and MySQL or MariaDB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from secure_xcom.errors import ConfigurationError, LedgerUnavailable, translated
from secure_xcom.ledger.db.engine import file_of, make_private_file, open_engine, require_room
from secure_xcom.ledger.db.failures import error_of, unusable
from secure_xcom.ledger.db.schema import chains, has_schema, require_schema
from secure_xcom.ports.calls import DEADLINE_SECONDS, retried

R = TypeVar("R")

DIALECTS: Final = ("sqlite", "postgresql", "mysql", "mariadb")

_LOCK_SECONDS: Final = 20.0
"""How long a writer waits for another one's lock before it is tried anew: a process may have stopped that holds it."""


class Database:
    """Runs transactions, again on what may pass, until the deadline. Safe to use from threads and after a fork."""

    def __init__(self, url: URL, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._deadline_seconds = deadline_seconds
        self._engine = open_engine(url, min(_LOCK_SECONDS, deadline_seconds))
        self._is_ready = False

    @classmethod
    def of(cls, url: str, deadline_seconds: float = DEADLINE_SECONDS) -> Database:
        """Return the database of an SQLAlchemy URL; nothing is connected.

        Raises ``ConfigurationError`` for any other URL, and ``MissingDependency`` when its driver is absent.
        """
        with translated((ArgumentError, ImportError, ValueError), into=unusable):
            parsed = make_url(url)
            if parsed.get_backend_name() in DIALECTS and not parsed.get_dialect().is_async:
                return cls(parsed, deadline_seconds)
        names = ", ".join(f"{name}://" for name in DIALECTS)
        raise ConfigurationError(f"ledger: takes {names}, with no asynchronous driver")

    @property
    def dialect(self) -> str:
        """What kind of database it is."""
        return self._engine.dialect.name

    def write(self, work: Callable[[Connection], R]) -> R:
        """Run ``work`` in one transaction. Raises a ``LedgerError``."""
        return self._attempt(lambda: self._write(work))

    def read(self, work: Callable[[Connection], R]) -> R:
        """Run ``work``, which only reads. Raises a ``LedgerError``."""
        return self._attempt(lambda: self._read(work, {}))

    def read_if_made(self, work: Callable[[Connection], R], deadline_seconds: float | None = None) -> R | None:
        """As ``read``, within a deadline of its own; ``None`` where there are no tables yet, and none are made."""
        return self._attempt(lambda: self._read(work, {}) if self._is_made() else None, deadline_seconds)

    def read_snapshot(self, work: Callable[[Connection], R]) -> R:
        """As ``read``, where all statements of ``work`` see the same state."""
        level = {"isolation_level": "REPEATABLE READ"} if self._engine.dialect.name != "sqlite" else {}
        return self._attempt(lambda: self._read(work, level))

    def is_made(self) -> bool:
        """Whether the tables are there. Nothing is made. Raises a ``LedgerError``, also if they cannot be made."""
        return self._attempt(self._is_made_or_can_be)

    def reach(self) -> bool:
        """Have the database take an entry and forget it again; ``False`` when it is still to be made, on first use.

        Nothing is made. Raises a ``LedgerError``.
        """
        return self._attempt(self._reach)

    def _is_made(self) -> bool:
        file = file_of(self._engine.url)
        if file is not None and not file.exists():
            return False
        return self._is_ready or has_schema(self._engine)

    def _is_made_or_can_be(self) -> bool:
        require_room(self._engine.url)
        return self._is_made()

    def _reach(self) -> bool:
        if not self._is_made_or_can_be():
            return False
        with self._engine.connect() as connection, connection.begin() as transaction:
            connection.execute(chains.insert().values(_PROBE))
            transaction.rollback()
        return True

    def _write(self, work: Callable[[Connection], R]) -> R:
        self._make_ready()
        with self._engine.begin() as connection:
            return work(connection)

    def _read(self, work: Callable[[Connection], R], options: dict[str, Any]) -> R:
        self._make_ready()
        with self._engine.connect().execution_options(secure_xcom_reads=True, **options) as connection:
            return work(connection)

    def _make_ready(self) -> None:
        if not self._is_ready:
            make_private_file(self._engine.url)
            require_schema(self._engine)
            self._is_ready = True

    def _attempt(self, call: Callable[[], R], deadline_seconds: float | None = None) -> R:
        deadline = self._deadline_seconds if deadline_seconds is None else min(deadline_seconds, self._deadline_seconds)
        file = file_of(self._engine.url)
        what = "the ledger's database" if file is None else f"the ledger's file {file}"
        return retried(call, lambda error: error_of(error, what), LedgerUnavailable, deadline)


_PROBE: Final = {
    "chain": "doctor",
    "domain": "doctor",
    "generation": 0,
    "dag_id": "",
    "run_id": "",
    "length": 0,
    "last_mac": "",
    "end_mac": "",
}
