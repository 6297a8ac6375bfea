"""``Router``: the route to each domain's objects, for the identity of each running Dag."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

from secure_xcom.assembly.registry import build_key_provider, build_store
from secure_xcom.errors import ConfigurationError, MissingDependency, NotGranted, translated
from secure_xcom.model.domain import Domain
from secure_xcom.ports.identity import Connections, Identity
from secure_xcom.ports.routes import Route
from secure_xcom.ports.store import Store
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.sealer import EnvelopeSealer
from secure_xcom.settings.routes_file import DomainRoute, RoutesFile
from secure_xcom.settings.uri import PLACE_PARAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from secure_xcom.ports.keys import KeyProvider
    from secure_xcom.ports.sealer import Sealer
    from secure_xcom.settings.previous import PreviousStore
    from secure_xcom.settings.settings import Settings
    from secure_xcom.settings.uri import AdapterUri

T = TypeVar("T")


class Router:
    """Implements ``ports.routes.Routes``: the route to each domain's objects, for the identity of each running Dag.

    Adapters, with their clients and data keys, are made once a process for each URI and identity.
    """

    def __init__(self, settings: Settings, connections: Connections) -> None:
        self._settings = settings
        self._routes_file = settings.routes or RoutesFile()
        self._connections = connections
        self._lock = threading.Lock()
        self._made: dict[tuple[Any, ...], Any] = {}

    def check(self) -> None:
        """Raise ``ConfigurationError`` with all that no Dag's route could do without."""
        problems: list[str] = []
        for own in (DomainRoute(domain=Domain("secure-xcom")), *self._routes_file.routes):
            try:
                self._route(own, Identity(domain=own.domain, connections=self._connections))
            except MissingDependency:
                raise
            except ConfigurationError as error:
                problems.extend(problem for problem in error.problems if problem not in problems)
        if problems:
            raise ConfigurationError(*problems)

    def require_access(self, owner: str, running: str | None) -> None:
        """Raise ``NotGranted`` unless a task of ``running`` may use the objects of ``owner``."""
        if running is None and self._keeps_apart():
            raise NotGranted(
                "only a task may seal or open values: triggers and callbacks run beside those of other Dags",
                f"the values are those of Dag {owner!r}. Hand them what they need, or do it in a task",
            )
        own, asking = self._routes_file.route_of(owner), self.domain_of(owner if running is None else running)
        if self._settings.routes is not None and asking not in (own.domain, *own.readers):
            raise NotGranted(
                "the value is another Dag's, which does not name this one in readers in the routes file",
                f"{asking} may not read the values of {own.domain}: ask its owner to add it to the readers in the file "
                "that [secure_xcom] routes names",
            )

    def route(self, owner: str, running: str | None) -> Route:
        """Return the route to ``owner``'s objects for a task of ``running``, if it was granted reading."""
        self.require_access(owner, running)
        return self.route_unchecked(owner, owner if running is None else running)

    def _keeps_apart(self) -> bool:
        """Whether Dags have grants or identities of their own."""
        settings = self._settings
        uris = (*settings.store_uris, settings.key, *settings.previous_keys)
        return settings.routes is not None or any(uri is not None and _has_identities(uri) for uri in uris)

    def route_unchecked(self, owner: str, running: str) -> Route:
        """Return the route, granted or not: the store and the key have the last word, and ``doctor`` asks for it."""
        own, identity = self._routes_file.route_of(owner), self._identity(running)
        with self._lock:
            return self._route(own, identity)

    def route_alone(self, dag_id: str) -> Route:
        """Return the route to a Dag's objects as a domain of its own, whichever it belongs to now."""
        own = DomainRoute(domain=Domain(dag_id))
        with self._lock:
            return self._route(own, Identity(domain=own.domain, connections=self._connections))

    def stores(self, dag_ids: Iterable[str]) -> Mapping[str, Store]:
        """Return the stores where objects of these Dags and of each domain of the file may lie, by their URIs.

        A URI comes with the parameters that say where it is, and stores with the same one are the same place. No
        network is touched. Raises ``ConfigurationError``, and ``InvalidCoordinates`` for a Dag that has no domain.
        """
        listed = tuple(dag_ids)
        if not any(uri.names_domain for uri in self._settings.store_uris):
            alone = [DomainRoute(domain=Domain("secure-xcom"))]
        else:
            # A Dag that joined a namespace has left objects where it was a domain of its own.
            alone = [DomainRoute(domain=Domain(dag_id)) for dag_id in listed]
        routes = (*alone, *self._routes_file.routes, *map(self._routes_file.route_of, listed))
        owners = {own.domain: own for own in routes}
        with self._lock:
            for own in owners.values():
                self._route(own, Identity(domain=own.domain, connections=self._connections))
            made = {entry: one for entry, one in self._made.items() if isinstance(one, Store)}
        found: dict[str, Store] = {}
        for (_, (scheme, authority, path, params), _), store in made.items():
            where = "&".join(f"{name}={value}" for name, value in params if name in PLACE_PARAMS)
            found.setdefault(f"{scheme}://{authority}/{path}{'?' if where else ''}{where}", store)
        return dict(sorted(found.items()))

    def key_provider(self, owner: str, running: str) -> KeyProvider | None:
        """Return what wraps ``owner``'s data keys; ``None`` where the store's own encryption serves."""
        own, identity = self._routes_file.route_of(owner), self._identity(running)
        key = own.key or self._settings.key
        return None if key is None else self._key_provider(key.of_domain(own.domain, identity.domain), identity)

    def scheme_of_key(self, dag_id: str) -> str | None:
        """Return what kind of key wraps a Dag's data keys; ``None`` where the store's own encryption serves."""
        key = self._routes_file.route_of(dag_id).key or self._settings.key
        return None if key is None else key.scheme

    def domain_of(self, dag_id: str) -> Domain:
        """Return the domain that a Dag belongs to."""
        return self._routes_file.route_of(dag_id).domain

    def _identity(self, running: str) -> Identity:
        return self._identity_of(self.domain_of(running))

    def _identity_of(self, domain: Domain) -> Identity:
        return Identity(domain=domain, readable=self._routes_file.readable_by(domain), connections=self._connections)

    def previous_routes(self, domain: Domain) -> list[tuple[PreviousStore, Route]]:
        """Return the routes to the domain's previous stores, in their order, with the identity of the domain."""
        own = self._routes_file.route_to(domain)
        with self._lock:
            return [(one, self._previous(one, own, self._identity_of(domain))) for one in self.previous_stores(domain)]

    def previous_stores(self, domain: Domain) -> tuple[PreviousStore, ...]:
        """Return where the domain's objects were put before."""
        own = self._routes_file.route_to(domain).previous_stores
        return self._settings.previous_stores if own is None else own

    def route_to(self, domain: Domain) -> Route:
        """Return the route to a domain's objects with its own identity, whether or not a Dag still belongs to it."""
        with self._lock:
            return self._route(self._routes_file.route_to(domain), self._identity_of(domain))

    def _route(self, own: DomainRoute, identity: Identity) -> Route:
        uri = own.store or self._settings.store
        store = self._once(self._store, uri.of_domain(own.domain, identity.domain), identity)
        ttl = self._settings.ttl if own.ttl is None else own.ttl
        previous = self._settings.previous_stores if own.previous_stores is None else own.previous_stores
        elsewhere = tuple(self._previous(one, own, identity) for one in previous)
        sealer = self._sealer(own, identity) or _native(store, f"key: needed with {store.scheme}://")
        return Route(
            domain=own.domain,
            store=store,
            sealer=sealer,
            folder=_folder(own.domain),
            ttl=ttl,
            elsewhere=elsewhere,
            large=self._large(own, identity, ttl),
        )

    def _large(self, own: DomainRoute, identity: Identity, ttl: int) -> Route | None:
        """Return where large values are put; a domain with a store of its own keeps them there."""
        uri = self._settings.large_store
        if uri is None or own.store is not None:
            return None
        with translated(ConfigurationError, into=lambda error: error.named("store", "large_store")):
            store = self._once(self._store, uri.of_domain(own.domain, identity.domain), identity)
        sealer = self._sealer(own, identity) or _native(store, f"key: needed with {store.scheme}://")
        return Route(domain=own.domain, store=store, sealer=sealer, folder=_folder(own.domain), ttl=ttl)

    def _previous(self, previous: PreviousStore, own: DomainRoute, identity: Identity) -> Route:
        from secure_xcom.settings.previous import named

        with named():
            store = self._once(self._store, previous.uri.of_domain(own.domain, identity.domain), identity)
        # What the configuration says decides, and not what lies there: ADR 0006.
        sealer = _native(store, previous.not_native) if previous.native else self._sealer(own, identity)
        if sealer is None:
            raise ConfigurationError(previous.without_key)
        return Route(domain=own.domain, store=store, sealer=sealer, folder=_folder(own.domain))

    def _sealer(self, own: DomainRoute, identity: Identity) -> Sealer | None:
        """Return what makes and opens envelopes under the domain's key; ``None`` without a key."""
        key = own.key or self._settings.key
        if key is None:
            return None
        return EnvelopeSealer(self._data_keys(own, key, identity), own.domain)

    def _store(self, uri: AdapterUri, identity: Identity) -> Store:
        store = build_store(uri, identity)
        store.deadline_seconds = self._settings.retry_deadline
        return store

    def _key_provider(self, uri: AdapterUri, identity: Identity) -> KeyProvider:
        provider = build_key_provider(uri, identity)
        provider.deadline_seconds = self._settings.retry_deadline
        return provider

    def _data_keys(self, own: DomainRoute, key: AdapterUri, identity: Identity) -> DataKeys:
        uris = [uri.of_domain(own.domain, identity.domain) for uri in (key, *self.previous_keys_of(own))]
        entry = (DataKeys, *map(_entry, uris), identity)
        if entry not in self._made:
            providers = [self._once(self._key_provider, uri, identity) for uri in uris]
            self._made[entry] = DataKeys(providers[0], previous=providers[1:])
        made: DataKeys = self._made[entry]
        return made

    def previous_keys_of(self, own: DomainRoute) -> tuple[AdapterUri, ...]:
        """Return the keys that open values of a domain beside its key."""
        return self._settings.previous_keys if own.previous_keys is None else own.previous_keys

    def _once(self, make: Callable[[AdapterUri, Identity], T], uri: AdapterUri, identity: Identity) -> T:
        entry = (make, _entry(uri), identity)
        if entry not in self._made:
            self._made[entry] = make(uri, identity)
        made: T = self._made[entry]
        return made


def _folder(domain: Domain) -> str:
    return f"{domain.segment}/" if domain.is_namespace else ""


def _native(store: Store, problem: str) -> Sealer:
    """Return the sealer of a store that encrypts by itself. Raises ``ConfigurationError`` for any other store."""
    if not store.native:
        raise ConfigurationError(problem)
    from secure_xcom.seal.native import NativeSealer

    return NativeSealer()


def _entry(uri: AdapterUri) -> object:
    return uri.scheme, uri.authority, uri.path, tuple(sorted(uri.params.items()))


def _has_identities(uri: AdapterUri) -> bool:
    return uri.names_domain or "role_arn" in uri.params
