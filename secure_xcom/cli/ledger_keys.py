"""``secure-xcom ledger``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from secure_xcom.cli.deployment import FINDINGS, MISCONFIGURED
from secure_xcom.cli.ledger import exit_on_error, open_ledger
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secure_xcom.ledger.rekey import Rekeyed

app = typer.Typer(help="Keep the ledger.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Keep ``rekey`` a subcommand while it is the only one."""


@app.command()
def rekey(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Seal the chain key of each domain anew, under the store and key that are configured now.

    Where none can be opened any more, a new chain begins, and it exits with 1. It exits with 2 if a key is out of
    reach.
    """
    with exit_on_error():
        found = open_ledger().rekey(dry_run=dry_run)
    typer.echo(json.dumps([_object(one) for one in found], indent=2) if as_json else _text(found, dry_run=dry_run))
    outcomes = {one.outcome.value for one in found}
    raise typer.Exit(MISCONFIGURED if "failed" in outcomes else FINDINGS if "begun" in outcomes else 0)


def _object(one: Rekeyed) -> dict[str, object]:
    generations = list(one.generations)
    return {
        "dag_id": one.dag_id,
        "former": one.former,
        "outcome": one.outcome.value,
        "generations": generations,
        "problem": one.problem,
    }


def _text(found: Sequence[Rekeyed], *, dry_run: bool) -> str:
    lines = [_line(one, dry_run=dry_run) for one in found]
    return "\n".join(lines) if lines else "the ledger has no chain key yet"


def _line(one: Rekeyed, *, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    done = {"sealed": f"{would}sealed anew", "begun": f"a new chain {would or 'was '}begun", "failed": "out of reach"}
    problem = f": {visible(one.problem)}" if one.problem else ""
    former = ", from before it joined a namespace" if one.former else ""
    return f"Dag {visible(one.dag_id)}{former}: {done[one.outcome.value]}{problem}"
