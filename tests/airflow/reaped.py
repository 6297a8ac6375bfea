"""A deployment for ``reap`` without a server: Airflow's own tables, a store of files, the ledger, and pushes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, UniqueConstraint, create_engine, delete, select

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.airflow.internals.xcom_references import XComReferences
from secure_xcom.classify import Policy
from secure_xcom.classify.names import Names
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.exchange.held_claims import HeldClaims
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.model.claim import PoolSlot
from secure_xcom.model.contract import ANY_TASK, Contract, Reader, Terms
from secure_xcom.model.coordinates import POOL_KEY, Coordinates, TaskInstance, XComQuery
from secure_xcom.model.entry import Entry
from secure_xcom.model.mode import Mode
from secure_xcom.model.value import JSON
from secure_xcom.ops.lifecycle.reap.checkpoint import Checkpoint
from secure_xcom.ops.lifecycle.reap.judge import Judge, Limits
from secure_xcom.ops.lifecycle.reap.missing import Looked, Missing
from secure_xcom.ops.lifecycle.reap.run import Place, Reaping
from secure_xcom.ops.lifecycle.reap.summary import Summary
from secure_xcom.ports.routes import Route
from secure_xcom.ports.store import Store
from secure_xcom.testing.fakes import FakeHost, SingleRoute

GRACE = 3600.0
OLD = 2 * GRACE
CANARY = "kanarienvogel-4711"


class Routes(SingleRoute):
    """The routes of workers and of the operator. What is pushed lives for ``ttl`` seconds."""

    ttl = 0

    def route(self, owner: str, running: str | None) -> Route:
        return replace(super().route(owner, running), ttl=self.ttl)

    def route_unchecked(self, owner: str, running: str) -> Route:
        return self.route(owner, running)


class Deployment:
    """It travels to other processes, and opens there what is its own. ``make`` makes the tables, once."""

    def __init__(self, url: str, directory: Path, ledger_url: str = "") -> None:
        self.url = url
        self.directory = directory
        self.ledger_url = ledger_url or f"sqlite:///{directory / 'ledger.db'}"
        self._open()

    def _open(self) -> None:
        self.engine = _engine(self.url)
        self.xcom, self.runs = _tables()
        self.store = self._store()
        self.routes = Routes(self.store, LocalKeyring(self.directory / "keyring.json"))
        self.ledger = LazyLedger(self.ledger_url, self.routes, time.time)
        self.exchange = self._exchange(time.time)
        self.references = XComReferences(self.url)

    def _store(self) -> Store:
        return FileStore(self.directory / "store")

    def __getstate__(self) -> tuple[str, Path, str]:
        return self.url, self.directory, self.ledger_url

    def __setstate__(self, state: tuple[str, Path, str]) -> None:
        self.url, self.directory, self.ledger_url = state
        self._open()

    def make(self) -> Deployment:
        """Make Airflow's tables."""
        self.xcom.metadata.create_all(self.engine)
        return self

    def _exchange(self, clock: object) -> Exchange:
        host = FakeHost()

        policy = Policy(
            names=Names(sensitive=["password"], ignored=(), listed=host.hides_name).compiled(),
            holds_registered_secret=host.holds_registered_secret,
        )
        recorder = Recorder(ledger=self.ledger, clock=time.time, host="worker-1", warn=host.warn)
        runtime = Runtime(
            host=host,
            clock=clock,
            routes=self.routes,
            recorder=recorder,
            claims=HeldClaims(self.ledger.claims, recorder, host),
        )
        self.host = host
        return Exchange(runtime, policy, Mode.ENFORCE)

    def push(self, where: Coordinates, *, age: float = OLD, row: bool = True) -> str:
        """Push a sealed value as a task does, and return its object's name. ``age`` is how long ago that was."""
        before = set(self.names())
        self.exchange = self._exchange(lambda: time.time() - age)
        value = self.exchange.push({"user": "ann", "password": CANARY}, where)
        (name,) = set(self.names()) - before
        self.backdate(name, age)
        if row:
            self.write(where, value)
        return name

    def push_now(self, where: Coordinates) -> str:
        """Push object and row, and return the object's id."""
        row = self.exchange.push({"password": CANARY}, where)
        self.write(where, row)
        return object_id_in(row)

    def put(self, run: str = "run", pool: str = "orders", *, age: float = OLD, across_runs: bool = False) -> str:
        """Put a value into a pool, and return its object's name."""
        before = set(self.names())
        self.exchange = self._exchange(lambda: time.time() - age)
        place = at(run=run, key=POOL_KEY + pool)
        terms = Terms(contract=Contract(readers=frozenset({Reader("etl", ANY_TASK)}), once=True))
        slot = PoolSlot(pool="\0".join(("etl", "" if across_runs else run, pool)))
        self.exchange.put(CANARY, place, terms, slot)
        (name,) = set(self.names()) - before
        self.backdate(name, age)
        return name

    def backdate(self, name: str, age: float) -> None:
        """Set back when the store has written an object."""
        moment = time.time() - age
        os.utime(self.directory / "store" / name, (moment, moment))

    def write(self, where: Coordinates, value: JSON) -> None:
        """Write a row as Airflow's API server does: in place of the one that is there."""
        with self.engine.begin() as connection:
            run = self._run(connection, where)
            here = (self.xcom.c.dag_run_id == run, *self._at(where))
            connection.execute(delete(self.xcom).where(*here))
            keys = {"task_id": where.task_id, "map_index": where.map_index, "key": where.key}
            ids = {"dag_run_id": run, "dag_id": where.dag_id, "run_id": where.run_id}
            row = {**keys, **ids, "value": value, "timestamp": datetime.now(UTC)}
            connection.execute(self.xcom.insert().values(row))

    def _run(self, connection: object, where: Coordinates) -> int:
        runs = self.runs.c
        query = select(runs.id).where(runs.dag_id == where.dag_id, runs.run_id == where.run_id)
        found = connection.execute(query).scalar()
        if found is None:
            values = {"dag_id": where.dag_id, "run_id": where.run_id}
            found = connection.execute(self.runs.insert().values(values)).inserted_primary_key[0]
        return found

    def _at(self, where: Coordinates) -> Sequence[object]:
        row = self.xcom.c
        return (row.task_id == where.task_id, row.map_index == where.map_index, row.key == where.key)

    def drop(self, where: Coordinates) -> None:
        """Delete a row."""
        with self.engine.begin() as connection:
            at = (self.xcom.c.dag_id == where.dag_id, self.xcom.c.run_id == where.run_id, *self._at(where))
            connection.execute(delete(self.xcom).where(*at))

    def drop_run(self, dag_id: str, run_id: str) -> None:
        """Delete a run with its rows."""
        with self.engine.begin() as connection:
            for table in (self.xcom, self.runs):
                connection.execute(delete(table).where(table.c.dag_id == dag_id, table.c.run_id == run_id))

    def names(self) -> list[str]:
        """Return the names of all objects."""
        return [one.name for one in self.store.listing()]

    def referred(self) -> set[str]:
        """Return the ids of the objects that rows refer to, found by looking into each row."""
        with self.engine.connect() as connection:
            values = connection.execute(select(self.xcom.c.value)).scalars().all()
        return set(map(object_id_in, values))

    def value(self, where: Coordinates) -> JSON:
        """Return what a row holds."""
        with self.engine.connect() as connection:
            row = self.xcom.c
            query = select(row.value).where(row.dag_id == where.dag_id, row.run_id == where.run_id, *self._at(where))
            found: JSON = connection.execute(query).scalar_one()
        return found

    def pull(self, where: Coordinates) -> object:
        """Pull as a task does."""
        value = self.value(where)
        asked = {name: getattr(where, name) for name in ("dag_id", "run_id", "task_id", "map_index", "key")}
        return self.exchange.pull(value, XComQuery(**asked))

    def reaping(self, **changed: object) -> Reaping:
        """Return a run as the command makes it."""
        grace = changed.pop("grace", GRACE)
        dags = changed.pop("dags", frozenset())
        store = changed.pop("store", self.store)
        limits = Limits(clock=changed.pop("clock", time.time), least_age=grace, dags=dags)
        rows = changed.pop("rows", self.references)
        parts = {
            "places": [Place(label="store", store=store)],
            "judge": Judge(rows, self.ledger, limits),
            "limits": limits,
            "checkpoint": Checkpoint(asked=""),
            "ledger": self.ledger,
            "host": "operator",
        }
        return Reaping(**{**parts, **changed})

    def reap(self, **changed: object) -> Summary:
        """Delete what is to be deleted."""
        return self.reaping(**changed).delete()["store"]

    def missing(self) -> Looked:
        """Look for rows whose object is gone."""
        with ThreadPoolExecutor(4) as pool:
            batches = list(Missing(self.references, self.routes, self.ledger, pool).look())
        return batches[-1] if batches else Looked()

    def purged(self, dag_id: str = "etl") -> list[Entry]:
        """Return what the ledger has of the operator's deletions."""
        return [entry for entry in self.ledger.read(dag_id) if entry.host == "operator"]


def object_id_in(row: JSON) -> str:
    """Return the id of the object that a row refers to."""
    return json.dumps(row).split('"ref": "')[1].split('"')[0].rpartition("/")[2]


def at(key: str = "login", run: str = "run", task: str = "make", dag: str = "etl", map_index: int = -1) -> Coordinates:
    """Return the coordinates of a value."""
    return Coordinates(dag_id=dag, run_id=run, task_id=task, key=key, map_index=map_index)


def task_at(where: Coordinates) -> TaskInstance:
    """Return the task instance that pushes there."""
    return TaskInstance(
        dag_id=where.dag_id, run_id=where.run_id, task_id=where.task_id, map_index=where.map_index, try_number=1
    )


def counted(summary: Summary) -> Mapping[str, int]:
    """Return the number of objects of each verdict."""
    return {name: tally.objects for name, tally in summary.tallies.items()}


def _engine(url: str) -> Engine:
    options: dict[str, object] = {} if url.startswith("sqlite") else {"pool_size": 16, "max_overflow": 16}
    return create_engine(url, **options)


def _tables() -> tuple[Table, Table]:
    """Return Airflow's own table of XComs, and of its table of Dag runs what identifies one."""
    from airflow.models.xcom import XComModel

    metadata = MetaData()
    columns: Iterable[Column] = XComModel.__table__.columns
    xcom = Table("xcom", metadata, *(Column(c.name, c.type, primary_key=c.primary_key) for c in columns))
    text = XComModel.__table__.c.dag_id.type
    runs = Table(
        "dag_run",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("dag_id", text, nullable=False),
        Column("run_id", text, nullable=False),
        UniqueConstraint("dag_id", "run_id"),
    )
    Table("dag", metadata, Column("dag_id", String(250), primary_key=True))
    return xcom, runs
