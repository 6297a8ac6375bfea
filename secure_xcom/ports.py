"""The seams: what a store, a key provider and the host (Airflow) must offer.

The public methods of ``Store`` and ``KeyProvider`` are template methods. Limits, retries with a total deadline and
the mapping of foreign exceptions live here, once; an adapter writes only the underscored methods, and cannot widen
the set of errors that a caller sees.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol, TypeVar, runtime_checkable

from secure_xcom.claim import Claim, Offer, State
from secure_xcom.contracts.dag import DagContract
from secure_xcom.domain import Domain
from secure_xcom.entry import Entry
from secure_xcom.errors import (
    KeyProviderError,
    KeyUnavailable,
    ObjectTooLarge,
    SecureXComError,
    StoreError,
    StoreUnavailable,
    WrongKey,
)
from secure_xcom.model import JSON, Coordinates, DataKey, Finding, TaskInstance

R = TypeVar("R")

MAX_OBJECT_BYTES: Final = 1 << 30
"""Largest sealed object, 1 GiB: it is held in memory twice while it is opened."""

DEADLINE_SECONDS: Final = 30.0
"""Total time for one operation with its retries: well below Airflow's 300 s task heartbeat time-out."""

CONCURRENT_PULLS: Final = 32
"""Objects fetched at a time when values are pulled together; network adapters size their connection pools to it."""

DATA_KEY_BYTES: Final = 32
"""A data key is an AES-256 key, whoever makes it."""

CONNECT_TIMEOUT_SECONDS: Final = 5.0
READ_TIMEOUT_SECONDS: Final = 20.0
"""Socket limits that every network adapter passes to its client."""


class Store(ABC):
    """Keeps opaque bytes under names that are never reused. Safe to use from several threads.

    ``native`` says that the store encrypts and controls access itself, at object level (Vault KV), so that a value
    may be kept there without an envelope when no key is configured.
    """

    scheme: str
    native: ClassVar[bool] = False
    max_object_bytes: int = MAX_OBJECT_BYTES
    deadline_seconds: float = DEADLINE_SECONDS

    def put(self, name: str, data: bytes, expires: int = 0) -> None:
        """Write a new object; when this returns it is durable. Raises a ``StoreError``.

        ``expires``, in Unix seconds, 0 for never, is when the store may drop the object by itself. That frees space and
        narrows what leaks; what holds a reader to it is the authenticated header.
        """
        if len(data) > self.max_object_bytes:
            raise ObjectTooLarge(
                f"{self.scheme}:// takes objects of at most {self.max_object_bytes} bytes, this one has {len(data)}: "
                "push a smaller value, or use a store for large objects"
            )
        self._attempt(lambda: self._put(name, data, expires))

    def get(self, name: str) -> bytes:
        """Return an object whole. Raises ``ObjectNotFound`` or another ``StoreError``."""
        return self._attempt(lambda: self._get(name))

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is no error. Raises a ``StoreError``."""
        self._attempt(lambda: self._delete(name))

    @abstractmethod
    def _put(self, name: str, data: bytes, expires: int) -> None: ...

    @abstractmethod
    def _get(self, name: str) -> bytes: ...

    @abstractmethod
    def _delete(self, name: str) -> None: ...

    @abstractmethod
    def _translate(self, error: Exception) -> StoreError:
        """Map an exception of the adapter's library to a ``StoreError`` whose text holds no content."""

    def _attempt(self, call: Callable[[], R]) -> R:
        return retried(lambda: translated(call, self._translate), StoreUnavailable, self.deadline_seconds)


class KeyProvider(ABC):
    """Wraps and unwraps data keys under a key encryption key (KEK). Safe to use from several threads.

    Besides a ``KeyProviderError``, an operation may raise a ``ConfigurationError`` for what only shows when the key is
    used, such as a keyring that others can read.

    ``context`` is the encryption context: short, never secret, authenticated by the provider, so that a wrapped key
    only opens for the Dag and run it was made for.
    """

    scheme: ClassVar[str]
    deadline_seconds: float = DEADLINE_SECONDS

    def generate(self, context: Mapping[str, str]) -> DataKey:
        """Make a fresh 256-bit data key. Raises a ``KeyProviderError``."""
        return self._attempt(lambda: self._generate(context))

    def unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        """Return the data key in the clear.

        Raises ``WrongKey`` when ``kek_id`` is not a configured one (nothing is asked of the provider then), or when
        the wrapped key belongs to another KEK or context; otherwise a ``KeyProviderError``.
        """
        key = self._attempt(lambda: self._unwrap(wrapped, kek_id, context))
        # HKDF takes a key of any length, so a blob that somebody encrypted under the same KEK would pass for one.
        if len(key) != DATA_KEY_BYTES:
            raise WrongKey("the object's wrapped key holds something else than a data key")
        return key

    @abstractmethod
    def _generate(self, context: Mapping[str, str]) -> DataKey: ...

    @abstractmethod
    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes: ...

    @abstractmethod
    def _translate(self, error: Exception) -> KeyProviderError:
        """Map an exception of the adapter's library to a ``KeyProviderError`` whose text holds no content."""

    def _attempt(self, call: Callable[[], R]) -> R:
        return retried(lambda: translated(call, self._translate), KeyUnavailable, self.deadline_seconds)


@runtime_checkable
class MadeOnFirstUse(Protocol):
    """An adapter that makes a file or directory of its own on this machine."""

    def is_made(self) -> bool:
        """Whether it is there already."""


@runtime_checkable
class Clocked(Protocol):
    """An adapter whose server tells the time."""

    def server_time(self) -> float:
        """Return the server's clock in Unix seconds; raises like every operation."""


@runtime_checkable
class Probed(Protocol):
    """A store whose server knows identities, and what none of the workers' should be allowed."""

    def list_below(self, folder: str) -> None:
        """Ask for the names below ``folder``. Raises ``StoreDenied`` where that is refused, as it should be."""

    def put_unprotected(self, name: str) -> bool:
        """Write an empty object without the server-side encryption that is configured, and tell whether one is.

        Raises ``StoreDenied`` where that is refused, as it should be.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An Airflow connection, as far as an adapter needs it."""

    host: str | None = None
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)


class Connections(Protocol):
    """Airflow's connections, for a URI with ``conn_id=``."""

    def connection(self, conn_id: str) -> Connection:
        """Return a connection. Raises ``ConfigurationError`` when there is none."""

    def aws_session(self, conn_id: str, region_name: str | None) -> object:
        """Return a ``boto3.session.Session``. Raises ``ConfigurationError`` when there is no such connection, and
        ``MissingDependency`` without the amazon provider."""

    def storage_path(self, uri: str, conn_id: str | None) -> object:
        """Return an ``airflow.sdk.ObjectStoragePath``. Raises ``ConfigurationError`` when there is no such connection,
        and ``MissingDependency`` when no provider brings the URI's scheme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """On whose behalf an adapter works: the domain of the running task, and the domains that grant it reading."""

    domain: Domain
    readable: tuple[Domain, ...] = ()
    connections: Connections | None = field(default=None, repr=False, compare=False)


class Ledger(Protocol):
    """The record of who did what to which XCom. What was appended is durable, and cannot be changed unnoticed."""

    def append(self, new: Sequence[Entry]) -> None:
        """Append entries in their order. Raises a ``LedgerError``, and what sealing a value of the same Dag raises."""

    def read(self, dag_id: str, run_id: str | None = None) -> Sequence[Entry]:
        """Return the entries about a Dag's XComs, of one run or of all, oldest first. Raises a ``LedgerError``."""


class Claims(Protocol):
    """Decides, for all workers alike, who may read a value that is read once. All methods may raise ``LedgerError``.

    Of those that race for a value exactly one wins. Leases are measured by one clock, which is no worker's.
    """

    def offer(self, offer: Offer) -> None:
        """Make a value available; one that was offered before stays as it is."""

    def claim(self, object_id: str, holder: TaskInstance) -> Claim:
        """Claim a value for ``holder``, again if it is its already. Raises ``ClaimRefused`` or ``Expired``."""

    def claim_next(self, pool: str, shard: int | None, holder: TaskInstance) -> Claim:
        """Claim the oldest value of a pool; first what ``holder`` left before. Raises ``PoolEmpty``."""

    def adopt(self, holder: TaskInstance) -> Sequence[Claim]:
        """Return what ``holder`` holds from an earlier process, as its claims from now on; what an earlier try had of a
        pool is offered again."""

    def withdraw(self, object_id: str) -> None:
        """Take back an offer that nobody has claimed yet."""

    def available(self, pool: str, shard: int | None) -> int:
        """Return how many values of a pool could be claimed now."""

    def renew(self, claim: Claim) -> None:
        """Begin the lease anew. Raises ``ClaimLost``."""

    def pin(self, claim: Claim) -> None:
        """Make the lease endless. Raises ``ClaimLost``."""

    def leave(self, claim: Claim) -> None:
        """Keep the claim for its holder's next process, however long that takes. Raises ``ClaimLost``."""

    def consume(self, claim: Claim) -> None:
        """End it: nobody reads the value again. Raises ``ClaimLost``."""

    def release(self, claim: Claim) -> None:
        """Offer the value again, or leave it to its holder if it was offered so. Raises ``ClaimLost``."""

    def state(self, object_id: str) -> State | None:
        """Return where a value stands, ``None`` for one that was never offered."""

    def holder(self, object_id: str) -> str:
        """Return who has claimed or consumed a value, for people to read; empty for nobody."""


class EndOfTask(Protocol):
    """What is to happen when the task ends that runs in this process."""

    def before_success(self) -> None:
        """Runs when the task's code is through and nobody has heard of it yet; what it raises fails the task."""

    def after_success(self) -> None:
        """Runs when Airflow knows of the success."""

    def after_failure(self) -> None:
        """Runs when the task has failed for good, or skipped itself."""

    def before_pausing(self) -> None:
        """Runs when the task's code asks to go on in another process, and nobody has heard of it yet; what it raises
        fails the task."""

    def before_leaving(self) -> None:
        """Runs when the process ends and the task goes on in another one: it is tried again, or was deferred."""


class Host(Connections, Protocol):
    """What the exchange needs of Airflow; ``airflow.bridge`` implements it."""

    def encode(self, value: object) -> JSON:
        """Airflow's serialisation of ``value``. Raises ``TypeError`` and the like for what it cannot do."""

    def decode(self, encoded: JSON) -> object:
        """The reverse of ``encode``."""

    def hides_name(self, name: str) -> bool:
        """Whether Airflow itself would hide a value of this name."""

    def holds_registered_secret(self, text: str) -> bool:
        """Whether ``text`` contains a value that is registered with Airflow's secrets masker."""

    def mask(self, texts: Iterable[str]) -> None:
        """Have Airflow mask these strings in logs and rendered templates from now on."""

    @property
    def shortest_maskable(self) -> int:
        """Length in characters below which Airflow never masks a string."""

    def warn_unmaskable(self, coordinates: Coordinates | None, count: int) -> None:
        """Warn, once a call, that ``count`` sealed values cannot be masked."""

    def follow(self, end: EndOfTask) -> None:
        """Call ``end`` when the running task ends."""

    def warn(self, message: str) -> None:
        """Warn, in the task's log, of something that needs looking at and holds nobody up."""

    def report(self, coordinates: Coordinates | None, findings: Sequence[Finding]) -> None:
        """Tell where something would be sealed, in the mode that only observes."""

    def running(self) -> TaskInstance | None:
        """The task instance that runs in this process, ``None`` outside of a task."""

    def declared(self) -> DagContract | None:
        """The contracts that the running task's Dag declares, ``None`` for none. Raises ``InvalidContract``."""


def translated(call: Callable[[], R], translate: Callable[[Exception], SecureXComError]) -> R:
    """Run ``call`` and raise foreign exceptions as ours, with no reference to the foreign one left.

    Raising inside the ``except`` block, even ``from None``, keeps the foreign exception in ``__context__``; those of
    hvac and botocore quote responses and parameters, so ours is raised after the block.
    """
    try:
        return call()
    except SecureXComError:
        raise
    except Exception as error:
        foreign = error
    raise translate(foreign)


def retried(call: Callable[[], R], retriable: type[SecureXComError], deadline_seconds: float) -> R:
    """Run ``call`` again on ``retriable`` errors, with jittered exponential back-off, until the deadline.

    The last error is raised as it is. Refusals are other types, and are never tried again.
    """
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay
    from tenacity import wait_random_exponential as back_off

    retrying = Retrying(
        retry=retry_if_exception_type(retriable),
        wait=back_off(multiplier=0.2, max=5.0),
        stop=stop_after_attempt(6) | stop_before_delay(deadline_seconds),
        reraise=True,
    )
    return retrying(call)
