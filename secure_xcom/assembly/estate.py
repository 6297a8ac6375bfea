"""``Estate``: all stores of a deployment, and the keys of each domain, as an operator reaches them.

An operator looks at all domains with one identity of their own: ``assembly.operator`` says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secure_xcom.assembly.operator import as_operator
from secure_xcom.assembly.registry import build_key_provider, build_store
from secure_xcom.model.domain import DOMAIN_FIELD, Domain
from secure_xcom.ports.identity import Connections, Identity
from secure_xcom.settings.routes_file import DomainRoute, RoutesFile
from secure_xcom.settings.uri import PLACE_PARAMS

if TYPE_CHECKING:
    from secure_xcom.ports.keys import KeyProvider
    from secure_xcom.ports.store import Store
    from secure_xcom.settings.settings import Settings
    from secure_xcom.settings.uri import AdapterUri


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store, and the folder of it that is to be looked at: ``""`` for all of it."""

    store: Store
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainKeys:
    """What wraps a domain's data keys now, ``None`` where the store encrypts itself, and what did so before."""

    provider: KeyProvider | None
    previous: Sequence[KeyProvider] = ()


class Estate:
    """Makes each store and key provider once. No network is touched. Raises ``ConfigurationError``."""

    def __init__(self, settings: Settings, connections: Connections) -> None:
        self._settings = settings = as_operator(settings)
        self._routes_file = settings.routes or RoutesFile()
        self._connections = connections
        self._providers: dict[object, KeyProvider] = {}

    @property
    def names_domains(self) -> bool:
        """Whether a store is another one for each domain, so that ``places`` must be given all domains."""
        return any(_place_names_domain(uri) for uri in self._stores())

    def places(self, domains: Iterable[Domain] = (), *, only: bool = False) -> Iterator[Place]:
        """Yield what is to be looked at: each store once, or with ``only`` the folders of ``domains`` in them."""
        known = tuple(domains)
        for uri in self._stores():
            if not _place_names_domain(uri):
                store = self._store(uri, Domain("secure-xcom"))
                folders = [domain.segment for domain in known] if only else [""]
                yield from (Place(store=store, folder=folder) for folder in folders)
                continue
            for domain in known:
                yield Place(store=self._store(uri.of_domain(domain, domain), domain), folder=domain.segment)

    def keys(self, domain: Domain) -> DomainKeys:
        """Return the keys of a domain."""
        own = self._route_of(domain)
        key = own.key or self._settings.key
        previous = self._settings.previous_keys if own.previous_keys is None else own.previous_keys
        if key is None:
            return DomainKeys(provider=None)
        provider, *others = (self._provider(uri, domain) for uri in (key, *previous))
        return DomainKeys(provider=provider, previous=tuple(others))

    def domain_of(self, dag_id: str) -> Domain:
        """Return the domain that a Dag belongs to. Raises ``ConfigurationError``."""
        return self._routes_file.route_of(dag_id).domain

    def _route_of(self, domain: Domain) -> DomainRoute:
        routes = self._routes_file.routes
        return next((route for route in routes if route.domain == domain), DomainRoute(domain=domain))

    def _stores(self) -> list[AdapterUri]:
        settings, routes = self._settings, self._routes_file.routes
        previous = (*settings.previous_stores, *(one for route in routes for one in route.previous_stores or ()))
        stores = (
            settings.store,
            settings.large_store,
            *(route.store for route in routes),
            *(one.uri for one in previous),
        )
        uris = [uri for uri in stores if uri is not None]
        # Two stores at one place differ in their identities alone, which do not matter here.
        return list({_place_of(uri): uri for uri in reversed(uris)}.values())[::-1]

    def _store(self, uri: AdapterUri, domain: Domain) -> Store:
        store = build_store(uri, self._identity(domain))
        store.deadline_seconds = self._settings.retry_deadline
        return store

    def _provider(self, uri: AdapterUri, domain: Domain) -> KeyProvider:
        own = uri.of_domain(domain, domain)
        entry = (own.scheme, own.authority, own.path, tuple(sorted(own.params.items())))
        if entry not in self._providers:
            provider = build_key_provider(own, self._identity(domain))
            provider.deadline_seconds = self._settings.retry_deadline
            self._providers[entry] = provider
        return self._providers[entry]

    def _identity(self, domain: Domain) -> Identity:
        return Identity(domain=domain, connections=self._connections)


def _place_of(uri: AdapterUri) -> object:
    return uri.scheme, uri.authority, uri.path, *(uri.params.get(name) for name in PLACE_PARAMS)


def _place_names_domain(uri: AdapterUri) -> bool:
    return DOMAIN_FIELD in uri.authority or DOMAIN_FIELD in uri.path
