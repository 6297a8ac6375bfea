"""``secure-xcom explain``."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from secure_xcom.cli.deployment import MISCONFIGURED
from secure_xcom.ops.explain import explanations
from secure_xcom.ops.lineage.text import visible
from secure_xcom.settings.nearest import nearest


def explain(
    error: Annotated[str, typer.Argument(help="The error's class, as a log names it. Upper and lower case are alike.")],
) -> None:
    """Explain an error: what happened, why, and what to do. Exits with 2 if there is no such error."""
    found = {name.lower(): (name, text) for name, text in explanations().items()}
    # A log names the class with its module, and its text ends with (docs/errors.md#class).
    asked = re.split(r"[.#]", error.strip("() :"))[-1].lower()
    if asked not in found:
        meant = nearest(asked, found)
        hint = f"did you mean {found[meant][0]}? The" if meant else "the"
        names = ", ".join(name for name, _ in found.values())
        typer.echo(f"{visible(error)}: no such error; {hint} errors are {names}", err=True)
        raise typer.Exit(MISCONFIGURED)
    name, text = found[asked]
    typer.echo(f"{name}\n\n{text}")
