"""In-memory fakes of the ports; they pass the same contract suites as real adapters, and need no pytest."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from secure_xcom.contracts.enforce import DagContract
from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, SecureXComError, WrongKey
from secure_xcom.exchange.held_claims import HeldClaims
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.domain import Domain
from secure_xcom.model.entry import Entry
from secure_xcom.model.event import Event
from secure_xcom.model.past import Line, Past
from secure_xcom.model.seal import DataKey, WrappedKey
from secure_xcom.model.value import JSON
from secure_xcom.ports.host import EndOfTask, Host
from secure_xcom.ports.identity import Connection, Connections
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.listing import Listed
from secure_xcom.ports.routes import Route, Routes
from secure_xcom.ports.store import HEAD_BYTES, Head, Store
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.native import NativeSealer
from secure_xcom.seal.sealer import EnvelopeSealer
from secure_xcom.testing.claims import InMemoryClaims as InMemoryClaims


class InMemoryStore(Store):
    """A store in a dict; counts its calls, so that tests assert on requests."""

    scheme = "memory"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.written: dict[str, float] = {}
        self.calls: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        """Yield what there is, in the order of the names."""
        self.calls.append(("list", folder))
        for name in sorted(self.objects):
            if name > after and name.startswith(f"{folder}/" if folder else ""):
                yield Listed(name, len(self.objects[name]), self.written.get(name, 0.0))

    def _stat(self, name: str) -> Listed:
        self.calls.append(("stat", name))
        return Listed(name, len(self.objects[name]), self.written[name])

    def _put(self, name: str, data: bytes | bytearray, expires: int) -> None:
        self.calls.append(("put", name))
        self.objects[name] = bytes(data)
        self.written[name] = time.time()

    def _get(self, name: str) -> bytes:
        self.calls.append(("get", name))
        return self.objects[name]

    def _head(self, name: str) -> Head:
        self.calls.append(("head", name))
        data = self.objects[name]
        return Head(data[:HEAD_BYTES], len(data))

    def _replace(self, name: str, old: Head, new: bytes, expires: int) -> bool:
        self.calls.append(("replace", name))
        with self._lock:
            is_old = name in self.objects and old.begins(self.objects[name])
            if is_old:
                self.objects[name] = new
            return is_old

    def _delete(self, name: str) -> None:
        self.calls.append(("delete", name))
        with self._lock:
            self.objects.pop(name, None)

    def _diagnose(self, error: Exception) -> Diagnosis:
        if isinstance(error, KeyError):
            return Diagnosis(
                fault=Fault.NOT_FOUND, where="memory", code="KeyError", advice="the sealed object is not in the store"
            )
        return Diagnosis.unknown("memory", error)


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

    def _wrap(self, key: bytes, context: Mapping[str, str]) -> WrappedKey:
        self.calls.append("wrap")
        wrapped = secrets.token_bytes(40)
        self._keys[wrapped] = (key, dict(context))
        return WrappedKey(kek_type=self.scheme, kek_id=self._kek_id, wrapped=wrapped, was_seen=True)

    def _holds(self, kek_id: str) -> bool:
        return kek_id == self._kek_id

    def _current(self) -> str:
        return self._kek_id

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        self.calls.append("unwrap")
        plaintext, wrapped_for = self._keys.get(wrapped, (b"", {}))
        if kek_id != self._kek_id or not plaintext or wrapped_for != dict(context):
            raise WrongKey("the data key was wrapped by another key or for another context")
        return plaintext

    def _diagnose(self, error: Exception) -> Diagnosis:
        return Diagnosis.unknown("memory", error)


class InMemoryLedger:
    """Implements ``ports.ledger.Ledger`` with a list. Set ``error`` to have the next entries refused."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.error: SecureXComError | None = None
        self.silence: SecureXComError | None = None
        """What is raised in answer to a question."""
        self.proof = "known to the domain"
        """What proves an entry that waited. Set to another one to have those that wait be unproved."""
        self.peers: list[InMemoryLedger] = [self]
        """The same ledger, as other processes have it."""

    def append(self, new: Sequence[Entry]) -> None:
        """Append entries in their order, or raise ``error``."""
        if self.error is not None:
            raise self.error
        self.entries.extend(new)

    def read(self, dag_id: str, run_id: str | None = None) -> list[Entry]:
        """Return the entries about a Dag's XComs, of one run or of all, oldest first."""
        about = [entry for entry in self.entries if entry.where.dag_id == dag_id]
        return sorted((entry for entry in about if run_id in (None, entry.where.run_id)), key=lambda entry: entry.at)

    def prove(self, waiting: Sequence[Entry]) -> list[str]:
        """Return the proof, for each entry."""
        return [self.proof for _ in waiting]

    def append_kept(self, kept: Sequence[Entry], proofs: Sequence[str]) -> None:
        """Append entries that waited, with or without their proof."""
        pairs = zip(kept, proofs, strict=True)
        self.append([replace(entry, proved=proof == self.proof) for entry, proof in pairs])

    def has_claimed(self, claim: Entry) -> bool:
        """Whether the last entry of the run about the object's claim is this one, in whichever try."""
        endings = (Event.CLAIM, Event.RELEASE, Event.CONSUME)
        said = [entry for ledger in self.peers for entry in ledger.entries if entry.event in endings]
        last = [entry for entry in said if entry.run == claim.run and entry.object_id == claim.object_id][-1:]
        return [_identified(entry) for entry in last] == [_identified(claim)]

    def past(self, query: XComQuery) -> Past:
        """Return what the Dag's own tasks recorded of the objects at a place, or raise ``silence``."""
        if self.silence is not None:
            raise self.silence
        about = (entry for entry in self.entries if entry.object_id and _is_at(query, entry.where))
        own = (entry for entry in about if entry.actor is None or entry.actor.dag_id == query.dag_id)
        return Past.of(
            Line(entry.event.value, entry.outcome.value, entry.detail, entry.object_id, entry.where.map_index)
            for entry in own
        )


def _is_at(query: XComQuery, where: Coordinates) -> bool:
    return query.admits(where) and query.run_id is not None


def _identified(entry: Entry) -> tuple[object, ...]:
    actor = entry.actor and (entry.actor.dag_id, entry.actor.run_id, entry.actor.task_id, entry.actor.map_index)
    return entry.event, entry.outcome, entry.where, actor, entry.object_id


class SingleRoute:
    """Routes that lead every Dag to one store, each Dag a domain; without a key provider, natively.

    Large values go to ``large``, if there is one.
    """

    def __init__(self, store: Store, keys: KeyProvider | None, large: Store | None = None) -> None:
        self._store = store
        self._large = large
        self._data_keys = keys and DataKeys(keys)

    def require_access(self, owner: str, running: str | None) -> None:
        """Let every Dag's tasks, and code outside tasks, use every object."""

    def route(self, owner: str, running: str | None) -> Route:
        """Return the route, for any task."""
        sealer = EnvelopeSealer(self._data_keys, Domain(owner)) if self._data_keys else NativeSealer()
        large = Route(domain=Domain(owner), store=self._large, sealer=sealer) if self._large else None
        return Route(domain=Domain(owner), store=self._store, sealer=sealer, large=large)

    def route_alone(self, dag_id: str) -> Route:
        """Return the same route: each Dag is a domain."""
        return self.route(dag_id, dag_id)


_COLLECTIONS: Final = {"builtins.tuple": tuple, "builtins.set": set, "builtins.frozenset": frozenset}


class FakeHost:
    """A host without Airflow: encodes nothing but built-in types, and remembers every call."""

    shortest_maskable = 5
    masks_by_content: Callable[[str], bool] | None = None
    """Nothing is masked by its content, unless a test says so."""

    def __init__(
        self,
        *,
        hidden: Iterable[str] = ("password", "token", "secret"),
        listed: Iterable[str] | None = None,
        registered: Iterable[str] = (),
    ) -> None:
        self._hidden = tuple(hidden)
        self._listed = self._hidden if listed is None else tuple(listed)
        self._registered = tuple(registered)
        self.masked: list[str] = []
        self.warnings: list[tuple[Coordinates | None, int]] = []
        self.reports: dict[tuple[str, str], int] = {}
        self.messages: list[str] = []
        self.end: EndOfTask | None = None
        self.instance: TaskInstance | None = None
        self.contract: DagContract | None = None
        self.began = 0.0
        self.rows: dict[XComQuery, JSON] = {}

    def running(self) -> TaskInstance | None:
        """Return what the test set."""
        return self.instance

    def run_began(self) -> float:
        """Return what the test set."""
        return self.began

    def row_at(self, query: XComQuery) -> JSON:
        """Return what the test set."""
        return self.rows.get(query)

    def declared(self) -> DagContract | None:
        """Return what the test set."""
        return self.contract

    def follow(self, end: EndOfTask) -> None:
        """Remember it, so that a test can end the task."""
        self.end = end

    def warn(self, message: str) -> None:
        """Remember the message."""
        self.messages.append(message)

    @property
    def connections(self) -> Connections:
        """Itself."""
        return self

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
        """Encode as Airflow does: tuples and sets as objects, keys as text, and reserved keys not at all."""
        match value:
            case None | bool() | int() | float() | str():
                return value
            case list():
                return [self.encode(item) for item in value]
            case tuple() | set() | frozenset():
                name = f"builtins.{type(value).__name__}"
                return {"__classname__": name, "__version__": 1, "__data__": [self.encode(item) for item in value]}
            case dict() if value.keys().isdisjoint(("__classname__", "__id__")):
                return {str(key): self.encode(item) for key, item in value.items()}
        raise TypeError(f"cannot serialize object of type {type(value)}")

    def decode(self, encoded: JSON) -> object:
        """Reverse ``encode``."""
        match encoded:
            case list():
                return [self.decode(item) for item in encoded]
            case {"__classname__": str(name), "__version__": int(), "__data__": list(items)} if name in _COLLECTIONS:
                return _COLLECTIONS[name](self.decode(item) for item in items)
            case {"__classname__": str(name), "__version__": int()}:
                raise ImportError(f"{name} was not found in allow list for deserialization imports")
            case dict():
                return {key: self.decode(item) for key, item in encoded.items()}
        return encoded

    def hides_name(self, name: str) -> bool:
        """Whether the name contains one of the hidden words."""
        return any(word in name.lower() for word in self._hidden)

    @property
    def listed_names(self) -> Sequence[str]:
        """The hidden words, if there are no others."""
        return self._listed

    def holds_registered_secret(self, text: str) -> bool:
        """Whether the text contains one of the registered secrets."""
        return any(secret in text for secret in self._registered)

    def mask(self, texts: Iterable[str]) -> None:
        """Remember the texts."""
        self.masked.extend(texts)

    def warn_unmaskable(self, coordinates: Coordinates | None, count: int) -> None:
        """Remember the warning."""
        self.warnings.append((coordinates, count))

    def report(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Remember the findings."""
        self.reports.update(counts)


def unrecorded_runtime(host: Host, routes: Routes, clock: Callable[[], float] = time.time) -> Runtime:
    """Return a runtime without a ledger, for a test that is not about it."""
    recorder = Recorder(ledger=None, clock=clock, host="test", warn=host.warn)
    claims = HeldClaims(None, recorder, host)
    return Runtime(host=host, clock=clock, routes=routes, recorder=recorder, claims=claims)
