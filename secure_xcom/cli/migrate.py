"""``secure-xcom migrate``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.deployment import FINDINGS, INTERRUPTED, MISCONFIGURED, exit_on_configuration_error, settings
from secure_xcom.cli.shown import shown
from secure_xcom.errors import ConfigurationError, SecureXComError
from secure_xcom.model.mode import Mode

if TYPE_CHECKING:
    from secure_xcom.ops.lifecycle.migrate.checkpoint import Checkpoint
    from secure_xcom.ops.lifecycle.migrate.plan import Report
    from secure_xcom.settings.settings import Settings


class Place(Enum):
    """Where what is sensitive can be masked besides."""

    RENDERED = "rendered"
    EVENTS = "events"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateOptions:
    """What the operator asked for."""

    dags: tuple[str, ...]
    masks: frozenset[Place]
    archives: bool
    reverse: bool
    limit: int | None
    checkpoint: Path | None

    @property
    def question(self) -> Sequence[str]:
        """What makes one migration another than this one."""
        masks = sorted(place.value for place in self.masks)
        return (f"dags={sorted(self.dags)} masks={masks}", f"archives={self.archives} reverse={self.reverse}")


def migrate(
    dag: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", autocompletion=dag_ids, help="A Dag. Give it several times for several."),
    ] = None,
    mask: Annotated[
        list[Place] | None,
        typer.Option(
            metavar=f"<{'|'.join(place.value for place in Place)}>",
            help="Mask in the rendered fields, or in the event log. It cannot be undone.",
        ),
    ] = None,
    archives: Annotated[
        bool, typer.Option("--archives/--no-archives", help="Mask in what airflow db clean archived, or leave it.")
    ] = True,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Write sealed XComs back in plaintext, to leave this product.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Change so many values at most.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Keep in this file how far it came, and go on from there.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Rows to show of each table.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Seal what lies in Airflow's database in plaintext, in place, while Airflow is up.

    Without --yes it says what it would do, and asks; where nobody can answer, it changes nothing and exits with 2. If
    there is nothing to do, it says so and asks nothing. It exits with 1 if something is left, or if it had to stop.
    """
    with exit_on_configuration_error():
        asked = MigrateOptions(
            dags=tuple(dag or ()),
            masks=frozenset(mask or ()),
            archives=archives and not reverse,
            reverse=reverse,
            limit=limit,
            checkpoint=checkpoint,
        )
        _require_sense(asked)
        if reverse:
            _require_mode(asked)
        if dry_run or not yes:
            report = _run(asked, is_real=False)
            _tell(report, top=top, as_json=as_json, is_real=False)
            if not report.changes and (any(report.rows.values()) or not report.absent):
                typer.echo("nothing to write back" if reverse else "nothing to seal or mask", err=True)
            if dry_run or not report.changes:
                raise typer.Exit(FINDINGS if report.is_incomplete else 0)
            _ask(asked)
        _require_mode(asked)
        report = _run(asked, is_real=True)
        _tell(report, top=top, as_json=as_json, is_real=True)
    raise typer.Exit(FINDINGS if report.is_incomplete else 0)


def _require_sense(asked: MigrateOptions) -> None:
    from secure_xcom.airflow.switch import BACKEND, is_on

    if asked.reverse and asked.masks:
        raise ConfigurationError("--mask: what is masked cannot be had back, so it does not go with --reverse")
    if not asked.reverse and not is_on():
        raise ConfigurationError(
            f"[core] xcom_backend: set it to {BACKEND} here and on each worker first: no other backend opens what is "
            "sealed"
        )


def _require_mode(asked: MigrateOptions) -> None:
    wanted, mode = Mode.OPEN_ONLY if asked.reverse else Mode.ENFORCE, settings().mode
    if mode is not wanted:
        why = "tasks would seal anew" if asked.reverse else "tasks would go on writing plaintext"
        raise ConfigurationError(f"mode: is {mode.value}, and {why}: set it to {wanted.value} on each worker first")


def _ask(asked: MigrateOptions) -> None:
    """End the command unless somebody at a terminal agrees. What writes secrets in plaintext is never asked so."""
    done = "written back in plaintext" if asked.reverse else "sealed or masked"
    if asked.reverse or not (sys.stdin.isatty() and sys.stdout.isatty()):
        typer.echo(f"nothing was changed: with --yes, the values above are {done}", err=True)
        raise typer.Exit(MISCONFIGURED)
    typer.confirm(f"Have the values above {done}?", abort=True, err=True)


def _run(asked: MigrateOptions, *, is_real: bool) -> Report:
    """Do it, or count what would be done. What stops it is in the report."""
    from secure_xcom.airflow.known import require_dags_of
    from secure_xcom.airflow.migrate_tables import MigrateTables, metadata_url, storage_objects
    from secure_xcom.airflow.operator import OperatorHost
    from secure_xcom.cli.audit_scan_tables import progress
    from secure_xcom.cli.operator import operator
    from secure_xcom.ops.lifecycle.migrate.checkpoint import Checkpoint, drop_checkpoint, write_checkpoint
    from secure_xcom.ops.lifecycle.migrate.plan import Plan

    plan = Plan(settings(), OperatorHost(), operator(), is_real=is_real, limit=asked.limit)
    require_dags_of(metadata_url(), asked.dags)
    with MigrateTables(metadata_url(), asked.dags) as tables:
        xcoms = tables.xcoms()
        if asked.reverse:
            plan.reverse(xcoms)
        else:
            plan.seal(xcoms, storage_objects())
            plan.look_for_pickles(tables.pickles())
        if asked.archives:
            plan.mask(tables.archives(), is_xcom=True)
        if Place.RENDERED in asked.masks:
            plan.mask(tables.rendered())
        if Place.EVENTS in asked.masks:
            plan.mask_text(tables.events())
        absent: list[str] = []
        path = asked.checkpoint if is_real else None
        state = _checkpoint(asked) if path else Checkpoint(asked="")
        run = plan.run(state, lambda reached: write_checkpoint(path, reached) if path else None, progress())

        def go() -> None:
            absent.extend(plan.absent(asked.dags))
            run.go(plan.parts)

        stopped = _ended_by(go)
    if path is not None and stopped is None and not run.budget.is_spent:
        drop_checkpoint(path)
    return plan.report(stopped, absent)


def _ended_by(go: Callable[[], None]) -> SecureXComError | KeyboardInterrupt | None:
    """Return what ended a migration before its end. A mistake in the settings is raised."""
    try:
        go()
    except ConfigurationError:
        raise
    except (SecureXComError, KeyboardInterrupt) as error:
        return error
    return None


def _checkpoint(asked: MigrateOptions) -> Checkpoint:
    import secure_xcom
    from secure_xcom.airflow.migrate_tables import metadata_url
    from secure_xcom.ops.audit.scan.fingerprint import Fingerprints, read_or_make_key
    from secure_xcom.ops.lifecycle.migrate.checkpoint import Checkpoint, read_checkpoint

    if asked.checkpoint is None:
        return Checkpoint(asked="")
    if not asked.checkpoint.parent.is_dir():
        raise ConfigurationError(f"--checkpoint: {asked.checkpoint.parent} is no folder")
    # The database's URL may hold a password, so its MAC stands for it.
    key = read_or_make_key(asked.checkpoint.with_name(f"{asked.checkpoint.name}.key"))
    rules = _rules_of(settings())
    question = Fingerprints(key).of_texts("migrate", secure_xcom.__version__, metadata_url(), rules, *asked.question)
    return read_checkpoint(asked.checkpoint, question)


def _rules_of(found: Settings) -> str:
    """Return what decides which rows are changed: with other rules, those that were passed over are looked at anew."""
    names = (found.sensitive_keys, found.ignored_keys, found.names, found.content_rules, found.rules)
    return repr((names, found.seal, found.large_threshold))


def _tell(report: Report, *, top: int, as_json: bool, is_real: bool) -> None:
    from secure_xcom.cli.migrate_output import print_report, report_as_json

    if as_json:
        typer.echo(report_as_json(report, is_real=is_real))
    else:
        print_report(report, top, is_real=is_real)
    if report.absent:
        typer.echo(shown(f"there is no row of {', '.join(report.absent)}: check the Dag's id"), err=True)
    if report.is_limited:
        typer.echo("ended at --limit: the same command goes on with what is left", err=True)
    if report.is_interrupted:
        typer.echo("interrupted: the same command goes on, and passes over what is done", err=True)
        raise typer.Exit(INTERRUPTED)
    if report.stopped:
        typer.echo(shown(f"stopped: {report.stopped}"), err=True)
        raise typer.Exit(FINDINGS)
