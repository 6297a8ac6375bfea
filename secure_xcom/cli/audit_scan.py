"""``secure-xcom audit scan``."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secure_xcom.cli.airflow_home import as_configured
from secure_xcom.cli.audit_baseline import Baselines
from secure_xcom.cli.audit_paths import require_apart
from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.deployment import FINDINGS, INTERRUPTED, exit_on_configuration_error, settings
from secure_xcom.cli.moment import moment_of
from secure_xcom.cli.output import require_writable
from secure_xcom.errors import ConfigurationError

if TYPE_CHECKING:
    from secure_xcom.airflow.audit_sources import Narrowed
    from secure_xcom.ops.audit.finding import Scan, Source
    from secure_xcom.ops.audit.scan.baseline import Accepted, Compared
    from secure_xcom.ops.audit.scan.checkpoint import Checkpoint
    from secure_xcom.ops.audit.scan.run import Run


class FailOn(Enum):
    """From which severity on an open finding makes the command exit with 1."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the operator asked for."""

    tables: frozenset[str]
    narrowed: Narrowed
    parallel: int
    baselines: Baselines
    checkpoint: Path | None
    logs: Path | None
    since: str
    """As the operator wrote it: seven days ago is another moment by the time that a scan goes on."""

    @property
    def is_narrowed(self) -> bool:
        """Whether it looks at some rows only of each table."""
        return bool(self.narrowed.dags or self.narrowed.since or self.narrowed.sample > 1)

    @property
    def question(self) -> Sequence[str]:
        """What makes one scan another than this one."""
        return (
            f"tables={sorted(self.tables)} dags={sorted(self.narrowed.dags)}",
            f"since={self.since} sample={self.narrowed.sample} logs={self.logs}",
        )


def scan(
    table: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", help="A table, or 'task log'. Give it several times for several."),
    ] = None,
    dag: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", autocompletion=dag_ids, help="A Dag. Give it several times for several."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Look at what was written since then: ISO 8601, or 7d or 12h ago.")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="Look at one Dag run, or row, in so many.")] = 1,
    parallel: Annotated[int, typer.Option(min=1, max=32, help="Read so many tables at once.")] = 1,
    baseline: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A file of findings that were accepted."),
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(help="Write what was found to this file, as a baseline to fill in, and exit with 0.")
    ] = None,
    fingerprint_key: Annotated[
        Path | None,
        typer.Option(help="The file of the fingerprints' key. It is made if it is absent, and no baseline needs it."),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Keep the state in this file, and go on from it after an interruption.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit with 1 for an open finding of this severity or a worse one.")
    ] = FailOn.LOW,
    output: Annotated[Path | None, typer.Option(help="Write the scan to this file, as JSON.")] = None,
    metrics: Annotated[
        Path | None, typer.Option(help="Write counts to this file, in the text format of Prometheus.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Findings to show in the table.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look for secrets in plaintext in Airflow's database and task logs, by the rules of a push.

    The database is only read, and no secret is printed. It exits with 1 for a finding that no baseline accepts, unless
    it writes a baseline, and if something could not be looked at whole.
    """
    with exit_on_configuration_error():
        require_apart(
            {"--output": output, "--metrics": metrics, "--checkpoint": checkpoint, "--write-baseline": write_baseline},
            {"--baseline": baseline, "--fingerprint-key": fingerprint_key},
            may_be_one={"--baseline", "--write-baseline"},
        )
        require_writable({"--output": output, "--metrics": metrics, "--write-baseline": write_baseline})
        asked = _Asked(
            tables=_checked(table or ()),
            narrowed=_narrowed(dag or (), since, sample),
            parallel=parallel,
            baselines=Baselines(given=baseline, written=write_baseline, checkpoint=checkpoint, key=fingerprint_key),
            checkpoint=checkpoint,
            logs=_logs(),
            since=since or "",
        )
        entries = asked.baselines.entries()
        found, compared = _scanned(asked, entries)
        asked.baselines.write(found, entries, _today(), is_narrowed=asked.is_narrowed)
        if output is not None:
            _write(output, found)
        if metrics is not None:
            _write_metrics(metrics, found)
        _tell(found, compared, top=top, as_json=as_json)
        if checkpoint is not None:
            _drop(checkpoint)
    # The operator who writes a baseline asks which findings there are, and not whether there are any.
    raise typer.Exit(FINDINGS if _fails(found, FailOn.NEVER if write_baseline else fail_on) else 0)


def _scanned(asked: _Asked, entries: Sequence[Accepted]) -> tuple[Scan, Compared]:
    import secure_xcom
    from secure_xcom.airflow.audit_sources import AuditSources, metadata_url
    from secure_xcom.ops.audit.finding import Scan
    from secure_xcom.ops.audit.scan.baseline import compared

    run = _run(asked, entries)
    with AuditSources(metadata_url(), asked.logs, asked.narrowed) as sources:
        sources.require_airflow()
        sources.require_dags()
        database, revision = sources.database, sources.revision
        looked_at = _looked_at(run, sources, asked)
        left_out = sources.not_wanted(asked.tables)
    accepted = compared(run.gathered.findings, entries, _today())
    found = Scan(
        began=run.checkpoint.began,
        ended=_now(),
        airflow=revision,
        product=secure_xcom.__version__,
        database=database,
        sources=(*looked_at, *left_out),
        findings=accepted.findings,
    )
    return found, accepted


def _run(asked: _Asked, entries: Sequence[Accepted]) -> Run:
    import secure_xcom
    from secure_xcom.airflow.audit_sources import metadata_url
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.cli.audit_scan_tables import progress
    from secure_xcom.ops.audit.scan.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
    from secure_xcom.ops.audit.scan.fingerprint import Fingerprints
    from secure_xcom.ops.audit.scan.gather import Gathered
    from secure_xcom.ops.audit.scan.rules import build_rules
    from secure_xcom.ops.audit.scan.run import Run

    rules = build_rules(settings(), AirflowHost())
    path = asked.checkpoint
    fingerprints = Fingerprints(asked.baselines.fingerprints_key(entries))
    # The database's URL may hold a password, so its MAC stands for it.
    question = fingerprints.of_texts("checkpoint", secure_xcom.__version__, metadata_url(), *asked.question)
    before = read_checkpoint(path, question) if path else None
    gathered = Gathered(fingerprints, rules.excerpt, before.findings if before else ())

    def save(checkpoint: Checkpoint) -> None:
        if path is not None:
            write_checkpoint(path, checkpoint)

    state = before or Checkpoint(asked=question, began=_now())
    return Run(rules.judge, gathered, state, save, progress())


def _looked_at(run: Run, sources: object, asked: _Asked) -> list[Source]:
    from secure_xcom.airflow.audit_sources import AuditSources, metadata_url

    assert isinstance(sources, AuditSources)  # noqa: S101 - its module imports Airflow
    wanted = sources.wanted(asked.tables)
    try:
        if asked.parallel == 1:
            return [run.scan(source) for source in wanted]

        def scan_alone(name: str) -> list[Source]:
            # Each has a connection of its own, and so a state of the database of its own.
            with AuditSources(metadata_url(), asked.logs, asked.narrowed) as own:
                return [run.scan(source) for source in own.wanted({name}) if source.name == name]

        with ThreadPoolExecutor(asked.parallel) as pool:
            return [source for found in pool.map(scan_alone, [one.name for one in wanted]) for source in found]
    except KeyboardInterrupt:
        run.keep()
    finally:
        run.progress.closed()
    said = f": the same command goes on from {asked.checkpoint}" if asked.checkpoint else ""
    typer.echo(f"the scan was interrupted{said}", err=True)
    raise typer.Exit(INTERRUPTED)


def _logs() -> Path | None:
    from secure_xcom.airflow.audit_sources import log_folder

    with as_configured():
        return log_folder()


def _checked(tables: Sequence[str]) -> frozenset[str]:
    from secure_xcom.airflow.audit_sources import ARCHIVE, NAMES

    for name in tables:
        if name not in NAMES and not name.startswith(ARCHIVE):
            raise ConfigurationError(f"--table: not one of {', '.join(NAMES)}")
    return frozenset(tables)


def _narrowed(dags: Sequence[str], since: str | None, sample: int) -> Narrowed:
    from secure_xcom.airflow.audit_sources import Narrowed

    return Narrowed(dags=tuple(dags), since=_moment(since) if since is not None else None, sample=sample)


def _moment(text: str) -> datetime:
    now = datetime.now(UTC).timestamp()
    seconds = moment_of("--since", text, now) // 1000
    if seconds > now:
        raise ConfigurationError("--since: is a time to come: nothing was written since then")
    # No row is older than the first of these moments.
    return datetime.fromtimestamp(max(seconds, 0), UTC)


def _write(path: Path, found: Scan) -> None:
    from secure_xcom.cli.output import write_output
    from secure_xcom.ops.audit.finding import as_text

    write_output(path, as_text(found, indent=1).encode() + b"\n")


def _write_metrics(path: Path, found: Scan) -> None:
    from secure_xcom.cli.output import READABLE
    from secure_xcom.cli.output import output as written
    from secure_xcom.ops.audit.scan import prometheus

    with written(path, READABLE, "--metrics") as write:
        write(prometheus.encode(found))


def _drop(checkpoint: Path) -> None:
    from secure_xcom.ops.audit.scan.checkpoint import drop_checkpoint

    drop_checkpoint(checkpoint)


def _tell(found: Scan, compared: Compared, *, top: int, as_json: bool) -> None:
    from secure_xcom.cli.audit_scan_tables import print_scan
    from secure_xcom.ops.audit.finding import as_text

    if as_json:
        typer.echo(as_text(found, indent=2))
    else:
        print_scan(found, compared, top)


def _fails(found: Scan, fail_on: FailOn) -> bool:
    from secure_xcom.ops.audit.finding import Severity

    if not found.is_complete:
        return True
    if fail_on is FailOn.NEVER:
        return False
    return any(one.severity.rank <= Severity(fail_on.value).rank for one in found.open_findings)


def _today() -> date:
    return datetime.now(UTC).date()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
