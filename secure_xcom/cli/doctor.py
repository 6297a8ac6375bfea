"""``secure-xcom doctor``."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from secure_xcom.assembly.router import Router
from secure_xcom.cli.deployment import FINDINGS, settings
from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.doctor import files, rights, site
from secure_xcom.ops.doctor.pair import Pair
from secure_xcom.ops.doctor.probes import Probes
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.settings.settings import Settings

_DAG: Final = "secure_xcom_doctor"
_OTHER: Final = "secure_xcom_doctor_other"
_STYLES: Final = {Outcome.OK: "green", Outcome.FAILED: "bold red", Outcome.SKIPPED: "dim"}


def doctor(
    dag: Annotated[str, typer.Option(help="The Dag whose identity this is, or is taken on.")] = _DAG,
    other: Annotated[str, typer.Option(help="A Dag of another domain.")] = _OTHER,
    isolation: Annotated[bool, typer.Option(help="Check that Dags are kept apart.")] = True,
    strict: Annotated[bool, typer.Option(help="Fail where this worker can act as the other Dag.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check this deployment as the current identity. Leaves nothing behind; a failed check exits with 1."""
    # Retries and refusals are what is being looked for here.
    logging.disable(logging.WARNING)
    found = list(_checks(dag, other, isolation=isolation, strict=strict))
    if as_json:
        typer.echo(json.dumps([asdict(check) | {"outcome": check.outcome.value} for check in found], indent=2))
    else:
        Console().print(_table(found))
    raise typer.Exit(FINDINGS if any(check.outcome is Outcome.FAILED for check in found) else 0)


def _checks(dag: str, other: str, *, isolation: bool, strict: bool) -> Iterator[Check]:
    from secure_xcom.airflow.connections import AirflowConnections
    from secure_xcom.airflow.deployment import AirflowSite

    parsed, router, mistakes = _configured(dag, other)
    if mistakes:
        for problem in mistakes:
            yield Check(name="settings", outcome=Outcome.FAILED, found=problem, fix="correct [secure_xcom]")
    else:
        yield Check(name="settings", outcome=Outcome.OK, found="each option is understood")
    yield from site.checks(AirflowSite(), parsed)
    if parsed is None or router is None:
        return
    yield files.check(parsed, [router.domain_of(dag) for dag in (dag, other)], _routes_file())
    granted = parsed.routes is not None and router.domain_of(dag) in parsed.routes.route_of(other).readers
    yield from Probes(router, dag, other, isolation=isolation, granted=granted, strict=strict).checks()
    if isolation:
        yield rights.check(parsed, AirflowConnections(), Pair(router, dag, other))


def _routes_file() -> Path | None:
    from secure_xcom.airflow.settings import read_section

    file = read_section().get("routes")
    return Path(file) if file else None


def _configured(dag: str, other: str) -> tuple[Settings | None, Router | None, tuple[str, ...]]:
    from secure_xcom.airflow.connections import AirflowConnections

    parsed = None
    try:
        parsed = settings()
        router = Router(parsed, AirflowConnections())
        router.check()
        _require_named(parsed, dag, other)
        _require_apart(router, dag, other)
    except ConfigurationError as error:
        return parsed, None, error.problems
    return parsed, router, ()


def _require_named(parsed: Settings, dag: str, other: str) -> None:
    """Refuse a Dag that was made up where each Dag has a role or key of its own: a made-up Dag has none."""
    uris = [uri for uri in (parsed.store, parsed.key) if uri is not None]
    missing = [option for option, unnamed in (("--dag", dag == _DAG), ("--other", other == _OTHER)) if unnamed]
    if missing and any(uri.names_domain for uri in uris):
        raise ConfigurationError(f"name {' and '.join(missing)}: with {{domain}} each Dag has a role or key of its own")


def _require_apart(router: Router, dag: str, other: str) -> None:
    if router.domain_of(dag) == router.domain_of(other):
        raise ConfigurationError(f"--other: {other} is of the same domain as {dag}: name a Dag of another")


def _table(found: list[Check]) -> Table:
    table = Table("check", "outcome", "found", "what to do", title="secure-xcom doctor")
    for check in found:
        style = _STYLES[check.outcome]
        table.add_row(check.name, f"[{style}]{check.outcome.value}[/{style}]", _plain(check.found), _plain(check.fix))
    return table


def _plain(text: str) -> str:
    """Let rich take no square bracket of an option's section for markup."""
    from rich.markup import escape

    return escape(text)
