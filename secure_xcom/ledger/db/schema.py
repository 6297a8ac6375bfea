"""The ledger's tables, and how a database gets them: made once, migrated in steps, never by a version too old for it.

Texts that identify something (a run, a task instance) are compared by their SHA-256, in ASCII: databases differ in
whether ``ETL`` equals ``etl``, and ``a`` equals ``a ``. The texts beside them are for people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    select,
)
from sqlalchemy.exc import DBAPIError

from secure_xcom.errors import LedgerSchema

PREFIX: Final = "secure_xcom_"
_metadata = MetaData()
_Digest = String(64)
_Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself for INTEGER alone."""

_MYSQL: Final = {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}
_OPTIONS: Final[dict[str, Any]] = {
    f"{dialect}_{name}": value for dialect in ("mysql", "mariadb") for name, value in _MYSQL.items()
}
"""Transactions and all of Unicode, whatever the server makes by default."""

version = Table(f"{PREFIX}version", _metadata, Column("version", Integer, primary_key=True), **_OPTIONS)

chain_keys = Table(
    f"{PREFIX}chain_keys",
    _metadata,
    Column("domain", _Digest, primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("dag_id", Text, nullable=False),
    Column("object_id", String(32), nullable=False),
    Column("sealed", LargeBinary(65_536), nullable=False),
    **_OPTIONS,
)

chains = Table(
    f"{PREFIX}chains",
    _metadata,
    Column("chain", _Digest, primary_key=True),
    Column("domain", _Digest, nullable=False, index=True),
    Column("generation", Integer, nullable=False),
    Column("dag_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("length", Integer, nullable=False),
    Column("last_mac", _Digest, nullable=False),
    Column("end_mac", _Digest, nullable=False),
    **_OPTIONS,
)

entries = Table(
    f"{PREFIX}entries",
    _metadata,
    Column("chain", _Digest, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("event", String(16), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("step", String(32), nullable=False),
    Column("error", String(64), nullable=False),
    Column("dag_id", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("map_index", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("actor_dag_id", Text),
    Column("actor_run_id", Text),
    Column("actor_task_id", Text),
    Column("actor_map_index", Integer),
    Column("actor_try_number", Integer),
    Column("host", Text, nullable=False),
    Column("object_id", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("proved", Integer, nullable=False),
    Column("dag", _Digest, nullable=False),
    Column("place", _Digest),
    Column("mac", _Digest, nullable=False),
    # Finds what was sealed at a place. Entries of any other kind have no place.
    Index(f"{PREFIX}entries_place", "place", "map_index"),
    # A listing goes through it batch by batch. Entries of one millisecond are few, so it has no further column.
    Index(f"{PREFIX}entries_at", "at"),
    # That of a Dag goes through this one: by the Dag alone, each batch would sort all that is left of it.
    Index(f"{PREFIX}entries_dag", "dag", "at"),
    **_OPTIONS,
)

claims = Table(
    f"{PREFIX}claims",
    _metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("object_id", String(32), nullable=False, unique=True),
    Column("pool", _Digest, nullable=False),
    Column("shard", Integer),
    Column("state", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("lease_seconds", Integer, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("keeps", Integer, nullable=False),
    Column("holder", _Digest, nullable=False),
    Column("holder_name", Text, nullable=False),
    Column("session", String(32), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Index(f"{PREFIX}claims_pool", "pool", "state", "id"),
    Index(f"{PREFIX}claims_holder", "holder"),
    **_OPTIONS,
)


beginnings = Table(
    f"{PREFIX}beginnings",
    _metadata,
    Column("chain", _Digest, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("last_mac", _Digest, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("mac", _Digest, nullable=False),
    **_OPTIONS,
)


def _make_ledger(connection: Connection) -> None:
    _metadata.create_all(connection, [chain_keys, chains, entries])


def _make_claims(connection: Connection) -> None:
    _metadata.create_all(connection, [claims])


def _make_beginnings(connection: Connection) -> None:
    _metadata.create_all(connection, [beginnings])


MIGRATIONS: Final[tuple[Callable[[Connection], None], ...]] = (_make_ledger, _make_claims, _make_beginnings)
"""What leads from each version to the next. A table is not changed here once a release has it: a step alters it."""

VERSION: Final = len(MIGRATIONS)


def require_schema(engine: Engine) -> None:
    """Make the tables that are missing; raises ``LedgerSchema`` for a database of a newer version.

    Two workers may come here together: the loser of the race finds what the winner made.
    """
    if _version(engine) == VERSION:
        return
    try:
        with engine.begin() as connection:
            _migrate(connection)
    except DBAPIError:
        if _version(engine) != VERSION:
            raise


def has_schema(engine: Engine) -> bool:
    """Whether the tables are there; raises ``LedgerSchema`` like ``require_schema``."""
    return _version(engine) > 0


def _version(engine: Engine) -> int:
    with engine.connect().execution_options(secure_xcom_reads=True) as connection:
        if not inspect(connection).has_table(version.name):
            return 0
        found = connection.execute(select(version.c.version)).scalar() or 0
    if found > VERSION:
        raise LedgerSchema(
            f"the ledger's database has schema {found}, and this secure-xcom knows {VERSION}: upgrade secure-xcom here"
        )
    return int(found)


def _migrate(connection: Connection) -> None:
    version.create(connection, checkfirst=True)
    found = connection.execute(select(version.c.version).with_for_update()).scalar() or 0
    for step in MIGRATIONS[found:]:
        step(connection)
    connection.execute(version.delete())
    connection.execute(version.insert().values(version=VERSION))
