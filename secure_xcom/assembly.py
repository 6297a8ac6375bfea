"""Settings to ``Exchange``. The only place where adapters are named, and where each is imported, on first use."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final, TypeVar

from secure_xcom.claiming import Claiming
from secure_xcom.classify import Policy
from secure_xcom.classify.rules import name_rule
from secure_xcom.domain import Domain
from secure_xcom.errors import ConfigurationError, MissingDependency, NotGranted
from secure_xcom.exchange import Exchange
from secure_xcom.ledger.books import Books
from secure_xcom.ledger.recording import Recorder
from secure_xcom.ledger.spool import SPOOL, Spool
from secure_xcom.ports import DEADLINE_SECONDS, Connections, Host, Identity, KeyProvider, Store
from secure_xcom.routes import Route
from secure_xcom.routing import DomainRoute, Routing
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.sealer import EnvelopeSealer, NativeSealer
from secure_xcom.settings import LedgerMode, Records, Seal, Settings
from secure_xcom.uri import AdapterUri

T = TypeVar("T")

BEST_EFFORT_SECONDS: Final = 5.0
"""How long a push or pull waits for a ledger that it can do without."""

_TEMPLATE: Final = "{domain}"


@dataclass(frozen=True, slots=True)
class Adapter:
    """Where an adapter's class is, and what to install for it."""

    path: str
    extra: str | None = None


_OBJECT_STORAGE: Final = Adapter("secure_xcom.stores.object_storage:ObjectStorage")

STORES: Final[Mapping[str, Adapter]] = {
    "abfs": _OBJECT_STORAGE,
    "abfss": _OBJECT_STORAGE,
    "airflow+*": _OBJECT_STORAGE,
    "file": Adapter("secure_xcom.stores.file:FileStore"),
    "gcs": _OBJECT_STORAGE,
    "gs": _OBJECT_STORAGE,
    "redis": Adapter("secure_xcom.stores.redis:RedisStore", "redis"),
    "s3": Adapter("secure_xcom.stores.s3:S3Store", "s3"),
    "vault": Adapter("secure_xcom.stores.vault_kv:VaultKVStore", "vault"),
}

KEY_PROVIDERS: Final[Mapping[str, Adapter]] = {
    "aws-kms": Adapter("secure_xcom.keys.aws_kms:AwsKms", "s3"),
    "local": Adapter("secure_xcom.keys.local:LocalKeyring"),
    "vault-transit": Adapter("secure_xcom.keys.vault_transit:VaultTransit", "vault"),
}


def build(settings: Settings, host: Host) -> Exchange:
    """Assemble an ``Exchange``. No network is touched; raises ``ConfigurationError`` for what cannot work."""
    router = Router(settings, host)
    router.check()
    best_effort = settings.ledger_mode is LedgerMode.BEST_EFFORT
    books = None
    if settings.ledger_mode is not LedgerMode.OFF:
        books = Books(settings.ledger, router, time.time, BEST_EFFORT_SECONDS if best_effort else DEADLINE_SECONDS)
    recorder = Recorder(
        ledger=books,
        clock=time.time,
        host=socket.gethostname(),
        warn=host.warn,
        spool=Spool(settings.home / SPOOL),
        best_effort=best_effort,
    )
    return Exchange(
        routes=router,
        policy=build_policy(settings, host),
        host=host,
        clock=time.time,
        recorder=recorder,
        claiming=Claiming(books.claims if books else None, recorder, host),
        mode=settings.mode,
        clock_skew=settings.clock_skew,
        records_all=settings.ledger_records is Records.ALL,
    )


def build_ledger(settings: Settings, host: Host) -> Books:
    """Assemble the ledger, for who reads or verifies it. Raises ``ConfigurationError``, also where there is none."""
    if settings.ledger_mode is LedgerMode.OFF:
        raise ConfigurationError("ledger_mode: is off, so there is no ledger to ask")
    return Books(settings.ledger, Router(settings, host), time.time)


def build_policy(settings: Settings, host: Host) -> Policy:
    """Assemble the classifier's policy."""
    return Policy(
        rule_of_name=name_rule(host.hides_name, settings.sensitive_keys, settings.ignored_keys),
        holds_registered_secret=host.holds_registered_secret,
        everything=settings.seal is Seal.ALL,
    )


def build_store(uri: AdapterUri, identity: Identity | None = None) -> Store:
    """Assemble the store that ``uri`` names."""
    store: Store = _load(uri, "store", STORES, identity)
    return store


def build_key_provider(uri: AdapterUri, identity: Identity | None = None) -> KeyProvider:
    """Assemble the key provider that ``uri`` names."""
    provider: KeyProvider = _load(uri, "key", KEY_PROVIDERS, identity)
    return provider


class Router:
    """Implements ``exchange.Routes``: the way to each domain's objects, for the identity of each running Dag.

    Adapters, with their clients and data keys, are made once a process for each URI and identity.
    """

    def __init__(self, settings: Settings, connections: Connections) -> None:
        self._settings = settings
        self._routing = settings.routes or Routing()
        self._connections = connections
        self._lock = threading.Lock()
        self._made: dict[object, Any] = {}

    def check(self) -> None:
        """Raise ``ConfigurationError`` with all that no Dag's route could do without."""
        problems: list[str] = []
        for own in (DomainRoute(domain=Domain("secure-xcom")), *self._routing.routes):
            try:
                self._route(own, Identity(domain=own.domain, connections=self._connections))
            except MissingDependency:
                raise
            except ConfigurationError as error:
                problems.extend(problem for problem in error.problems if problem not in problems)
        if problems:
            raise ConfigurationError(*problems)

    def route(self, owner: str, running: str | None) -> Route:
        """Return the way to ``owner``'s objects for a task of ``running``, if that was granted reading."""
        if running is None:
            if self._keeps_apart():
                raise NotGranted(
                    f"only a task may seal or open the values of Dag {owner!r}: triggers and callbacks of Dags run "
                    "beside those of other Dags. Hand them what they need, or do it in a task"
                )
            running = owner
        own, asking = self._routing.route_of(owner), self.domain_of(running)
        if self._settings.routes is not None and asking not in (own.domain, *own.readers):
            raise NotGranted(
                f"{asking} may not read the values of {own.domain}: ask its owner to add it to the readers in the file "
                "that [secure_xcom] routes names"
            )
        return self.way(owner, running)

    def _keeps_apart(self) -> bool:
        """Whether Dags have grants or identities of their own."""
        settings = self._settings
        uris = (settings.store, settings.key)
        return settings.routes is not None or any(uri is not None and _has_identities(uri) for uri in uris)

    def way(self, owner: str, running: str) -> Route:
        """Do as ``route``, granted or not: the store and the key have the last word, and ``doctor`` asks for it."""
        own, identity = self._routing.route_of(owner), self._identity(running)
        with self._lock:
            return self._route(own, identity)

    def key_provider(self, owner: str, running: str) -> KeyProvider | None:
        """Return what wraps ``owner``'s data keys; ``None`` where the store's own encryption serves."""
        own, identity = self._routing.route_of(owner), self._identity(running)
        key = own.key or self._settings.key
        return None if key is None else build_key_provider(expanded(key, own.domain, identity), identity)

    def scheme_of_key(self, dag_id: str) -> str | None:
        """Return what kind of key wraps a Dag's data keys; ``None`` where the store's own encryption serves."""
        key = self._routing.route_of(dag_id).key or self._settings.key
        return None if key is None else key.scheme

    def domain_of(self, dag_id: str) -> Domain:
        """Return the domain that a Dag belongs to."""
        return self._routing.route_of(dag_id).domain

    def _identity(self, running: str) -> Identity:
        domain = self.domain_of(running)
        return Identity(domain=domain, readable=self._routing.readable_by(domain), connections=self._connections)

    def _route(self, own: DomainRoute, identity: Identity) -> Route:
        store = self._once(build_store, expanded(own.store or self._settings.store, own.domain, identity), identity)
        folder = f"{own.domain.segment}/" if own.domain.is_namespace else ""
        ttl = self._settings.ttl if own.ttl is None else own.ttl
        key = own.key or self._settings.key
        if key is not None:
            data_keys = self._once(_data_keys, expanded(key, own.domain, identity), identity)
            return Route(
                domain=own.domain, store=store, sealer=EnvelopeSealer(data_keys, own.domain), folder=folder, ttl=ttl
            )
        if store.native:
            return Route(domain=own.domain, store=store, sealer=NativeSealer(), folder=folder, ttl=ttl)
        raise ConfigurationError(f"key: needed with {store.scheme}://")

    def _once(self, make: Callable[[AdapterUri, Identity], T], uri: AdapterUri, identity: Identity) -> T:
        entry = (make, uri.scheme, uri.authority, uri.path, tuple(sorted(uri.params.items())), identity)
        if entry not in self._made:
            self._made[entry] = make(uri, identity)
        made: T = self._made[entry]
        return made


def _has_identities(uri: AdapterUri) -> bool:
    texts = (uri.authority, uri.path, *uri.params.values())
    return "role_arn" in uri.params or any(_TEMPLATE in text for text in texts)


def expanded(uri: AdapterUri, owner: Domain, identity: Identity) -> AdapterUri:
    """Put the owner's name for ``{domain}`` in what ``uri`` names, and that of the running task in its parameters."""
    if any(_TEMPLATE in text for text in (uri.authority, uri.path, *uri.params.values())):
        params = {name: text.replace(_TEMPLATE, identity.domain.name) for name, text in uri.params.items()}
        return replace(
            uri,
            authority=uri.authority.replace(_TEMPLATE, owner.name),
            path=uri.path.replace(_TEMPLATE, owner.name),
            params=params,
        )
    return uri


def _data_keys(uri: AdapterUri, identity: Identity) -> DataKeys:
    return DataKeys(build_key_provider(uri, identity))


def _load(uri: AdapterUri, option: str, table: Mapping[str, Adapter], identity: Identity | None) -> Any:
    adapter = table.get(uri.scheme) or table.get(uri.scheme.partition("+")[0] + "+*")
    if adapter is None:
        raise ConfigurationError(f"{option}: unknown scheme {uri.scheme}://; known: {', '.join(sorted(table))}")
    module, _, name = adapter.path.partition(":")
    try:
        return getattr(import_module(module), name).from_uri(uri, identity)
    except ImportError as error:
        missing = error.name or str(error)
    raise MissingDependency(f"{option}: {uri.scheme}:// needs {missing}; pip install 'secure-xcom[{adapter.extra}]'")
