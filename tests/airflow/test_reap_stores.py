"""``reap`` on the stores themselves: one table of objects, and what goes and stays in each kind of store."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from secure_xcom.airflow.connections import AirflowConnections
from secure_xcom.assembly.registry import build_store
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import object_name
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.store import Store
from secure_xcom.settings.uri import AdapterUri
from tests.airflow.reaped import GRACE, Deployment, at, counted
from tests.fixtures.stores import PREFIX, FreshPlace

KINDS = ("file", "minio", "redis", "vault", "gcs", "azurite")
ORPHANS = {"run deleted": at(run="deleted"), "xcom deleted": at(key="other"), "mapped": at(map_index=3)}
OURS_IN_NAME = object_name(at(key="theirs"), "0" * 32)
THEIRS = {f"{PREFIX}/readme.txt", f"{PREFIX}/etl/notes/2026", "other-product/etl/x", f"{PREFIX}-2/{OURS_IN_NAME}"}


class InStore(Deployment):
    """Its store tells the time itself, so that the run's clock goes ahead instead of the objects' going back."""

    def __init__(self, directory: Path, store: Store) -> None:
        self._given = store
        super().__init__(f"sqlite:///{directory / 'airflow.db'}", directory)

    def _store(self) -> Store:
        return self._given

    def backdate(self, name: str, age: float) -> None:
        """Leave an object's time as it is."""


def later() -> float:
    """Return a time at which nothing is young any more."""
    return time.time() + 2 * GRACE


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, fresh_place: Callable[[str], FreshPlace]) -> FreshPlace:
    return fresh_place(str(request.param))


@pytest.fixture
def deployment(tmp_path: Path, place: FreshPlace) -> Deployment:
    identity = Identity(domain=Domain("etl"), connections=AirflowConnections())
    return InStore(tmp_path, build_store(AdapterUri.parse(place.uri, option="store"), identity)).make()


def test_orphans_and_expired_values_go_and_all_else_stays(deployment: Deployment, place: FreshPlace) -> None:
    live = {deployment.push(at(key=key), age=0) for key in ("login", "a/b %~'_", "ß" * 80)}
    superseded = deployment.push(at(key="twice"), age=0)
    live.add(deployment.push(at(key="twice"), age=0))
    for where in ORPHANS.values():
        deployment.push(where, age=0, row=False)
    deployment.routes.ttl = int(GRACE)
    deployment.push(at(key="expired"), age=0)
    for name in (*THEIRS, f"{PREFIX}/{OURS_IN_NAME}"):
        place.write(name, b"another product's")
    kept = {"NAME": 2, "CONTENT": 1}
    found = counted(deployment.reap(clock=later))
    assert found == {"LIVE": 4, "ROW_GONE": 3, "SUPERSEDED": 1, "EXPIRED": 1, **kept}
    assert superseded not in deployment.names()
    assert place.others() == THEIRS | {f"{PREFIX}/{name}" for name in (*live, OURS_IN_NAME)}
    assert counted(deployment.reap(clock=later)) == {"LIVE": 4, **kept}
    assert len(deployment.purged()) == 5


def test_what_is_younger_than_the_grace_period_stays(deployment: Deployment) -> None:
    name = deployment.push(at(), age=0, row=False)
    assert counted(deployment.reap()) == {"YOUNG": 1}
    assert deployment.names() == [name]
