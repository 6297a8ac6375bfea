"""``secure-xcom iam``: the policies that this deployment needs."""

from __future__ import annotations

import typer

app = typer.Typer(help=__doc__, no_args_is_help=True)
