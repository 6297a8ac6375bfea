"""``secure-xcom audit events``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.deployment import FINDINGS
from secure_xcom.cli.events_output import HEADS, Format, Tally
from secure_xcom.cli.ledger import default_anchor, exit_on_error, open_ledger
from secure_xcom.cli.moment import moment_of
from secure_xcom.cli.output import READABLE, leave_closed_pipe, output
from secure_xcom.cli.poll import LONGEST_SECONDS, SHORTEST_SECONDS, pause
from secure_xcom.cli.shown import shown
from secure_xcom.errors import LedgerUnavailable
from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event
from secure_xcom.ops.audit.anchor import read_anchor
from secure_xcom.ops.audit.events import prometheus

if TYPE_CHECKING:
    from secure_xcom.ledger.lazy import LazyLedger
    from secure_xcom.ledger.reading import Position
    from secure_xcom.ledger.wanted import Wanted

_EVENTS: Final = f"<{'|'.join(event.value for event in Event)}>"
_OUTCOMES: Final = f"<{'|'.join(outcome.value for outcome in Outcome)}>"

_ROWS: Final = 100
"""Of a table that nobody gave a limit for."""


def events(
    dag: Annotated[str | None, typer.Option(autocompletion=dag_ids, help="Entries about this Dag's XComs.")] = None,
    run: Annotated[str | None, typer.Option(help="Entries about this run's XComs.")] = None,
    task: Annotated[str | None, typer.Option(help="Entries about the XComs that this task pushed.")] = None,
    key: Annotated[str | None, typer.Option(help="Entries about XComs of this key.")] = None,
    event: Annotated[
        list[Event] | None, typer.Option(metavar=_EVENTS, help="Entries of this event. Give it once for each.")
    ] = None,
    outcome: Annotated[
        list[Outcome] | None, typer.Option(metavar=_OUTCOMES, help="Entries that ended so. Give it once for each.")
    ] = None,
    actor_dag: Annotated[
        str | None, typer.Option(autocompletion=dag_ids, help="Entries of what this Dag's tasks did.")
    ] = None,
    object_id: Annotated[str | None, typer.Option("--object", help="Entries about the object of this id.")] = None,
    since: Annotated[str | None, typer.Option(help="Entries from this time on: ISO 8601, or 7d or 12h ago.")] = None,
    until: Annotated[str | None, typer.Option(help="Entries before this time.")] = None,
    form: Annotated[Format, typer.Option("--format", help="The format to print.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Print so many entries at most.")] = None,
    after: Annotated[
        str | None, typer.Option(help="Print the page after this cursor, which the last page told.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on, and print each entry as it is recorded.")
    ] = False,
    interval: Annotated[
        float,
        typer.Option(
            min=SHORTEST_SECONDS, max=LONGEST_SECONDS, help="With --follow: look again after so many seconds."
        ),
    ] = 2.0,
    to: Annotated[Path | None, typer.Option("--output", help="Write to this file, which appears whole.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="With prometheus: verify the ledger too.")] = False,
) -> None:
    """List the entries of the ledger, oldest first, follow them, or export them for other systems.

    Nothing is verified: audit verify does that. It exits with 1 if rows are damaged, which it passes over.
    """
    form = Format.JSONL if as_json else form
    now = time.time()
    _require_sense(form, limit=limit, after=after, since=since, until=until, follow=follow, to=to, verify=verify)
    with exit_on_error():
        from secure_xcom.ledger.wanted import Wanted

        wanted = Wanted(
            dag_id=dag,
            run_id=run,
            task_id=task,
            key=key,
            actor_dag_id=actor_dag,
            object_id=object_id,
            events=frozenset(event or ()),
            outcomes=frozenset(outcome or ()),
            since=moment_of("--since", since, now) if since is not None else None,
            until=moment_of("--until", until, now) if until is not None else None,
        )
        place = _position(after)
        ledger = open_ledger()
        if form is Format.PROMETHEUS:
            raise typer.Exit(_count(ledger, wanted, to, now, is_verified=verify))
        with output(to) as write:
            tally = Tally(form, write, limit or (None if form is not Format.TABLE or follow else _ROWS))
            write(HEADS.get(form, ""))
            with _ending(is_following=follow):
                if follow:
                    _follow(ledger, wanted, place, tally, interval)
                else:
                    _list(ledger, wanted, place, tally)
        tally.tell()
        if dag and not tally.entries and dag not in ledger.dag_ids():
            typer.echo(shown(f"the ledger has no entry about an XCom of {dag}: check the Dag's id"), err=True)
        elif wanted != Wanted() and not (tally.entries or follow):
            typer.echo("the ledger has no entry with all that was asked for", err=True)
    raise typer.Exit(FINDINGS if tally.damaged else 0)


def _list(ledger: LazyLedger, wanted: Wanted, after: Position | None, tally: Tally) -> None:
    for batch in ledger.batches(wanted, after, tally.limit):
        tally.add(batch)
        if tally.is_full:
            return


def _follow(ledger: LazyLedger, wanted: Wanted, after: Position | None, tally: Tally, interval: float) -> None:
    following = ledger.following(wanted, after)
    for batch in following.there():
        tally.add(batch)
    while not tally.is_full and pause(interval):
        try:
            for batch in following.recorded():
                tally.add(batch)
        except LedgerUnavailable as error:
            # It goes on where it was: a new process would miss entries, or have some twice.
            typer.echo(f"{error.message}. It is asked again", err=True)


@contextmanager
def _ending(*, is_following: bool) -> Iterator[None]:
    """End in peace when the reader of the output has gone, or when somebody ends what would go on for ever."""
    try:
        yield
    except BrokenPipeError:
        leave_closed_pipe()
    except KeyboardInterrupt:
        if not is_following:
            raise


def _count(ledger: LazyLedger, wanted: Wanted, to: Path | None, now: float, *, is_verified: bool) -> int:
    verified = None
    if is_verified:
        found = ledger.verify(read_anchor(default_anchor()))
        unproved = sum(found.unproved.values())
        verified = prometheus.Verified(at=now, breaks=len(found.breaks), cuts=len(found.cuts), unproved=unproved)
    text = prometheus.encode(ledger.counts(wanted), verified)
    with output(to, READABLE) as write:
        write(text)
    return FINDINGS if verified and (verified.breaks or verified.cuts) else 0


def _require_sense(form: Format, *, to: Path | None, follow: bool, verify: bool, **of_entries: object) -> None:
    if follow and to:
        raise typer.BadParameter("a file appears when all is written: leave out --follow", param_hint="--output")
    if form is not Format.PROMETHEUS:
        if verify:
            raise typer.BadParameter("serves --format prometheus alone: run audit verify", param_hint="--verify")
        return
    given = [f"--{name}" for name, value in {"follow": follow, **of_entries}.items() if value]
    if given:
        raise typer.BadParameter(f"prometheus has counts of all time: leave out {given[0]}", param_hint="--format")


def _position(cursor: str | None) -> Position | None:
    from secure_xcom.ledger.reading import Position

    if cursor is None:
        return None
    found = Position.parse(cursor)
    if found is None:
        raise typer.BadParameter("must be what the last page told", param_hint="--after")
    return found
