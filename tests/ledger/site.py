"""A ledger as several processes have it: one database, and one disk with the store and the keyring."""

from __future__ import annotations

import multiprocessing
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import update

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.claims import SqlClaims
from secure_xcom.ledger.db.clock import NOW
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import claims
from secure_xcom.ledger.ledger import SqlLedger
from secure_xcom.ledger.verification import Verification
from secure_xcom.ledger.verify import verify
from secure_xcom.ledger.walk import End
from secure_xcom.model.claim import Offer
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.model.object_name import new_object_id
from secure_xcom.testing.fakes import SingleRoute

PROCESSES = multiprocessing.get_context("forkserver")
"""Makes processes that share nothing with the tests' one, as Airflow's workers; what takes long is imported once."""

PROCESSES.set_forkserver_preload(
    [__name__, *(f"sqlalchemy.dialects.{name}" for name in ("mysql", "postgresql", "sqlite")), "psycopg2", "pymysql"]
)


class Site:
    """Where a ledger is. It travels to other processes, and opens there what is its own."""

    def __init__(self, url: str, directory: Path) -> None:
        self.url = url
        self.directory = directory
        self._open()

    def _open(self) -> None:
        self.database = Database.of(self.url)
        self.store = FileStore(self.directory / "store")
        routes = SingleRoute(self.store, LocalKeyring(self.directory / "keyring.json"))
        self.keys = ChainKeys(self.database, routes, time.time)
        self.ledger = SqlLedger(self.database, self.keys)

    def __getstate__(self) -> tuple[str, Path]:
        return self.url, self.directory

    def __setstate__(self, state: tuple[str, Path]) -> None:
        self.url, self.directory = state
        self._open()

    def claims(self) -> SqlClaims:
        """Return the claims as a new process has them."""
        return SqlClaims(self.database, secrets.token_hex(16))

    def let_leases_end(self) -> None:
        """Set back what has an end, as time would."""
        ending = update(claims).where(claims.c.lease_until <= NOW() + 3_600_000)
        self.database.write(lambda connection: connection.execute(ending.values(lease_until=1)))

    def verify(self, anchor: Mapping[str, End] | None = None) -> Verification:
        return verify(self.database, self.keys, anchor)


def task(number: int = 0, dag_id: str = "etl", run_id: str = "run") -> TaskInstance:
    """Return one of a mapped task's instances."""
    return TaskInstance(dag_id=dag_id, run_id=run_id, task_id="work", map_index=number)


def entry(at: int = 1, run_id: str = "run", dag_id: str = "etl", **fields: object) -> Entry:
    """Return an entry of a read in that run."""
    where = Coordinates(dag_id=dag_id, run_id=run_id, task_id="make", key="return_value")
    given: dict[str, object] = {"event": Event.READ, "outcome": Outcome.DONE, "where": where, "host": "worker-1"}
    return Entry(at=at, **{"actor": task(dag_id=dag_id, run_id=run_id), **given, **fields})


def offer(**fields: object) -> Offer:
    """Return the offer of a fresh value."""
    return Offer(**{"object_id": new_object_id(), "name": "etl/object.sxc", "lease_seconds": 300, **fields})
