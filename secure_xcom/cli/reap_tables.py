"""What ``secure-xcom reap`` prints: its progress and its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.filesize import decimal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from secure_xcom.cli.console import console, description, print_table, progress_console
from secure_xcom.cli.shown import names
from secure_xcom.cli.tune_tables import Rate
from secure_xcom.ledger.pruning import Pruning
from secure_xcom.ops.lifecycle.reap import run
from secure_xcom.ops.lifecycle.reap.missing import Looked
from secure_xcom.ops.lifecycle.reap.report import Report
from secure_xcom.ops.lifecycle.reap.summary import Summary
from secure_xcom.ops.lifecycle.reap.verdict import Kept, Reason
from secure_xcom.ops.lineage.render import number
from secure_xcom.ops.lineage.text import visible

_TOP: Final = 20
"""Orphans, and rows whose object is missing, that are named; ``--json`` has more."""

_NOTED: Final = 60.0
"""Seconds of difference between two clocks that are worth a word."""


def progress() -> run.Progress:
    """Return a bar for each phase, if standard error is a terminal. A survey has no total: nothing was counted yet."""
    errors = progress_console()
    if not errors.is_terminal:
        return run.Progress()
    columns = (description(), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    bar = Progress(*columns, console=errors, transient=True)
    tasks: list[TaskID] = []

    def began(phase: str, total: int | None) -> None:
        bar.start()
        tasks.append(bar.add_task(phase, total=total))

    def ended() -> None:
        bar.remove_task(tasks.pop())
        bar.stop()

    return run.Progress(began, lambda count: bar.advance(tasks[-1], count), ended)


def print_report(report: Report) -> None:
    """Print what was deleted or would be, what stays and why, and the rows whose object is missing."""
    table = Table("store", "objects", "bytes", "what", "why", title="objects")
    for label, summary in report.stores.items():
        for cells in _lines(label, summary, deleted=report.deleted):
            table.add_row(*map(_text, cells))
        if label in report.problems:
            table.add_row(
                *map(_text, (_label(label), "", "", "not listed to its end", names().text(report.problems[label])))
            )
    if table.row_count:
        print_table(table)
    _say_named(report)
    if report.rows is not None:
        _say_rows(report.rows)
    if report.pruned is not None:
        _say_pruned(report.pruned, deleted=report.deleted)
    going = report.total.going
    done = "deleted" if report.deleted else "would be deleted with --yes"
    _say(f"{number(going.objects, 'object')} of {decimal(going.bytes)} {done}")
    if report.implausible and not report.deleted:
        _say(
            f"{report.total.orphaned} objects look orphaned, more than half of a store or of all: --yes deletes "
            f"nothing, unless you say how many: --expect {report.total.orphaned}"
        )
    if abs(report.clock_ahead) > _NOTED:
        _say(f"this machine's clock and the database's are {abs(report.clock_ahead):.0f} seconds apart")


def _say_named(report: Report) -> None:
    if not report.named:
        return
    _say("deleted:" if report.deleted else "would be deleted:")
    for one in report.named[:_TOP]:
        if one.where is not None:
            _say(f"  {visible(str(names().coordinates(one.where)))}: {one.verdict.value}")
    if (more := report.total.going.objects - len(report.named[:_TOP])) > 0:
        _say(f"  and {more} more: --json names up to {run.MOST_NAMED}")


def _lines(label: str, summary: Summary, *, deleted: bool) -> Iterator[tuple[str, ...]]:
    for verdict in (*Reason, *Kept):
        tally = summary.of(verdict)
        if tally.objects:
            goes = "deleted" if deleted else "would be deleted"
            word = goes if isinstance(verdict, Reason) else "kept"
            yield _label(label), str(tally.objects), decimal(tally.bytes), word, verdict.value


def _say_pruned(pruned: Pruning, *, deleted: bool) -> None:
    done = "pruned" if deleted else "would be pruned with --yes"
    _say(f"{pruned.entries} entries of {number(pruned.runs, 'run')} in the ledger {done}")
    for problem, count in sorted(pruned.problems.items()):
        _say(f"  {number(count, 'chain')} left as they are ({problem}): run secure-xcom audit verify")


def _say_rows(rows: Looked) -> None:
    _say(f"{number(rows.rows, 'row')} with a placeholder")
    for count, what in (
        (rows.missing, "whose object is in none of store, large_store and previous_stores: clear the producing task"),
        (rows.ended, "whose object was consumed or purged"),
        (rows.unread, "could not be read"),
        (rows.unknown, "whose store did not answer"),
    ):
        if count:
            _say(f"  {count} {what}")
    for where in rows.where[:_TOP]:
        _say(f"    {visible(str(names().coordinates(where)))}")
    if rows.missing > _TOP:
        _say(f"    and {rows.missing - _TOP} more: --json names up to 100")


def _say(text: str) -> None:
    console().print(text, soft_wrap=True)


def _label(store: str) -> str:
    """Return a store as it is shown. If each Dag has a store of its own, its address holds a Dag's id."""
    return names().text(store)


def _text(text: str) -> Text:
    """Return text that neither rich nor the terminal takes for markup."""
    return Text(visible(text) if text else "")
