"""A deployment on one machine, whose key is changed: values that were pushed before, and a rewrap of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from secure_xcom.assembly.build import build, build_ledger
from secure_xcom.assembly.estate import Estate
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.value import JSON
from secure_xcom.ops.lifecycle.rewrap.outcome import Fate, Summary
from secure_xcom.ops.lifecycle.rewrap.run import RewrapOptions, Run
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

VALUE = {"password": "correct horse battery"}


def place(dag_id: str = "etl", run_id: str = "r", key: str = "k") -> Coordinates:
    return Coordinates(dag_id=dag_id, run_id=run_id, task_id="t", key=key)


def host(where: Coordinates) -> FakeHost:
    made = FakeHost()
    made.instance = TaskInstance(dag_id=where.dag_id, run_id=where.run_id, task_id=where.task_id)
    return made


@dataclass
class Deployment:
    """``options`` are those of ``[secure_xcom]``; each push and pull is that of a new worker."""

    home: Path
    options: dict[str, str] = field(default_factory=dict)
    rows: dict[Coordinates, JSON] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings.parse({"retry_deadline": "1s", **self.options}, self.home)

    @property
    def objects(self) -> list[Path]:
        return sorted(path for path in (self.home / "secure_xcom" / "store").rglob("*") if path.is_file())

    def push(self, where: Coordinates, value: object = VALUE) -> JSON:
        self.rows[where] = build(self.settings, host(where)).push(value, where)
        return self.rows[where]

    def pull(self, where: Coordinates) -> object:
        query = XComQuery(
            dag_id=where.dag_id, run_id=where.run_id, task_id=where.task_id, key=where.key, map_index=where.map_index
        )
        return build(self.settings, host(where)).pull(self.rows[where], query)

    def opens(self) -> bool:
        """Whether every value that was pushed comes back."""
        return all(self.pull(where) == VALUE for where in self.rows)

    def ledger(self) -> LazyLedger:
        return build_ledger(self.settings, FakeHost())

    def run(self, **asked: object) -> Run:
        return Run(Estate(self.settings, FakeHost().connections), RewrapOptions(**asked))  # type: ignore[arg-type]

    def rewrap(self, **asked: object) -> Summary:
        run = self.run(**asked)
        for _ in run.objects(Estate(self.settings, FakeHost().connections).places()):
            pass
        run.chain_keys(self.ledger())
        return run.summary


def counted(summary: Summary) -> dict[Fate, int]:
    return dict(summary.fates)
