"""``secure-xcom reap``."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.deployment import FINDINGS, INTERRUPTED, settings
from secure_xcom.cli.ledger import exit_on_error
from secure_xcom.cli.shown import names, shown
from secure_xcom.errors import ConfigurationError
from secure_xcom.settings.duration import HOW_TO_WRITE, seconds_of

if TYPE_CHECKING:
    from secure_xcom.airflow.lifecycle import XComReferences
    from secure_xcom.assembly.router import Router
    from secure_xcom.ledger.lazy import LazyLedger
    from secure_xcom.ledger.pruning import Pruning
    from secure_xcom.ops.lifecycle.reap.checkpoint import Checkpoint
    from secure_xcom.ops.lifecycle.reap.missing import Looked
    from secure_xcom.ops.lifecycle.reap.report import Report
    from secure_xcom.ops.lifecycle.reap.run import Place, Reaping
    from secure_xcom.settings.settings import Settings

LEAST_GRACE: Final = 900
"""Seconds that a running push may need, from its object to its row: the store's, the ledger's and the claim's retries
(``retry_deadline`` each, 30 s), and the retries of Airflow's client for its API, a few minutes."""

LEAST_RETENTION: Final = 30 * 86_400
"""Seconds. A task that is retried, deferred or rescheduled takes over a claim only if the ledger has its entry."""

_CHECKPOINT: Final = "reap-checkpoint.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the operator asked for."""

    deletes: bool
    dags: tuple[str, ...]
    least_age: int
    expect: int | None
    lifetimes: bool
    rows: bool
    resume: bool
    retention: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What a run is made of."""

    settings: Settings
    router: Router
    references: XComReferences
    ledger: LazyLedger | None
    clock_ahead: float

    def clock(self) -> float:
        """Return the earlier of this machine's time and the database's: a clock that is ahead makes objects old."""
        return time.time() - max(0.0, self.clock_ahead)


def reap(
    yes: Annotated[bool, typer.Option("--yes", help="Delete. Without it, only say what would be deleted.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be deleted, as is the default.")
    ] = False,
    dag: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", autocompletion=dag_ids, help="A Dag. Give it several times for several."),
    ] = None,
    older_than: Annotated[
        str, typer.Option(help="Leave alone what is younger, as in 30d, if that is more than --grace.")
    ] = "0",
    grace: Annotated[
        str, typer.Option(help="Leave alone what is younger: a push may still write its row. At least 15m.")
    ] = "1h",
    expect: Annotated[
        int | None, typer.Option(min=0, help="Delete although most objects look orphaned: so many do.")
    ] = None,
    lifetimes: Annotated[bool, typer.Option(help="Read live objects too, for those past their lifetime.")] = True,
    rows: Annotated[bool, typer.Option(help="Look for rows whose object is gone.")] = True,
    ledger: Annotated[
        str | None, typer.Option(help="Also prune entries of the ledger that are older, as in 400d. At least 30d.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run ended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Delete sealed objects that no XCom refers to, or that are past their lifetime, and report rows without objects.

    It is safe beside running tasks. It exits with 1 if a row's object is missing, or if something could not be looked
    at or deleted, and with 2, deleting nothing, if most objects look orphaned.
    """
    if yes and dry_run:
        raise typer.BadParameter("contradicts --yes: leave out one of them", param_hint="--dry-run")
    with exit_on_error():
        asked = _Asked(
            deletes=yes,
            dags=tuple(dag or ()),
            least_age=max(_grace(grace), _seconds(older_than, "--older-than")),
            expect=expect,
            lifetimes=lifetimes,
            rows=rows,
            resume=resume,
            retention=_retention(ledger),
        )
        report = _report_or_none(asked)
    if report is None:
        typer.echo("interrupted: --resume goes on from here", err=True)
        raise typer.Exit(INTERRUPTED)
    _print(report, as_json=as_json)
    raise typer.Exit(0 if report.is_fine else FINDINGS)


def _report_or_none(asked: _Asked) -> Report | None:
    """Return the report, ``None`` after Ctrl-C."""
    try:
        return _report(asked)
    except KeyboardInterrupt:
        return None


def _report(asked: _Asked) -> Report:
    from secure_xcom.assembly.operator import as_operator
    from secure_xcom.ops.lifecycle.reap.checkpoint import drop_checkpoint
    from secure_xcom.ops.lifecycle.reap.report import Report
    from secure_xcom.ops.lifecycle.reap.share import require_plausible

    found = as_operator(settings())
    parts = _parts(found)
    with closing(parts.references):
        reaping = _reaping(parts, asked)
        if asked.deletes:
            survey = reaping.survey()
            require_plausible(survey, asked.expect)
            stores = reaping.delete(sum(summary.named for summary in survey.values()))
        else:
            stores = reaping.preview()
        rows = _rows(parts, asked, reaping) if asked.rows else None
        pruned = _pruned(parts, asked)
        if not reaping.problems:
            drop_checkpoint(found.home / _CHECKPOINT)
    return Report(
        deleted=asked.deletes,
        stores=stores,
        problems=reaping.problems,
        named=reaping.named,
        rows=rows,
        pruned=pruned,
        clock_ahead=parts.clock_ahead,
    )


def _parts(found: Settings) -> _Parts:
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.airflow.lifecycle import references
    from secure_xcom.assembly.build import build_ledger
    from secure_xcom.assembly.router import Router
    from secure_xcom.settings.settings import LedgerMode

    host, rows = AirflowHost(), references()
    ledger = None if found.ledger_mode is LedgerMode.OFF else build_ledger(found, host)
    before, now, after = time.time(), rows.now(), time.time()
    router = Router(found, host.connections)
    return _Parts(settings=found, router=router, references=rows, ledger=ledger, clock_ahead=(before + after) / 2 - now)


def _reaping(parts: _Parts, asked: _Asked) -> Reaping:
    from secure_xcom.cli.reap_tables import progress
    from secure_xcom.model.object_name import dag_segment
    from secure_xcom.ops.lifecycle.reap.checkpoint import write_checkpoint
    from secure_xcom.ops.lifecycle.reap.judge import Judge, Limits
    from secure_xcom.ops.lifecycle.reap.run import Reaping

    limits = Limits(
        clock=parts.clock,
        least_age=asked.least_age,
        clock_skew=parts.settings.clock_skew,
        dags=frozenset(map(dag_segment, asked.dags)),
    )
    path = parts.settings.home / _CHECKPOINT
    return Reaping(
        places=_places(parts, asked),
        judge=Judge(parts.references, parts.ledger, limits),
        limits=limits,
        checkpoint=_checkpoint(path, asked, parts.settings),
        ledger=parts.ledger,
        host=socket.gethostname(),
        lifetimes=asked.lifetimes,
        save=lambda checkpoint: write_checkpoint(path, checkpoint),
        progress=progress(),
    )


def _places(parts: _Parts, asked: _Asked) -> list[Place]:
    """Return each store where objects may lie, of all Dags that Airflow or the ledger knows."""
    from secure_xcom.model.object_name import dag_segment
    from secure_xcom.ops.lifecycle.reap.run import Place

    known = set(parts.references.dag_ids())
    if parts.ledger is not None:
        known |= parts.ledger.dag_ids()
    if strange := sorted({*asked.dags} - known):
        typer.echo(
            shown(f"no XCom, and no entry of the ledger, is of {', '.join(strange)}: check the Dag's id"), err=True
        )
    stores = parts.router.stores(sorted(known.union(asked.dags)))
    if not stores:
        raise ConfigurationError(
            "--dag: name the Dags: each has a store of its own, and Airflow and the ledger know none"
        )
    folders = [""]
    if asked.dags:
        # What a Dag pushed before it joined a namespace lies in its own folder.
        domains = {dag_id: parts.router.domain_of(dag_id) for dag_id in asked.dags}
        above = {dag_id: f"{domain.segment}/" if domain.is_namespace else "" for dag_id, domain in domains.items()}
        folders = sorted({before + dag_segment(dag_id) for dag_id in asked.dags for before in ("", above[dag_id])})
    return [Place(label=label, store=store, folders=tuple(folders)) for label, store in stores.items()]


def _checkpoint(path: Path, asked: _Asked, configured: Settings) -> Checkpoint:
    from secure_xcom.airflow.lifecycle import database_name, name_of_database
    from secure_xcom.ops.lifecycle.reap.checkpoint import Checkpoint, read_checkpoint
    from secure_xcom.settings.settings import LedgerMode

    ledger = "" if configured.ledger_mode is LedgerMode.OFF else name_of_database(configured.ledger)
    stores = sorted({uri.place for uri in configured.all_store_uris})
    options = [asked.deletes, sorted(asked.dags), asked.least_age, asked.lifetimes]
    question = json.dumps([database_name(), ledger, stores, *options])
    return read_checkpoint(path, question) if asked.resume else Checkpoint(asked=question)


def _rows(parts: _Parts, asked: _Asked, reaping: Reaping) -> Looked:
    from secure_xcom.ops.lifecycle.reap.missing import Looked, Missing
    from secure_xcom.ops.lifecycle.reap.reading import CONCURRENT

    looked, shown = Looked(), 0
    reaping.progress.began("rows", None)
    try:
        with ThreadPoolExecutor(CONCURRENT, "secure-xcom-rows") as pool:
            for looked in Missing(parts.references, parts.router, parts.ledger, pool).look(asked.dags):
                reaping.progress.advanced(looked.rows - shown)
                shown = looked.rows
    finally:
        reaping.progress.ended()
    return looked


def _pruned(parts: _Parts, asked: _Asked) -> Pruning | None:
    if asked.retention is None:
        return None
    if parts.ledger is None:
        raise ConfigurationError("--ledger: [secure_xcom] ledger_mode is off, so there is no ledger to prune")
    return parts.ledger.prune(int((parts.clock() - asked.retention) * 1000), dry_run=not asked.deletes)


def _print(report: Report, *, as_json: bool) -> None:
    from secure_xcom.cli.reap_tables import print_report

    if as_json:
        typer.echo(json.dumps(report.as_json(names()), indent=2))
    else:
        print_report(report)


def _grace(text: str) -> int:
    seconds = _seconds(text, "--grace")
    if seconds < LEAST_GRACE:
        raise ConfigurationError("--grace: at least 15m, since a push may still write its row after its object")
    return seconds


def _retention(text: str | None) -> int | None:
    if text is None:
        return None
    seconds = _seconds(text, "--ledger")
    if seconds < LEAST_RETENTION:
        raise ConfigurationError("--ledger: at least 30d, since a claim that is taken over needs its entry")
    return seconds


def _seconds(text: str, option: str) -> int:
    seconds = seconds_of(text)
    if seconds is None:
        raise ConfigurationError(f"{option}: must be {HOW_TO_WRITE}, or 0")
    return seconds
