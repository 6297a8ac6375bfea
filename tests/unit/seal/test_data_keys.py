"""One call to the key provider serves a Dag run, for a bounded time, and a failure is never kept."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from secure_xcom.errors import KeyDenied, WrongKey
from secure_xcom.model.seal import DataKey
from secure_xcom.seal.data_keys import MAX_AGE_SECONDS, MAX_ENTRIES, DataKeys
from secure_xcom.testing.fakes import InMemoryKeyProvider

CONTEXT = {"dag_id": "etl", "run_id": "one", "fmt": "sxc1"}
THREADS = 32


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Denying(InMemoryKeyProvider):
    """Denies as long as ``denies`` is set."""

    denies = True

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        if self.denies:
            self.calls.append("denied")
            raise KeyDenied("not for this identity")
        return super()._generate(context)


@pytest.fixture
def provider() -> InMemoryKeyProvider:
    return InMemoryKeyProvider()


def test_one_data_key_seals_a_whole_run(provider: InMemoryKeyProvider) -> None:
    keys = DataKeys(provider)
    assert keys.for_sealing(CONTEXT) == keys.for_sealing(dict(reversed(CONTEXT.items())))
    assert provider.calls == ["generate"]


@pytest.mark.parametrize("change", [{"dag_id": "other"}, {"run_id": "other"}, {"fmt": "other"}, {"more": "x"}])
def test_another_context_has_another_data_key(provider: InMemoryKeyProvider, change: dict[str, str]) -> None:
    keys = DataKeys(provider)
    assert keys.for_sealing(CONTEXT).plaintext != keys.for_sealing({**CONTEXT, **change}).plaintext


def test_a_wrapped_key_is_unwrapped_once(provider: InMemoryKeyProvider) -> None:
    key = provider.generate(CONTEXT)
    keys = DataKeys(provider)
    assert [keys.for_opening(key.wrapped, "memory", key.kek_id, CONTEXT) for _ in range(3)] == [key.plaintext] * 3
    assert provider.calls == ["generate", "unwrap"]


@pytest.mark.parametrize("wrong", ["context", "kek"])
def test_a_key_in_the_cache_does_not_open_for_another_context_or_kek(provider: InMemoryKeyProvider, wrong: str) -> None:
    key = provider.generate(CONTEXT)
    keys = DataKeys(provider)
    keys.for_opening(key.wrapped, "memory", key.kek_id, CONTEXT)
    kek_id = "another" if wrong == "kek" else key.kek_id
    context = {**CONTEXT, "run_id": "another"} if wrong == "context" else CONTEXT
    with pytest.raises(Exception, match="another key or for another context"):
        keys.for_opening(key.wrapped, "memory", kek_id, context)


def test_threads_that_want_one_key_share_one_call(provider: InMemoryKeyProvider) -> None:
    keys, start = DataKeys(provider), threading.Barrier(THREADS)

    def want(_: int) -> bytes:
        start.wait(timeout=30)
        return keys.for_sealing(CONTEXT).plaintext

    with ThreadPoolExecutor(THREADS) as pool:
        assert len(set(pool.map(want, range(THREADS)))) == 1
    assert provider.calls == ["generate"]


def test_threads_that_want_other_keys_do_not_wait() -> None:
    both = threading.Barrier(2)

    class Meeting(InMemoryKeyProvider):
        def _generate(self, context: Mapping[str, str]) -> DataKey:
            both.wait(timeout=30)  # breaks unless two calls are under way at once
            return super()._generate(context)

    keys = DataKeys(Meeting())
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(keys.for_sealing, ({**CONTEXT, "run_id": run} for run in ("one", "two"))))


def test_threads_that_wait_for_a_failing_call_do_not_repeat_it_one_by_one() -> None:
    arrived, answer = threading.Semaphore(0), threading.Event()

    class Unreachable(Denying):
        def _generate(self, context: Mapping[str, str]) -> DataKey:
            answer.wait(timeout=30)
            return super()._generate(context)

    provider = Unreachable()
    keys = DataKeys(provider)

    def want(_: int) -> None:
        arrived.release()
        with pytest.raises(KeyDenied):
            keys.for_sealing(CONTEXT)

    with ThreadPoolExecutor(THREADS) as pool:
        waiting = [pool.submit(want, number) for number in range(THREADS)]
        for _ in waiting:
            assert arrived.acquire(timeout=30)
        answer.set()
        for one in waiting:
            one.result()
    # A thread may come late and ask again; that all of them do, one after another, is what holds a task up.
    assert len(provider.calls) < THREADS


@pytest.mark.parametrize(("age", "calls"), [(0.0, 1), (MAX_AGE_SECONDS - 1, 1), (MAX_AGE_SECONDS, 2), (1e9, 2)])
def test_a_data_key_is_used_for_a_bounded_time(provider: InMemoryKeyProvider, age: float, calls: int) -> None:
    clock = Clock()
    keys = DataKeys(provider, clock)
    keys.for_sealing(CONTEXT)
    clock.now = age
    keys.for_sealing(CONTEXT)
    assert provider.calls == ["generate"] * calls


def test_an_unwrapped_key_is_used_for_a_bounded_time(provider: InMemoryKeyProvider) -> None:
    clock, key = Clock(), provider.generate(CONTEXT)
    keys = DataKeys(provider, clock)
    for clock.now in (0.0, MAX_AGE_SECONDS - 1, MAX_AGE_SECONDS, 2 * MAX_AGE_SECONDS - 1, 2 * MAX_AGE_SECONDS):
        keys.for_opening(key.wrapped, "memory", key.kek_id, CONTEXT)
    assert provider.calls.count("unwrap") == 3


def test_a_failure_is_not_kept() -> None:
    provider = Denying()
    keys = DataKeys(provider)
    for _ in range(2):
        with pytest.raises(KeyDenied):
            keys.for_sealing(CONTEXT)
    provider.denies = False
    keys.for_sealing(CONTEXT)
    assert provider.calls == ["denied", "denied", "generate"]


def test_the_cache_forgets_the_oldest_key_first(provider: InMemoryKeyProvider) -> None:
    keys = DataKeys(provider)
    for number in range(MAX_ENTRIES + 1):
        keys.for_sealing({**CONTEXT, "run_id": str(number)})
    keys.for_sealing({**CONTEXT, "run_id": str(MAX_ENTRIES)})
    assert len(provider.calls) == MAX_ENTRIES + 1
    keys.for_sealing({**CONTEXT, "run_id": "0"})
    assert len(provider.calls) == MAX_ENTRIES + 2


def test_the_kind_of_key_is_the_providers_scheme(provider: InMemoryKeyProvider) -> None:
    assert DataKeys(provider).kek_type == "memory"


def _of(kek_id: str, scheme: str = "memory") -> InMemoryKeyProvider:
    made = InMemoryKeyProvider(kek_id)
    made.scheme = scheme
    return made


@pytest.mark.parametrize("scheme", ["memory", "elsewhere"], ids=["the same kind", "another kind"])
def test_a_previous_key_opens_what_it_sealed_and_seals_nothing(scheme: str) -> None:
    old, new = _of("old", scheme), _of("new")
    key = old.generate(CONTEXT)
    keys = DataKeys(new, previous=[_of("older"), old])
    assert keys.for_opening(key.wrapped, scheme, "old", CONTEXT) == key.plaintext
    assert keys.for_sealing(CONTEXT).kek_id == "new"
    assert (old.calls, new.calls) == (["generate", "unwrap"], ["generate"])


@pytest.mark.parametrize(
    ("kek_type", "kek_id"), [("memory", "none"), ("elsewhere", "old"), ("", "old")], ids=["id", "kind", "no kind"]
)
def test_a_key_that_a_header_names_and_no_setting_does_is_asked_of_nobody(kek_type: str, kek_id: str) -> None:
    old, new = _of("old"), _of("new")
    key = old.generate(CONTEXT)
    with pytest.raises(WrongKey):
        DataKeys(new, previous=[old]).for_opening(key.wrapped, kek_type, kek_id, CONTEXT)
    assert old.calls == ["generate"]
