"""What every adapter gets from its port: limits, errors of ours alone, and a bounded number of attempts."""

import gc
import weakref
from collections.abc import Callable, Iterator, Mapping

import pytest

from secure_xcom.errors import (
    ConfigurationError,
    Diagnosis,
    Fault,
    KeyDenied,
    KeyProviderError,
    KeyUnauthenticated,
    KeyUnavailable,
    ObjectNotFound,
    ObjectTooLarge,
    StoreDenied,
    StoreError,
    StoreUnauthenticated,
    StoreUnavailable,
    WrongKey,
)
from secure_xcom.model.seal import DataKey, WrappedKey
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.listing import Listed
from secure_xcom.ports.store import MAX_OBJECT_BYTES, Store
from tests.fixtures.waits import MANY, Waits, fast_forward
from tests.unit.world import CANARY, assert_tells_nothing


class FailingStore(Store):
    """Raises what it is told to, and counts how often."""

    scheme = "failing"

    def __init__(self, error: BaseException, fault: Fault = Fault.FAILED, *, times: int = 99) -> None:
        self.error, self.fault, self.times, self.attempts = error, fault, times, 0

    def _put(self, name: str, data: bytes, expires: int) -> None:
        self._fail()

    def _get(self, name: str) -> bytes:
        self._fail()
        return b"data"

    def _delete(self, name: str) -> None:
        self._fail()

    def _stat(self, name: str) -> Listed:
        self._fail()
        return Listed(name)

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        return iter(())

    def _fail(self) -> None:
        self.attempts += 1
        if self.attempts <= self.times:
            raise self.error

    def _diagnose(self, error: Exception) -> Diagnosis:
        return Diagnosis(fault=self.fault, where="the store", code=type(error).__name__, advice="grant it put")


class FailingKey(KeyProvider):
    """Raises what it is told to, and counts how often."""

    scheme = "failing"

    def __init__(self, error: BaseException, fault: Fault = Fault.FAILED) -> None:
        self.error, self.fault, self.attempts = error, fault, 0

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        self.attempts += 1
        raise self.error

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        self.attempts += 1
        raise self.error

    def _wrap(self, key: bytes, context: Mapping[str, str]) -> WrappedKey:
        self.attempts += 1
        raise self.error

    def _holds(self, kek_id: str) -> bool:
        return True

    def _current(self) -> str:
        return "key"

    def _diagnose(self, error: Exception) -> Diagnosis:
        return Diagnosis(fault=self.fault, where="the key", code=type(error).__name__, advice="grant it unwrap")


Call = Callable[[Store], object]
STORE_CALLS: list[Call] = [lambda s: s.put("n", b"x"), lambda s: s.get("n"), lambda s: s.delete("n")]
KEY_CALLS: list[Callable[[KeyProvider], object]] = [
    lambda k: k.generate({}),
    lambda k: k.unwrap(b"", "", {}),
    lambda k: k.wrap(b"", {}),
]

store_calls = pytest.mark.parametrize("call", STORE_CALLS, ids=["put", "get", "delete"])
key_calls = pytest.mark.parametrize("call", KEY_CALLS, ids=["generate", "unwrap", "wrap"])


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Seconds between the attempts, which no test waits for."""
    return fast_forward(monkeypatch)


@store_calls
def test_a_foreign_error_of_a_store_becomes_ours_with_nothing_behind_it(call: Call) -> None:
    with pytest.raises(StoreError, match="ValueError") as caught:
        call(FailingStore(ValueError(CANARY)))
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@key_calls
def test_a_foreign_error_of_a_key_becomes_ours_with_nothing_behind_it(call: Callable[[KeyProvider], object]) -> None:
    with pytest.raises(KeyProviderError, match="ValueError") as caught:
        call(FailingKey(ValueError(CANARY)))
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


FAULTS = {
    Fault.NOT_FOUND: (ObjectNotFound, KeyDenied),
    Fault.DENIED: (StoreDenied, KeyDenied),
    Fault.UNAUTHENTICATED: (StoreUnauthenticated, KeyUnauthenticated),
    Fault.UNAVAILABLE: (StoreUnavailable, KeyUnavailable),
    Fault.TOO_LARGE: (ObjectTooLarge, KeyProviderError),
    Fault.WRONG_KEY: (StoreError, WrongKey),
    Fault.FAILED: (StoreError, KeyProviderError),
}


def test_there_is_no_fault_but_these() -> None:
    assert set(FAULTS) == set(Fault)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_by_its_error_with_the_adapters_advice(fault: Fault) -> None:
    of_store, of_key = FAULTS[fault]
    with pytest.raises(StoreError, match="ValueError: grant it put\nthe store") as caught:
        FailingStore(ValueError(CANARY), fault).get("n")
    assert type(caught.value) is of_store
    with pytest.raises(KeyProviderError, match="ValueError: grant it unwrap\nthe key") as of_a_key:
        FailingKey(ValueError(CANARY), fault).generate({})
    assert type(of_a_key.value) is of_key


@pytest.mark.parametrize(
    "fault", [fault for fault in Fault if fault is not Fault.UNAVAILABLE], ids=lambda fault: fault.name
)
def test_a_fault_that_does_not_pass_is_not_tried_again(fault: Fault) -> None:
    store, provider = FailingStore(ValueError(), fault), FailingKey(ValueError(), fault)
    with pytest.raises(StoreError):
        store.get("n")
    with pytest.raises(KeyProviderError):
        provider.generate({})
    assert (store.attempts, provider.attempts) == (1, 1)


def test_an_adapter_that_cannot_diagnose_an_error_does_not_show_it() -> None:
    class Clumsy(FailingStore):
        def _diagnose(self, error: Exception) -> Diagnosis:
            raise LookupError(str(error))

    with pytest.raises(StoreError, match="ValueError: the request failed unexpectedly\nfailing://") as caught:
        Clumsy(ValueError(CANARY)).get("n")
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


def test_a_port_lets_go_of_a_foreign_error() -> None:
    class Foreign(Exception):  # noqa: N818
        pass

    kept = []

    class Quoting(FailingStore):
        def _fail(self) -> None:
            error = Foreign(CANARY)
            kept.append(weakref.ref(error))
            raise error

    with pytest.raises(StoreUnavailable):
        Quoting(ValueError(), Fault.UNAVAILABLE).get("n")
    gc.collect()
    assert [reference() for reference in kept] == [None] * len(kept)
    assert len(kept) >= MANY


@store_calls
@pytest.mark.parametrize(
    "kind", [ObjectNotFound, StoreDenied, StoreUnauthenticated, ObjectTooLarge, StoreError, ConfigurationError]
)
def test_a_refusal_of_a_store_is_not_tried_again(call: Call, kind: type[StoreError]) -> None:
    store = FailingStore(kind("ours"))
    with pytest.raises(kind, match="ours"):
        call(store)
    assert store.attempts == 1


@key_calls
@pytest.mark.parametrize("kind", [KeyDenied, KeyUnauthenticated, WrongKey, KeyProviderError, ConfigurationError])
def test_a_refusal_of_a_key_is_not_tried_again(
    call: Callable[[KeyProvider], object], kind: type[KeyProviderError]
) -> None:
    provider = FailingKey(kind("ours"))
    with pytest.raises(kind, match="ours"):
        call(provider)
    assert provider.attempts == 1


@store_calls
def test_a_store_that_comes_back_is_used(call: Call) -> None:
    store = FailingStore(OSError(), Fault.UNAVAILABLE, times=2)
    call(store)
    assert store.attempts == 3


@store_calls
@pytest.mark.parametrize("deadline", [1.0, 30.0, 120.0])
def test_a_store_that_stays_away_is_given_up_on_at_the_deadline(call: Call, waits: Waits, deadline: float) -> None:
    store = FailingStore(OSError(CANARY), Fault.UNAVAILABLE, times=9999)
    store.deadline_seconds = deadline
    with pytest.raises(StoreUnavailable) as caught:
        call(store)
    assert waits.now == pytest.approx(deadline)
    assert store.attempts == len(waits.seconds) + 1
    assert_tells_nothing(caught.value)


def test_attempts_wait_longer_and_longer_at_random_and_never_for_long(waits: Waits) -> None:
    store = FailingStore(OSError(), Fault.UNAVAILABLE, times=9999)
    store.deadline_seconds = 600.0
    with pytest.raises(StoreUnavailable):
        store.get("n")
    assert all(seconds <= 0.2 * 2**turn for turn, seconds in enumerate(waits.seconds[:6]))
    assert max(waits.seconds) <= 5
    assert len(set(waits.seconds)) == len(waits.seconds)


@store_calls
def test_a_store_that_is_away_for_20_seconds_fails_nothing(call: Call, waits: Waits) -> None:
    class Electing(FailingStore):
        def _fail(self) -> None:
            self.attempts += 1
            if waits.now < 20:
                raise self.error

    call(Electing(OSError(), Fault.UNAVAILABLE))
    assert 20 <= waits.now <= 30


@key_calls
def test_a_key_that_stays_away_is_given_up_on(call: Callable[[KeyProvider], object]) -> None:
    provider = FailingKey(OSError(CANARY), Fault.UNAVAILABLE)
    with pytest.raises(KeyUnavailable) as caught:
        call(provider)
    assert provider.attempts >= MANY
    assert_tells_nothing(caught.value)


def test_no_attempt_begins_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    store = FailingStore(OSError(), Fault.UNAVAILABLE)
    monkeypatch.setattr(store, "deadline_seconds", 0.0)
    with pytest.raises(StoreUnavailable):
        store.get("n")
    assert store.attempts == 1


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_what_is_unwrapped_and_is_no_data_key_is_the_wrong_key(size: int) -> None:
    class Blob(FailingKey):
        def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
            return bytes(size)

    with pytest.raises(WrongKey):
        Blob(ValueError()).unwrap(b"", "", {})


def test_an_interrupt_is_nobodys_error() -> None:
    store = FailingStore(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        store.get("n")


def test_an_object_beyond_the_limit_never_reaches_the_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    store = FailingStore(ValueError())
    monkeypatch.setattr(store, "max_object_bytes", 3)
    with pytest.raises(ObjectTooLarge, match="at most 3 bytes, this one has 4"):
        store.put("n", b"1234")
    assert store.attempts == 0


def test_the_limit_is_a_gibibyte_unless_a_store_says_less() -> None:
    assert FailingStore(ValueError()).max_object_bytes == MAX_OBJECT_BYTES == 1024**3
