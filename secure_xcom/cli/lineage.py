"""``secure-xcom lineage``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.console import print_table
from secure_xcom.cli.deployment import FINDINGS
from secure_xcom.cli.ledger import exit_on_error, open_ledger, record_plain_values
from secure_xcom.cli.shown import names
from secure_xcom.model.event import Event
from secure_xcom.ops.lineage import render
from secure_xcom.ops.lineage.graph import OF_OPERATORS, Access, Lineage, Traffic
from secure_xcom.ops.lineage.graph import lineage as counted
from secure_xcom.ops.lineage.shown import shown as may_be_shown
from secure_xcom.ops.lineage.suggest import suggest as suggested
from secure_xcom.ops.lineage.text import visible


class Format(Enum):
    """The formats of a lineage."""

    TABLE = "table"
    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"


def lineage(
    dag: Annotated[str, typer.Argument(autocompletion=dag_ids, help="The Dag that owns the keys.")],
    run: Annotated[str | None, typer.Argument(help="One run of the Dag. By default all runs.")] = None,
    form: Annotated[Format, typer.Option("--format", help="The format to print.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Print the contract that the recorded traffic satisfies, as Python.")
    ] = False,
) -> None:
    """Show from the ledger which tasks wrote each key of a Dag, read it or were refused, or suggest its contract."""
    form = Format.JSON if as_json else form
    if suggest and form is not Format.TABLE:
        raise typer.BadParameter("prints Python: leave out --format and --json", param_hint="--suggest")
    with exit_on_error():
        entries = open_ledger().read(dag, run)
    if not entries:
        typer.echo(_no_entries(names().name(dag), run and names().name(run)), err=True)
        raise typer.Exit(FINDINGS)
    found = may_be_shown(counted(dag, run, entries), names().name)
    is_of_tasks = any(entry.event not in OF_OPERATORS for entry in entries)
    if not suggest:
        print_table(_table(found)) if form is Format.TABLE else typer.echo(render.FORMATS[form.value](found))
    elif is_of_tasks:
        typer.echo(suggested(found, complete=record_plain_values()))
    if not is_of_tasks:
        typer.echo(f"of {_which(found.dag_id, found.run_id)} the ledger has only what operators asked for", err=True)
        raise typer.Exit(FINDINGS)


def _no_entries(dag: str, run: str | None) -> str:
    return (
        f"the ledger has no entries about {_which(dag, run)}. "
        "With [secure_xcom] ledger_records = all it also records values that are not sealed"
    )


def _which(dag: str, run: str | None) -> str:
    return f"Dag {visible(dag)}" if run is None else f"run {visible(run)} of Dag {visible(dag)}"


def _table(found: Lineage) -> Table:
    runs = render.number(found.runs, "run") if found.run_id is None else f"run {found.run_id}"
    title = _text([f"Dag {found.dag_id}, {runs}"])
    table = Table("task", "key", "runs", "written by", "read by", "refused, expired, failed", "states", title=title)
    for key in found.keys:
        table.add_row(*_row(key, found.dag_id), end_section=True)
    return table


def _row(key: Traffic, dag_id: str) -> tuple[Text, ...]:
    def done(accesses: Iterable[Access]) -> Text:
        return _text(f"{render.name_of(access, dag_id)}: {render.how_often(access, key)}" for access in accesses)

    return (
        _text([key.task_id]),
        _text([key.key]),
        _text([str(key.runs)]),
        done(key.done(Event.WRITE)),
        done(key.done(Event.READ)),
        _text(f"{render.name_of(access, dag_id)}: {render.how_it_ended(access, key)}" for access in key.undone()),
        _text(render.states(key)),
    )


def _text(lines: Iterable[str]) -> Text:
    """Return lines that neither rich nor the terminal takes for markup."""
    return Text("\n".join(map(visible, lines)))
