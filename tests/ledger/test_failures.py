"""A failure of the database is told apart by the driver's code; what no code names may pass."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import InternalError, OperationalError

from secure_xcom.errors import LedgerError, LedgerUnavailable
from secure_xcom.ledger.db.failures import error_of


class Foreign(Exception):  # noqa: N818 - a driver's error
    """An error of a driver that is not installed here, with its attributes."""

    def __init__(self, *args: object, **codes: object) -> None:
        super().__init__(*args)
        vars(self).update(codes)


def _sqlite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("words")
    error.sqlite_errorcode = code
    return error


CASES: dict[str, tuple[Exception, type[LedgerError]]] = {
    "psycopg's SQLSTATE": (Foreign("words", sqlstate="42501"), LedgerError),
    "psycopg's SQLSTATE of a shutdown": (Foreign("words", sqlstate="57P01"), LedgerUnavailable),
    "a SQLSTATE outweighs words": (Foreign("no pg_hba.conf entry for x", pgcode="53300"), LedgerUnavailable),
    "MySQL Connector's number, and not its coarse SQLSTATE": (Foreign(errno=1049, sqlstate="42000"), LedgerError),
    "a lock of MySQL": (Foreign(1205, "denied, read-only"), LedgerUnavailable),
    "an extended code of SQLite": (_sqlite(sqlite3.SQLITE_READONLY_DBMOVED), LedgerError),
    "a lock of SQLite": (_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), LedgerUnavailable),
    "a refusal in another language": (
        Foreign("FATAL:  Passwort-Authentifizierung für Benutzer »a« fehlgeschlagen"),
        LedgerUnavailable,
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", [OperationalError, InternalError])
def test_the_drivers_code_decides(case: str, kind: type[OperationalError]) -> None:
    foreign, expected = CASES[case]
    assert type(error_of(kind("SELECT", {}, foreign), "the ledger's database")) is expected
