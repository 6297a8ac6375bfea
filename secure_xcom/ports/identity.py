"""On whose behalf an adapter works, and the Airflow connections that it may name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secure_xcom.model.domain import Domain


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
        """Return a connection. Raises ``ConfigurationError`` if it is missing."""

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
