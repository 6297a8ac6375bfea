"""What the commands share: the settings of this deployment, its domains, and the report of a wrong configuration."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final

import typer

from secure_xcom.cli.shown import names
from secure_xcom.errors import ConfigurationError, InvalidCoordinates, translated
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.domains import Domains
from secure_xcom.settings.routes_file import RoutesFile
from secure_xcom.settings.settings import Settings

FINDINGS: Final = 1
MISCONFIGURED: Final = 2
INTERRUPTED: Final = 130
"""What a shell says of a command that Ctrl-C ended: 128 and the number of SIGINT."""


def settings() -> Settings:
    """Return the settings that a worker with this configuration has."""
    # Airflow takes seconds to import, and `--help` needs none of it.
    from secure_xcom.airflow.settings import read_settings

    return read_settings()


def domains(routes_file: RoutesFile, dags: Sequence[str]) -> Domains:
    """Return the domains of ``dags``, or of all Dags that Airflow knows, and the domains of the routes file.

    Raises ``ConfigurationError`` if there is no domain, or if a Dag's id cannot be part of an object's name.
    """
    found = {route.domain: route.readers for route in routes_file.routes}
    for dag_id in dags or _known_dags():
        route = routes_file.route_of(dag_id)
        found.setdefault(route.domain, route.readers)
    for domain in found:
        _require_segment(domain)
    if not found:
        raise ConfigurationError("--dag: name the Dags, because Airflow knows none here")
    return tuple(sorted(found.items(), key=lambda item: item[0].name))


def elsewhere(routes_file: RoutesFile) -> list[str]:
    """Return the domains with a store or key of their own, which the printed policies do not cover."""
    return [str(route.domain) for route in routes_file.routes if route.store or route.key]


def exit_on_configuration_error() -> AbstractContextManager[None]:
    """Tell a configuration mistake on standard error, and exit with 2."""
    return translated(ConfigurationError, into=_told)


def _told(error: ConfigurationError) -> typer.Exit:
    typer.echo(names().text(str(error)), err=True)
    return typer.Exit(MISCONFIGURED)


def _known_dags() -> list[str]:
    from secure_xcom.airflow.deployment import known_dags

    return known_dags()


def _require_segment(domain: Domain) -> None:
    with translated(InvalidCoordinates, into=lambda error: ConfigurationError(f"--dag: {error.message}")):
        _ = domain.segment
