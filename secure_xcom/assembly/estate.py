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

if TYPE_CHECKING:
    from secure_xcom.ports.keys import KeyProvider
    from secure_xcom.ports.store import Store
    from secure_xcom.settings.settings import Settings
    from secure_xcom.settings.uri import AdapterUri


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store, and the folder of it that is to be looked at: ``""`` for all of it. ``label`` says where it is."""

    store: Store
    folder: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainKeys:
    """What wraps a domain's data keys now, ``None`` where the store encrypts itself, and what did so before."""

    provider: KeyProvider | None
    previous: Sequence[KeyProvider] = ()

    def earlier(self) -> Sequence[str]:
        """Return the keys of ``provider`` that seal nothing any more. Raises a ``KeyProviderError``."""
        return () if self.provider is None else self.provider.earlier()


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
                yield from (Place(store=store, folder=folder, label=uri.place) for folder in folders)
                continue
            for domain in known:
                own = uri.of_domain(domain, domain)
                yield Place(store=self._store(own, domain), folder=domain.segment, label=own.place)

    def keys(self, domain: Domain) -> DomainKeys:
        """Return the keys of a domain."""
        own = self._route_of(domain)
        key = own.key or self._settings.key
        previous = self._settings.previous_keys if own.previous_keys is None else own.previous_keys
        if key is None:
            return DomainKeys(provider=None)
        provider, *others = (self._provider(uri, domain) for uri in (key, *previous))
        return DomainKeys(provider=provider, previous=tuple(others))

    def has_own_key(self, domain: Domain) -> bool:
        """Return whether a domain's data keys are wrapped by another key than those of the Dags without a route."""
        key = self._route_of(domain).key or self._settings.key
        return key is not None and (key.names_domain or key != self._settings.key)

    def domain_of(self, dag_id: str) -> Domain:
        """Return the domain that a Dag belongs to. Raises ``ConfigurationError``."""
        return self._routes_file.route_of(dag_id).domain

    def _route_of(self, domain: Domain) -> DomainRoute:
        routes = self._routes_file.routes
        return next((route for route in routes if route.domain == domain), DomainRoute(domain=domain))

    def _stores(self) -> list[AdapterUri]:
        """Return the stores in an order that overlooks no object, whatever a ``move`` takes along meanwhile.

        An object leaves its previous store once its copy lies in the current one. So a previous store is listed before
        the stores that its objects go to, and twice if it is one of these for objects of another previous store.
        """
        legs = self._legs()
        sources = {uri.place: uri for previous, _ in legs for uri in previous}
        targets = {uri.place: uri for _, current in legs for uri in current}
        entered = {
            to.place for previous, current in legs for to in current if any(to.place != uri.place for uri in previous)
        }
        return [*sources.values(), *(uri for at, uri in targets.items() if at not in sources or at in entered)]

    def _legs(self) -> list[tuple[Sequence[AdapterUri], Sequence[AdapterUri]]]:
        """Return, for all Dags without a route and for each route, the previous stores and the current ones."""
        settings, routes = self._settings, self._routes_file.routes
        current = [uri for uri in (settings.store, settings.large_store) if uri is not None]
        legs = [(settings.previous_stores, current)]
        for route in routes:
            previous = settings.previous_stores if route.previous_stores is None else route.previous_stores
            # A domain with a store of its own keeps its large values there.
            legs.append((previous, current if route.store is None else [route.store]))
        return [([one.uri for one in previous], current) for previous, current in legs]

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


def _place_names_domain(uri: AdapterUri) -> bool:
    return DOMAIN_FIELD in uri.authority or DOMAIN_FIELD in uri.path
