"""A deployment of several task processes over one ledger, one store and one database of rows."""

import json
from collections.abc import Callable

from secure_xcom.classify import Policy
from secure_xcom.classify.names import Names
from secure_xcom.errors import SecureXComError
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.exchange.held_claims import HeldClaims
from secure_xcom.exchange.history import History
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.mode import PlainInPlace
from secure_xcom.model.value import JSON, node_of
from secure_xcom.payload.parts import find_placeholder
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryStore, SingleRoute
from tests.unit.world import NOW, RememberingLedger

DAG, RUN, TASK, KEY = "etl", "run", "make", "out"
CONSUMER = TaskInstance(dag_id=DAG, run_id=RUN, task_id="use")
SEALED, PLAIN = {"password": "kanarienvogel"}, {"user": "ann"}


def place(map_index: int = -1, key: str = KEY, run_id: str = RUN) -> Coordinates:
    """The coordinates of one instance of the producing task."""
    return Coordinates(dag_id=DAG, run_id=run_id, task_id=TASK, key=key, map_index=map_index)


class FailingStore(InMemoryStore):
    """A store that may refuse to delete."""

    keeps = False

    def _delete(self, name: str) -> None:
        if self.keeps:
            raise OSError
        super()._delete(name)


class ReadingHost(FakeHost):
    """A host that reads the deployment's rows."""

    def __init__(self, rows: dict[Coordinates, JSON]) -> None:
        super().__init__()
        self.database = rows

    def row_at(self, query: XComQuery) -> JSON:
        return next((row for where, row in self.database.items() if query.admits(where)), None)


class Deployment:
    """What processes share. ``begin`` and ``consumer`` each start one."""

    def __init__(self, rule: PlainInPlace = PlainInPlace.REFUSE, *, best_effort: bool = False) -> None:
        self.store, self.ledger = FailingStore(), RememberingLedger()
        self.routes = SingleRoute(self.store, InMemoryKeyProvider())
        self.rows: dict[Coordinates, JSON] = {}
        self.now = float(NOW)
        self.warnings: list[str] = []
        self._rule, self._best_effort = rule, best_effort

    def process(self, actor: TaskInstance | None, began: float = 0.0) -> Exchange:
        """A new process, which runs ``actor``."""
        host = ReadingHost(self.rows)
        host.instance, host.messages, host.began = actor, self.warnings, began
        clock: Callable[[], float] = lambda: self.now  # noqa: E731
        recorder = Recorder(
            ledger=self.ledger, clock=clock, host="w", warn=host.warn, best_effort=self._best_effort, spool=None
        )
        history = History(recorder, host, self._rule)
        runtime = Runtime(
            host=host,
            clock=clock,
            routes=self.routes,
            recorder=recorder,
            claims=HeldClaims(None, recorder, host),
            history=lambda: history,
        )
        names = Names(listed=host.hides_name).compiled()
        return Exchange(runtime, Policy(names=names, holds_registered_secret=lambda _: False))

    def begin(self, map_index: int = -1, run_id: str = RUN) -> "Producer":
        """Start a try of the producing task, as Airflow does: it deletes the rows at the task's place."""
        return Producer(self, map_index, run_id)

    def pull(self, where: Coordinates, began: float = 0.0) -> object:
        """Pull one value, as another task of the run does."""
        return self.process(CONSUMER, began).pull(self.rows[where], where.as_query())

    def pull_all(self, key: str = KEY, run_id: str = RUN) -> list[object]:
        """Pull the values of all mapped instances."""
        found = sorted((where.map_index, json.dumps(row)) for where, row in self.rows.items() if where.key == key)
        query = XComQuery(dag_id=DAG, run_id=run_id, task_id=TASK, key=key)
        return self.process(CONSUMER).pull_all([json.loads(row) for _, row in found], query)


class Producer:
    """One try of the producing task."""

    def __init__(self, deployment: Deployment, map_index: int, run_id: str) -> None:
        self._deployment = deployment
        self._place = map_index, run_id
        self._pushed: set[Coordinates] = set()
        actor = TaskInstance(dag_id=DAG, run_id=run_id, task_id=TASK, map_index=map_index)
        self.exchange = deployment.process(actor)
        for where in [where for where in deployment.rows if actor.is_at(where)]:
            self._purge(deployment.rows[where], where)
            del deployment.rows[where]

    def push(self, value: object, key: str = KEY, *, dies_after: str = "") -> Coordinates:
        """Push, as the backend does; the process may die after the object or after the row is written."""
        where = place(self._place[0], key, self._place[1])
        superseded = self._deployment.rows.get(where) if where in self._pushed else None
        row = json.loads(json.dumps(self.exchange.push(value, where)))
        self._pushed.add(where)
        if dies_after == "object":
            return where
        self._deployment.rows[where] = row
        if dies_after != "row":
            self._purge(superseded, where)
            self._quietly(lambda: self.exchange.drop_earlier(where))
        return where

    def _purge(self, row: JSON, where: Coordinates) -> None:
        if row is not None:
            self._quietly(lambda: self.exchange.purge(row, where.as_query()))

    @staticmethod
    def _quietly(call: Callable[[], None]) -> None:
        try:
            call()
        except SecureXComError:
            # The backend warns.
            return


def is_sealed(row: JSON) -> bool:
    """Whether a row has a placeholder."""
    return find_placeholder(node_of(row)).placeholder is not None
