"""``secure-xcom reveal``."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secure_xcom.cli.completion import dag_ids
from secure_xcom.cli.deployment import FINDINGS, MISCONFIGURED, settings
from secure_xcom.cli.operator import operator
from secure_xcom.cli.shown import names, shown
from secure_xcom.errors import ConfigurationError, PayloadError, SecureXComError, translated
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.ops.lifecycle.reveal.reason import LONGEST, problem_of

if TYPE_CHECKING:
    from secure_xcom.ops.lifecycle.reveal.reveal import Revealed, RevealRequest
    from secure_xcom.settings.settings import Settings


def reveal(
    dag: Annotated[str, typer.Argument(autocompletion=dag_ids, help="The Dag that pushed the value.")],
    run: Annotated[str, typer.Argument(help="The id of its run.")],
    task: Annotated[str, typer.Argument(help="The id of its task.")],
    key: Annotated[str, typer.Argument(help="The key of the XCom.")],
    reason: Annotated[
        str, typer.Option(help=f"Why the value must be seen. The ledger keeps it: one line of {LONGEST} characters.")
    ],
    map_index: Annotated[int, typer.Option(help="The map index of a mapped task.")] = -1,
    override: Annotated[
        bool, typer.Option("--override", help="Set the value's contract aside. The ledger records that, too.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Print the value also where no terminal is.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="Write the value to this new file, readable by its owner alone.")
    ] = None,
) -> None:
    """Show one sealed value, with the operator's own identity; the ledger records it, and each refusal.

    Exits with 1 if the value is refused, or cannot be opened or recorded.
    """
    _require_place(output, prints=yes or sys.stdout.isatty())
    where = Coordinates(dag_id=dag, run_id=run, task_id=task, key=key, map_index=map_index)
    with _exit_on_error():
        configured = settings()
        _require_reason(reason, configured)
        asked = _asked(where, reason, override=override)
        revealed = _revealed(asked, configured)
        text = _shown(revealed)
    typer.echo(_about(revealed), err=True)
    _deliver(text, output)


def _require_place(output: Path | None, *, prints: bool) -> None:
    """Raise ``BadParameter``, before anything is opened, if there is no place for the value."""
    if output is not None and os.path.lexists(output):
        raise typer.BadParameter("there is such a file already, and none is overwritten", param_hint="--output")
    if output is None and not prints:
        raise typer.BadParameter(
            "the output is not a terminal, and what reads it may keep it: give --output FILE, or --yes to print there",
            param_hint="--yes",
        )


def _require_reason(reason: str, configured: Settings) -> None:
    """Raise ``BadParameter``, in which nothing of the reason stands."""
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.policy import build_policy
    from secure_xcom.settings.settings import Seal

    # Whatever the deployment seals, a secret in the ledger would be one too many.
    policy = build_policy(replace(configured, content_rules=True, seal=Seal.SENSITIVE), AirflowHost())
    if problem := problem_of(reason, policy.rule_of_text):
        raise typer.BadParameter(problem, param_hint="--reason")


def _asked(where: Coordinates, reason: str, *, override: bool) -> RevealRequest:
    from secure_xcom.ops.lifecycle.reveal.reveal import RevealRequest

    return RevealRequest(where=where, operator=operator(), reason=reason.strip(), override=override)


def _revealed(asked: RevealRequest, configured: Settings) -> Revealed:
    from secure_xcom.airflow.deployment import metadata_url, stored_value
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.build import build_runtime
    from secure_xcom.assembly.operator import as_operator
    from secure_xcom.ops.lifecycle.reveal.reveal import Reveal

    url = metadata_url()
    runtime = build_runtime(as_operator(configured), AirflowHost())
    return Reveal(runtime, lambda where: stored_value(url, where)).value_of(asked)


def _shown(revealed: Revealed) -> str:
    from secure_xcom.ops.lifecycle.reveal.shown import shown

    with translated(RecursionError, into=lambda _: PayloadError("the value is nested too deeply to be shown")):
        return shown(revealed.tree)


def _about(revealed: Revealed) -> str:
    """Say what the value is, on lines that hold nothing of it."""
    context = revealed.context
    where = names().coordinates(context.coordinates)
    lines = [f"{where}, sealed at {_moment(context.created)}"]
    if context.expires:
        lines.append(f"its lifetime ends at {_moment(context.expires)}")
    if context.contract:
        lines.append(f"its contract was set aside: {context.contract}")
    if revealed.state:
        lines.append(f"it is read once, and is {revealed.state}; this changed nothing about that")
    return "\n".join(map(shown, lines))


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def _deliver(text: str, output: Path | None) -> None:
    if output is None:
        # As bytes: where the locale is ASCII alone, a text would fail half-way.
        typer.echo(text.encode(), nl=False)
        return
    from secure_xcom.ports.private_file import write_new_private_file

    def unwritable(error: OSError) -> ConfigurationError:
        return ConfigurationError(f"--output {output}: the file cannot be written: {os.strerror(error.errno or 0)}")

    with _exit_on_error(), translated(OSError, into=unwritable):
        write_new_private_file(output, text.encode(), f"--output {output}: the file")
    typer.echo(f"written to {output}, which holds the secret: remove it when it has served", err=True)


def _exit_on_error() -> translated[SecureXComError]:
    """Tell an error on standard error, and exit with 1, or with 2 for a mistake in the settings."""
    return translated(SecureXComError, into=_told)


def _told(error: SecureXComError) -> typer.Exit:
    is_mistake, name = isinstance(error, ConfigurationError), type(error).__name__
    text = str(error) if is_mistake else f"{error}\n{name}: `secure-xcom explain {name}` tells what to do"
    typer.echo(shown(text), err=True)
    return typer.Exit(MISCONFIGURED if is_mistake else FINDINGS)
