"""``secure-xcom audit``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secure_xcom.cli.deployment import FINDINGS
from secure_xcom.cli.ledger import exit_on_error, open_ledger
from secure_xcom.ops.audit.anchor import read_anchor, write_anchor
from secure_xcom.ops.lineage.render import number
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.ledger.verify import Verification

app = typer.Typer(help="Verify the ledger.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Keep ``verify`` a subcommand while it is the only one."""


@app.command()
def verify(
    anchor: Annotated[
        Path | None,
        typer.Option(help="A file with the ends that the last verification found. It is made if it is absent."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify the chains of the ledger. Exits with 1 if one is broken, and names the first broken link of each run.

    With --anchor it also finds a ledger that was set back to an earlier state.
    """
    with exit_on_error():
        before = read_anchor(anchor) if anchor else None
        found = open_ledger().verify(before)
    typer.echo(json.dumps(_object(found), indent=2) if as_json else _text(found))
    if not found.entries:
        typer.echo("the ledger is empty: nothing was recorded yet, or all entries are gone", err=True)
    if not anchor:
        typer.echo(
            "without --anchor, verification cannot find a run or a ledger that is gone or was set back", err=True
        )
    if anchor and not found.breaks:
        with exit_on_error():
            write_anchor(anchor, found.ends)
        if not before:
            typer.echo("the anchor is new: verification cannot find a ledger that was set back before now", err=True)
    raise typer.Exit(FINDINGS if found.breaks else 0)


def _object(found: Verification) -> dict[str, object]:
    breaks = [asdict(one) | {"run_id": None if one.is_register else one.run_id} for one in found.breaks]
    return {"whole": not breaks, "runs": found.runs, "entries": found.entries, "breaks": breaks}


def _text(found: Verification) -> str:
    broken = [f"broken: {visible(str(problem))}" for problem in found.breaks]
    size = f"{number(found.runs, 'run')}, {found.entries} entries"
    return "\n".join([*broken, f"{size}: {len(broken)} broken" if broken else f"{size}: whole"])
