"""Airflow's own backend and ours side by side, each over a database of its own, in all ways of being sealed."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from secure_xcom.contracts.enforce import DagContract, TaskContract
from secure_xcom.model.contract import Contract, Reader, Terms
from secure_xcom.model.coordinates import TaskInstance
from secure_xcom.model.mode import Mode
from secure_xcom.secret import Secret, exposed
from secure_xcom.testing.fakes import InMemoryKeyProvider, InMemoryStore, SingleRoute, unrecorded_runtime

KEY = "return_value"
MAKE = {"dag_id": "etl", "run_id": "run-1", "task_id": "make"}
WRITER, READER = (TaskInstance(dag_id="etl", run_id="run-1", task_id=task_id) for task_id in ("make", "read"))


class Way(Enum):
    """How a value comes to be sealed, or not."""

    PLAIN = "not at all"
    NAMES = "where its names are sensitive"
    PART = "below a sensitive key"
    WHOLE = "whole, by a mark"
    CONTRACT = "under a contract"
    ALL = "seal = all"
    LARGE = "because it is larger than nothing"

    def around(self, value: object) -> object:
        """The value as Airflow's own backend gets it."""
        return {"password": value, "user": "ann"} if self is Way.PART else value

    def seals(self, value: object) -> bool:
        """Whether something is sealed whatever the names within the value are. There is nothing to hide in ``None``."""
        return self in (Way.WHOLE, Way.CONTRACT, Way.LARGE) or (self in (Way.PART, Way.ALL) and value is not None)


class Backends:
    """The two backends. ``patch`` must outlive them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        from airflow.sdk.bases.xcom import BaseXCom

        from secure_xcom.airflow import backend
        from secure_xcom.airflow.host import AirflowHost

        self.patch = patch
        self.airflows, self.ours = BaseXCom, backend.SecureXComBackend
        self.host = AirflowHost()
        # What is masked in one case would be sensitive in the next.
        patch.setattr(self.host, "mask", lambda *_, **__: None)
        patch.setattr(self.host, "warn_unmaskable", lambda *_, **__: None)
        patch.setattr(self.host, "declared", self._declared)
        self.way = Way.PLAIN
        exchanges = {way: self._exchange(way) for way in Way}
        patch.setattr(backend, "exchange", lambda: exchanges[self.way])
        patch.setattr(backend, "_pushed", set())

    def airflow_result(self, value: object, *, limits: bool = True) -> tuple[str, object]:
        """The row and the value that Airflow's own backend makes of a value. Raises what it raises, and for a mark.

        Without ``limits`` the row need not fit into the supervisor's messages.
        """
        with exposed():
            return self._pushed(self.airflows, value, limits=limits), self.airflows.get_one(key=KEY, **MAKE)

    def our_result(self, value: object, way: Way) -> tuple[str, object]:
        """The same of ours."""
        row = self.push(value, way)
        return row, self.pull()

    def push(self, value: object, way: Way) -> str:
        """Push with ours, and return the row."""
        self.way = way
        self.patch.setattr(self.host, "running", lambda: WRITER)
        return self._pushed(self.ours, Secret(value) if way is Way.WHOLE else value)

    def pull(self) -> object:
        """Pull with ours what was pushed last."""
        self.patch.setattr(self.host, "running", lambda: READER)
        return self.ours.get_one(key=KEY, **MAKE)

    def pull_row(self, row: str) -> object:
        """Pull with ours a row that somebody wrote into the database."""
        self._installed({("etl", "run-1", "make", KEY, -1): row})
        return self.pull()

    def _pushed(self, backend: Any, value: object, *, limits: bool = True) -> str:
        rows = self._installed({}, limits=limits)
        backend.set(KEY, value, **MAKE)
        return rows["etl", "run-1", "make", KEY, -1]

    def _installed(self, rows: dict[Any, str], *, limits: bool = True) -> dict[Any, str]:
        from tests.airflow.supervisor import Database

        database = Database(limits=limits).install()
        database.rows = rows
        return rows

    def _exchange(self, way: Way) -> object:
        from secure_xcom.assembly.build import build_policy
        from secure_xcom.exchange.exchange import Exchange
        from secure_xcom.settings.settings import Settings

        # The operator's word seals whatever stands below the name, harmless or not.
        options = {"seal": "all"} if way is Way.ALL else {"sensitive_keys": "password"}
        return Exchange(
            unrecorded_runtime(self.host, SingleRoute(InMemoryStore(), InMemoryKeyProvider()), lambda: 0.0),
            build_policy(Settings.parse(options, Path("/nowhere")), self.host),
            Mode.OPEN_ONLY if way is Way.PLAIN else Mode.ENFORCE,
            0 if way is Way.LARGE else -1,
        )

    def _declared(self) -> DagContract | None:
        if self.way is not Way.CONTRACT:
            return None
        terms = {KEY: Terms(contract=Contract(readers=frozenset({Reader("etl", "read")})))}
        make = TaskContract(keys=terms, upstream=frozenset(), strict=False, declared_at="etl.py:7")
        read = TaskContract(keys={}, upstream=frozenset({"make"}), strict=False, declared_at="etl.py:9")
        return DagContract(dag_id="etl", tasks={"make": make, "read": read})
