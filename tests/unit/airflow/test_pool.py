"""``Pool`` and what is taken from it, in one process: how a value ends, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from secure_xcom.airflow import pool as module
from secure_xcom.airflow.pool import Pool, PoolItem
from secure_xcom.errors import ClaimLost, PoolEmpty
from secure_xcom.model.claim import State
from secure_xcom.model.coordinates import TaskInstance
from secure_xcom.model.event import Event
from secure_xcom.testing.fakes import FakeHost, InMemoryClaims
from tests.unit.world import CANARY, World, world


class Orders(Pool):
    """A pool of one process, and where its values stand."""

    def __init__(self, process: World, claims: InMemoryClaims) -> None:
        super().__init__("orders")
        self.process, self.claims = process, claims

    def ends(self) -> list[str]:
        """What the ledger was told of how values ended."""
        ends = (Event.CONSUME.value, Event.RELEASE.value)
        return [event for event, *_ in self.process.ledger.told if event in ends]

    def state(self, object_id: str) -> State | None:
        return self.claims.state(object_id)


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> Iterator[Orders]:
    instance = TaskInstance(dag_id="etl", run_id="r", task_id="consume")
    host = FakeHost()
    host.instance = instance
    claims = InMemoryClaims()
    process = world(host=host, claims=lambda: claims)
    monkeypatch.setattr(module, "_running", lambda name: instance)
    monkeypatch.setattr(module, "_exchange", lambda: process.exchange)
    yield Orders(process, claims)
    process.exchange._claims._renewer.stop()


def test_the_blocks_end_acknowledges_the_value(orders: Orders) -> None:
    orders.put(CANARY)
    with orders.claim() as taken:
        assert taken.value == CANARY
    assert orders.ends() == ["consume"]
    with pytest.raises(PoolEmpty):
        orders.claim()


@pytest.mark.parametrize("end", ["ack", "release"])
def test_what_ended_within_the_block_does_not_end_again_with_it(orders: Orders, end: str) -> None:
    orders.put(CANARY)
    with orders.claim() as taken:
        getattr(taken, end)()
    assert orders.ends() == [{"ack": "consume", "release": "release"}[end]]
    assert orders.ready() is (end == "release")


@pytest.mark.parametrize("first", ["ack", "release"])
@pytest.mark.parametrize("second", ["ack", "release"])
def test_a_value_ends_once(orders: Orders, first: str, second: str) -> None:
    orders.put(CANARY)
    taken = orders.claim()
    getattr(taken, first)()
    with pytest.raises(ClaimLost, match="acknowledged or released before"):
        getattr(taken, second)()


def test_an_error_in_the_block_gives_the_value_back(orders: Orders) -> None:
    orders.put(CANARY)
    with pytest.raises(ZeroDivisionError), orders.claim():
        _ = 1 / 0
    assert orders.ends() == ["release"]
    assert orders.claim().value == CANARY


ENDS: dict[str, Callable[[Orders, PoolItem], None]] = {
    "by the block": lambda orders, taken: taken.ack(),
    "by another": lambda orders, taken: orders.claims.consume(taken._claim.claim),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_blocks_own_error_is_the_one_that_is_raised(
    orders: Orders, end: Callable[[Orders, PoolItem], None]
) -> None:
    def block() -> None:
        with orders.claim() as taken:
            end(orders, taken)
            _ = 1 / 0

    orders.put(CANARY)
    with pytest.raises(ZeroDivisionError):
        block()


@pytest.mark.parametrize("option", ["lease", "ttl"])
@pytest.mark.parametrize("seconds", [0, -5, 0.5, 1e9])
def test_a_span_that_makes_no_sense_is_refused(option: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=f"a pool's {option} is"):
        Pool("orders", **{option: timedelta(seconds=seconds)})  # type: ignore[arg-type]
