"""What a failure of the ledger's database means, in errors of ours: which the operator must mend, and which may pass.

The driver's code decides, a SQLSTATE or a number, and never the words of a message. The one exception is PostgreSQL's
refusal of a connection, of which libpq hands out the words alone.
"""

from __future__ import annotations

import os
from enum import Enum
from typing import Final

from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from secure_xcom.errors import ConfigurationError, LedgerError, LedgerUnavailable, MissingDependency

_OPTION: Final = "[secure_xcom] ledger"


class _Refusal(Enum):
    """What does not pass by itself; its value says what it is, and what to do."""

    LOGIN = f"refuses this user or its password: correct them in {_OPTION}, or at the server"
    NO_DATABASE = f"is not there under this name: make it, or correct {_OPTION}"
    NO_RIGHT = f"may not be written: give the workers' user the right to, or correct {_OPTION}"


_REFUSALS: Final[dict[str | int, _Refusal]] = {
    "28000": _Refusal.LOGIN,  # invalid_authorization_specification
    "28P01": _Refusal.LOGIN,  # invalid_password
    "3D000": _Refusal.NO_DATABASE,  # invalid_catalog_name
    "42501": _Refusal.NO_RIGHT,  # insufficient_privilege
    "25006": _Refusal.NO_RIGHT,  # read_only_sql_transaction
    1045: _Refusal.LOGIN,  # ER_ACCESS_DENIED_ERROR
    1130: _Refusal.LOGIN,  # ER_HOST_NOT_PRIVILEGED
    1698: _Refusal.LOGIN,  # ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    1820: _Refusal.LOGIN,  # ER_MUST_CHANGE_PASSWORD
    1862: _Refusal.LOGIN,  # ER_MUST_CHANGE_PASSWORD_LOGIN
    3118: _Refusal.LOGIN,  # MySQL's ER_ACCOUNT_HAS_BEEN_LOCKED
    4151: _Refusal.LOGIN,  # MariaDB's ER_ACCOUNT_HAS_BEEN_LOCKED
    1049: _Refusal.NO_DATABASE,  # ER_BAD_DB_ERROR
    1044: _Refusal.NO_RIGHT,  # ER_DBACCESS_DENIED_ERROR
    1142: _Refusal.NO_RIGHT,  # ER_TABLEACCESS_DENIED_ERROR
    1143: _Refusal.NO_RIGHT,  # ER_COLUMNACCESS_DENIED_ERROR
    1227: _Refusal.NO_RIGHT,  # ER_SPECIFIC_ACCESS_DENIED_ERROR
    1290: _Refusal.NO_RIGHT,  # ER_OPTION_PREVENTS_STATEMENT, such as --read-only
    1792: _Refusal.NO_RIGHT,  # ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
    1836: _Refusal.NO_RIGHT,  # ER_READ_ONLY_MODE
    3: _Refusal.NO_RIGHT,  # SQLITE_PERM
    8: _Refusal.NO_RIGHT,  # SQLITE_READONLY
    23: _Refusal.NO_RIGHT,  # SQLITE_AUTH
}
"""From PostgreSQL's appendix A (error codes), the error references of MySQL and MariaDB, and SQLite's result codes.

MySQL's SQLSTATEs are too coarse, so its numbers stand here; they begin at 1000, and SQLite's end below 256.
"""

_SAID_OF_A_CONNECTION: Final = (
    (("authentication failed for user",), _Refusal.LOGIN),
    (("no pg_hba.conf entry for",), _Refusal.LOGIN),
    (("pg_hba.conf rejects connection",), _Refusal.LOGIN),
    (("no password supplied",), _Refusal.LOGIN),
    (('FATAL:  role "', "is not permitted to log in"), _Refusal.LOGIN),
    (('FATAL:  role "', "does not exist"), _Refusal.LOGIN),
    (('FATAL:  database "', "does not exist"), _Refusal.NO_DATABASE),
    (('FATAL:  permission denied for database "',), _Refusal.NO_RIGHT),
)
"""What PostgreSQL says of a connection that it refuses for good, where all words of a row stand.

libpq hands out a SQLSTATE with results only, and a connection that was refused has none. A server that speaks another
language than English is not understood: its refusal counts as one that may pass, and is raised at the deadline.
"""

_MAY_PASS: Final = ("OperationalError", "InterfaceError", "InternalError", "DBAPIError", "IntegrityError")
"""IntegrityError: two workers began a run's chain together. The other one's is there the next time."""


def unusable(error: Exception) -> ConfigurationError:
    """Say what is wrong with a URL. The library's own words quote it, and with it the password."""
    if isinstance(error, NoSuchModuleError):
        return ConfigurationError("ledger: SQLAlchemy knows no such driver; write postgresql+psycopg2://, say")
    if isinstance(error, ImportError):
        return MissingDependency(f"ledger: the database's driver {error.name} is not installed")
    return ConfigurationError("ledger: must be a URL such as sqlite:////var/lib/airflow/ledger.db")


def error_of(error: Exception, what: str) -> LedgerError:
    """Say what failed. ``what`` is SQLite's file by its path, and a server without its address.

    A ``LedgerUnavailable`` may pass, and no other error does.
    """
    if isinstance(error, OSError):
        return LedgerError(
            f"{what} cannot be made or opened ({os.strerror(error.errno or 0)}): the worker's user must own its "
            f"directory. Mend that, or correct {_OPTION}"
        )
    if isinstance(error, PoolTimeout):
        return LedgerUnavailable(f"{what} has no connection to spare")
    if not isinstance(error, DBAPIError):
        name = type(error).__name__ if isinstance(error, SQLAlchemyError) else "an unexpected error"
        return LedgerError(f"{what} failed: {name}")
    if refusal := _refusal(error.orig):
        return LedgerError(f"{what} {refusal.value}")
    name = _name(error.orig)
    if type(error).__name__ in _MAY_PASS:
        return LedgerUnavailable(f"{what} is locked or was not reached ({name}): check {_OPTION}")
    return LedgerError(f"{what} refused a statement ({name})")


def _refusal(foreign: BaseException | None) -> _Refusal | None:
    codes = _codes(foreign)
    if codes:
        return next((_REFUSALS[code] for code in codes if code in _REFUSALS), None)
    said = str(foreign)
    return next((refusal for words, refusal in _SAID_OF_A_CONNECTION if all(word in said for word in words)), None)


def _codes(foreign: BaseException | None) -> list[str | int]:
    """Return what the driver calls the error: a SQLSTATE, MySQL's number, or SQLite's primary result code."""
    codes = [getattr(foreign, name, None) for name in ("sqlstate", "pgcode", "errno")]
    if isinstance(extended := getattr(foreign, "sqlite_errorcode", None), int):
        codes.append(extended & 0xFF)
    if foreign is not None and foreign.args:
        codes.append(foreign.args[0] if isinstance(foreign.args[0], int) else None)
    return [code for code in codes if isinstance(code, str | int)]


def _name(foreign: BaseException | None) -> str:
    """Return the driver's class and code for an error, which hold nothing of the statement or the URL."""
    named = getattr(foreign, "sqlite_errorname", None)
    code = named or next(iter(_codes(foreign)), None)
    return type(foreign).__name__ if code is None else f"{type(foreign).__name__} {code}"
