"""``secure-xcom``: the command line. Exit codes: 0 fine, 1 findings, 2 the command could not do its work.

A mistake in the settings is a finding of ``doctor``, hence 1. Each other command cannot work with it, hence 2.
"""

from __future__ import annotations

import typer

from secure_xcom.cli.audit import app as audit
from secure_xcom.cli.doctor import doctor
from secure_xcom.cli.explain import explain
from secure_xcom.cli.iam import app as iam
from secure_xcom.cli.lineage import lineage
from secure_xcom.cli.tune import tune

app = typer.Typer(name="secure-xcom", help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)
app.command("doctor")(doctor)
app.command("lineage")(lineage)
app.command("explain")(explain)
app.command("tune")(tune)
app.add_typer(audit, name="audit")
app.add_typer(iam, name="iam")


@app.callback()
def _root() -> None:
    """Check, audit and set up an Airflow that seals the sensitive parts of its XComs."""
