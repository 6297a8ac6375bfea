"""``secure-xcom``: the command line. Exit codes: 0 fine, 1 findings or failed checks, 2 usage or configuration."""

from __future__ import annotations

import typer

from secure_xcom.cli.audit import app as audit
from secure_xcom.cli.doctor import doctor
from secure_xcom.cli.iam import app as iam
from secure_xcom.cli.lineage import lineage

app = typer.Typer(name="secure-xcom", help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)
app.command("doctor")(doctor)
app.command("lineage")(lineage)
app.add_typer(audit, name="audit")
app.add_typer(iam, name="iam")


@app.callback()
def _root() -> None:
    """Check, audit and set up an Airflow that seals the sensitive parts of its XComs."""
