"""All checks of ``secure-xcom doctor``, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from secure_xcom.assembly.router import Router
from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.doctor import files, ledger_keys, previous, previous_keys, rights, site
from secure_xcom.ops.doctor.isolation import Expected
from secure_xcom.ops.doctor.pair import Pair
from secure_xcom.ops.doctor.probes import Probes
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.ops.doctor.site import Site
from secure_xcom.ports.identity import Connections
from secure_xcom.settings.settings import Settings

DAG: Final = "secure_xcom_doctor"
OTHER: Final = "secure_xcom_doctor_other"
"""The Dags of a check without names: no deployment has them."""

PATIENCE_SECONDS: Final = 5
"""How long a check tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What the doctor examines: Airflow's configuration, its connections, and how to read the settings."""

    site: Site
    connections: Connections
    read_settings: Callable[[], Settings]
    """Raises ``ConfigurationError``."""
    routes_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the operator asks for. ``dag`` is the Dag whose identity this worker has, ``other`` one of another domain.

    Without ``isolation`` nothing is tried on the objects and keys of ``other``. With ``strict`` it is a finding if this
    worker can act as ``other``.
    """

    dag: str = DAG
    other: str = OTHER
    isolation: bool = True
    strict: bool = False


def checks(deployment: Deployment, request: Request) -> Iterator[Check]:
    """Run the checks. Without valid settings only those of the installation run."""
    settings, router, mistakes = _configured(deployment, request)
    for mistake in mistakes:
        yield Check(name="settings", outcome=Outcome.FAILED, found=mistake, fix="correct [secure_xcom]")
    if not mistakes:
        yield Check(name="settings", outcome=Outcome.OK, found="every option is valid")
    yield from site.checks(deployment.site, settings)
    if settings is not None and router is not None:
        yield from _checks_of_domains(deployment, request, settings, router)


def _checks_of_domains(deployment: Deployment, request: Request, settings: Settings, router: Router) -> Iterator[Check]:
    own, other = router.domain_of(request.dag), router.domain_of(request.other)
    yield files.check(settings, [own, other], deployment.routes_file)
    yield ledger_keys.check(settings, router)
    if settings.previous_stores:
        yield previous.check(settings, router)
    yield previous_keys.check(settings, deployment.connections, router, [own])
    granted = settings.routes is not None and own in settings.routes.route_of(request.other).readers
    expected = Expected(isolation=request.isolation, granted=granted, strict=request.strict)
    yield from Probes(router, request.dag, request.other, expected).checks()
    if request.isolation:
        yield rights.check(settings, deployment.connections, Pair(router, request.dag, request.other))


def _configured(deployment: Deployment, request: Request) -> tuple[Settings | None, Router | None, tuple[str, ...]]:
    settings = None
    try:
        settings = _impatient(deployment.read_settings())
        router = Router(settings, deployment.connections)
        router.check()
        _require_named(settings, request)
        _require_apart(router, request)
    except ConfigurationError as error:
        return settings, None, error.problems
    return settings, router, ()


def _impatient(settings: Settings) -> Settings:
    """Return settings for an operator who waits: each of many checks would wait for what is not there."""
    return replace(settings, retry_deadline=min(settings.retry_deadline, PATIENCE_SECONDS))


def _require_named(settings: Settings, request: Request) -> None:
    """Refuse the default names if each Dag has a role or key of its own: they have none."""
    names = (("--dag", request.dag == DAG), ("--other", request.other == OTHER))
    missing = [option for option, is_default in names if is_default]
    if missing and any(uri.names_domain for uri in (settings.store, settings.key) if uri is not None):
        raise ConfigurationError(f"name {' and '.join(missing)}: with {{domain}} each Dag has a role or key of its own")


def _require_apart(router: Router, request: Request) -> None:
    if router.domain_of(request.dag) == router.domain_of(request.other):
        raise ConfigurationError(
            f"--other: {request.other} is in the same domain as {request.dag}. Name a Dag of another domain"
        )
