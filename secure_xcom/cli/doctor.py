"""``secure-xcom doctor``."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.console import print_table
from secure_xcom.cli.deployment import FINDINGS, settings
from secure_xcom.ops.doctor.checks import DAG, OTHER, Deployment, Request, checks
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.ops.doctor.summary import counts, shown, verdict

_STYLES: Final = {Outcome.OK: "green", Outcome.WARNING: "yellow", Outcome.FAILED: "bold red", Outcome.SKIPPED: "dim"}


def doctor(
    dag: Annotated[
        str, typer.Option(autocompletion=dag_ids, help="The Dag whose identity this worker has, or takes on.")
    ] = DAG,
    other: Annotated[
        str, typer.Option(autocompletion=dag_ids, help="A Dag of another domain, which must be out of reach.")
    ] = OTHER,
    isolation: Annotated[bool, typer.Option(help="Check that Dags are kept apart.")] = True,
    strict: Annotated[bool, typer.Option(help="Fail if this worker can act as the other Dag.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show each check that was skipped, and why.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check this deployment as the current identity, with probe values that are removed again.

    Exits with 1 if a check fails. A mistake in the settings is one: the doctor is there to report it.
    """
    # The checks provoke retries and refusals, which the adapters would log.
    logging.disable(logging.WARNING)
    found = checks_here(Request(dag=dag, other=other, isolation=isolation, strict=strict))
    if as_json:
        typer.echo(json.dumps([_object(check) for check in found], indent=2))
    else:
        typer.echo(counts(found))
        print_table(_table(found if verbose else shown(found)))
        typer.echo(verdict(found))
    raise typer.Exit(FINDINGS if any(check.outcome is Outcome.FAILED for check in found) else 0)


def checks_here(request: Request) -> list[Check]:
    """Make the checks with the settings and the identity of this process."""
    return list(checks(_deployment(), request))


def _deployment() -> Deployment:
    from secure_xcom.airflow.connections import AirflowConnections
    from secure_xcom.airflow.deployment import AirflowSite
    from secure_xcom.airflow.settings import read_section

    routes_file = read_section().get("routes")
    return Deployment(
        site=AirflowSite(),
        connections=AirflowConnections(),
        read_settings=settings,
        routes_file=Path(routes_file) if routes_file else None,
    )


def _object(check: Check) -> dict[str, str]:
    return {"name": check.name, "outcome": check.outcome.value, "found": check.found, "fix": check.fix}


def _table(found: Iterable[Check]) -> Table:
    table = Table("check", "outcome", "found", "what to do", title="secure-xcom doctor")
    for check in found:
        table.add_row(check.name, Text(check.outcome.value, _STYLES[check.outcome]), check.found, check.fix)
    return table
