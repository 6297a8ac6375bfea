"""What ``audit report`` asks of this deployment, and reads from the files that it is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

import secure_xcom
from secure_xcom.cli import deployment
from secure_xcom.cli.doctor import checks_here
from secure_xcom.cli.ledger import open_ledger
from secure_xcom.errors import ConfigurationError, SecureXComError, translated
from secure_xcom.ops.audit.anchor import End, read_anchor
from secure_xcom.ops.audit.finding import Scan
from secure_xcom.ops.audit.report.gather import Evidence, Recorded, recorded
from secure_xcom.ops.audit.report.identities import identities_of
from secure_xcom.ops.audit.report.pack import CheckFacts, Gap, Identities
from secure_xcom.ops.audit.report.placed import Placed, placed
from secure_xcom.ops.doctor.checks import DAG, OTHER, Request
from secure_xcom.settings.routes_file import RoutesFile
from secure_xcom.settings.settings import LedgerMode, Settings

if TYPE_CHECKING:
    from secure_xcom.classify.rule_text import RuleText
    from secure_xcom.model.domain import Domain

T = TypeVar("T")

_EPOCH: Final = "SOURCE_DATE_EPOCH"
"""The variable of reproducible-builds.org: seconds since 1970 in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequest:
    """What the operator gives."""

    scan: Path | None
    anchor: Path | None
    doctor: Path | None
    checks: bool
    dags: tuple[str, ...]
    stamp: str


def evidence(asked: EvidenceRequest, step: Callable[[str, int], None]) -> Evidence:
    """Return all that the pack is made of. Raises ``ConfigurationError`` for settings and files that are wrong.

    What does not answer, such as a database, becomes a gap. ``step`` is called before each part, with its name and how
    many there are of its kind.
    """
    gaps: list[Gap] = []
    stamp = stamp_of(asked.stamp, os.environ)
    scan = _decoded(asked.scan, Scan, "--scan") if asked.scan else None
    given = _decoded(asked.doctor, tuple[CheckFacts, ...], "--doctor") if asked.doctor else None
    anchor = _anchor(asked.anchor)
    settings = deployment.settings()
    step("ask Airflow for its Dags", 1)
    dags = _dags(asked.dags, gaps)
    step("make the checks of the doctor", 1)
    checks = _checks(settings, dags, gaps, make=asked.checks) if given is None else given
    history = _recorded(settings, dags, anchor, step)
    step("look for placeholders", 1)
    return Evidence(
        stamp=stamp,
        product=secure_xcom.__version__,
        airflow=_airflow(),
        settings=settings,
        rule_texts=_rule_texts(settings),
        scan=scan,
        checks=checks,
        identities=_identities(settings, dags),
        recorded=history,
        placeholders=_placeholders(gaps),
        gaps=tuple(gaps),
    )


def stamp_of(given: str, environment: Mapping[str, str]) -> str:
    """Return the pack's time in UTC. Raises ``ConfigurationError`` for a text that names no moment."""
    epoch = environment.get(_EPOCH, "")
    option = "--stamp" if given else _EPOCH
    problem = f"{option}: not a time: give one in ISO 8601 with its zone, or seconds since 1970 in {_EPOCH}"
    with translated((ValueError, OverflowError, OSError), into=lambda _: ConfigurationError(problem)):
        if given:
            moment = datetime.fromisoformat(given)
        else:
            moment = datetime.fromtimestamp(int(epoch), tz=UTC) if epoch else datetime.now(tz=UTC)
    if moment.tzinfo is None:
        raise ConfigurationError(problem)
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _decoded(path: Path, kind: type[T], option: str) -> T:
    def unreadable(error: Exception) -> ConfigurationError:
        if isinstance(error, OSError):
            return ConfigurationError(f"{option} {path}: the file cannot be read: {os.strerror(error.errno or 0)}")
        return ConfigurationError(f"{option} {path}: the file is not what the command wrote: make it anew")

    with translated((OSError, msgspec.DecodeError, UnicodeDecodeError), into=unreadable):
        return msgspec.json.decode(path.read_bytes(), type=kind)


def _anchor(path: Path | None) -> Mapping[str, End] | None:
    found = read_anchor(path) if path else None
    if path and found is None:
        raise ConfigurationError(f"--anchor {path}: there is no such file: `secure-xcom audit verify` makes it")
    return found


def _dags(named: Iterable[str], gaps: list[Gap]) -> tuple[str, ...]:
    from secure_xcom.airflow.deployment import known_dags

    try:
        return tuple(sorted({*named, *known_dags()}))
    except ConfigurationError:
        gaps.append(Gap(what="the Dags that Airflow knows", why="its metadata database does not answer here"))
    return tuple(sorted(set(named)))


def _airflow() -> str:
    from secure_xcom.airflow.deployment import AirflowSite

    return AirflowSite().version


def _rule_texts(settings: Settings) -> Mapping[str, RuleText]:
    from secure_xcom.assembly.rules import rule_texts

    return rule_texts(settings)


def _checks(settings: Settings, dags: Sequence[str], gaps: list[Gap], *, make: bool) -> tuple[CheckFacts, ...]:
    if not make:
        gaps.append(Gap(what="the checks of the doctor", why="--no-checks"))
        return ()
    found = checks_here(_request(settings, dags))
    return tuple(CheckFacts(name=one.name, outcome=one.outcome.value, found=one.found, fix=one.fix) for one in found)


def _request(settings: Settings, dags: Sequence[str]) -> Request:
    """Name two Dags of different domains if each domain has a key or a role of its own."""
    if not any(uri.names_domain for uri in (settings.store, settings.key) if uri is not None):
        return Request()
    routes_file = settings.routes or RoutesFile()
    first_of = {routes_file.route_of(dag_id).domain: dag_id for dag_id in reversed(dags)}
    first, second, *_ = (*sorted(first_of.values()), DAG, OTHER)
    return Request(dag=first, other=second)


def _identities(settings: Settings, dags: tuple[str, ...]) -> tuple[Identities, ...]:
    routes_file = settings.routes or RoutesFile()
    named = {route.domain: route.readers for route in routes_file.routes}
    for dag_id in dags:
        route = routes_file.route_of(dag_id)
        named.setdefault(route.domain, route.readers)
    domains: list[tuple[Domain, tuple[Domain, ...]]] = sorted(named.items(), key=lambda item: item[0].name)
    return identities_of(settings, tuple(domains))


def _recorded(
    settings: Settings, dags: tuple[str, ...], anchor: Mapping[str, End] | None, step: Callable[[str, int], None]
) -> Recorded:
    if settings.ledger_mode is LedgerMode.OFF:
        return Recorded(gaps=(Gap(what="access history and its verification", why="ledger_mode is off"),))
    return recorded(open_ledger(), dags, anchor, step)


def _placeholders(gaps: list[Gap]) -> Placed | None:
    from secure_xcom.airflow.deployment import metadata_url, sealed_values

    try:
        found, unread = placed(sealed_values(metadata_url()))
    except SecureXComError:
        return None
    if unread:
        gaps.append(Gap(what=f"{unread} placeholders in Airflow's database", why="damaged, forged or too large"))
    return found
