"""Push and pull under contract, with claims and a ledger: what is refused, what is recorded, and in which order."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from secure_xcom.contracts.declare import Declaration, Key, resolve
from secure_xcom.errors import (
    ClaimLost,
    ClaimRefused,
    ContractViolation,
    Expired,
    LedgerUnavailable,
    NotGranted,
    ObjectNotFound,
    SecureXComError,
    StoreUnavailable,
    Tampered,
)
from secure_xcom.model.claim import Offer, State
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event
from secure_xcom.model.mode import Mode
from secure_xcom.model.object_name import object_name, reference_of
from secure_xcom.model.value import JSON
from secure_xcom.ports.routes import Route
from secure_xcom.testing.fakes import FakeHost, InMemoryClaims, InMemoryLedger, InMemoryStore
from secure_xcom.testing.fakes.claims import ENDLESS, LEFT
from tests.unit.world import CANARY, NOW, World, assert_tells_nothing, query, world

PLACE = Coordinates(dag_id="fraud", run_id="r", task_id="fetch", key="raw")
_HOUR = timedelta(hours=1)
GRAPH = {"fetch": ["validate"], "validate": ["model"], "model": []}


def task(task_id: str, dag_id: str = "fraud", map_index: int = -1, try_number: int = 1) -> TaskInstance:
    """A task instance of the one run."""
    return TaskInstance(dag_id=dag_id, run_id="r", task_id=task_id, map_index=map_index, try_number=try_number)


class Dag:
    """A Dag whose task ``fetch`` has a key under contract; each task is a process with a host of its own."""

    def __init__(self, key: Key, **rest: object) -> None:
        said = [Declaration(task_id="fetch", keys=(key,), declared_at="fraud.py:1")]
        self.contract = resolve("fraud", GRAPH, said)
        self.claims, self.store, self.rest = InMemoryClaims(), InMemoryStore(), rest
        self.first = world(store=self.store, **self.rest)  # type: ignore[arg-type]
        self.ledgers: list[InMemoryLedger] = []

    def process(self, running: TaskInstance | None, *, declares: bool = True, ledger: bool = True) -> World:
        """A worker's process."""
        claims = self.claims.reopened()
        host = FakeHost()
        host.instance = running
        host.contract = self.contract if declares and running and running.dag_id == "fraud" else None
        made = world(
            host=host,
            store=self.store,
            keys=self.first.keys,
            claims=(lambda: claims) if ledger else None,
            **self.rest,  # type: ignore[arg-type]
        )
        self.ledgers.append(made.ledger)
        made.ledger.peers = self.ledgers
        return made

    def push(self, value: object = CANARY) -> JSON:
        """Push as the task that declares the key."""
        return self.process(task("fetch")).push(value, PLACE)

    def state(self) -> State | None:
        """Where the one value stands."""
        (name,) = self.store.objects or [""]
        return self.claims.state(name.rpartition("/")[2])

    def rename(self, name: str) -> None:
        """Have the ledger's database call the object of each claim ``name``."""
        for value in self.claims.values.values():
            value.offer = replace(value.offer, name=name)


@pytest.fixture
def dag() -> Dag:
    return Dag(Key("raw"))


@pytest.fixture
def once() -> Dag:
    return Dag(Key("raw", readers=["validate", "model"], consume="once"))


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("value", [CANARY, None, {"n": 1}, [1, 2], 0, ""])
def test_a_value_under_contract_is_sealed_whole_in_every_mode(value: object, mode: Mode) -> None:
    dag = Dag(Key("raw"), mode=mode)
    row = dag.push(value)
    assert isinstance(row, dict)
    assert row["__classname__"] == "secure_xcom.Sealed"
    assert dag.process(task("validate")).pull(row, PLACE) == value


READERS = {
    "the named task": (task("validate"), True),
    "each of its mapped instances": (task("validate", map_index=5), True),
    "another task": (task("model"), False),
    "the writer": (task("fetch"), False),
    "a task of that name in another Dag": (task("validate", "other"), False),
    "nobody that runs": (None, False),
}


@pytest.mark.parametrize("declares", [True, False], ids=["Dag as it was", "Dag that forgot"])
@pytest.mark.parametrize(("reader", "allowed"), READERS.values(), ids=READERS.keys())
def test_the_contract_holds_for_every_reader_whatever_its_own_dag_file_says(
    dag: Dag, reader: TaskInstance | None, allowed: bool, declares: bool
) -> None:
    row = dag.push()
    process = dag.process(reader, declares=declares)
    if allowed:
        assert process.pull(row, PLACE) == CANARY
    else:
        for call in (lambda: process.pull(row, PLACE), lambda: process.exchange.pull_all([row], query(PLACE))):
            with pytest.raises(ContractViolation, match="key 'raw' of task 'fetch' of Dag 'fraud'") as caught:
                call()
            assert_tells_nothing(caught.value)
    assert ("unwrap" in dag.first.keys.calls) is allowed


def test_a_refused_reader_reads_nothing_of_what_else_is_pulled_with_it(dag: Dag) -> None:
    rows = [dag.push(), {"plain": 1}]
    with pytest.raises(ContractViolation):
        dag.process(task("model")).exchange.pull_all(rows, query(PLACE, map_index=None))


@pytest.mark.parametrize("row", [CANARY, {"forged": 1}, ["x"], 0])
def test_a_plain_row_in_the_place_of_a_value_under_contract_is_refused(dag: Dag, row: JSON) -> None:
    with pytest.raises(ContractViolation, match="not under the contract that it should have"):
        dag.process(task("validate")).pull(row, PLACE)


def test_a_value_sealed_before_the_contract_is_refused(dag: Dag) -> None:
    row = dag.process(task("fetch"), declares=False).push({"password": CANARY}, PLACE)
    with pytest.raises(ContractViolation, match="not under the contract"):
        dag.process(task("validate")).pull(row, PLACE)


@pytest.mark.parametrize("change", [(b"validate", b"intruder"), (b"many", b"once")], ids=["readers", "consume"])
def test_a_contract_that_was_altered_in_the_store_does_not_open(dag: Dag, change: tuple[bytes, bytes]) -> None:
    row = dag.push()
    (name,) = dag.store.objects
    data = dag.store.objects[name]
    assert change[0] in data
    dag.store.objects[name] = data.replace(*change)
    reader = task("intruder") if change[1] == b"intruder" else task("validate")
    with pytest.raises((Tampered, ClaimRefused)):
        dag.process(reader, declares=False).pull(row, PLACE)


def test_a_contract_cut_out_of_the_header_does_not_open(dag: Dag) -> None:
    row = dag.push()
    (name,) = dag.store.objects
    plain = dag.process(None).push({"password": "x"}, PLACE)
    (other,) = set(dag.store.objects) - {name}
    dag.store.objects[name] = dag.store.objects[other]
    with pytest.raises(SecureXComError):
        dag.process(task("model"), declares=False).pull(row, PLACE)
    assert dag.process(task("model"), declares=False).pull(plain, PLACE) == {"password": "x"}


def test_the_lifetime_of_a_key_ends_it() -> None:
    dag = Dag(Key("raw", ttl=timedelta(hours=1)))
    row = dag.push()
    dag.rest = {"clock": lambda: NOW + 3600 + 61}
    with pytest.raises(Expired):
        dag.process(task("validate")).pull(row, PLACE)


# Values that are read once


def test_the_first_reader_gets_it_and_every_other_is_refused(once: Dag) -> None:
    row = once.push()
    assert once.process(task("validate")).pull(row, PLACE) == CANARY
    for reader in (task("model"), task("validate", map_index=1)):
        words = f"(?s)claimed by task validate of Dag fraud, run r\ntask {reader.task_id}.* asked for .* key='raw'"
        with pytest.raises(ClaimRefused, match=words) as caught:
            once.process(reader).pull(row, PLACE)
        assert_tells_nothing(caught.value)


def test_the_same_task_instance_reads_again_in_the_same_process_and_on_a_retry(once: Dag) -> None:
    row, process = once.push(), once.process(task("validate"))
    assert [process.pull(row, PLACE), process.pull(row, PLACE)] == [CANARY, CANARY]
    assert once.process(task("validate", try_number=2)).pull(row, PLACE) == CANARY


def test_success_consumes_the_value_and_deletes_it(once: Dag) -> None:
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    assert process.host.end is not None
    process.host.end.before_success()
    assert once.state() is State.CLAIMED
    process.host.end.after_success()
    assert once.store.objects == {}
    with pytest.raises(
        ClaimRefused, match=r"(?s)is consumed by task validate of .*: clear.*task model of .* key='raw'"
    ):
        once.process(task("model")).pull(row, PLACE)
    assert [event for event, *_ in process.ledger.told] == ["claim", "read", "consume"]


@pytest.mark.parametrize(("on_failure", "free"), [("release", True), ("keep", False)])
def test_the_last_failure_offers_it_again_or_leaves_it_with_its_holder(on_failure: str, free: bool) -> None:
    key = Key("raw", readers=["validate", "model"], consume="once", on_failure=on_failure)  # type: ignore[arg-type]
    once = Dag(key)
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    process.host.end.after_failure()  # type: ignore[union-attr]
    if free:
        assert once.process(task("model")).pull(row, PLACE) == CANARY
    else:
        with pytest.raises(ClaimRefused):
            once.process(task("model")).pull(row, PLACE)
        assert once.process(task("validate", try_number=2)).pull(row, PLACE) == CANARY


def test_a_claim_that_was_lost_meanwhile_fails_the_task(once: Dag) -> None:
    row, sleeper = once.push(), once.process(task("validate"))
    sleeper.pull(row, PLACE)
    # The next try, in another process, takes the claim over.
    once.process(task("validate", try_number=2)).pull(row, PLACE)
    with pytest.raises(ClaimLost):
        sleeper.host.end.before_success()  # type: ignore[union-attr]


def test_an_object_that_does_not_open_is_not_lost_to_its_holder(once: Dag) -> None:
    row = once.push()
    (name,) = once.store.objects
    whole = once.store.objects[name]
    once.store.objects[name] = whole[:-1] + bytes([whole[-1] ^ 1])
    process = once.process(task("validate"))
    with pytest.raises(Tampered):
        process.pull(row, PLACE)
    process.host.end.after_failure()  # type: ignore[union-attr]
    once.store.objects[name] = whole
    assert once.process(task("model")).pull(row, PLACE) == CANARY


REFUSED_CLAIMS: dict[str, tuple[Callable[[Dag], World], str]] = {
    "no ledger": (lambda dag: dag.process(task("validate"), ledger=False), "needs the ledger"),
    "another ledger": (lambda dag: _elsewhere(dag), "knows of no such value"),
}


@pytest.mark.parametrize(("reader", "words"), REFUSED_CLAIMS.values(), ids=REFUSED_CLAIMS.keys())
def test_without_the_writers_ledger_nothing_is_read_once(once: Dag, reader: Callable[[Dag], World], words: str) -> None:
    row = once.push()
    with pytest.raises(ClaimRefused, match=words):
        reader(once).pull(row, PLACE)


def test_without_a_ledger_nothing_is_pushed_to_be_read_once(once: Dag) -> None:
    with pytest.raises(ClaimRefused, match=r"set \[secure_xcom\] ledger_mode"):
        once.process(task("fetch"), ledger=False).push(CANARY, PLACE)
    assert once.store.objects == {}


def _elsewhere(dag: Dag) -> World:
    dag.claims = InMemoryClaims()
    return dag.process(task("validate"))


def _leave(once: Dag) -> JSON:
    """A first try reads, and its process ends before the task does."""
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    process.host.end.before_leaving()  # type: ignore[union-attr]
    return row


def test_what_an_earlier_process_read_is_consumed_by_the_tasks_success(once: Dag) -> None:
    _leave(once)
    process = once.process(task("validate", try_number=2))
    process.exchange.adopt()
    process.host.end.before_success()  # type: ignore[union-attr]
    process.host.end.after_success()  # type: ignore[union-attr]
    assert once.store.objects == {}


def test_what_an_earlier_process_read_is_offered_again_by_the_tasks_failure(once: Dag) -> None:
    row = _leave(once)
    process = once.process(task("validate", try_number=2))
    process.exchange.adopt()
    process.host.end.after_failure()  # type: ignore[union-attr]
    assert once.process(task("model")).pull(row, PLACE) == CANARY


def test_between_its_tries_a_task_keeps_what_it_read(once: Dag) -> None:
    row = _leave(once)
    with pytest.raises(ClaimRefused):
        once.process(task("model")).pull(row, PLACE)


def _lapse(once: Dag) -> None:
    """Let the leases end that do."""
    for value in once.claims.values.values():
        if value.lease_until < LEFT:
            value.lease_until = 0


def test_a_task_that_lost_its_claim_does_not_pause_to_go_on_with_the_value(once: Dag) -> None:
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    _lapse(once)
    once.process(task("model")).pull(row, PLACE)
    with pytest.raises(ClaimLost):
        process.host.end.before_pausing()  # type: ignore[union-attr]


def test_a_task_that_pauses_keeps_what_it_read(once: Dag) -> None:
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    process.host.end.before_pausing()  # type: ignore[union-attr]
    process.host.end.before_leaving()  # type: ignore[union-attr]
    _lapse(once)
    with pytest.raises(ClaimRefused):
        once.process(task("model")).pull(row, PLACE)


def test_a_process_that_paused_does_not_touch_the_lease_of_the_one_that_goes_on(once: Dag) -> None:
    row, first = once.push(), once.process(task("validate"))
    first.pull(row, PLACE)
    first.host.end.before_pausing()  # type: ignore[union-attr]
    second = once.process(task("validate"))
    second.exchange.adopt()
    first.host.end.before_leaving()  # type: ignore[union-attr]
    second.exchange._claims._renewer.stop()
    _lapse(once)
    assert once.process(task("model")).pull(row, PLACE) == CANARY


def _read_unrecorded(once: Dag) -> tuple[JSON, World]:
    """A read that claims the value, and fails since the ledger does not take it."""
    row, process = once.push(), once.process(task("validate"))
    process.ledger.error = LedgerUnavailable("down")
    with pytest.raises(LedgerUnavailable):
        process.pull(row, PLACE)
    process.ledger.error = None
    return row, process


def test_what_did_not_reach_the_task_is_not_adopted_as_if_it_had(once: Dag) -> None:
    row, process = _read_unrecorded(once)
    process.exchange.adopt()
    process.host.end.after_success()  # type: ignore[union-attr]
    assert once.process(task("model")).pull(row, PLACE) == CANARY


def test_a_next_try_that_dies_gives_way_when_its_lease_ends(once: Dag) -> None:
    row = _leave(once)
    process = once.process(task("validate", try_number=2))
    process.exchange.adopt()
    process.exchange._claims._renewer.stop()
    _lapse(once)
    assert once.process(task("model")).pull(row, PLACE) == CANARY


def test_a_next_try_that_dies_keeps_what_the_earlier_one_was_through_with(once: Dag) -> None:
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    process.host.end.before_success()  # type: ignore[union-attr]
    once.process(task("validate", try_number=2)).exchange.adopt()
    _lapse(once)
    with pytest.raises(ClaimRefused):
        once.process(task("model")).pull(row, PLACE)


def test_a_task_adopts_nothing_of_others(once: Dag) -> None:
    _leave(once)
    process = once.process(task("model", try_number=2))
    process.exchange.adopt()
    assert process.host.end is None


def test_without_a_ledger_there_is_nothing_to_adopt(once: Dag) -> None:
    once.process(task("validate", try_number=2), ledger=False).exchange.adopt()


def test_a_ledger_that_is_away_does_not_fail_a_task_that_reads_nothing(once: Dag) -> None:
    process = once.process(task("validate", try_number=2))
    process.exchange._claims._claims = lambda: (_ for _ in ()).throw(LedgerUnavailable("down"))
    process.exchange.adopt()
    assert "LedgerUnavailable" in process.host.messages[-1]


def test_a_value_that_did_not_reach_the_task_is_not_consumed_by_its_success(once: Dag) -> None:
    row = once.push()
    (name,) = once.store.objects
    whole = once.store.objects[name]
    once.store.objects[name] = whole[:-1] + bytes([whole[-1] ^ 1])
    process = once.process(task("validate"))
    with pytest.raises(Tampered):
        process.pull(row, PLACE)
    process.host.end.before_success()  # type: ignore[union-attr]
    process.host.end.after_success()  # type: ignore[union-attr]
    once.store.objects[name] = whole
    assert once.process(task("model")).pull(row, PLACE) == CANARY


def test_a_value_whose_reading_was_not_recorded_is_not_consumed(once: Dag) -> None:
    row, process = _read_unrecorded(once)
    process.host.end.after_success()  # type: ignore[union-attr]
    assert once.process(task("model")).pull(row, PLACE) == CANARY


def test_processes_of_one_try_share_its_claim(once: Dag) -> None:
    """A task that forks, and whose child reads too."""
    row, one_try = once.push(), replace(task("validate"), try_id="one")
    parent, child = once.process(one_try), once.process(one_try)
    parent.pull(row, PLACE)
    child.pull(row, PLACE)
    parent.host.end.before_success()  # type: ignore[union-attr]
    parent.host.end.after_success()  # type: ignore[union-attr]
    assert once.store.objects == {}


def test_a_renewal_that_comes_late_does_not_end_what_is_endless(once: Dag) -> None:
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    claims = once.claims.reopened()
    (held,) = process.exchange._claims._held.values()
    claims.pin(held.claim)
    claims.renew(held.claim)
    assert [value.lease_until for value in once.claims.values.values()] == [ENDLESS]


def test_an_end_that_was_carried_out_though_its_answer_was_lost_is_an_end(once: Dag) -> None:
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    claims = once.claims.reopened()
    (held,) = process.exchange._claims._held.values()
    for end in (claims.pin, claims.pin, claims.consume, claims.consume):
        end(held.claim)
    with pytest.raises(ClaimLost):
        claims.release(held.claim)


def test_a_push_that_fails_after_its_offer_offers_nothing(once: Dag) -> None:
    process = once.process(task("fetch"))
    offer = process.exchange._claims.offer

    def offered_and_lost(new: Offer) -> None:
        offer(new)
        raise LedgerUnavailable("the answer was lost")

    process.exchange._claims.offer = offered_and_lost  # type: ignore[method-assign]
    with pytest.raises(LedgerUnavailable):
        process.push(CANARY, PLACE)
    assert once.store.objects == {}
    assert once.claims.values == {}


def test_a_value_whose_row_airflow_refused_is_offered_no_more(once: Dag) -> None:
    process = once.process(task("fetch"))
    row = process.push(CANARY, PLACE)
    process.exchange.take_back(row, query(PLACE))
    assert once.store.objects == {}
    assert once.claims.values == {}


def test_a_value_that_is_read_once_has_the_clock_skew_too() -> None:
    key = Key("raw", readers=["validate"], consume="once", ttl=timedelta(seconds=1))
    once = Dag(key, clock=time.time)
    row = once.push()
    time.sleep(2)
    assert once.process(task("validate")).pull(row, PLACE) == CANARY


# The ledger


def test_a_write_and_a_read_are_recorded_with_who_and_where(dag: Dag) -> None:
    writer = dag.process(task("fetch"))
    row = writer.push(CANARY, PLACE)
    reader = dag.process(task("validate", map_index=2, try_number=3))
    reader.pull(row, PLACE)
    (write,), (read,) = writer.ledger.entries, reader.ledger.entries
    assert (write.actor, read.actor) == (task("fetch"), task("validate", map_index=2, try_number=3))
    assert write.where == read.where == PLACE
    assert object_name(PLACE, write.object_id) in dag.store.objects
    assert write.object_id == read.object_id
    assert (write.at, write.host, write.detail) == (NOW * 1000, "worker-1", "read by fraud.validate")
    assert CANARY not in repr(writer.ledger.entries + reader.ledger.entries)


def _store_down(dag: Dag, process: World) -> None:
    dag.store.head = lambda name: (_ for _ in ()).throw(StoreUnavailable("down"))  # type: ignore[method-assign,assignment]


def _gone(dag: Dag, process: World) -> None:
    dag.store.objects.clear()


def _altered(dag: Dag, process: World) -> None:
    (name,) = dag.store.objects
    dag.store.objects[name] = dag.store.objects[name][:-1]


def _not_granted(dag: Dag, process: World) -> None:
    def refuse(owner: str, running: str | None) -> Route:
        raise NotGranted("no")

    process.routes.route = refuse  # type: ignore[method-assign]


FAILURES: dict[str, tuple[Callable[[Dag, World], None], str, str, str]] = {
    "store down": (_store_down, "failed", "store", "StoreUnavailable"),
    "object gone": (_gone, "failed", "store", ObjectNotFound.__name__),
    "object altered": (_altered, "failed", "open", "Tampered"),
    "not granted": (_not_granted, "refused", "authorise", "NotGranted"),
}


@pytest.mark.parametrize(("wrong", "outcome", "step", "error"), FAILURES.values(), ids=FAILURES.keys())
def test_a_read_that_fails_is_recorded_with_its_step(
    dag: Dag, wrong: Callable[[Dag, World], None], outcome: str, step: str, error: str
) -> None:
    row, process = dag.push(), dag.process(task("validate"))
    wrong(dag, process)
    with pytest.raises(SecureXComError):
        process.pull(row, PLACE)
    (entry,) = process.ledger.entries
    assert (entry.event.value, entry.outcome.value, entry.step, entry.error) == ("read", outcome, step, error)
    assert entry.actor == task("validate")
    assert entry.where == PLACE


def test_a_violation_is_recorded_with_the_contract_it_breaks(dag: Dag) -> None:
    process = dag.process(task("model"))
    with pytest.raises(ContractViolation):
        process.pull(dag.push(), PLACE)
    (entry,) = process.ledger.entries
    assert (entry.outcome.value, entry.error) == ("refused", "ContractViolation")
    assert "read by fraud.validate" in entry.detail


def test_a_forbidden_push_is_recorded_and_leaves_nothing(dag: Dag) -> None:
    process = dag.process(task("model"))
    with pytest.raises(ContractViolation):
        process.push(CANARY, replace(PLACE, task_id="model"))
    assert process.ledger.told == [("write", "refused", "ContractViolation")]
    assert dag.store.objects == {}


def test_an_expired_value_is_recorded_as_that(dag: Dag) -> None:
    dag.contract = resolve("fraud", GRAPH, [Declaration(task_id="fetch", keys=(Key("raw", ttl=_HOUR),))])
    row = dag.push()
    dag.rest = {"clock": lambda: NOW + 7200}
    process = dag.process(task("validate"))
    with pytest.raises(Expired):
        process.pull(row, PLACE)
    assert process.ledger.told == [("read", "expired", "Expired")]


def test_a_push_that_cannot_be_recorded_leaves_no_object(dag: Dag) -> None:
    process = dag.process(task("fetch"))
    process.ledger.error = LedgerUnavailable("down")
    with pytest.raises(LedgerUnavailable):
        process.push(CANARY, PLACE)
    assert dag.store.objects == {}


def test_a_value_whose_reading_cannot_be_recorded_is_not_handed_out(dag: Dag) -> None:
    row, process = dag.push(), dag.process(task("validate"))
    process.ledger.error = LedgerUnavailable("down")
    with pytest.raises(LedgerUnavailable):
        process.pull(row, PLACE)


def test_a_refusal_is_told_even_when_it_cannot_be_recorded(dag: Dag) -> None:
    row, process = dag.push(), dag.process(task("model"))
    process.ledger.error = LedgerUnavailable("down")
    with pytest.raises(ContractViolation):
        process.pull(row, PLACE)


def test_rows_pulled_together_are_recorded_in_one_go(dag: Dag) -> None:
    places = [replace(PLACE, map_index=index, key="password") for index in range(5)]
    process = dag.process(None)
    rows = [process.push(CANARY, place) for place in places]
    process.ledger.entries.clear()
    calls: list[int] = []
    append = process.ledger.append
    process.ledger.append = lambda new: (calls.append(len(new)), append(new))[1]  # type: ignore[method-assign,func-returns-value]
    process.exchange.pull_all(rows, query(replace(PLACE, key="password"), map_index=None))
    assert calls == [5]


@pytest.mark.parametrize(("record_plain_values", "events"), [(False, []), (True, ["write", "read"])])
def test_plain_values_are_recorded_where_all_are(record_plain_values: bool, events: list[str]) -> None:
    process = world(record_plain_values=record_plain_values)
    process.round_trip({"user": "u"})
    assert [event for event, *_ in process.ledger.told] == events


def test_a_purge_is_recorded(dag: Dag) -> None:
    process = dag.process(None)
    row = process.push({"password": CANARY}, PLACE)
    process.exchange.purge(row, query(PLACE))
    assert process.ledger.told[-1] == ("purge", "done", "")


@pytest.mark.parametrize("value", [{"password": CANARY}, {"user": "u"}], ids=["sealed", "plain"])
def test_the_ledger_tells_of_a_row_that_airflow_refused(value: JSON) -> None:
    process = world(record_plain_values=True)
    row = process.push(value, PLACE)
    process.exchange.take_back(row, query(PLACE))
    written, purged = process.ledger.entries
    assert (purged.event, purged.outcome, purged.detail) == (Event.PURGE, Outcome.DONE, "Airflow refused the row")
    assert purged.object_id == written.object_id
    assert process.store.objects == {}


def test_a_lease_is_renewed_while_its_process_lives() -> None:
    key = Key("raw", readers=["validate", "model"], consume="once", lease=timedelta(seconds=1))
    once = Dag(key)
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    time.sleep(1.6)
    with pytest.raises(ClaimRefused):
        once.process(task("model")).pull(row, PLACE)
    # A process that has gone renews nothing.
    process.exchange._claims._renewer.stop()
    time.sleep(1.6)
    assert once.process(task("model")).pull(row, PLACE) == CANARY


@pytest.mark.parametrize("name", ["../../victim", "/etc/passwd", "fraud/r/fetch/x/raw/" + "0" * 32, "", "a/b"])
def test_what_the_ledgers_database_calls_an_object_is_not_followed(once: Dag, name: str) -> None:
    _leave(once)
    once.rename(name)
    process = once.process(task("validate", try_number=2))
    process.exchange.adopt()
    assert "will not be deleted" in process.host.messages[-1]
    process.host.end.before_success()  # type: ignore[union-attr]
    process.host.end.after_success()  # type: ignore[union-attr]
    assert [call for call, _ in once.store.calls if call == "delete"] == []
    assert [value.state for value in once.claims.values.values()] == [State.CONSUMED]


def test_a_claim_that_names_another_object_deletes_neither(once: Dag) -> None:
    row = once.push()
    other = once.process(task("fetch"), declares=False).push({"password": CANARY}, PLACE)
    other_name = next(name for name in once.store.objects if reference_of(name) in str(other))
    process = once.process(task("validate"))
    process.pull(row, PLACE)
    process.host.end.before_leaving()  # type: ignore[union-attr]
    once.rename(other_name)
    again = once.process(task("validate", try_number=2))
    again.exchange.adopt()
    again.host.end.after_success()  # type: ignore[union-attr]
    assert len(once.store.objects) == 2


def _give(once: Dag, holder: TaskInstance) -> None:
    """Have the ledger's database say that a task instance has claimed the value."""
    for value in once.claims.values.values():
        value.state, value.holder, value.lease_until = State.CLAIMED, holder, ENDLESS


def _succeed(process: World) -> None:
    process.exchange.adopt()
    if process.host.end is not None:
        process.host.end.before_success()
        process.host.end.after_success()


def test_a_claim_that_a_writer_to_the_database_made_deletes_nothing(once: Dag) -> None:
    """The attack: the value that ``model`` has not read yet is given to ``validate``, which may read it too."""
    once.push()
    _give(once, task("validate"))
    process = once.process(task("validate", try_number=2))
    _succeed(process)
    assert "the ledger has no signed entry of the claim" in process.host.messages[0]
    assert len(once.store.objects) == 1


def test_a_claim_that_was_released_and_is_made_again_in_the_database_deletes_nothing(once: Dag) -> None:
    row, first = once.push(), once.process(task("validate"))
    first.pull(row, PLACE)
    first.host.end.after_failure()  # type: ignore[union-attr]
    _give(once, task("validate"))
    _succeed(once.process(task("validate", try_number=2)))
    assert len(once.store.objects) == 1


def test_a_claim_that_another_task_has_meanwhile_deletes_nothing_for_the_first(once: Dag) -> None:
    row, first = once.push(), once.process(task("validate"))
    first.pull(row, PLACE)
    first.exchange._claims._renewer.stop()
    _lapse(once)
    once.process(task("model")).pull(row, PLACE)
    _give(once, task("validate"))
    _succeed(once.process(task("validate", try_number=2)))
    assert len(once.store.objects) == 1


def test_the_name_in_the_database_does_not_decide_what_a_success_deletes(once: Dag) -> None:
    row, process = once.push(), once.process(task("validate"))
    process.pull(row, PLACE)
    once.rename("../victim")
    process.host.end.after_success()  # type: ignore[union-attr]
    assert [name for call, name in once.store.calls if call == "delete"] == [object_name(PLACE, _object_id(row))]


def _object_id(row: JSON) -> str:
    assert isinstance(row, dict)
    return str(row["__data__"]["ref"]).rpartition("/")[2]  # type: ignore[index,call-overload]


@pytest.mark.parametrize("value", [CANARY, {"password": CANARY}, {"plain": 1}])
def test_a_task_pushes_nothing_in_another_dags_place(dag: Dag, value: object) -> None:
    process = dag.process(task("validate", "stranger"))
    with pytest.raises(NotGranted, match="may push and delete only values of its own Dag, and 'fraud' is another one"):
        process.push(value, PLACE)
    assert process.ledger.told == [("write", "refused", "NotGranted")]


def test_a_task_deletes_nothing_of_another_dag_and_no_key_of_another_task(dag: Dag) -> None:
    row = dag.push()
    for actor, error in ((task("x", "stranger"), NotGranted), (task("model"), ContractViolation)):
        process = dag.process(actor)
        with pytest.raises(error):
            process.exchange.require_deletion(query(PLACE))
    with pytest.raises(NotGranted):
        dag.process(task("x", "stranger")).exchange.purge(row, query(PLACE))
    dag.process(task("fetch")).exchange.require_deletion(query(PLACE))
    assert dag.process(task("validate")).pull(row, PLACE) == CANARY


def test_what_cannot_be_opened_at_the_start_of_a_try_stays_with_its_task(once: Dag) -> None:
    """A store that is away for a moment must not end what was endless."""
    row, first = once.push(), once.process(task("validate"))
    first.pull(row, PLACE)
    first.host.end.before_success()  # type: ignore[union-attr]
    head = once.store._head
    once.store._head = lambda name: (_ for _ in ()).throw(StoreUnavailable("down"))  # type: ignore[method-assign]
    once.store.deadline_seconds = 0.1
    process = once.process(task("validate", try_number=2))
    process.exchange.adopt()
    once.store._head = head  # type: ignore[method-assign]
    assert [value.lease_until for value in once.claims.values.values()] == [ENDLESS]
    process.host.end.before_success()  # type: ignore[union-attr]
    process.host.end.after_success()  # type: ignore[union-attr]
    with pytest.raises(ClaimRefused):
        once.process(task("model")).pull(row, PLACE)
