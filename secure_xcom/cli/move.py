"""``secure-xcom move``."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.console import description, progress_console
from secure_xcom.cli.deployment import FINDINGS, INTERRUPTED, MISCONFIGURED, settings
from secure_xcom.cli.ledger import exit_on_error
from secure_xcom.cli.shown import names, shown
from secure_xcom.errors import SecureXComError

if TYPE_CHECKING:
    from secure_xcom.ops.lifecycle.move.outcome import Summary
    from secure_xcom.ops.lifecycle.move.run import Progress, Run

_SHOWN: Final = 20
"""Failures that are printed one by one; ``--json`` has more of them."""

_INTERRUPTED: Final = "the move was interrupted: the same command goes on"


def move(
    dag: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", autocompletion=dag_ids, help="A Dag. Give it several times for several."),
    ] = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete each object in its previous store once its copy was compared.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what would be copied, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Copy objects from the previous stores to the current store, while Airflow runs, as the operator.

    It exits with 1 if an object could not be copied. The same command goes on after an interruption.
    """
    from secure_xcom.ops.lifecycle.move.outcome import Summary

    summary = Summary()
    with exit_on_error():
        run = _run(dag or [], delete=delete, dry_run=dry_run)
    problem = _finished(run, summary)
    typer.echo(json.dumps(_object(summary), indent=2) if as_json else _text(summary, delete=delete and not dry_run))
    if problem:
        typer.echo(problem, err=True)
        raise typer.Exit(INTERRUPTED if problem == _INTERRUPTED else MISCONFIGURED)
    raise typer.Exit(FINDINGS if summary.failed else 0)


def _finished(run: Run, summary: Summary) -> str:
    """Run to the end, and return what has ended it before; the sums up to there are worth having."""
    try:
        run.run(summary)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except SecureXComError as error:
        return shown(f"{type(error).__name__}: {error}")
    return ""


def _run(dags: list[str], *, delete: bool, dry_run: bool) -> Run:
    from secure_xcom.airflow.deployment import known_dags
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.build import build_ledger
    from secure_xcom.assembly.operator import as_operator
    from secure_xcom.assembly.router import Router
    from secure_xcom.ops.lifecycle.move.evidence import evidence, is_chain_key, no_evidence
    from secure_xcom.ops.lifecycle.move.mover import Mover, opened_above
    from secure_xcom.ops.lifecycle.move.places import Places
    from secure_xcom.ops.lifecycle.move.run import Run
    from secure_xcom.settings.settings import LedgerMode

    configured, host = as_operator(settings()), AirflowHost()
    has_ledger = configured.ledger_mode is not LedgerMode.OFF
    mover = Mover(
        was_deleted=evidence(build_ledger(configured, host)) if has_ledger else no_evidence,
        is_chain_key=is_chain_key,
        clock=time.time,
        clock_skew=configured.clock_skew,
        deletes=delete,
        large_above=opened_above(configured.large_threshold),
    )
    places = Places(configured, Router(configured, host.connections), known_dags, dags)
    places.scopes()
    return Run(places=places, mover=mover, dry_run=dry_run, progress=_progress())


def _progress() -> Progress:
    """Return a bar, if standard error is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from secure_xcom.cli.tune_tables import Rate
    from secure_xcom.ops.lifecycle.move.run import Progress

    errors = progress_console()
    if not errors.is_terminal:
        return Progress()
    columns = (description(), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    bar = Bar(*columns, console=errors, transient=True)
    task = bar.add_task("objects", total=None)

    def began(total: int | None) -> None:
        bar.update(task, total=total)
        bar.start()

    return Progress(began, lambda count: bar.advance(task, count), bar.stop, counts=True)


def _object(summary: Summary) -> dict[str, object]:
    return {
        "outcomes": {
            outcome.value: {"objects": summary.objects[outcome], "bytes": summary.bytes[outcome]}
            for outcome in summary.seen
        },
        "failed": summary.failed,
        "failures": [
            {"name": names().text(one.name), "error": one.error, "message": names().text(one.message)}
            for one in summary.failures
        ],
        "previous_stores": [{"store": names().text(store), "empty": not left} for store, left in summary.left.items()],
    }


def _text(summary: Summary, *, delete: bool) -> str:
    from rich.filesize import decimal

    from secure_xcom.ops.lifecycle.move.words import WORDS
    from secure_xcom.ops.lineage.render import number

    lines = [
        f"{number(summary.objects[outcome], 'object')} ({decimal(summary.bytes[outcome])}): {WORDS[outcome]}"
        for outcome in summary.seen
    ]
    lines += [f"{shown(one.name)}: {one.error}: {shown(one.message)}" for one in summary.failures[:_SHOWN]]
    if summary.failed:
        stay = "stays" if summary.failed == 1 else "stay"
        lines.append(f"{number(summary.failed, 'object')} failed, and {stay} in the previous store")
    lines += [_left(store, summary, delete=delete) for store, left in summary.left.items() if left]
    lines += [f"{shown(store)} holds {_none(store, summary)}" for store, left in summary.left.items() if not left]
    if summary.is_through:
        lines.append("the move is through: take the option previous_stores out on all machines")
    return "\n".join(lines or ["the previous stores list nothing"])


def _none(store: str, summary: Summary) -> str:
    return "no large value any more" if store in summary.in_place else "none of our objects"


def _left(store: str, summary: Summary, *, delete: bool) -> str:
    if store in summary.in_place:
        how = (
            "see what failed, and run the same command again" if delete else "secure-xcom move --delete takes them out"
        )
        return f"{shown(store)} holds large values still: {how}"
    how = "see what failed, and run the same command again" if delete else "secure-xcom move --delete empties it"
    return f"{shown(store)} holds objects of ours still: {how}"
