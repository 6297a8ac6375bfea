"""Values above ``large_threshold`` leave the database: sealed, compressed where that helps, and masked nowhere."""

from __future__ import annotations

import base64
import random
from dataclasses import replace

import pytest

from secure_xcom.classify import Policy
from secure_xcom.classify.names import Names
from secure_xcom.errors import ObjectNotFound, PayloadError, Tampered
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.model.event import Event
from secure_xcom.model.mode import Mode
from secure_xcom.model.value import JSON
from secure_xcom.secret import Secret
from secure_xcom.testing.fakes import (
    FakeHost,
    InMemoryKeyProvider,
    InMemoryLedger,
    InMemoryStore,
    SingleRoute,
    unrecorded_runtime,
)

WHERE = Coordinates(dag_id="etl", run_id="run-1", task_id="make", key="rows")
QUERY = XComQuery(dag_id="etl", run_id="run-1", task_id="make", key="rows", map_index=-1)
ROWS = [{"name": f"customer {number}", "city": "Zürich"} for number in range(500)]
THRESHOLD = 1000


class LargeStore(InMemoryStore):
    """A store of another scheme."""

    scheme = "large"


class World:
    """An exchange with a store for large values."""

    def __init__(self, mode: Mode = Mode.ENFORCE, large: InMemoryStore | None = None) -> None:
        self.host = FakeHost()
        self.store, self.large = InMemoryStore(), LargeStore() if large is None else large
        routes = SingleRoute(self.store, InMemoryKeyProvider(), self.large)
        self.ledger = InMemoryLedger()
        runtime = unrecorded_runtime(self.host, routes)
        self.runtime = replace(runtime, recorder=replace(runtime.recorder, ledger=self.ledger))
        policy = Policy(
            names=Names(listed=self.host.hides_name).compiled(),
            holds_registered_secret=self.host.holds_registered_secret,
        )
        self.exchange = Exchange(self.runtime, policy, mode, THRESHOLD)

    def push(self, value: object, where: Coordinates | None = WHERE) -> JSON:
        return self.exchange.push(value, where)


def _data(row: JSON) -> dict[str, str]:
    assert isinstance(row, dict)
    assert row["__classname__"] == "secure_xcom.Sealed"
    return row["__data__"]  # type: ignore[return-value]


def test_a_large_value_goes_to_the_large_store_and_comes_back() -> None:
    world = World()
    row = world.push(ROWS)
    assert (len(world.store.objects), len(world.large.objects)) == (0, 1)
    assert world.exchange.pull(row, QUERY) == ROWS
    assert [entry.event for entry in world.ledger.entries] == [Event.WRITE, Event.READ]


def test_the_placeholder_tells_class_and_size() -> None:
    data = _data(World().push(ROWS))
    assert data["rule"].startswith("large (list, 1")
    assert data["rule"].endswith(" bytes)")
    assert data["store"] == "large"


def test_a_placeholder_shows_no_more_than_the_beginning_of_a_long_class_name() -> None:
    kind = type("x" * 5000, (list,), {})
    assert len(_data(World().push(kind(ROWS)))["rule"]) < 150


def test_nothing_of_a_large_value_is_masked() -> None:
    world = World()
    world.exchange.pull(world.push(ROWS), QUERY)
    assert (world.host.masked, world.host.warnings) == ([], [])


@pytest.mark.parametrize("value", [ROWS[:3], "x" * 900, None, 1], ids=["rows", "text", "nothing", "number"])
def test_a_value_below_the_threshold_stays_in_the_row(value: object) -> None:
    world = World()
    assert world.push(value) == value
    assert not world.large.objects


@pytest.mark.parametrize("size", [996, 997])
def test_the_threshold_is_the_most_that_stays(size: int) -> None:
    world = World()
    # [4, text]: an array's byte, a kind's byte, and three bytes of the text's header.
    world.push("x" * (size - 1))
    assert bool(world.large.objects) is (size - 1 + 5 > THRESHOLD)


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.OPEN_ONLY])
def test_nothing_is_moved_where_nothing_is_sealed(mode: Mode) -> None:
    world = World(mode)
    assert world.push(ROWS) == ROWS
    assert not world.large.objects


@pytest.mark.parametrize("key", ["skipmixin_key", "trigger_run_id", "_link_Open"])
def test_what_airflow_reads_from_the_database_stays_there(key: str) -> None:
    world = World()
    assert world.push(["task"] * 1000, replace(WHERE, key=key)) == ["task"] * 1000


def test_what_is_serialised_outside_a_push_stays_as_it_is() -> None:
    assert World().push(ROWS, None) == ROWS


def test_a_secret_in_a_large_value_is_sealed_in_the_store_by_itself() -> None:
    world = World()
    row = world.push({"rows": ROWS, "password": "correct horse battery"})
    assert len(world.store.objects) == 1
    assert not world.large.objects
    assert isinstance(row, dict)
    assert row["rows"] == ROWS
    assert "correct horse battery" in world.host.masked


def test_a_large_value_is_compressed_where_that_helps() -> None:
    world = World()
    world.push(ROWS)
    (blob,) = world.large.objects.values()
    assert len(blob) < 4000


def test_a_large_value_is_not_compressed_where_that_gains_little() -> None:
    world = World()
    value = base64.b64encode(random.Random(1).randbytes(90_000)).decode()
    row = world.push(value)
    (blob,) = world.large.objects.values()
    assert len(blob) > 100_000
    assert world.exchange.pull(row, QUERY) == value


def test_a_secret_is_never_compressed() -> None:
    world = World()
    world.push({"password": "a" * 50_000})
    (blob,) = world.store.objects.values()
    assert len(blob) > 50_000


def test_without_a_library_nothing_is_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secure_xcom.payload.packing._library", lambda name: None)
    world = World()
    row = world.push(ROWS)
    (blob,) = world.large.objects.values()
    assert len(blob) > 10_000
    assert world.exchange.pull(row, QUERY) == ROWS


def test_a_large_value_is_found_in_either_store() -> None:
    world = World()
    row = world.push(ROWS)
    world.store.objects, world.large.objects = world.large.objects, {}
    assert world.exchange.pull(row, QUERY) == ROWS


def test_a_secret_is_looked_for_in_its_own_store_first() -> None:
    world = World()
    row = world.push({"password": "correct horse battery"})
    world.exchange.pull(row, QUERY)
    assert not world.large.calls


def test_a_large_value_is_looked_for_in_the_large_store_first() -> None:
    world = World()
    world.exchange.pull(world.push(ROWS), QUERY)
    assert not world.store.calls


def test_a_purge_deletes_a_large_value() -> None:
    world = World()
    row = world.push(ROWS)
    world.exchange.purge(row, QUERY)
    assert not world.large.objects
    with pytest.raises(ObjectNotFound):
        world.exchange.pull(row, QUERY)


def test_what_the_ledger_does_not_take_leaves_no_object() -> None:
    world = World()
    world.ledger.error = PayloadError("no")
    with pytest.raises(PayloadError):
        world.push(ROWS)
    assert not world.large.objects


def test_values_that_are_pulled_together_may_be_large() -> None:
    world = World()
    rows = [world.push(value, replace(WHERE, map_index=index)) for index, value in enumerate([ROWS, 1, ROWS[:400]])]
    assert world.exchange.pull_all(rows, replace(QUERY, map_index=None)) == [ROWS, 1, ROWS[:400]]


def test_the_store_that_a_placeholder_names_is_there_for_people_alone() -> None:
    world = World()
    row = world.push(ROWS)
    _data(row)["store"] = "elsewhere"
    assert world.exchange.pull(row, QUERY) == ROWS


def test_a_secret_that_says_of_itself_that_it_is_large_is_masked_all_the_same() -> None:
    world = World()
    row = world.push({"password": "correct horse battery"})
    assert isinstance(row, dict)
    _data(row["password"])["rule"] = "large (str, 1 bytes)"
    world.host.masked.clear()
    assert world.exchange.pull(row, QUERY) == {"password": "correct horse battery"}
    assert "correct horse battery" in world.host.masked


def test_a_large_value_that_says_of_itself_that_it_is_a_secret_is_found_and_not_masked() -> None:
    world = World()
    row = world.push(ROWS)
    _data(row)["rule"] = "name-password"
    assert world.exchange.pull(row, QUERY) == ROWS
    assert not world.host.masked


def test_a_large_value_is_refused_in_another_place_of_the_row() -> None:
    world = World()
    with pytest.raises(Tampered):
        world.exchange.pull({"rows": world.push(ROWS)}, QUERY)


def test_a_large_value_below_a_marked_one_is_sealed_as_a_secret() -> None:
    world = World()
    world.push({"rows": Secret(ROWS)})
    assert (len(world.store.objects), len(world.large.objects)) == (1, 0)


def test_both_stores_may_have_one_scheme_and_be_one_store() -> None:
    store = InMemoryStore()
    world = World(large=store)
    world.store.objects = store.objects
    assert world.exchange.pull(world.push(ROWS), QUERY) == ROWS
