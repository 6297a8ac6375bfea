"""When a step fails, nothing is left behind, nothing takes the value's place, and the error tells no secret."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from secure_xcom.contracts.enforce import DagContract, TaskContract
from secure_xcom.errors import (
    Diagnosis,
    Fault,
    InvalidCoordinates,
    KeyDenied,
    KeyProviderError,
    KeyUnavailable,
    NotGranted,
    ObjectNotFound,
    ObjectTooLarge,
    PayloadError,
    SecureXComError,
    StoreDenied,
    StoreError,
    StoreUnavailable,
)
from secure_xcom.model.contract import Contract, Terms
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.seal import DataKey
from secure_xcom.model.value import JSON
from secure_xcom.ports.store import Head
from secure_xcom.secret import Secret
from secure_xcom.testing.fakes import InMemoryKeyProvider, InMemoryStore
from tests.fixtures.waits import fast_forward
from tests.unit.world import CANARY, PLACE, Login, ObjectHost, World, assert_tells_nothing, query, refusal, world


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    fast_forward(monkeypatch)


class Opaque:
    """Quotes a secret wherever it is printed, and cannot be encoded."""

    def __repr__(self) -> str:
        return CANARY


class QuotingHost(ObjectHost):
    """Its errors quote the value, as those of validators do."""

    def encode(self, value: object) -> JSON:
        """Fail on what ``ObjectHost`` cannot encode, with the value in the message and in the chain."""
        try:
            return super().encode(value)
        except TypeError as error:
            raise ValueError(f"1 validation error: input_value={CANARY!r} {value!r}") from error

    def decode(self, encoded: JSON) -> object:
        """Refuse to rebuild a ``Login``."""
        if isinstance(encoded, dict) and encoded.get("__classname__") == "tests.Login":
            raise ValueError(f"input_value={CANARY!r} {encoded!r}")
        return super().decode(encoded)


def _cyclic_list() -> object:
    value: list[object] = [CANARY]
    value.append(value)
    return value


def _cyclic_dict() -> object:
    value: dict[str, object] = {"canary": CANARY}
    value["self"] = value
    return value


def _deep(levels: int = 100_000) -> object:
    value: object = CANARY
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def _deep_tuple(levels: int = 100_000) -> object:
    value: object = CANARY
    for _ in range(levels):
        value = (value,)
    return value


VALUES: dict[str, Callable[[], object]] = {
    "a list that contains itself": lambda: [Secret("s"), _cyclic_list()],
    "a dict that contains itself": lambda: [Secret("s"), _cyclic_dict()],
    "a secret that contains itself": lambda: {"password": _cyclic_list()},
    "a secret dict that contains itself": lambda: {"password": _cyclic_dict()},
    "a mark around what contains itself": lambda: Secret(_cyclic_dict()),
    "a value nested too deeply": lambda: [Secret("s"), _deep()],
    "a secret nested too deeply": lambda: {"password": _deep()},
    "a secret of tuples nested too deeply": lambda: {"password": _deep_tuple()},
    "a mark around what is nested too deeply": lambda: Secret(_deep()),
    "a mark nested too deeply": lambda: _deep_mark(),
    "an object that nobody can encode": lambda: [Secret(CANARY), Opaque()],
    "a secret object that nobody can encode": lambda: {"password": Opaque()},
    "a secret object deep in a list": lambda: {"password": [[CANARY], {"a": (Opaque(),)}]},
    "an object as a key of a dict that Airflow refuses": lambda: {"__id__": CANARY, Opaque(): CANARY},
    "an object in a secret set": lambda: {"password": {Opaque()}},
    "an object with a field that nobody can encode": lambda: [Secret(CANARY), Login("u", Opaque())],
    "bytes beside a secret": lambda: {"password": "p", "canary": CANARY.encode()},
    "a reserved key within an object": lambda: Login("u", CANARY, {"__classname__": CANARY}),
    "a number that JSON has not beside a secret": lambda: {"password": CANARY, "rate": float("nan")},
    "a large integer beside a secret": lambda: {"password": CANARY, "n": [2**64]},
    "a lone surrogate beside a secret": lambda: {"password": CANARY, "text": "\ud800"},
    "a key with a lone surrogate beside a secret": lambda: {"password": CANARY, "\ud800": 1},
    "a value beside a secret that is too deep for Airflow": lambda: {"password": CANARY, "deep": _list_of(254)},
    "a memory view": lambda: {"password": memoryview(CANARY.encode())},
    "a function": lambda: {"password": lambda: CANARY},
    "a generator": lambda: {"password": (text for text in [CANARY])},
}


def _list_of(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


def _deep_mark() -> object:
    value: object = Secret(CANARY)
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize("native", [False, True], ids=["envelope", "native"])
@pytest.mark.parametrize("make", VALUES.values(), ids=VALUES.keys())
def test_a_value_that_cannot_be_sealed_is_a_payload_error_and_leaves_nothing(
    make: Callable[[], object], native: bool
) -> None:
    there = world(host=QuotingHost(), native=native)
    value = make()
    with pytest.raises(PayloadError) as caught:
        there.exchange.push(value, PLACE)
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None
    assert there.store.calls == []


class RaisingKeys(dict[str, object]):
    """Several outputs, whose keys cannot be walked."""

    def __iter__(self) -> Iterator[str]:
        raise KeyError(CANARY)


def test_several_outputs_whose_keys_cannot_be_read_under_a_contract_are_a_payload_error() -> None:
    there, key = world(), "return_value"
    terms = {"token": Terms(contract=Contract(readers=frozenset()))}
    make = TaskContract(keys=terms, upstream=frozenset(), strict=False, declared_at="etl.py:7")
    there.host.instance = TaskInstance(dag_id=PLACE.dag_id, run_id=PLACE.run_id, task_id=PLACE.task_id)
    there.host.contract = DagContract(dag_id=PLACE.dag_id, tasks={PLACE.task_id: make})
    with pytest.raises(PayloadError, match=r"(?s)the keys of a value of type .*RaisingKeys") as caught:
        there.exchange.push(RaisingKeys(token=CANARY), replace(PLACE, key=key))
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


NOT_REACHED = Diagnosis(fault=Fault.UNAVAILABLE, where="memory", code="OSError", advice="not reached")


class DenyingKey(InMemoryKeyProvider):
    """Raises what it is told to, and quotes a secret in doing so."""

    error: Exception = KeyDenied("not for this identity")

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        raise self.error

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        raise self.error

    def _diagnose(self, error: Exception) -> Diagnosis:
        return NOT_REACHED if isinstance(error, OSError) else super()._diagnose(error)


class DenyingStore(InMemoryStore):
    """As ``DenyingKey``."""

    error: Exception = StoreDenied("not for this identity")

    def _put(self, name: str, data: bytes, expires: int) -> None:
        raise self.error

    def _head(self, name: str) -> Head:
        raise self.error

    def _diagnose(self, error: Exception) -> Diagnosis:
        return NOT_REACHED if isinstance(error, OSError) else super()._diagnose(error)


KEY_ERRORS = [
    (KeyDenied("ours"), KeyDenied),
    (OSError(CANARY), KeyUnavailable),
    (ValueError(CANARY), KeyProviderError),
    (KeyError(CANARY), KeyProviderError),
]
STORE_ERRORS = [
    (StoreDenied("ours"), StoreDenied),
    (OSError(CANARY), StoreUnavailable),
    (ValueError(CANARY), StoreError),
]


class Guarded(InMemoryStore):
    """Takes what is put, and gives nothing back, in the words of a store."""

    def _head(self, name: str) -> Head:
        raise ValueError

    def _diagnose(self, error: Exception) -> Diagnosis:
        return Diagnosis(fault=Fault.DENIED, where="S3 bucket b", code="AccessDenied", advice="grant s3:GetObject")


class GuardedKey(InMemoryKeyProvider):
    """Makes data keys, and unwraps none, in the words of a key provider."""

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        raise ValueError

    def _diagnose(self, error: Exception) -> Diagnosis:
        return Diagnosis(fault=Fault.DENIED, where="KMS key k", code="AccessDenied", advice="grant kms:Decrypt")


GUARDS = {
    "store": ({"store": Guarded}, StoreDenied, "AccessDenied: grant s3:GetObject"),
    "key": ({"keys": GuardedKey}, KeyDenied, "AccessDenied: grant kms:Decrypt"),
}


def _read_by(dag_id: str, guard: str) -> tuple[World, SecureXComError | None]:
    made, _, _ = GUARDS[guard]
    there = world(**{name: kind() for name, kind in made.items()})  # type: ignore[arg-type]
    there.host.instance = TaskInstance(dag_id=PLACE.dag_id, run_id=PLACE.run_id, task_id=PLACE.task_id)
    row = there.push({"password": CANARY})
    there.host.instance = TaskInstance(dag_id=dag_id, run_id="r", task_id="reads")
    return there, refusal(lambda: there.pull(row))


@pytest.mark.parametrize("guard", GUARDS)
def test_what_a_store_or_key_refuses_to_another_dag_is_a_refusal_that_names_readers(guard: str) -> None:
    there, error = _read_by("report", guard)
    assert type(error) is NotGranted
    first, *others = str(error).splitlines()
    assert "the value is another Dag's" in first
    assert "readers in the routes file" in first
    assert GUARDS[guard][2] in others
    assert there.ledger.told[-1] == ("read", "refused", "NotGranted")
    assert_tells_nothing(error)


@pytest.mark.parametrize("guard", GUARDS)
def test_what_a_store_or_key_refuses_to_the_own_dag_is_its_own_error(guard: str) -> None:
    there, error = _read_by(PLACE.dag_id, guard)
    assert type(error) is GUARDS[guard][1]
    assert there.ledger.told[-1][1] == "failed"


def _names(errors: list[tuple[Exception, type[SecureXComError]]]) -> list[str]:
    return [type(error).__name__ for error, _ in errors]


@pytest.mark.parametrize(("error", "kind"), KEY_ERRORS, ids=_names(KEY_ERRORS))  # type: ignore[arg-type]
def test_a_push_without_a_data_key_leaves_nothing(error: Exception, kind: type[SecureXComError]) -> None:
    keys = DenyingKey()
    keys.error = error
    there = world(keys=keys)
    with pytest.raises(kind) as caught:
        there.exchange.push({"password": CANARY}, PLACE)
    assert_tells_nothing(caught.value)
    assert there.store.calls == []


@pytest.mark.parametrize(("error", "kind"), STORE_ERRORS, ids=_names(STORE_ERRORS))  # type: ignore[arg-type]
def test_a_push_that_cannot_write_fails(error: Exception, kind: type[SecureXComError]) -> None:
    store = DenyingStore()
    store.error = error
    there = world(store=store)
    with pytest.raises(kind) as caught:
        there.exchange.push({"password": CANARY}, PLACE)
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize(("error", "kind"), KEY_ERRORS, ids=_names(KEY_ERRORS))  # type: ignore[arg-type]
def test_a_pull_without_the_data_key_fails(error: Exception, kind: type[SecureXComError]) -> None:
    before = world()
    row = before.push({"password": CANARY})
    keys = DenyingKey()
    keys.error = error
    with pytest.raises(kind) as caught:
        world(store=before.store, keys=keys).pull(row)
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize(("error", "kind"), STORE_ERRORS, ids=_names(STORE_ERRORS))  # type: ignore[arg-type]
def test_a_pull_that_cannot_read_fails(error: Exception, kind: type[SecureXComError]) -> None:
    row = world().push({"password": CANARY})
    store = DenyingStore()
    store.error = error
    with pytest.raises(kind) as caught:
        world(store=store).pull(row)
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize("value", [Secret(CANARY), {"password": CANARY, "user": "u"}, [Secret(CANARY), "x"]])
def test_an_object_that_is_gone_is_told_and_no_placeholder_handed_out(value: object) -> None:
    there = world()
    row = there.push(value)
    there.store.objects.clear()
    with pytest.raises(ObjectNotFound):
        there.pull(row)


@pytest.mark.parametrize(
    "place",
    [
        Coordinates(dag_id="..", run_id="r", task_id="t", key="k"),
        Coordinates(dag_id="d", run_id="", task_id="t", key="k"),
        Coordinates(dag_id="d", run_id="r", task_id=".", key="k"),
        Coordinates(dag_id="d", run_id="r", task_id="t", key=""),
        Coordinates(dag_id="d", run_id="r", task_id="t", key="k" * 70_000),
    ],
    ids=["dots", "empty run", "dot", "empty key", "endless key"],
)
def test_coordinates_that_name_nothing_leave_nothing(place: Coordinates) -> None:
    there = world()
    with pytest.raises(InvalidCoordinates) as caught:
        there.exchange.push({"password": CANARY}, place)
    assert_tells_nothing(caught.value)
    assert (there.store.calls, there.keys.calls) == ([], [])


def test_an_object_beyond_the_stores_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    there = world()
    monkeypatch.setattr(there.store, "max_object_bytes", 100)
    with pytest.raises(ObjectTooLarge) as caught:
        there.exchange.push({"password": CANARY}, PLACE)
    assert_tells_nothing(caught.value)
    assert there.store.calls == []


@pytest.mark.parametrize(
    "value",
    [{"password": Login("u", CANARY)}, {"password": [{1: Login("u", CANARY)}]}, Login("u", CANARY)],
    ids=["sealed", "deep in what is sealed", "sealed in part"],
)
def test_an_object_that_its_class_refuses_to_rebuild_is_told_by_its_class_alone(value: object) -> None:
    there = world(host=QuotingHost())
    row = there.push(value)
    with pytest.raises(PayloadError, match=r"tests\.Login") as caught:
        there.pull(row)
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


def test_a_failure_among_rows_tells_nothing_of_the_others() -> None:
    there = world(host=QuotingHost())
    rows = [there.push({"password": value}) for value in (CANARY, Login("u", CANARY))]
    with pytest.raises(PayloadError) as caught:
        there.exchange.pull_all(rows, _open_index())
    assert_tells_nothing(caught.value)


def _open_index() -> XComQuery:
    return query(PLACE, map_index=None)


# The stack may end at any step: a task calls from as deep as it likes.

LEVELS = 120
NESTED = {
    "a part deep in the value": lambda: [_nested(Secret(CANARY))],
    "a deep part": lambda: {"password": _nested(CANARY)},
    "a deep part of tuples": lambda: {"password": _nested_tuples(CANARY)},
    "a part deep in an object": lambda: Login("u", _nested(CANARY), _nested(Secret(1))),
}


def _nested(value: object) -> object:
    for level in range(LEVELS):
        value = [value] if level % 2 else {"a": value}
    return value


def _nested_tuples(value: object) -> object:
    for _ in range(LEVELS):
        value = (value,)
    return value


def _with_stack(frames: int, call: Callable[[], object]) -> SecureXComError | None:
    """What ``call`` raises when only ``frames`` more of them fit on the stack."""
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + frames)
    try:
        return refusal(call)
    finally:
        sys.setrecursionlimit(before)


@pytest.mark.parametrize("make", NESTED.values(), ids=NESTED.keys())
def test_wherever_the_stack_ends_a_push_succeeds_or_fails_with_an_error_of_ours(make: Callable[[], object]) -> None:
    value, outcomes = make(), set()
    for frames in range(80, 700, 10):
        there = world(host=ObjectHost())
        error = _with_stack(frames, lambda there=there: there.exchange.push(value, PLACE))  # type: ignore[misc]
        outcomes.add(type(error))
        if error is not None:
            assert_tells_nothing(error)
            assert error.__context__ is None
            assert there.store.objects == {}
    assert outcomes == {type(None), PayloadError}


@pytest.mark.parametrize("make", NESTED.values(), ids=NESTED.keys())
def test_wherever_the_stack_ends_a_pull_succeeds_or_fails_with_an_error_of_ours(make: Callable[[], object]) -> None:
    there = world(host=ObjectHost())
    row = there.push(make())
    outcomes = set()
    for frames in range(80, 700, 10):
        error = _with_stack(frames, lambda: there.pull(row))
        outcomes.add(type(error))
        if error is not None:
            assert_tells_nothing(error)
            assert error.__context__ is None
    assert type(None) in outcomes
    assert PayloadError in outcomes


def test_the_sweep_of_this_module_would_notice_a_secret() -> None:
    try:
        json.loads(f"{{{CANARY}")
    except ValueError as error:
        error.add_note(CANARY)
        with pytest.raises(AssertionError):
            assert_tells_nothing(error)
