"""``RoutesFile``: which domain a Dag belongs to, who else may read there, and what a domain sets for itself.

It is read from the TOML file that the option ``routes`` names::

    [namespace.payments]                 # several Dags with one identity and one folder, @payments
    dags = ["settlement", "pay_*"]
    readers = ["fraud_report", "@risk"]  # domains that may read its values
    key = "aws-kms://alias/payments"
    previous_keys = ["aws-kms://alias/xcom"]   # these open what they sealed before
    ttl = "2h"                           # shorter than that of all

    [dag.etl]                            # a Dag alone is a domain without being named here
    readers = ["report"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, TypeVar

from secure_xcom.errors import ConfigurationError, InvalidCoordinates, translated
from secure_xcom.model.domain import NAMESPACE_SIGN, Domain
from secure_xcom.settings.duration import HOW_TO_WRITE, seconds_of
from secure_xcom.settings.nearest import no_such_option
from secure_xcom.settings.previous import PreviousStore
from secure_xcom.settings.schemes import known_uri, previous_uris
from secure_xcom.settings.uri import AdapterUri

T = TypeVar("T")

_OF_ANY: Final = ("readers", "store", "previous_stores", "key", "previous_keys", "ttl")
_KINDS: Final = {"namespace": ("dags", *_OF_ANY), "dag": _OF_ANY}


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRoute:
    """What the file says of one domain. ``dags`` are glob patterns, of a namespace only."""

    domain: Domain
    dags: tuple[str, ...] = ()
    readers: tuple[Domain, ...] = ()
    store: AdapterUri | None = None
    previous_stores: tuple[PreviousStore, ...] | None = None
    """``None`` stands for those of all domains."""
    key: AdapterUri | None = None
    previous_keys: tuple[AdapterUri, ...] | None = None
    """Keys that open and never seal; ``None`` stands for those that all domains have."""
    ttl: int | None = None
    """Seconds; ``None`` stands for the lifetime that all values have."""

    def holds(self, dag_id: str) -> bool:
        """Whether the Dag belongs to the domain."""
        if not self.domain.is_namespace:
            return self.domain.label == dag_id
        return any(fnmatchcase(dag_id, pattern) for pattern in self.dags)


@dataclass(frozen=True, slots=True)
class RoutesFile:
    """The file's content. Without one, each Dag is a domain that no other may read."""

    routes: tuple[DomainRoute, ...] = field(default=())

    @classmethod
    def load(cls, path: Path) -> RoutesFile:
        """Read a file; raises one ``ConfigurationError`` with all problems, each naming its table."""

        def unreadable(error: Exception) -> ConfigurationError:
            if isinstance(error, OSError):
                return ConfigurationError(f"routes: {path} cannot be read: {error.strerror}")
            # The parser quotes what it stumbled over.
            return ConfigurationError(f"routes: {path} is not a TOML file")

        with translated((OSError, ValueError), into=unreadable):
            content = tomllib.loads(path.read_text())
        return cls.parse(content)

    @classmethod
    def parse(cls, content: Mapping[str, object]) -> RoutesFile:
        """Parse the tables; raises like ``load``."""
        parser = _Parser()
        routes = tuple(parser.routes(content))
        parser.problems.extend(_grants_without_effect(routes))
        if parser.problems:
            raise ConfigurationError(*parser.problems)
        return cls(routes)

    def route_of(self, dag_id: str) -> DomainRoute:
        """Return the Dag's domain and its route. Raises ``ConfigurationError`` when two domains claim the Dag."""
        found = [route for route in self.routes if route.holds(dag_id)]
        if len(found) > 1:
            claims = " and ".join(str(route.domain) for route in found)
            raise ConfigurationError(f"routes: {claims} both claim the Dag {dag_id!r}: leave it in one of them")
        return found[0] if found else DomainRoute(domain=Domain(dag_id))

    def route_to(self, domain: Domain) -> DomainRoute:
        """Return the route of a domain, whether or not a Dag still belongs to it."""
        return next((route for route in self.routes if route.domain == domain), DomainRoute(domain=domain))

    def readable_by(self, domain: Domain) -> tuple[Domain, ...]:
        """Return the other domains that grant ``domain`` reading."""
        return tuple(route.domain for route in self.routes if domain in route.readers)


class _Parser:
    def __init__(self) -> None:
        self.problems: list[str] = []

    def routes(self, content: Mapping[str, object]) -> Iterator[DomainRoute]:
        for kind, tables in content.items():
            if kind not in _KINDS or not isinstance(tables, Mapping):
                self.problems.append(f"routes: {kind!r} is no table of the file; it holds [namespace.X] and [dag.X]")
                continue
            for label, table in tables.items():
                if (route := self._route(kind, label, table)) is not None:
                    yield route

    def _route(self, kind: str, label: str, table: object) -> DomainRoute | None:
        where = f"routes: [{kind}.{label}]"
        if not isinstance(table, Mapping):
            self.problems.append(f"{where} must be a table")
            return None
        self.problems.extend(
            f"{where} {no_such_option(name, _KINDS[kind])}" for name in table if name not in _KINDS[kind]
        )
        domain = self._domain(where, label, is_namespace=kind == "namespace")
        dags = self._texts(where, "dags", table)
        if kind == "namespace" and not dags:
            self.problems.append(f"{where} dags: name the Dags that belong to it")
        readers = [self._reader(where, text) for text in self._texts(where, "readers", table)]
        store, key = self._uri(where, "store", table), self._uri(where, "key", table)
        ttl = self._seconds(where, table)
        if domain is None:
            return None
        return DomainRoute(
            domain=domain,
            dags=dags,
            readers=tuple(reader for reader in readers if reader is not None),
            store=store,
            previous_stores=self._previous(where, table),
            key=key,
            previous_keys=self._previous_keys(where, table),
            ttl=ttl,
        )

    def _reader(self, where: str, text: str) -> Domain | None:
        is_namespace = text.startswith(NAMESPACE_SIGN)
        if "*" in text or "?" in text:
            self.problems.append(f"{where} readers: {text!r} is a pattern; a grant names one Dag or one @namespace")
            return None
        return self._domain(f"{where} readers:", text.removeprefix(NAMESPACE_SIGN), is_namespace=is_namespace)

    def _domain(self, where: str, label: str, *, is_namespace: bool) -> Domain | None:
        return self._try(where, lambda: _checked(Domain(label, is_namespace)))

    def _texts(self, where: str, name: str, table: Mapping[str, object]) -> tuple[str, ...]:
        value = table.get(name, [])
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        self.problems.append(f"{where} {name}: must be a list of names")
        return ()

    def _previous(self, where: str, table: Mapping[str, object]) -> tuple[PreviousStore, ...] | None:
        if "previous_stores" not in table:
            return None
        texts = self._texts(where, "previous_stores", table)
        found = [self._try(where, lambda text=text: PreviousStore.parse(text)) for text in texts]  # type: ignore[misc]  # bound so
        return tuple(one for one in found if one is not None)

    def _previous_keys(self, where: str, table: Mapping[str, object]) -> tuple[AdapterUri, ...] | None:
        if "previous_keys" not in table:
            return None
        texts = self._texts(where, "previous_keys", table)
        return self._try(where, lambda: previous_uris(texts))

    def _seconds(self, where: str, table: Mapping[str, object]) -> int | None:
        if "ttl" not in table:
            return None
        seconds = seconds_of(str(table["ttl"]))
        if not seconds:
            self.problems.append(f"{where} ttl: must be {HOW_TO_WRITE}")
        return seconds

    def _uri(self, where: str, name: str, table: Mapping[str, object]) -> AdapterUri | None:
        value = table.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            self.problems.append(f"{where} {name}: must be a URI")
            return None
        return self._try(where, lambda: known_uri(value, name))

    def _try(self, where: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except ConfigurationError as error:
            self.problems.extend(f"{where} {problem.removeprefix('routes: ')}" for problem in error.problems)
        except InvalidCoordinates as error:
            self.problems.append(f"{where} {error.message}")
        return None


def _grants_without_effect(routes: Iterable[DomainRoute]) -> Iterator[str]:
    """A Dag in a namespace has the namespace's identity, so that a grant to the Dag alone would do nothing."""
    for route in routes:
        for reader in route.readers:
            teams = [str(other.domain) for other in routes if other.domain.is_namespace and other.holds(reader.label)]
            if teams and not reader.is_namespace:
                yield f"routes: {route.domain} readers: the Dag {reader.label!r} is in {teams[0]}; grant that reading"


def _checked(domain: Domain) -> Domain:
    _ = domain.segment
    return domain
