"""``secure-xcom rewrap``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.deployment import FINDINGS, INTERRUPTED, domains, exit_on_configuration_error, settings
from secure_xcom.cli.shown import names, shown
from secure_xcom.errors import ConfigurationError, SecureXComError

if TYPE_CHECKING:
    from secure_xcom.assembly.estate import Estate, Place
    from secure_xcom.model.domain import Domain
    from secure_xcom.ops.lifecycle.rewrap.run import Run
    from secure_xcom.settings.settings import Settings

_EVERY: Final = 500
"""Objects between two checkpoints: writing one takes as long as moving an object."""


def rewrap(
    dag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="<str>",
            autocompletion=dag_ids,
            help="A Dag, whose domain alone is looked at. Give it several times.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be moved, and change nothing.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Also what is under the current key, since that was rotated under its name.")
    ] = False,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Move so many objects at a time.")] = 8,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Keep the place in this file, and go on from there after an interruption.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Move sealed values and the ledger's chain keys to the key that is configured now, and open none of them.

    It exits with 1 if something could not be moved, or if a store or key is out of reach: run it again.
    """
    from secure_xcom.airflow.connections import AirflowConnections
    from secure_xcom.assembly.estate import Estate
    from secure_xcom.assembly.operator import as_operator
    from secure_xcom.ops.lifecycle.rewrap.run import RewrapOptions, Run

    with exit_on_configuration_error():
        configured = as_operator(settings())
        estate = Estate(configured, AirflowConnections())
        only = _domains(estate, configured, dag or ())
        places = list(estate.places(only, only=bool(dag)))
        run = Run(estate, RewrapOptions(dry_run=dry_run, every=every, parallel=parallel))
        # A move that is under way may put a copy under an earlier key after all was looked at.
        run.summary.partial = bool(dag) or configured.has_previous_stores
        for domain in only if dag else ():
            # Its former keys are reported, if it has no object too.
            run.rewrapping_of(domain)
        asked = json.dumps([_names(configured), sorted(dag or ()), dry_run, every])
        problem = _walk(run, places, checkpoint, asked)
        if not problem:
            problem = _chain_keys(run, configured, only if dag else ())
        run.summary.ended = not problem
    _print(run, problem, dry_run=dry_run, as_json=as_json)
    if dag and run.summary.ended and not run.summary.has_any:
        typer.echo(shown(f"nothing was found of {', '.join(dag)}: check the Dag's id"), err=True)
    if problem == _STOPPED:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(FINDINGS if problem or run.summary.failed else 0)


_STOPPED: Final = "it was interrupted: the same command goes on"


def _domains(estate: Estate, configured: Settings, dags: Sequence[str]) -> list[Domain]:
    from secure_xcom.settings.routes_file import RoutesFile

    if dags:
        return list(dict.fromkeys(estate.domain_of(dag_id) for dag_id in dags))
    # Only where each domain has a store of its own must they be known beforehand.
    return [domain for domain, _ in domains(configured.routes or RoutesFile(), ())] if estate.names_domains else []


def _names(configured: Settings) -> list[list[str]]:
    routes = configured.routes.routes if configured.routes else ()
    keys = [configured.key, *configured.previous_keys]
    uris = [configured.store, *keys, *(uri for route in routes for uri in (route.store, route.key))]
    previous = [uri for route in routes for uri in route.previous_keys or ()]
    return [[uri.scheme, uri.authority, uri.path] for uri in (*uris, *previous) if uri is not None]


def _digest(places: Sequence[Place]) -> str:
    """Return what stands for the places in their order. The stores of many domains would make a long text."""
    return hashlib.sha256(json.dumps([[place.label, place.folder] for place in places]).encode()).hexdigest()


def _walk(run: Run, places: Sequence[Place], path: Path | None, asked: str) -> str:
    """Move the objects; return what ended it early."""
    from secure_xcom.cli.rewrap_output import progress
    from secure_xcom.ops.lifecycle.rewrap.checkpoint import (
        Checkpoint,
        drop_checkpoint,
        read_checkpoint,
        write_checkpoint,
    )

    listed = _digest(places)
    reached = read_checkpoint(path, asked, listed) if path else Checkpoint(asked, listed)
    run.summary.partial |= reached != Checkpoint(asked, listed)
    left, problem = places[reached.place :], ""
    try:
        with progress(left) as advance:
            for number, (place, outcome) in enumerate(run.objects(left, reached.after), start=1):
                advance()
                reached = Checkpoint(asked, listed, places.index(place), outcome.name)
                if path is not None and number % _EVERY == 0:
                    write_checkpoint(path, reached)
    except KeyboardInterrupt:
        problem = _STOPPED
    except ConfigurationError:
        raise
    except SecureXComError as error:
        problem = f"{type(error).__name__}: {error.message}"
    if path is not None:
        write_checkpoint(path, reached) if problem else drop_checkpoint(path)
    return problem


def _chain_keys(run: Run, configured: Settings, only: Sequence[Domain]) -> str:
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.build import build_ledger
    from secure_xcom.settings.settings import LedgerMode

    if configured.ledger_mode is LedgerMode.OFF:
        return ""
    try:
        run.chain_keys(build_ledger(configured, AirflowHost()), only)
    except SecureXComError as error:
        return f"the ledger: {type(error).__name__}: {error.message}"
    return ""


def _print(run: Run, problem: str, *, dry_run: bool, as_json: bool) -> None:
    from secure_xcom.cli.rewrap_output import as_object, print_summary

    if as_json:
        typer.echo(json.dumps({**as_object(run), "dry_run": dry_run, "problem": names().text(problem)}, indent=2))
        return
    print_summary(run, dry_run=dry_run)
    if problem:
        typer.echo(f"not ended: {shown(problem)}", err=True)
