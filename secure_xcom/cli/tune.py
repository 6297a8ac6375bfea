"""``secure-xcom tune``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.deployment import FINDINGS, exit_on_configuration_error, settings
from secure_xcom.cli.ledger import open_ledger
from secure_xcom.cli.output import require_writable
from secure_xcom.cli.shown import shown
from secure_xcom.errors import LedgerError
from secure_xcom.model.mode import Mode
from secure_xcom.settings.settings import Settings

if TYPE_CHECKING:
    from secure_xcom.ops.tune.effect import Option
    from secure_xcom.ops.tune.lines import Decision
    from secure_xcom.ops.tune.proposals import Proposal
    from secure_xcom.ops.tune.report import Report
    from secure_xcom.ops.tune.rows import Rows
    from secure_xcom.ops.tune.tally import Tally
    from secure_xcom.ports.host import Host

_SHOWN: Final = 20


class FailOn(Enum):
    """What makes the command exit with 1."""

    UNSEALED = "unsealed"
    HARMLESS = "harmless"
    ANY = "any"


def tune(
    export: Annotated[
        Path | None, typer.Option(help="Read a file of JSON lines in place of Airflow's metadata database.")
    ] = None,
    dag: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", autocompletion=dag_ids, help="A Dag. Give it several times for several."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Look at so many XComs at most.")] = None,
    sample: Annotated[int, typer.Option(min=1, help="Look at one Dag run, or line of the file, in so many.")] = 1,
    top: Annotated[int, typer.Option(min=1, help="Rows to show of each table.")] = _SHOWN,
    output: Annotated[Path | None, typer.Option(help="Write the accepted lines to this file.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Ask nothing, also on a terminal.")] = False,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(
            help="Exit with 1 if something looks secret and is not sealed, or the reverse, or if there is no XCom."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is sealed of the XComs of this deployment, what looks as if it should be, and which settings would do.

    The database is only read. No value is printed: counts, names, lengths and kinds are.
    """
    from secure_xcom.assembly.policy import build_policy
    from secure_xcom.ops.tune.report import report_of
    from secure_xcom.ops.tune.tally import Tally

    with exit_on_configuration_error():
        require_writable({"--output": output})
        configured, host = _deployment()
        tally = Tally(build_policy(configured, host), host.hides_name)
        _read(tally, _rows(export, dag or (), limit, sample), dag or ())
        _read_observations(tally, configured, dag or ())
        report = report_of(tally)
        if as_json:
            typer.echo(json.dumps(_object(report), indent=2))
            decided = _undecided(report)
        else:
            decided = _told(report, tally, top, is_asking=not plain and _is_terminal())
        if output is not None:
            _write(output, decided, _now(configured, host))
    if report.rows == 0:
        typer.echo(_nothing_read(sample), err=True)
    elif report.rows == sum(report.problems.values()):
        typer.echo("none of the XComs could be read, so nothing was found out", err=True)
    if absent := sorted({*(dag or ())} - tally.dags):
        typer.echo(shown(f"no XCom of {', '.join(absent)} was looked at: check the Dag's id"), err=True)
    raise typer.Exit(FINDINGS if _fails(report, fail_on) else 0)


def _deployment() -> tuple[Settings, Host]:
    from secure_xcom.airflow.host import AirflowHost

    return settings(), AirflowHost()


def _rows(export: Path | None, dags: Sequence[str], limit: int | None, sample: int) -> Rows:
    if export is not None:
        from secure_xcom.ops.tune.export import Export

        return Export(export, limit=limit, every=sample)
    from secure_xcom.airflow.deployment import XComRows, metadata_url
    from secure_xcom.airflow.known import require_dags_of

    url = metadata_url()
    require_dags_of(url, dags)
    return XComRows(url, dags=dags, limit=limit, every=sample)


def _read(tally: Tally, rows: Rows, dags: Sequence[str]) -> None:
    from secure_xcom.cli.tune_tables import progress
    from secure_xcom.ops.tune.rows import only_of

    for row in only_of(progress(rows), dags):
        tally.add(row)


def _read_observations(tally: Tally, configured: Settings, dags: Sequence[str]) -> None:
    """Count what tasks reported. Without a ledger that answers, the values in the database still tell."""
    from secure_xcom.ops.tune.observed import LedgerObservations

    if configured.mode is not Mode.OBSERVE:
        return
    try:
        for observation in LedgerObservations(open_ledger()).of({*tally.dags, *dags}):
            tally.observe(observation)
    except LedgerError as error:
        typer.echo(shown(f"what tasks reported cannot be read: {type(error).__name__}: {error.on_one_line}"), err=True)


def _told(report: Report, tally: Tally, top: int, *, is_asking: bool) -> list[tuple[Proposal, Decision]]:
    from secure_xcom.cli import tune_tables

    tune_tables.print_report(report, top)
    if not is_asking or not report.proposals:
        tune_tables.print_proposals(report)
        return _undecided(report)
    from secure_xcom.ops.tune.lines import Decision
    from secure_xcom.ops.tune.proposals import effect_of_all
    from secure_xcom.ops.tune.review import review

    decided = review(report.proposals, tune_tables.dialogue())
    accepted = [one.entry for one, decision in decided if decision is Decision.ACCEPTED]
    tune_tables.print_total(effect_of_all(accepted, tally.groups, tally.policy), len(accepted))
    return decided


def _undecided(report: Report) -> list[tuple[Proposal, Decision]]:
    from secure_xcom.ops.tune.lines import Decision

    return [(proposal, Decision.OPEN) for proposal in report.proposals]


def _write(path: Path, decided: Sequence[tuple[Proposal, Decision]], now: Mapping[Option, Sequence[str]]) -> None:
    from secure_xcom.ops.tune.lines import lines_of, write_lines

    write_lines(path, lines_of(decided, now))
    typer.echo(f"written: {path}. What was not accepted stands there as a comment", err=True)


def _now(configured: Settings, host: Host) -> Mapping[Option, Sequence[str]]:
    from secure_xcom.ops.tune.effect import Option

    return {
        Option.AIRFLOW: [entry.strip() for entry in host.listed_names if entry.strip()],
        Option.SENSITIVE: configured.sensitive_keys,
        Option.IGNORED: configured.ignored_keys,
    }


def _nothing_read(sample: int) -> str:
    why = f": --sample {sample} may have passed by all of them" if sample > 1 else ""
    return f"no XCom was looked at{why}. With --fail-on that is a failure, since nothing was found out"


def _fails(report: Report, fail_on: FailOn | None) -> bool:
    is_unread = report.rows == sum(report.problems.values())
    if is_unread and (report.rows or fail_on is not None):
        return True
    unsealed = fail_on in (FailOn.UNSEALED, FailOn.ANY) and report.unsealed
    harmless = fail_on in (FailOn.HARMLESS, FailOn.ANY) and report.harmless
    return bool(unsealed or harmless)


def _object(report: Report) -> dict[str, object]:
    made = [
        asdict(one) | {"entry": {"option": one.entry.option.value, "pattern": one.entry.pattern}}
        for one in report.proposals
    ]
    return asdict(report) | {"proposals": made}


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
