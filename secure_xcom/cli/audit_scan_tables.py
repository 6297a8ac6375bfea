"""What ``secure-xcom audit scan`` prints: its progress and its tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from secure_xcom.cli.console import console, description, print_table, progress_console
from secure_xcom.cli.tune_tables import Rate
from secure_xcom.ops.audit.finding import Finding, Scan, Severity, Source, State
from secure_xcom.ops.audit.scan import run
from secure_xcom.ops.audit.scan.baseline import Compared, shown
from secure_xcom.ops.lineage.render import number
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.ops.audit.scan.baseline import Accepted

_COLOURS: Final = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}


def progress() -> run.Progress:
    """Return a bar for each source, if standard error is a terminal."""
    errors = progress_console()
    if not errors.is_terminal:
        return run.Progress()
    columns = (description(), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    bar = Progress(*columns, console=errors, transient=True)
    tasks: dict[str, TaskID] = {}

    def began(name: str, total: int | None) -> None:
        bar.start()
        tasks[name] = bar.add_task(visible(name), total=total)

    def ended(name: str) -> None:
        if (task := tasks.pop(name, None)) is not None:
            bar.remove_task(task)

    return run.Progress(began, lambda name, rows: bar.advance(tasks[name], rows), ended, bar.stop)


def print_scan(scan: Scan, compared: Compared, top: int) -> None:
    """Print what was found, the worst first, and what was not looked at."""
    looked_at = sum(source.looked_at for source in scan.sources)
    protected = sum(source.protected for source in scan.sources)
    findings = scan.open_findings
    _say(
        f"{looked_at} {'row or file' if looked_at == 1 else 'rows and files'} looked at: "
        f"{number(len(findings), 'open finding')}, "
        f"{len(scan.findings) - len(findings)} accepted, {number(protected, 'protected value')}"
    )
    if findings:
        _say(_by_severity(findings))
        print_table(_findings(findings[:top]))
    if len(findings) > top:
        _say(f"and {len(findings) - top} more: --top {len(findings)} shows them, --json too")
    for entry in compared.expired:
        _say(f"accepted until {entry.expires.isoformat()}, and open again: {_of(entry)}")
    for entry in compared.unexplained:
        _say(f"in the baseline without a reason or an owner: {_of(entry)}")
    if compared.gone:
        _say(f"{number(len(compared.gone), 'entry').replace('entrys', 'entries')} of the baseline: no longer found")
    print_table(_sources(scan.sources))
    if not scan.is_complete:
        _say("not all was looked at: the table says what was not, and why")


def _findings(findings: Iterable[Finding]) -> Table:
    table = Table("severity", "where", "place", "rule", "count", "last seen", "what stands there", title="findings")
    for one in findings:
        severity = Text(one.severity.value, style=_COLOURS[one.severity])
        cells = (one.place.source, shown(one.place), one.rule, str(one.count), one.last_seen, one.excerpt)
        table.add_row(severity, *map(_text, cells), end_section=True)
    return table


def _sources(sources: Iterable[Source]) -> Table:
    table = Table("source", "state", "looked at", "protected", "not looked at", title="sources")
    for source in sources:
        if source.state is State.LEFT_OUT and not source.problem:
            continue
        reasons = [f"{count} {reason}" for reason, count in source.passed_over.items()]
        said = "\n".join(([source.problem] if source.problem else []) + reasons)
        counts = (str(source.looked_at), str(source.protected))
        table.add_row(*map(_text, (source.name, source.state.value, *counts, said)))
    return table


def _by_severity(findings: Iterable[Finding]) -> str:
    counts = Counter(one.severity for one in findings)
    return ", ".join(f"{counts[severity]} {severity.value}" for severity in Severity)


def _of(entry: Accepted) -> str:
    return visible(f"{entry.rule} at {entry.place} ({entry.fingerprint})")


def _say(text: str) -> None:
    console().print(text, soft_wrap=True)


def _text(text: str) -> Text:
    """Return text that neither rich nor the terminal takes for markup."""
    return Text("\n".join(map(visible, text.split("\n"))) if text else "")
