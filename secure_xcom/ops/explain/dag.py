"""``explain_dag``: what the settings and the routes file decide for one Dag.

Its values are judged by the rules of all Dags. Where they go, and who may read them, it may have of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.mode import Mode
from secure_xcom.settings.routes_file import DomainRoute, RoutesFile

if TYPE_CHECKING:
    from secure_xcom.model.domain import Domain
    from secure_xcom.settings.settings import Settings
    from secure_xcom.settings.uri import AdapterUri

OF_ALL: Final = "[secure_xcom], for all Dags"
"""Where a setting comes from that no Dag has of its own."""

OUTCOMES: Final = {
    Mode.ENFORCE: "What is listed here is sealed.",
    Mode.OBSERVE: "mode = observe: what is listed here is reported, and only what stands in Secret is sealed.",
    Mode.OPEN_ONLY: "mode = open-only: nothing of what is listed here is sealed or reported; Secret still is sealed.",
}
"""What becomes of what the rules find."""

CONTRACTS: Final = "A contract in the Dag's file seals its keys whole. The file is not read here."

_DAG_ID: Final = re.compile(r"[\w.-]{1,250}")
"""What Airflow takes for a dag_id (its own ``validate_key``)."""


@dataclass(frozen=True, slots=True)
class DagSetting:
    """One thing that is decided for a Dag, and which setting decides it."""

    name: str
    value: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class ExplainedDag:
    """What holds for a Dag, and what becomes of what the rules find in its values."""

    dag_id: str
    settings: tuple[DagSetting, ...]
    mode: Mode

    @property
    def seals(self) -> bool:
        """Whether what the rules find is sealed."""
        return self.mode is Mode.ENFORCE

    @property
    def outcome(self) -> str:
        """Say what becomes of findings, and of what is not looked at here."""
        return f"{OUTCOMES[self.mode]} {CONTRACTS}"

    def as_json(self) -> dict[str, object]:
        """Return it for machines: each setting with its value and where that comes from."""
        told = {each.name: {"value": each.value, "decided_by": each.decided_by} for each in self.settings}
        return {"dag_id": self.dag_id, **told, "outcome": self.outcome}


def explain_dag(settings: Settings, dag_id: str) -> ExplainedDag:
    """Return what holds for a Dag, whether Airflow knows it or not.

    Addresses come without their parameters. Raises ``ConfigurationError`` for what cannot be the id of a Dag, and when
    two namespaces claim it.
    """
    if not _DAG_ID.fullmatch(dag_id) or dag_id in (".", ".."):
        raise ConfigurationError("--dag: not the id of a Dag: it has up to 250 letters, digits, '_', '-' and '.'")
    route = (settings.routes or RoutesFile()).route_of(dag_id)
    return ExplainedDag(dag_id, tuple(_settings(settings, route)), settings.mode)


def _settings(settings: Settings, route: DomainRoute) -> Iterator[DagSetting]:
    own = f"[{'namespace' if route.domain.is_namespace else 'dag'}.{route.domain.label}] of the routes file"
    key, ttl = route.key or settings.key, settings.ttl if route.ttl is None else route.ttl
    yield DagSetting("domain", str(route.domain), own if route.domain.is_namespace else "its id")
    yield DagSetting(
        "store", _shown(route.store or settings.store, route.domain), OF_ALL if route.store is None else own
    )
    yield DagSetting(
        "key",
        "the store's own encryption" if key is None else _shown(key, route.domain),
        OF_ALL if route.key is None else own,
    )
    yield DagSetting("ttl", f"{ttl} seconds" if ttl else "no end", OF_ALL if route.ttl is None else own)
    if settings.routes is not None:
        readers = ", ".join(map(str, route.readers)) or "no other Dag"
        yield DagSetting("readers", readers, own if route.readers else "the routes file")
    yield DagSetting("mode", settings.mode.value, OF_ALL)
    yield DagSetting("seal", settings.seal.value, OF_ALL)


def _shown(uri: AdapterUri, domain: Domain) -> str:
    """Return an address without its parameters, which may name accounts and roles."""
    own = uri.of_domain(domain, domain)
    return f"{own.scheme}://{own.authority}{'/' if own.path else ''}{own.path}"
