"""A reveal opens as a pull does, takes nothing away, and shows nothing that the ledger does not have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from secure_xcom.contracts.declare import Key
from secure_xcom.errors import (
    ClaimRefused,
    ConfigurationError,
    ContractViolation,
    Expired,
    InvalidPlaceholder,
    KeyDenied,
    LedgerUnavailable,
    NothingToReveal,
    ObjectNotFound,
    SecureXComError,
    Superseded,
    Tampered,
    WrongCoordinates,
)
from secure_xcom.exchange.held_claims import HeldClaims
from secure_xcom.exchange.history import History
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.model.claim import State
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.model.mode import PlainInPlace
from secure_xcom.model.value import JSON
from secure_xcom.ops.lifecycle.reveal.reveal import Reveal, RevealRequest
from secure_xcom.ops.lineage.graph import lineage
from secure_xcom.ops.lineage.render import states
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryLedger, InMemoryStore, SingleRoute
from tests.unit.exchange.test_exchange_contracts import PLACE as UNDER_CONTRACT
from tests.unit.exchange.test_exchange_contracts import Dag, task
from tests.unit.world import CANARY, NOW, PLACE, World, assert_tells_nothing, world

REASON = "ticket 4711"


@dataclass
class Operator:
    """Who reveals values of one deployment."""

    deployed: World
    rows: dict[Coordinates, JSON]
    ledger: InMemoryLedger
    runtime: Runtime

    @classmethod
    def of(cls, deployed: World, claims: Callable[[], object] | None = None) -> Operator:
        host, ledger = FakeHost(), InMemoryLedger()
        recorder = Recorder(ledger=ledger, clock=lambda: NOW, host="admin-1", warn=host.warn)
        held = HeldClaims(claims, recorder, host)  # type: ignore[arg-type]
        runtime = Runtime(host=host, clock=lambda: NOW, routes=deployed.routes, recorder=recorder, claims=held)
        return cls(deployed, {}, ledger, runtime)

    def reveals(self, where: Coordinates = PLACE, *, override: bool = False) -> object:
        """The tree that is shown."""
        asked = RevealRequest(where=where, operator="alice", reason=REASON, override=override)
        return Reveal(self.runtime, self.rows.__getitem__).value_of(asked).tree

    def is_refused(self, error: type[SecureXComError], where: Coordinates = PLACE, *, override: bool = False) -> Entry:
        """The one entry of a refusal, after the checks that hold for each."""
        with pytest.raises(error) as caught:
            self.reveals(where, override=override)
        assert_tells_nothing(caught.value)
        (entry,) = self.ledger.entries
        assert (entry.event, entry.error, entry.detail) == (Event.REVEAL, error.__name__, "by alice: ticket 4711")
        assert CANARY not in repr(entry)
        return entry


@pytest.fixture
def operator() -> Operator:
    made = Operator.of(world())
    made.rows[PLACE] = made.deployed.push({"password": CANARY, "user": "u"})
    return made


def test_the_whole_value_is_shown_and_recorded_with_its_reason(operator: Operator) -> None:
    assert operator.reveals() == {"password": CANARY, "user": "u"}
    (entry,) = operator.ledger.entries
    assert (entry.event, entry.outcome, entry.actor) == (Event.REVEAL, Outcome.DONE, None)
    assert (entry.where, entry.host, entry.detail) == (PLACE, "admin-1", "by alice: ticket 4711")
    assert entry.object_id
    assert CANARY not in repr(entry)


def test_a_reason_that_quotes_the_value_is_refused_and_not_recorded(operator: Operator) -> None:
    asked = RevealRequest(where=PLACE, operator="alice", reason=f"the password is {CANARY}, is it not")
    with pytest.raises(ConfigurationError, match="--reason") as caught:
        Reveal(operator.runtime, operator.rows.__getitem__).value_of(asked)
    assert_tells_nothing(caught.value)
    assert operator.ledger.entries == []


def test_a_reason_that_quotes_a_part_of_a_text_is_refused(operator: Operator) -> None:
    operator.rows[PLACE] = operator.deployed.push({"password": f"user,password\nann,{CANARY}\n"})
    asked = RevealRequest(where=PLACE, operator="alice", reason=f"is it {CANARY}?")
    with pytest.raises(ConfigurationError, match="--reason"):
        Reveal(operator.runtime, operator.rows.__getitem__).value_of(asked)
    assert operator.ledger.entries == []


def test_a_value_stays_as_it_was_encoded_and_no_class_is_imported(operator: Operator) -> None:
    encoded = {"__classname__": "no.such.module.Login", "__version__": 1, "__data__": {"password": "***"}}
    operator.rows[PLACE] = operator.deployed.push({"a": {1, 2}, "password": (CANARY,)})
    assert operator.reveals() == {
        "a": {"__classname__": "builtins.set", "__version__": 1, "__data__": [1, 2]},
        "password": {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [CANARY]},
    }
    row = operator.deployed.push({"password": CANARY})
    assert isinstance(row, dict)
    operator.rows[PLACE] = {**row, "other": encoded}
    assert operator.reveals() == {"password": CANARY, "other": encoded}


def test_the_operators_host_is_asked_to_rebuild_and_to_mask_nothing(operator: Operator) -> None:
    operator.reveals()
    host = operator.runtime.host
    assert isinstance(host, FakeHost)
    assert host.masked == []


OTHER = replace(PLACE, key="other")


def _moved(operator: Operator) -> Coordinates:
    operator.rows[OTHER] = operator.rows[PLACE]
    return OTHER


def _of_another_dag(operator: Operator) -> Coordinates:
    place = replace(PLACE, dag_id="victim", run_id="r2")
    operator.rows[PLACE] = operator.deployed.push({"password": CANARY}, place)
    return PLACE


def _copied_object(operator: Operator) -> Coordinates:
    """An object under the name that its copied placeholder has at other coordinates."""
    objects = operator.deployed.store.objects
    ((name, data),) = objects.items()
    objects[name.replace("/out/", "/other/")] = data
    return _moved(operator)


def _damaged(operator: Operator) -> Coordinates:
    operator.rows[PLACE] = {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": {"ref": "x"}}
    return PLACE


def _leads_elsewhere(operator: Operator) -> Coordinates:
    data: JSON = {"rule": "", "store": "memory", "ref": "../../etc/passwd"}
    operator.rows[PLACE] = {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": data}
    return PLACE


def _purged(operator: Operator) -> Coordinates:
    operator.deployed.store.objects.clear()
    return PLACE


def _altered(operator: Operator) -> Coordinates:
    objects = operator.deployed.store.objects
    ((name, data),) = objects.items()
    objects[name] = data[:-1] + bytes([data[-1] ^ 1])
    return PLACE


def _plain(operator: Operator) -> Coordinates:
    operator.rows[PLACE] = {"user": CANARY}
    return PLACE


ATTACKS = {
    "a placeholder in another row": (_moved, ObjectNotFound, Outcome.FAILED, "store"),
    "the placeholder of another Dag": (_of_another_dag, WrongCoordinates, Outcome.REFUSED, "authorise"),
    "an object of another XCom": (_copied_object, WrongCoordinates, Outcome.REFUSED, "authorise"),
    "a damaged placeholder": (_damaged, InvalidPlaceholder, Outcome.REFUSED, "authorise"),
    "a reference that is a path": (_leads_elsewhere, InvalidPlaceholder, Outcome.REFUSED, "authorise"),
    "an object that is gone": (_purged, ObjectNotFound, Outcome.FAILED, "store"),
    "an altered object": (_altered, Tampered, Outcome.FAILED, "open"),
    "a value that is not sealed": (_plain, NothingToReveal, Outcome.FAILED, "other"),
}


@pytest.mark.parametrize(("forge", "error", "outcome", "step"), ATTACKS.values(), ids=ATTACKS.keys())
def test_what_a_pull_would_refuse_is_refused_and_recorded(
    operator: Operator,
    forge: Callable[[Operator], Coordinates],
    error: type[SecureXComError],
    outcome: Outcome,
    step: str,
) -> None:
    entry = operator.is_refused(error, forge(operator))
    assert (entry.outcome, entry.step) == (outcome, step)


def test_a_row_that_was_set_back_to_a_superseded_value_is_refused(operator: Operator) -> None:
    (written,) = operator.deployed.ledger.entries
    ended = replace(written, event=Event.PURGE)
    operator.ledger.entries.append(ended)
    history = History(operator.runtime.recorder, FakeHost(), PlainInPlace.REFUSE)
    operator.runtime = replace(operator.runtime, history=lambda: history)
    with pytest.raises(Superseded) as caught:
        operator.reveals()
    assert_tells_nothing(caught.value)
    assert [(entry.event, entry.error) for entry in operator.ledger.entries] == [
        (Event.PURGE, ""),
        (Event.REVEAL, "Superseded"),
    ]


def test_an_identity_that_the_key_refuses_sees_nothing(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> bytes:
        raise KeyDenied("no right to the key")

    monkeypatch.setattr(InMemoryKeyProvider, "_unwrap", denied)
    # Another process than the one that sealed, which has the data key at hand.
    routes = SingleRoute(operator.deployed.store, operator.deployed.keys)
    operator.runtime = replace(operator.runtime, routes=routes)
    assert operator.is_refused(KeyDenied).step == "key"


def test_a_value_past_its_lifetime_is_refused() -> None:
    dag = Dag(Key("raw", ttl=timedelta(seconds=1)), clock=lambda: NOW - 3600)
    operator = Operator.of(dag.first)
    operator.rows[UNDER_CONTRACT] = dag.push()
    entry = operator.is_refused(Expired, UNDER_CONTRACT, override=True)
    assert entry.outcome is Outcome.EXPIRED


@pytest.fixture
def contracted() -> Operator:
    dag = Dag(Key("raw"))
    made = Operator.of(dag.first)
    made.rows[UNDER_CONTRACT] = dag.push()
    return made


def test_a_value_under_contract_is_refused_and_no_key_is_asked_for(contracted: Operator) -> None:
    entry = contracted.is_refused(ContractViolation, UNDER_CONTRACT)
    assert entry.outcome is Outcome.REFUSED
    assert "unwrap" not in contracted.deployed.keys.calls


def test_an_override_shows_it_and_is_an_entry_of_its_own(contracted: Operator) -> None:
    assert contracted.reveals(UNDER_CONTRACT, override=True) == CANARY
    told = [(entry.event, entry.outcome, entry.detail) for entry in contracted.ledger.entries]
    assert told == [(event, Outcome.DONE, "by alice: ticket 4711") for event in (Event.OVERRIDE, Event.REVEAL)]


def test_an_override_of_nothing_is_not_recorded_as_one(operator: Operator) -> None:
    operator.reveals(override=True)
    assert [entry.event for entry in operator.ledger.entries] == [Event.REVEAL]


@dataclass
class Once:
    dag: Dag
    operator: Operator

    def reveals(self) -> tuple[object, str]:
        asked = RevealRequest(where=UNDER_CONTRACT, operator="alice", reason=REASON, override=True)
        revealed = Reveal(self.operator.runtime, self.operator.rows.__getitem__).value_of(asked)
        return revealed.tree, revealed.state


@pytest.fixture
def once() -> Once:
    dag = Dag(Key("raw", readers=["validate", "model"], consume="once"))
    operator = Operator.of(dag.first, lambda: dag.claims.reopened())
    operator.rows[UNDER_CONTRACT] = dag.push()
    return Once(dag, operator)


def test_a_consume_once_value_stays_available(once: Once) -> None:
    assert once.reveals() == (CANARY, "available")
    assert once.dag.state() is State.AVAILABLE
    assert once.dag.process(task("model")).pull(once.operator.rows[UNDER_CONTRACT], UNDER_CONTRACT) == CANARY


def test_a_claimed_value_stays_with_its_holder_and_says_who_that_is(once: Once) -> None:
    reader = once.dag.process(task("validate"))
    reader.pull(once.operator.rows[UNDER_CONTRACT], UNDER_CONTRACT)
    value, state = once.reveals()
    assert (value, state) == (CANARY, "claimed by task validate of Dag fraud, run r")
    assert once.dag.state() is State.CLAIMED
    assert reader.host.end is not None
    reader.host.end.before_success()
    reader.host.end.after_success()
    assert not once.dag.store.objects


def test_a_consumed_value_says_who_consumed_it(once: Once) -> None:
    reader = once.dag.process(task("validate"))
    reader.pull(once.operator.rows[UNDER_CONTRACT], UNDER_CONTRACT)
    assert reader.host.end is not None
    reader.host.end.before_success()
    reader.host.end.after_success()
    with pytest.raises(ClaimRefused, match="consumed by task validate of Dag fraud"):
        once.reveals()


@pytest.mark.parametrize("best_effort", [False, True], ids=["required", "best effort"])
def test_what_cannot_be_recorded_is_not_shown(operator: Operator, best_effort: bool) -> None:
    class Spool:
        def keep(self, entries: object, proofs: object) -> None:
            raise AssertionError("a reveal waits nowhere")

        def replay(self, append: object, warn: object) -> None:
            return

    operator.ledger.error = LedgerUnavailable("not now")
    recorder = replace(operator.runtime.recorder, best_effort=best_effort, spool=Spool() if best_effort else None)
    operator.runtime = replace(operator.runtime, recorder=recorder)
    with pytest.raises(LedgerUnavailable) as caught:
        operator.reveals()
    assert_tells_nothing(caught.value)


def test_a_refusal_keeps_its_reason_where_the_ledger_takes_nothing(operator: Operator) -> None:
    operator.ledger.error = LedgerUnavailable("not now")
    with pytest.raises(ObjectNotFound):
        operator.reveals(_purged(operator))


def test_without_a_ledger_nothing_is_read(operator: Operator) -> None:
    operator.runtime = replace(operator.runtime, recorder=replace(operator.runtime.recorder, ledger=None))
    store = operator.deployed.store
    assert isinstance(store, InMemoryStore)
    store.calls.clear()
    with pytest.raises(ConfigurationError, match="ledger_mode"):
        operator.reveals()
    assert store.calls == []


def test_lineage_counts_reveals_overrides_and_refusals(contracted: Operator) -> None:
    with pytest.raises(ContractViolation):
        contracted.reveals(UNDER_CONTRACT)
    contracted.reveals(UNDER_CONTRACT, override=True)
    (key,) = lineage("fraud", None, contracted.ledger.entries).keys
    assert list(states(key)) == ["revealed 1", "overridden 1"]
    assert [(access.event, access.error) for access in key.undone()] == [(Event.REVEAL, "ContractViolation")]
