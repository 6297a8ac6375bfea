"""``secure-xcom``: the command line. Exit codes: 0 fine, 1 findings, 2 the command could not do its work.

A mistake in the settings is a finding of ``doctor``, hence 1. Each other command cannot work with it, hence 2.
"""

from __future__ import annotations

from typing import Annotated

import typer

import secure_xcom
from secure_xcom.cli.airflow_home import untouched
from secure_xcom.cli.audit import app as audit
from secure_xcom.cli.doctor import doctor
from secure_xcom.cli.explain import explain
from secure_xcom.cli.iam import app as iam
from secure_xcom.cli.keys import app as keys
from secure_xcom.cli.ledger_keys import app as ledger
from secure_xcom.cli.lineage import lineage
from secure_xcom.cli.migrate import migrate
from secure_xcom.cli.move import move
from secure_xcom.cli.reap import reap
from secure_xcom.cli.reveal import reveal
from secure_xcom.cli.rewrap import rewrap
from secure_xcom.cli.tune import tune
from secure_xcom.cli.usage import Commands

app = typer.Typer(name="secure-xcom", cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)
app.command("doctor")(doctor)
app.command("lineage")(lineage)
app.command("explain")(explain)
app.command("tune")(tune)
app.command("reveal")(reveal)
app.command("move")(move)
app.command("rewrap")(rewrap)
app.command("migrate")(migrate)
app.command("reap")(reap)
app.add_typer(audit, name="audit")
app.add_typer(ledger, name="ledger")
app.add_typer(keys, name="keys")
app.add_typer(iam, name="iam")


def _print_version(*, is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"secure-xcom {secure_xcom.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool,
        typer.Option(
            "--version", callback=lambda asked: _print_version(is_asked=asked), is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Check, audit and set up an Airflow that seals the sensitive parts of its XComs.

    Exit codes: 0 fine, 1 findings, 2 the command could not do its work.

    A mistake in the settings is a finding of doctor, hence 1, and 2 for all others.
    """
    context.with_resource(untouched())
