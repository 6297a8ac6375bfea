"""``secure-xcom audit``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secure_xcom.cli.audit_events import events
from secure_xcom.cli.audit_report import report
from secure_xcom.cli.audit_scan import scan
from secure_xcom.cli.deployment import FINDINGS
from secure_xcom.cli.ledger import default_anchor, exit_on_error, open_ledger
from secure_xcom.cli.shown import names
from secure_xcom.ops.audit.anchor import read_anchor, write_anchor
from secure_xcom.ops.lineage.render import number
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.ledger.cuts import Cut
    from secure_xcom.ledger.verification import Verification

app = typer.Typer(
    help="Find secrets in plaintext, list and verify the ledger's entries, and write the review pack.",
    no_args_is_help=True,
)
app.command("scan")(scan)


@app.command()
def verify(
    anchor: Annotated[
        Path | None,
        typer.Option(
            help="A file with the ends that the last verification found, made if absent, in place of its own."
        ),
    ] = None,
    no_anchor: Annotated[
        bool, typer.Option("--no-anchor", help="Compare with no earlier verification, and write no file.")
    ] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="<str>", help="The id of a cut that you know the cause of. Give it once for each cut."),
    ] = None,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Exit with 0 if nothing was recorded yet.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify the chains of the ledger. Exits with 1 if one is broken, and names the first broken link of each run.

    A cut, where chains begin anew or cannot be verified since their key is lost, exits with 1 until it is accepted, and
    so does an empty ledger. The anchor shows a ledger that was set back to an earlier state. It lies beside the ledger,
    or below $AIRFLOW_HOME/secure_xcom for a server: keep it with --anchor where the ledger's writers cannot write.
    """
    if anchor and no_anchor:
        raise typer.BadParameter("contradicts --anchor: leave out one of them", param_hint="--no-anchor")
    with exit_on_error():
        place = None if no_anchor else anchor or default_anchor()
        before = read_anchor(place) if place else None
        found = open_ledger().verify(before)
    accepted = frozenset(accept or ())
    is_sound = not found.breaks and accepted.issuperset(cut.id for cut in found.cuts)
    typer.echo(json.dumps(_object(found, accepted), indent=2) if as_json else _text(found, accepted))
    for unknown in sorted(accepted.difference(cut.id for cut in found.cuts)):
        typer.echo(f"--accept {visible(unknown)}: there is no such cut now", err=True)
    if not found.entries:
        typer.echo("the ledger is empty: nothing was recorded yet, or all entries are gone", err=True)
    # Nobody asked for a file of an empty ledger's own.
    if place and is_sound and (found.entries or (anchor and allow_empty)):
        with exit_on_error():
            write_anchor(place, found.ends, makes_directory=not anchor)
        if not before:
            typer.echo("the anchor is new: verification cannot find a ledger that was set back before now", err=True)
    if not anchor and (found.entries or place is None):
        typer.echo(_of_anchor(place), err=True)
    raise typer.Exit(0 if is_sound and (found.entries or allow_empty) else FINDINGS)


def _of_anchor(place: Path | None) -> str:
    """Say what verification cannot find with this anchor."""
    if place is None:
        return "without an anchor, verification cannot find a run or a ledger that is gone or was set back"
    return (
        f"the anchor is {visible(str(place))}. A writer of the ledger who can write it too, as the workers' user can, "
        "can set both back unnoticed: keep it elsewhere with --anchor"
    )


app.command("events")(events)
app.command("report")(report)


def _object(found: Verification, accepted: frozenset[str]) -> dict[str, object]:
    name = names().name
    breaks = [
        asdict(one) | {"dag_id": name(one.dag_id), "run_id": None if one.is_register else name(one.run_id)}
        for one in found.breaks
    ]
    cuts = [asdict(cut) | {"dag_id": name(cut.dag_id), "accepted": cut.id in accepted} for cut in found.cuts]
    whole = bool(found.entries) and not breaks and not cuts
    unproved = [
        {"dag_id": name(dag), "run_id": name(run), "entries": count} for (dag, run), count in found.unproved.items()
    ]
    size = {"whole": whole, "runs": found.runs, "entries": found.entries}
    return {
        **size,
        "breaks": breaks,
        "cuts": cuts,
        "unproved": unproved,
        "pruned": [asdict(one) | {"dag_id": name(one.dag_id)} for one in found.pruned],
    }


def _text(found: Verification, accepted: frozenset[str]) -> str:
    broken = [f"broken: {_shown(str(problem))}" for problem in found.breaks]
    cuts = [_line(cut, accepted) for cut in found.cuts]
    unproved = [
        f"unproved: {count} entries of Dag {_shown(dag)}, run {_shown(run)}, came from a worker's disk, where any "
        "process of its user can write"
        for (dag, run), count in found.unproved.items()
    ]
    pruned = [
        f"pruned: {one.entries} entries of {number(one.runs, 'run')} of Dag {_shown(one.dag_id)}, the latest of "
        f"{datetime.fromtimestamp(one.until / 1000, tz=UTC).isoformat(timespec='seconds')}, as signed records say"
        for one in found.pruned
    ]
    size = f"{number(found.runs, 'run')}, {found.entries} entries"
    return "\n".join([*broken, *cuts, *unproved, *pruned, f"{size}: {_verdict(found)}"])


def _shown(text: str) -> str:
    return visible(names().text(text))


def _line(cut: Cut, accepted: frozenset[str]) -> str:
    if cut.id in accepted:
        return f"accepted cut: {_shown(str(cut))}"
    return f"cut: {_shown(str(cut))}. If you know why: --accept {cut.id}"


def _verdict(found: Verification) -> str:
    if found.breaks or found.cuts:
        counts = ((len(found.breaks), "broken"), (len(found.cuts), "cut"))
        return ", ".join(f"{count} {what}" for count, what in counts if count)
    return "whole" if found.entries else "there is nothing to verify"
