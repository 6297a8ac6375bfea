"""Contract suites that every store and key provider passes, and in-memory fakes that pass them too.

Subclass a suite in a test module and answer its one fixture; pytest collects the inherited tests::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self) -> Store:
            return MyStore(...)
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import ClassVar

import pytest

from secure_xcom.contracts.dag import DagContract
from secure_xcom.domain import Domain
from secure_xcom.errors import (
    ConfigurationError,
    KeyProviderError,
    ObjectNotFound,
    ObjectTooLarge,
    StoreError,
    WrongKey,
)
from secure_xcom.ledger.recording import Recorder
from secure_xcom.model import JSON, Coordinates, DataKey, Finding, TaskInstance
from secure_xcom.names import new_object_id, object_name
from secure_xcom.ports import Connection, EndOfTask, Host, KeyProvider, Store
from secure_xcom.routes import Route
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.sealer import EnvelopeSealer, NativeSealer

_PLACE = Coordinates(dag_id="etl", run_id="manual__2026-01-01T00:00:00+00:00", task_id="group.make", key="return_value")
_ODD = "ä/ ?#&=+%41\n'\"\\:*\U0001f511"


class InMemoryStore(Store):
    """A store in a dict; counts its calls, so that tests assert on requests."""

    scheme = "memory"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.calls: list[tuple[str, str]] = []

    def _put(self, name: str, data: bytes, expires: int) -> None:
        self.calls.append(("put", name))
        self.objects[name] = data

    def _get(self, name: str) -> bytes:
        self.calls.append(("get", name))
        return self.objects[name]

    def _delete(self, name: str) -> None:
        self.calls.append(("delete", name))
        self.objects.pop(name, None)

    def _translate(self, error: Exception) -> StoreError:
        if isinstance(error, KeyError):
            return ObjectNotFound("the sealed object is not in the store")
        return StoreError(f"the store failed: {type(error).__name__}")


class InMemoryKeyProvider(KeyProvider):
    """A key provider that keeps the wrapped keys in a dict; counts its calls."""

    scheme = "memory"

    def __init__(self, kek_id: str = "kek") -> None:
        self._kek_id = kek_id
        self._keys: dict[bytes, tuple[bytes, dict[str, str]]] = {}
        self.calls: list[str] = []

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        self.calls.append("generate")
        key = DataKey(plaintext=secrets.token_bytes(32), wrapped=secrets.token_bytes(40), kek_id=self._kek_id)
        self._keys[key.wrapped] = (key.plaintext, dict(context))
        return key

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        self.calls.append("unwrap")
        plaintext, wrapped_for = self._keys.get(wrapped, (b"", {}))
        if kek_id != self._kek_id or not plaintext or wrapped_for != dict(context):
            raise WrongKey("the data key was wrapped by another key or for another context")
        return plaintext

    def _translate(self, error: Exception) -> KeyProviderError:
        return KeyProviderError(f"the key provider failed: {type(error).__name__}")


class OneWay:
    """Routes that lead every Dag to one store, each Dag a domain; without a key provider, natively."""

    def __init__(self, store: Store, keys: KeyProvider | None) -> None:
        self._store = store
        self._data_keys = keys and DataKeys(keys)

    def route(self, owner: str, running: str | None) -> Route:
        """Return the way, whoever asks."""
        sealer = EnvelopeSealer(self._data_keys, Domain(owner)) if self._data_keys else NativeSealer()
        return Route(domain=Domain(owner), store=self._store, sealer=sealer)


class FakeHost:
    """A host without Airflow: encodes nothing but built-in types, and remembers what it was told."""

    shortest_maskable = 5

    def __init__(
        self, *, hidden: Iterable[str] = ("password", "token", "secret"), registered: Iterable[str] = ()
    ) -> None:
        self._hidden = tuple(hidden)
        self._registered = tuple(registered)
        self.masked: list[str] = []
        self.warnings: list[tuple[Coordinates | None, int]] = []
        self.reports: list[Finding] = []
        self.messages: list[str] = []
        self.end: EndOfTask | None = None
        self.instance: TaskInstance | None = None
        self.contract: DagContract | None = None

    def running(self) -> TaskInstance | None:
        """Return what the test set."""
        return self.instance

    def declared(self) -> DagContract | None:
        """Return what the test set."""
        return self.contract

    def follow(self, end: EndOfTask) -> None:
        """Remember it, so that a test can end the task."""
        self.end = end

    def warn(self, message: str) -> None:
        """Remember the message."""
        self.messages.append(message)

    def connection(self, conn_id: str) -> Connection:
        """There are no connections."""
        raise ConfigurationError(f"conn_id: there is no connection {conn_id}")

    def aws_session(self, conn_id: str, region_name: str | None) -> object:
        """There are no connections."""
        raise ConfigurationError(f"conn_id: there is no connection {conn_id}")

    def storage_path(self, uri: str, conn_id: str | None) -> object:
        """There is no object storage."""
        raise ConfigurationError(f"store: there is no Airflow to reach {uri.partition(':')[0]}://")

    def encode(self, value: object) -> JSON:
        """Encode as Airflow does: tuples and sets as objects, keys as text."""
        match value:
            case None | bool() | int() | float() | str():
                return value
            case list():
                return [self.encode(item) for item in value]
            case tuple() | set() | frozenset():
                name = f"builtins.{type(value).__name__}"
                return {"__classname__": name, "__version__": 1, "__data__": [self.encode(item) for item in value]}
            case dict() if "__classname__" not in value:
                return {str(key): self.encode(item) for key, item in value.items()}
        raise TypeError(f"cannot serialize object of type {type(value)}")

    def decode(self, encoded: JSON) -> object:
        """Reverse ``encode``."""
        match encoded:
            case list():
                return [self.decode(item) for item in encoded]
            case {"__classname__": str(name), "__data__": list(items)}:
                kind = {"builtins.tuple": tuple, "builtins.set": set, "builtins.frozenset": frozenset}[name]
                return kind(self.decode(item) for item in items)
            case dict():
                return {key: self.decode(item) for key, item in encoded.items()}
        return encoded

    def hides_name(self, name: str) -> bool:
        """Whether the name contains one of the hidden words."""
        return any(word in name.lower() for word in self._hidden)

    def holds_registered_secret(self, text: str) -> bool:
        """Whether the text contains one of the registered secrets."""
        return any(secret in text for secret in self._registered)

    def mask(self, texts: Iterable[str]) -> None:
        """Remember the texts."""
        self.masked.extend(texts)

    def warn_unmaskable(self, coordinates: Coordinates | None, count: int) -> None:
        """Remember the warning."""
        self.warnings.append((coordinates, count))

    def report(self, coordinates: Coordinates | None, findings: Sequence[Finding]) -> None:
        """Remember the findings."""
        self.reports.extend(findings)


def unrecorded(host: Host) -> Recorder:
    """Return what records nothing, for a test that is not about the ledger."""
    return Recorder(ledger=None, clock=time.time, host="test", warn=host.warn)


class StoreContract:
    """What every store does, whatever is behind it."""

    largest_tested: ClassVar[int] = 3 * 1024 * 1024 + 1
    """Bytes of the largest object of the suite; a store with a lower limit of its own lowers it."""

    @pytest.fixture
    def store(self) -> Store:
        """Answer with the store under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("size", [0, 1, 1000, 1 << 20], ids=str)
    def test_gives_back_the_bytes_that_were_put(self, store: Store, size: int) -> None:
        name, data = _fresh(), secrets.token_bytes(size)
        store.put(name, data)
        assert store.get(name) == data

    def test_gives_back_a_large_object(self, store: Store) -> None:
        name, data = _fresh(), secrets.token_bytes(self.largest_tested)
        store.put(name, data)
        assert store.get(name) == data

    @pytest.mark.parametrize("part", ["dag_id", "run_id", "task_id", "key"])
    def test_keeps_names_of_odd_characters_apart(self, store: Store, part: str) -> None:
        odd = (_ODD, _ODD + " ", "%2e%2e", "a~b", "k" * 512)
        names = [_fresh(replace(_PLACE, **{part: text})) for text in odd]  # type: ignore[arg-type]  # all are str
        for index, name in enumerate(names):
            store.put(name, str(index).encode())
        assert [store.get(name) for name in names] == [str(index).encode() for index in range(len(names))]

    def test_an_object_with_a_lifetime_is_there_while_it_lasts(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"data", int(time.time()) + 600)
        assert store.get(name) == b"data"
        store.delete(name)
        with pytest.raises(ObjectNotFound):
            store.get(name)

    def test_a_missing_object_is_not_found(self, store: Store) -> None:
        with pytest.raises(ObjectNotFound):
            store.get(_fresh())

    def test_a_deleted_object_is_not_found(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"data")
        store.delete(name)
        with pytest.raises(ObjectNotFound):
            store.get(name)

    def test_deleting_twice_is_no_error(self, store: Store) -> None:
        name = _fresh()
        store.put(name, b"data")
        store.delete(name)
        store.delete(name)

    def test_deleting_one_object_leaves_its_neighbour(self, store: Store) -> None:
        first, second = _fresh(), _fresh()
        store.put(first, b"first")
        store.put(second, b"second")
        store.delete(first)
        assert store.get(second) == b"second"

    def test_refuses_an_object_over_its_limit(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store, "max_object_bytes", 10)
        name = _fresh()
        with pytest.raises(ObjectTooLarge):
            store.put(name, b"12345678901")
        with pytest.raises(ObjectNotFound):
            store.get(name)

    def test_serves_several_threads(self, store: Store) -> None:
        names = [_fresh() for _ in range(16)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: store.put(name, name.encode()), names))
            assert list(pool.map(store.get, names)) == [name.encode() for name in names]


class KeyProviderContract:
    """What every key provider does, whatever is behind it."""

    context: ClassVar[Mapping[str, str]] = {"dag_id": "etl", "run_id": _PLACE.run_id, "fmt": "sxc1"}

    @pytest.fixture
    def provider(self) -> KeyProvider:
        """Answer with the key provider under test."""
        raise NotImplementedError

    def test_unwraps_what_it_wrapped(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        assert provider.unwrap(key.wrapped, key.kek_id, self.context) == key.plaintext

    def test_makes_a_fresh_256_bit_key_each_time(self, provider: KeyProvider) -> None:
        first, second = provider.generate(self.context), provider.generate(self.context)
        assert len(first.plaintext) == len(second.plaintext) == 32
        assert first.plaintext != second.plaintext
        assert first.wrapped != second.wrapped

    def test_the_wrapped_key_does_not_hold_the_key(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        assert key.plaintext not in key.wrapped

    def test_repr_does_not_show_the_key(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        assert repr(key.plaintext) not in repr(key)

    @pytest.mark.parametrize(
        "change",
        [{"dag_id": "other"}, {"run_id": "other"}, {"fmt": "sxc2"}, {"extra": "pair"}],
        ids=lambda change: next(iter(change)),
    )
    def test_refuses_another_context(self, provider: KeyProvider, change: dict[str, str]) -> None:
        key = provider.generate(self.context)
        with pytest.raises(WrongKey):
            provider.unwrap(key.wrapped, key.kek_id, {**self.context, **change})

    def test_refuses_a_missing_context(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        with pytest.raises(KeyProviderError):
            provider.unwrap(key.wrapped, key.kek_id, {})

    def test_refuses_a_kek_that_is_not_configured(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        with pytest.raises(WrongKey):
            provider.unwrap(key.wrapped, "somebody-elses-key", self.context)

    def test_refuses_each_altered_byte_of_the_wrapped_key(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        positions = {0, 1, len(key.wrapped) // 2, len(key.wrapped) - 2, len(key.wrapped) - 1}
        for position in positions:
            altered = bytearray(key.wrapped)
            altered[position] ^= 1
            with pytest.raises(KeyProviderError):
                provider.unwrap(bytes(altered), key.kek_id, self.context)

    def test_refuses_a_cut_wrapped_key(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        for length in (0, 1, 11, 12, 28, len(key.wrapped) - 1):
            with pytest.raises(KeyProviderError):
                provider.unwrap(key.wrapped[:length], key.kek_id, self.context)


def _fresh(place: Coordinates = _PLACE) -> str:
    return object_name(place, new_object_id())
