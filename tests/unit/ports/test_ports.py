"""What every adapter gets from its port: limits, errors of ours alone, and a bounded number of attempts."""

from collections.abc import Callable, Mapping

import pytest
import tenacity.nap

from secure_xcom.errors import (
    ConfigurationError,
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
from secure_xcom.model.seal import DataKey
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.store import MAX_OBJECT_BYTES, Store
from tests.unit.world import CANARY, assert_tells_nothing


class FailingStore(Store):
    """Raises what it is told to, and counts how often."""

    scheme = "failing"

    def __init__(self, error: BaseException, translated: type[StoreError] = StoreError, *, times: int = 99) -> None:
        self.error, self.translated, self.times, self.attempts = error, translated, times, 0

    def _put(self, name: str, data: bytes, expires: int) -> None:
        self._fail()

    def _get(self, name: str) -> bytes:
        self._fail()
        return b"data"

    def _delete(self, name: str) -> None:
        self._fail()

    def _fail(self) -> None:
        self.attempts += 1
        if self.attempts <= self.times:
            raise self.error

    def _translate(self, error: Exception) -> StoreError:
        return self.translated(f"the store failed: {type(error).__name__}")


class FailingKey(KeyProvider):
    """Raises what it is told to, and counts how often."""

    scheme = "failing"

    def __init__(self, error: BaseException, translated: type[KeyProviderError] = KeyProviderError) -> None:
        self.error, self.translated, self.attempts = error, translated, 0

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        self.attempts += 1
        raise self.error

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        self.attempts += 1
        raise self.error

    def _translate(self, error: Exception) -> KeyProviderError:
        return self.translated(f"the key failed: {type(error).__name__}")


Call = Callable[[Store], object]
STORE_CALLS: list[Call] = [lambda s: s.put("n", b"x"), lambda s: s.get("n"), lambda s: s.delete("n")]
KEY_CALLS: list[Callable[[KeyProvider], object]] = [lambda k: k.generate({}), lambda k: k.unwrap(b"", "", {})]

store_calls = pytest.mark.parametrize("call", STORE_CALLS, ids=["put", "get", "delete"])
key_calls = pytest.mark.parametrize("call", KEY_CALLS, ids=["generate", "unwrap"])


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds between the attempts, which no test waits for."""
    seconds: list[float] = []
    monkeypatch.setattr(tenacity.nap.time, "sleep", seconds.append)
    return seconds


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
    store = FailingStore(OSError(), StoreUnavailable, times=2)
    call(store)
    assert store.attempts == 3


@store_calls
def test_a_store_that_stays_away_is_given_up_on(call: Call, slept: list[float]) -> None:
    store = FailingStore(OSError(CANARY), StoreUnavailable)
    with pytest.raises(StoreUnavailable) as caught:
        call(store)
    assert store.attempts == 6
    assert len(slept) == 5
    assert sum(slept) <= store.deadline_seconds
    assert_tells_nothing(caught.value)


@key_calls
def test_a_key_that_stays_away_is_given_up_on(call: Callable[[KeyProvider], object]) -> None:
    provider = FailingKey(OSError(CANARY), KeyUnavailable)
    with pytest.raises(KeyUnavailable) as caught:
        call(provider)
    assert provider.attempts == 6
    assert_tells_nothing(caught.value)


def test_no_attempt_begins_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    store = FailingStore(OSError(), StoreUnavailable)
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
