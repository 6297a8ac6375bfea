"""A deployment on this machine whose store is changed, and the move after it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from secure_xcom.assembly.build import build, build_ledger
from secure_xcom.assembly.router import Router
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.value import JSON
from secure_xcom.ops.lifecycle.move.evidence import evidence, is_chain_key
from secure_xcom.ops.lifecycle.move.mover import Mover, opened_above
from secure_xcom.ops.lifecycle.move.outcome import Summary
from secure_xcom.ops.lifecycle.move.places import Places
from secure_xcom.ops.lifecycle.move.run import Run
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.unit.world import CANARY, query


def place(dag_id: str = "etl", run_id: str = "r", key: str = "password") -> Coordinates:
    return Coordinates(dag_id=dag_id, run_id=run_id, task_id="t", key=key)


@dataclass
class Deployment:
    """Options of ``[secure_xcom]`` below a home, and the rows of what was pushed."""

    home: Path
    options: dict[str, str] = field(default_factory=dict)
    rows: dict[Coordinates, JSON] = field(default_factory=dict)
    values: dict[Coordinates, object] = field(default_factory=dict)
    """What was pushed where it was not the canary."""
    workers: dict[object, Exchange] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings.parse(self.options, self.home)

    def exchange(self, dag_id: str = "etl") -> Exchange:
        """Return the worker's of the options as they are."""
        worker = dag_id, tuple(self.options.items())
        if worker not in self.workers:
            host = FakeHost()
            host.instance = TaskInstance(dag_id=dag_id, run_id="r", task_id="t")
            self.workers[worker] = build(self.settings, host)
        return self.workers[worker]

    def push(self, *places: Coordinates) -> None:
        for where in places or (place(),):
            self.rows[where] = self.exchange(where.dag_id).push(CANARY, where)

    def push_value(self, value: object, where: Coordinates) -> None:
        self.rows[where] = self.exchange(where.dag_id).push(value, where)
        self.values[where] = value

    def pull(self) -> None:
        """Fail unless each value opens."""
        for where, row in self.rows.items():
            assert self.exchange(where.dag_id).pull(row, query(where)) == self.values.get(where, CANARY)

    def purge(self, where: Coordinates) -> None:
        self.exchange(where.dag_id).purge(self.rows.pop(where), query(where))

    def change(self, store: str, **options: str) -> None:
        """Name another store, and the one of before as a previous one."""
        native = "native+" if not self.settings.key else ""
        self.options |= {"previous_stores": native + self.options["store"], "store": store, **options}

    def rekey(self) -> None:
        build_ledger(self.settings, FakeHost()).rekey()

    def run(self, *dags: str, deletes: bool = True, dry_run: bool = False, known: Sequence[str] = ()) -> Run:
        host, settings = FakeHost(), self.settings
        mover = Mover(
            was_deleted=evidence(build_ledger(settings, host)),
            is_chain_key=is_chain_key,
            clock=time.time,
            clock_skew=60,
            deletes=deletes,
            large_above=opened_above(settings.large_threshold),
        )
        places = Places(settings, Router(settings, host.connections), lambda: known, dags)
        return Run(places=places, mover=mover, dry_run=dry_run)

    def move(self, *dags: str, deletes: bool = True, dry_run: bool = False, known: Sequence[str] = ()) -> Summary:
        summary = Summary()
        self.run(*dags, deletes=deletes, dry_run=dry_run, known=known).run(summary)
        return summary
