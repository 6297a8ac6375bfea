"""``Places``: the previous stores of a deployment, and from where to where each object that they list goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from secure_xcom.assembly.router import Router
from secure_xcom.errors import ConfigurationError, InvalidCoordinates, ObjectNotFound
from secure_xcom.model.domain import NAMESPACE_SIGN, Domain, domain_of_segment
from secure_xcom.model.object_name import is_object_name, new_object_id, object_name
from secure_xcom.ops.lifecycle.move.mover import Leg
from secure_xcom.ops.lifecycle.probe import PROBE, place_of_probe
from secure_xcom.ports.listing import Listed
from secure_xcom.ports.routes import Route
from secure_xcom.settings.previous import OPTION, PreviousStore
from secure_xcom.settings.routes_file import DomainRoute
from secure_xcom.settings.settings import Settings
from secure_xcom.settings.uri import AdapterUri

_ANY = Domain("secure-xcom")
"""For whom a store is opened that is the same for all domains."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a previous store that is listed: all of it, or one folder."""

    previous: PreviousStore
    domain: Domain = _ANY
    folder: str = ""

    def __str__(self) -> str:
        return f"{self.previous}/{self.folder}" if self.folder else str(self.previous)


@dataclass(frozen=True, slots=True)
class Placed:
    """An object of ours by its name: its folder, empty or with a slash, and its name below that."""

    segment: str
    name: str

    @classmethod
    def of(cls, listed: str) -> Placed | None:
        """Return where a listed name stands; ``None`` for one that no object of ours has."""
        first, _, rest = listed.partition("/")
        name = rest if first.startswith(NAMESPACE_SIGN) else listed
        return cls(first, name) if is_object_name(name) else None


@dataclass(slots=True)
class Places:
    """Not safe to use from several threads. ``known_dags`` is asked where each domain has a store of its own."""

    settings: Settings
    router: Router
    known_dags: Callable[[], Sequence[str]]
    dags: Sequence[str] = ()
    _legs: dict[tuple[int, str], Leg | None] = field(default_factory=dict)
    _apart: list[tuple[PreviousStore, AdapterUri]] = field(default_factory=list)

    def scopes(self) -> list[Scope]:
        """Return what is to be listed. Raises ``ConfigurationError`` if there is no previous store."""
        if not self._previous():
            raise ConfigurationError(f"{OPTION}: names no store: set it to the one that the objects are to leave")
        folders = self._folders()
        return [Scope(previous, domain, folder) for previous in self._previous() for folder, domain in folders]

    def listed(self, scope: Scope) -> Iterator[Listed]:
        """Give what lies there. Raises a ``SecureXComError``."""
        return self._source_of(scope).source.store.listing(scope.folder)

    def leg_of(self, scope: Scope, placed: Placed) -> Leg | None:
        """Return from where to where the object goes; ``None`` if its domain names another previous store.

        Raises ``InvalidCoordinates`` for a Dag whose id is cut in the name, and ``ConfigurationError``.
        """
        entry = (self._previous().index(scope.previous), placed.segment)
        if entry not in self._legs:
            self._legs[entry] = self._leg(scope.previous, self._domain_of(placed.segment))
        return self._legs[entry]

    def require_apart(self, scope: Scope, placed: Placed, leg: Leg) -> None:
        """Raise ``ConfigurationError`` if both names lead to one place, where a move would delete the only object."""
        own = self._routes_file_store(self._domain_of(placed.segment))
        if (scope.previous, own) in self._apart:
            return
        dag_id = _ANY.label if leg.target.domain.is_namespace else leg.target.domain.label
        where = place_of_probe(dag_id)
        for target in leg.targets:
            if _shows_in(leg.source, target, target.folder + object_name(where, new_object_id())):
                raise ConfigurationError(
                    f"{OPTION}: {scope.previous} is the current store under another name: take it out"
                )
        self._apart.append((scope.previous, own))

    def is_in_place(self, scope: Scope) -> bool:
        """Whether the previous store is the current store of a domain."""
        stores = [self.settings.store, *(route.store for route in self._routes())]
        return scope.previous.uri in stores

    def is_left(self, scope: Scope) -> bool:
        """Whether an object of ours still lies there."""
        for one in self.listed(scope):
            placed = Placed.of(one.name)
            if placed is not None and self._is_ours(scope, placed):
                return True
        return False

    def _is_ours(self, scope: Scope, placed: Placed) -> bool:
        try:
            return self.leg_of(scope, placed) is not None
        except InvalidCoordinates:
            return True

    def _leg(self, previous: PreviousStore, domain: Domain) -> Leg | None:
        source = next((route for one, route in self.router.previous_routes(domain) if one == previous), None)
        if source is None:
            return None
        return Leg(
            source=source,
            target=self.router.route_to(domain),
            in_place=previous.uri == self._routes_file_store(domain),
        )

    def _source_of(self, scope: Scope) -> Leg:
        for domain in (scope.domain, *(route.domain for route in self._routes())):
            leg = self._leg(scope.previous, domain)
            if leg is not None:
                return leg
        raise ConfigurationError(f"{OPTION}: {scope} is named by no domain")

    def _previous(self) -> list[PreviousStore]:
        found: list[PreviousStore] = []
        for one in (
            *self.settings.previous_stores,
            *(one for route in self._routes() for one in route.previous_stores or ()),
        ):
            if one not in found:
                found.append(one)
        return found

    def _folders(self) -> list[tuple[str, Domain]]:
        uris = (self.settings.store, *(one.uri for one in self._previous()), *(route.store for route in self._routes()))
        dags = self.dags
        if not dags and any(uri is not None and uri.names_domain for uri in uris):
            dags = self.known_dags()
        if not dags:
            return [("", _ANY)]
        # A Dag that joined a namespace has objects from before in a folder of its own.
        domains = dict.fromkeys(domain for dag in dags for domain in (self.router.domain_of(dag), Domain(dag)))
        return [(domain.segment, domain) for domain in domains]

    def _domain_of(self, segment: str) -> Domain:
        known = [route.domain for route in self._routes()] + [Domain(dag) for dag in self.dags]
        named = next((domain for domain in known if domain.segment == segment), None) or domain_of_segment(segment)
        if named is None:
            raise InvalidCoordinates("the Dag's id is too long to stand in the object's name: name the Dag by --dag")
        return named

    def _routes_file_store(self, domain: Domain) -> AdapterUri:
        file = self.settings.routes
        return (file.route_to(domain).store if file else None) or self.settings.store

    def _routes(self) -> Sequence[DomainRoute]:
        return self.settings.routes.routes if self.settings.routes else ()


def _shows_in(source: Route, target: Route, name: str) -> bool:
    """Put a probe into the target, and return whether the source has it too."""
    target.store.put(name, PROBE)
    try:
        source.store.head(name)
    except ObjectNotFound:
        return False
    finally:
        target.store.delete(name)
    return True
