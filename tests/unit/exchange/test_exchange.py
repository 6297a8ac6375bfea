"""Push and pull: the consumer gets what was pushed, the database holds what may be read, and nothing is done twice."""

import json
import threading
from dataclasses import replace
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given

from secure_xcom.errors import InvalidCoordinates, ObjectNotFound, PayloadError, StoreError, StoreUnavailable
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.mode import Mode
from secure_xcom.model.placeholder import STAND_IN, Placeholder
from secure_xcom.model.value import JSON, Node, Selection
from secure_xcom.payload import parts
from secure_xcom.ports.calls import CONCURRENT_PULLS
from secure_xcom.ports.store import Head
from secure_xcom.seal.envelope import parse_header
from secure_xcom.secret import Secret
from secure_xcom.testing.fakes import FakeHost, InMemoryStore
from tests.unit import any_value
from tests.unit.any_value import bare, handed_out, same
from tests.unit.world import CANARY, NOW, PLACE, Login, ObjectHost, World, assert_tells_nothing, beside, query, world


@given(value=any_value.marked)
def test_the_consumer_gets_what_airflow_hands_out(value: object) -> None:
    assert same(world().round_trip(value), handed_out(value, beside))


@given(value=any_value.values)
def test_the_consumer_gets_what_was_sealed_as_airflow_hands_it_out_and_exact_where_it_refuses(value: object) -> None:
    assert same(world().round_trip({"password": value}), {"password": handed_out(value, beside)})


@given(value=any_value.values)
def test_the_consumer_gets_what_airflow_hands_out_when_everything_is_sealed(value: object) -> None:
    assert same(world(everything=True).round_trip(value), handed_out(value, beside))


@given(value=any_value.marked)
def test_the_consumer_gets_what_airflow_hands_out_from_a_store_that_encrypts_itself(value: object) -> None:
    there = world(native=True)
    assert same(there.round_trip(value), handed_out(value, beside))
    assert there.keys.calls == []


def _sealed_at(row: JSON) -> JSON:
    """The row with ``***`` in place of its placeholder and of each stand-in."""
    match row:
        case {"__classname__": "secure_xcom.Sealed", "__data__": {"rule": str(), "store": "memory", "ref": str()}}:
            return "***"
        case str() if row == STAND_IN:
            return "***"
        case dict():
            return {key: _sealed_at(item) for key, item in row.items()}
        case list():
            return [_sealed_at(item) for item in row]
    return row


def test_the_placeholder_names_the_rule_of_the_first_part_and_the_others_have_a_stand_in() -> None:
    row: Any = world().push({"a": {"password": CANARY, "token": CANARY}, "b": [Secret(1)]})
    assert row["a"]["password"]["__data__"] == {"rule": "name-airflow", "store": "memory", "ref": ANY}
    assert (row["a"]["token"], row["b"]) == (STAND_IN, [STAND_IN])


SHOWN = {
    "a plain value": ({"user": "u", "n": [1, None]}, {"user": "u", "n": [1, None]}),
    "a password": ({"user": "u", "password": CANARY}, {"user": "u", "password": "***"}),
    "two of them": ([{"token": CANARY}, {"token": 1}], [{"token": "***"}, {"token": "***"}]),
    "a mark": (Secret(CANARY), "***"),
    "a tuple": (
        ("u", Secret(CANARY)),
        {"__classname__": "builtins.tuple", "__version__": 1, "__data__": ["u", "***"]},
    ),
    "a set": (
        {"s": {Secret(CANARY)}, "n": 1},
        {"s": {"__classname__": "builtins.set", "__version__": 1, "__data__": ["***"]}, "n": 1},
    ),
    "a dict that Airflow refuses": ({"d": {"__id__": CANARY}, "n": 1}, {"d": "***", "n": 1}),
    "keys that are no text": ({1: {"password": CANARY}, None: 2}, {"1": {"password": "***"}, "None": 2}),
    "an object": (
        Login("u", CANARY),
        {"__classname__": "tests.Login", "__version__": 1, "__data__": {"user": "u", "password": "***", "note": None}},
    ),
    "a registered secret": ({"url": f"https://u:{CANARY}@host", "n": 1}, {"url": "***", "n": 1}),
    "a registered secret in a key": ({"d": {CANARY: 1}, "n": 1}, {"d": "***", "n": 1}),
}


@pytest.mark.parametrize(("value", "shown"), SHOWN.values(), ids=SHOWN.keys())
def test_the_database_shows_all_but_what_is_sealed(value: object, shown: JSON) -> None:
    there = world(host=ObjectHost(registered=[CANARY]))
    row = there.push(value)
    assert _sealed_at(row) == shown
    assert CANARY not in json.dumps(row)


def test_the_store_holds_no_plaintext() -> None:
    there = world()
    there.push({"password": CANARY})
    ((name, data),) = there.store.objects.items()
    assert CANARY.encode() not in data
    assert CANARY not in name


def test_the_object_says_when_and_for_which_xcom_it_was_sealed() -> None:
    there = world()
    there.push(Secret("x"))
    ((name, data),) = there.store.objects.items()
    context = parse_header(data, len(data)).context
    assert (context.coordinates, context.created, context.expires) == (PLACE, NOW, 0)
    assert name.endswith(f"/{context.object_id}")


WHOLE = Placeholder(rule="name", store="memory", ref="r/-1/" + "0" * 32).to_json()
LOOKALIKES = {
    "a placeholder": WHOLE,
    "half a placeholder": {"__classname__": "secure_xcom.Sealed"},
    "a placeholder in a dict": {"user": WHOLE, "n": 1},
    "a placeholder in a tuple": ("u", WHOLE),
    "a placeholder beside a secret": {"user": WHOLE, "password": "p"},
    "a placeholder in a mark": Secret({"user": WHOLE}),
    "a placeholder that is sealed": {"password": WHOLE},
    "an encoded tuple": {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [1]},
    "an encoded mark": {"__classname__": Secret.CLASSNAME, "__version__": 1, "__data__": "x"},
    "an encoded class of somebody": {"__classname__": "os.system", "__version__": 1, "__data__": "x"},
    "the old encoding": {"__type": "dict", "__var": {"a": 1}},
    "three stars": {"value": "***", "password": "***"},
    "a stand-in": STAND_IN,
    "a stand-in beside a secret": {"user": STAND_IN, "password": "p"},
    "a placeholder as a text": ["secure_xcom.Sealed@version=1(rule='name', store='file', ref='x')"],
}


@pytest.mark.parametrize("value", LOOKALIKES.values(), ids=LOOKALIKES.keys())
def test_a_value_that_looks_like_a_placeholder_comes_back_as_data(value: object) -> None:
    assert same(world().round_trip(value), bare(value))


KEYS = {
    "an int key beside a secret": ({1: {"password": "p"}}, {"1": {"password": "p"}}),
    "an int key within a secret": ({"password": {1: "p"}}, {"password": {"1": "p"}}),
    "an int key in a mark": (Secret({1: "p"}), {"1": "p"}),
    "an int key beside bytes": (Secret({1: b"p"}), {"1": b"p"}),
    "colliding keys": ({1: "a", "1": "b"}, {"1": "b"}),
    "colliding keys within a secret": ({"password": {1: "a", "1": "b"}}, {"password": {"1": "b"}}),
    "an int key beside a reserved one": ({"__id__": 1, 2: 3}, {"__id__": 1, 2: 3}),
    "a mark as a key": ({Secret("k"): 1}, {"k": 1}),
    "a mark as a key that is a number": ({Secret(1): 1, 2: 3}, {1: 1, 2: 3}),
}


@pytest.mark.parametrize(("value", "opened"), KEYS.values(), ids=KEYS.keys())
def test_keys_become_text_wherever_airflow_prints_them_and_stay_where_it_refuses_the_dict(
    value: object, opened: object
) -> None:
    assert same(world().round_trip(value), opened)


# Modes.

MARKED = {
    "a mark": Secret(CANARY),
    "a mark under a plain name": {"user": Secret(CANARY)},
    "a mark under a sensitive name": {"password": Secret(CANARY)},
    "a mark deep under a sensitive name": {"password": [{"a": Secret(CANARY)}], "user": Secret("x")},
    "a mark deep under a sensitive field": [Login("u", [Secret(CANARY)]), Secret("x")],
    "a mark in a set with a registered secret": [{"registered", Secret(CANARY)}, Secret("x")],
    "a mark in a dict with colliding keys": [{"1": 2, 1: Secret(CANARY)}, Secret("x")],
    "a mark in a dict with a reserved key": [{"__id__": Secret(CANARY)}, Secret("x")],
    "a mark in a dict of the old encoding": [{"__type": "x", "__var": Secret(CANARY)}, Secret("x")],
    "a mark in a dict with a registered secret as a key": [{"registered": Secret(CANARY)}, Secret("x")],
    "a mark as a key": [{Secret(CANARY): 1}, Secret("x")],
}


@pytest.mark.parametrize("key", ["skipmixin_key", "trigger_run_id"])
def test_what_airflows_scheduler_reads_is_not_sealed_but_for_a_secret(key: str) -> None:
    backend, where = world(everything=True), replace(PLACE, key=key)
    assert backend.push({"followed": ["password"]}, where) == {"followed": ["password"]}
    assert backend.push(Secret(CANARY), where) != CANARY


AIRFLOWS = ["skipmixin_key", "trigger_run_id", "_link_Report", "_link_password"]

READ: list[object] = [
    "https://logs/password",
    ["manual__1", "password"],
    [],
    None,
    {"skipped": ["password"], "followed": []},
    {"followed": "password"},
]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("everything", [False, True], ids=["sensitive", "all"])
@pytest.mark.parametrize("key", AIRFLOWS)
@pytest.mark.parametrize("value", READ)
def test_what_airflow_reads_from_the_database_stays_readable(
    value: object, key: str, everything: bool, mode: Mode
) -> None:
    there = world(everything=everything, sensitive=["*"], mode=mode)
    assert there.push(value, replace(PLACE, key=key)) == value
    assert (there.store.calls, there.host.reports) == ([], {})


HELD_BY_AIRFLOWS: list[object] = [
    {"password": CANARY, "dsn": "x"},
    {"url": "https://x", "more": [{"token": CANARY}]},
    {"skipped": ["a"], "password": CANARY},
    Login("u", CANARY),
    f"https://u:{CANARY}@h",
    ["a", CANARY],
    {"skipped": [f"a-{CANARY}"]},
    {CANARY: 1},
    {"__id__": CANARY},
]


@pytest.mark.parametrize("key", AIRFLOWS)
@pytest.mark.parametrize("value", HELD_BY_AIRFLOWS)
def test_a_secret_in_what_airflow_reads_is_refused_and_neither_sealed_nor_readable(value: object, key: str) -> None:
    there = world(host=ObjectHost(registered=[CANARY]))
    with pytest.raises(PayloadError, match=r"push it under a key of your own") as caught:
        there.exchange.push(value, replace(PLACE, key=key))
    assert_tells_nothing(caught.value)
    assert there.store.calls == []


@pytest.mark.parametrize("key", AIRFLOWS)
def test_what_has_a_form_that_airflow_never_reads_is_sealed_where_everything_is(key: str) -> None:
    there, where = world(everything=True), replace(PLACE, key=key)
    for value in ({"password": CANARY}, {"url": CANARY}, [[CANARY]], {"skipped": {"a": CANARY}}, 4711):
        row = there.push(value, where)
        assert _sealed_at(row) == "***"
        assert there.pull(row, where) == value


@pytest.mark.parametrize(("mode", "reports"), [(Mode.OBSERVE, 1), (Mode.OPEN_ONLY, 0)])
def test_a_mode_that_does_not_enforce_refuses_nothing_in_what_airflow_reads(mode: Mode, reports: int) -> None:
    there = world(mode=mode)
    assert there.push({"password": "p"}, replace(PLACE, key="_link_Report")) == {"password": "p"}
    assert len(there.host.reports) == reports


@pytest.mark.parametrize("value", [Secret(CANARY), ["a", Secret(CANARY)], {"skipped": ["a", Secret(CANARY)]}])
@pytest.mark.parametrize("mode", Mode)
def test_a_mark_in_what_airflow_reads_is_sealed(value: object, mode: Mode) -> None:
    there, where = world(mode=mode), replace(PLACE, key="skipmixin_key")
    row = there.push(value, where)
    assert CANARY not in json.dumps(row)
    assert same(there.pull(row, where), bare(value))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("everything", [False, True], ids=["sensitive", "all"])
@pytest.mark.parametrize("value", MARKED.values(), ids=MARKED.keys())
def test_a_mark_is_sealed_in_every_mode(value: object, mode: Mode, everything: bool) -> None:
    there = world(host=ObjectHost(registered=["registered"]), mode=mode, everything=everything)
    row = there.push(value)
    assert CANARY not in json.dumps(row)
    assert CANARY in repr(there.pull(row))


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.OPEN_ONLY])
@pytest.mark.parametrize("everything", [False, True], ids=["sensitive", "all"])
def test_nothing_but_marks_is_sealed_in_the_modes_that_do_not_enforce(mode: Mode, everything: bool) -> None:
    there = world(mode=mode, everything=everything)
    value = {"password": "p", "d": {1: "a"}, "user": Secret(CANARY)}
    assert _sealed_at(there.push(value)) == {"password": "p", "d": {"1": "a"}, "user": "***"}


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.OPEN_ONLY])
def test_a_mode_that_does_not_enforce_touches_neither_store_nor_key_for_an_unmarked_value(mode: Mode) -> None:
    there = world(mode=mode)
    assert there.push({"password": "p"}) == {"password": "p"}
    assert (there.store.calls, there.keys.calls) == ([], [])


@pytest.mark.parametrize(("mode", "reports"), [(Mode.ENFORCE, 0), (Mode.OBSERVE, 2), (Mode.OPEN_ONLY, 0)])
def test_observing_reports_where_something_would_be_sealed_and_is_not(mode: Mode, reports: int) -> None:
    there = world(mode=mode)
    there.push({"password": CANARY, "user": Secret("x"), "list": [{"token": 1}], "n": 1})
    assert len(there.host.reports) == reports
    assert CANARY not in repr(there.host.reports)
    if reports:
        assert there.host.reports == {
            ("out.password", "name-airflow"): 1,
            ("out.list[*].token", "name-airflow"): 1,
        }


@pytest.mark.parametrize("mode", Mode)
def test_what_was_sealed_before_is_opened_in_every_mode(mode: Mode) -> None:
    before = world()
    row = before.push({"password": CANARY})
    after = world(mode=mode, store=before.store, keys=before.keys)
    assert after.pull(row) == {"password": CANARY}


# Counts.


def _calls(there: World) -> tuple[list[str], list[str]]:
    return [name for name, _ in there.store.calls], there.keys.calls


@pytest.mark.parametrize("value", [None, 1, "x", {"user": "u"}, [{"a": (1, 2)}], {1, 2}])
def test_a_push_of_nothing_sensitive_touches_neither_store_nor_key(value: object) -> None:
    there = world()
    row = there.push(value)
    assert there.pull(row) == value
    assert _calls(there) == ([], [])


def test_a_push_costs_one_data_key_and_one_write_whatever_it_seals() -> None:
    there = world()
    there.push([{"password": number} for number in range(100)])
    assert _calls(there) == (["put"], ["generate"])


def test_a_second_push_of_the_run_costs_one_write() -> None:
    there = world()
    for key in ("first", "second", "third"):
        there.push(Secret("x"), replace(PLACE, key=key, task_id=key))
    assert _calls(there) == (["put"] * 3, ["generate"])


def test_a_pull_costs_one_read_and_one_unwrap_whatever_it_opens() -> None:
    there = world()
    row = there.push([{"password": number} for number in range(100)])
    there.store.calls.clear()
    there.keys.calls.clear()
    there.pull(row)
    assert _calls(there) == (["head"], ["unwrap"])
    there.pull(row)
    assert _calls(there) == (["head", "head"], ["unwrap"])


def test_a_purge_costs_one_delete() -> None:
    there = world()
    row = there.push([Secret("x"), Secret("y")])
    there.store.calls.clear()
    there.keys.calls.clear()
    there.exchange.purge(row, query(PLACE))
    assert _calls(there) == (["delete"], [])


def test_each_push_of_a_key_writes_an_object_of_its_own() -> None:
    there = world()
    rows = [there.push(Secret(text)) for text in ("old", "new")]
    assert len(there.store.objects) == 2
    assert [there.pull(row) for row in rows] == ["old", "new"]


# Several rows.


def _mapped(number: int) -> Coordinates:
    return replace(PLACE, map_index=number)


def _rows(there: World, count: int) -> list[JSON]:
    return [there.push({"password": number, "n": number}, _mapped(number)) for number in range(count)]


ALL = query(PLACE, map_index=None)


def test_rows_are_pulled_in_their_order_with_one_read_each() -> None:
    there = world()
    rows = _rows(there, 100)
    there.store.calls.clear()
    assert there.exchange.pull_all(rows, ALL) == [{"password": number, "n": number} for number in range(100)]
    assert _calls(there) == (["head"] * 100, ["generate", "unwrap"])


def test_rows_with_and_without_something_sealed_are_pulled_together() -> None:
    there = world()
    rows = [there.push(value, _mapped(number)) for number, value in enumerate([1, Secret(2), None, [3], Secret(4)])]
    assert there.exchange.pull_all(rows, ALL) == [1, 2, None, [3], 4]


@pytest.mark.parametrize("rows", [[], [None], [1, {"a": "b"}, [2]]])
def test_rows_without_anything_sealed_touch_neither_store_nor_key(rows: list[JSON]) -> None:
    there = world()
    assert there.exchange.pull_all(rows, ALL) == rows
    assert _calls(there) == ([], [])


def test_rows_of_several_runs_come_in_any_order_of_map_indexes() -> None:
    there = world()
    places = [replace(PLACE, run_id=run, map_index=index) for run, index in (("a", 1), ("b", 0), ("c", 1))]
    rows = [there.push(Secret(place.run_id), place) for place in places]
    assert there.exchange.pull_all(rows, query(PLACE, run_id=None, map_index=None)) == ["a", "b", "c"]


def test_rows_are_masked_with_one_message() -> None:
    there = world()
    rows = [there.push(Secret(f"secret-{number}"), _mapped(number)) for number in range(3)]
    there.host.masked.clear()
    there.exchange.pull_all(rows, ALL)
    assert there.host.masked == ["secret-0", "secret-1", "secret-2"]


class Meeting(InMemoryStore):
    """A store whose reads wait until ``together`` of them are under way; counts the most there were at a time."""

    together = 0

    def __init__(self) -> None:
        super().__init__()
        self.barrier: threading.Barrier | None = None
        self.lock = threading.Lock()
        self.now = self.most = 0

    def _head(self, name: str) -> Head:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        if self.barrier is not None:
            self.barrier.wait(timeout=30)
        head = super()._head(name)
        with self.lock:
            self.now -= 1
        return head


def test_rows_are_read_at_the_same_time() -> None:
    there = world(store=Meeting())
    rows = _rows(there, CONCURRENT_PULLS)
    assert isinstance(there.store, Meeting)
    # Each read waits for all the others: this only ends if they run together.
    there.store.barrier = threading.Barrier(CONCURRENT_PULLS)
    there.exchange.pull_all(rows, ALL)
    assert there.store.most == CONCURRENT_PULLS


def test_no_more_rows_are_read_at_the_same_time_than_there_are_connections() -> None:
    there = world(store=Meeting())
    rows = _rows(there, 4 * CONCURRENT_PULLS)
    there.exchange.pull_all(rows, ALL)
    assert isinstance(there.store, Meeting)
    assert there.store.most <= CONCURRENT_PULLS


def test_one_row_that_cannot_be_opened_fails_them_all() -> None:
    there = world()
    rows = _rows(there, 5)
    del there.store.objects[sorted(there.store.objects)[2]]
    with pytest.raises(ObjectNotFound):
        there.exchange.pull_all(rows, ALL)


# Purge.


def test_a_purge_removes_the_object_and_may_be_repeated() -> None:
    there = world()
    row = there.push({"password": "p"})
    for _ in range(2):
        there.exchange.purge(row, query(PLACE))
    assert there.store.objects == {}
    with pytest.raises(ObjectNotFound):
        there.pull(row)


@pytest.mark.parametrize("row", [None, "x", {"a": [1]}])
def test_a_purge_of_nothing_sealed_does_nothing(row: JSON) -> None:
    there = world()
    there.exchange.purge(row, query(PLACE))
    assert _calls(there) == ([], [])


def test_a_purge_that_fails_says_so() -> None:
    class Broken(InMemoryStore):
        def _delete(self, name: str) -> None:
            raise ValueError(name)

    there = world(store=Broken())
    row = there.push(Secret("x"))
    with pytest.raises(StoreError):
        there.exchange.purge(row, query(PLACE))


def test_a_purge_does_not_wait_for_a_store_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    class Hanging(InMemoryStore):
        def _delete(self, name: str) -> None:
            over.wait(timeout=60)

    monkeypatch.setattr("secure_xcom.exchange.deletion.PURGE_SECONDS", 0.01)
    there = world(store=Hanging())
    row = there.push(Secret("x"))
    with pytest.raises(StoreUnavailable, match="orphan"):
        there.exchange.purge(row, query(PLACE))
    over.set()


# Without coordinates.


def test_a_plain_value_needs_no_coordinates() -> None:
    assert world().exchange.push({"user": "u"}, None) == {"user": "u"}


def test_a_sensitive_value_without_coordinates_is_refused() -> None:
    there = world()
    with pytest.raises(InvalidCoordinates):
        there.exchange.push({"password": "p"}, None)
    assert _calls(there) == ([], [])


def test_a_value_of_100_mb_comes_back() -> None:
    there = world()
    value = {"password": "x" * 50_000_000, "nested": {"secret": bytes(50_000_000)}}
    row = there.push(value)
    assert len(json.dumps(row)) < 1_000
    assert there.pull(row) == value


@pytest.mark.parametrize("forgotten", ["token", "note"])
def test_a_row_that_would_hold_something_sensitive_still_is_refused_and_nothing_is_stored(
    monkeypatch: pytest.MonkeyPatch, forgotten: str
) -> None:
    there, cut = world(host=FakeHost(registered=[CANARY])), parts.cut

    def forgets_one(node: Node, selection: Selection, placeholder: Node) -> tuple[Node, parts.Parts]:
        kept = selection if isinstance(selection, str) else {"password": selection["password"]}
        return cut(node, kept, placeholder)

    monkeypatch.setattr(parts, "cut", forgets_one)
    with pytest.raises(PayloadError, match="a defect of secure-xcom") as caught:
        there.push({"password": "p", forgotten: CANARY})
    assert_tells_nothing(caught.value)
    assert there.store.objects == {}
