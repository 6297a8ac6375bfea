"""``pack_of``: from what was read and asked to the pack. What is missing becomes a gap with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.errors import SecureXComError
from secure_xcom.ledger.db.text import original
from secure_xcom.ops.audit.finding import Scan, State
from secure_xcom.ops.audit.report.access import History
from secure_xcom.ops.audit.report.advisories import COMPILED, dependencies
from secure_xcom.ops.audit.report.around import routes_around
from secure_xcom.ops.audit.report.configured import domains_of, keys_of, rules_of, settings_of
from secure_xcom.ops.audit.report.controls import CONTROLS
from secure_xcom.ops.audit.report.pack import CheckFacts, Gap, Identities, Pack, RuleHelp, SealedKey, Verified
from secure_xcom.ops.audit.report.placed import Placed
from secure_xcom.ops.lineage.render import number
from secure_xcom.settings.settings import Records, Settings

if TYPE_CHECKING:
    from secure_xcom.classify.rule_text import RuleText
    from secure_xcom.ledger.verification import Verification
    from secure_xcom.ledger.walk import End
    from secure_xcom.model.entry import Entry

_CONTENT: Final = "content-"
"""Begins the id of a rule that looks at texts."""

NEVER_LOOKED_AT: Final = (
    Gap(what="disks, backups and replicas", why="the command reads Airflow's database, logs, settings and the ledger"),
    Gap(what="what AWS, Vault or Kubernetes have applied", why="the command asks no platform for its policies"),
    Gap(what="workers other than this one", why="settings and checks are those of this machine and its identity"),
    Gap(what="rotation kept by a key provider", why="the command asks no key provider: the section on keys says how"),
    Gap(what="secrets that no rule finds", why="a scan recognises names and known forms of secrets"),
    Gap(what="what tasks do with a value that they opened", why="a task's code is its own"),
)
"""What this command does not look at, whatever it is given."""


class ReadableLedger(Protocol):
    """What the pack asks of the ledger."""

    def stream(self, dag_id: str) -> Iterator[Entry]:
        """Give the entries about a Dag's XComs. Raises a ``SecureXComError``, also half-way."""

    def verify(self, anchor: Mapping[str, End] | None = None) -> Verification:
        """Walk all chains. Raises a ``SecureXComError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the ledger answered: the history, and the verification. Both are ``None`` where it did not answer."""

    history: History | None = None
    verified: Verified | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a pack is made of. ``gaps`` say why a part is absent."""

    stamp: str
    product: str
    airflow: str
    settings: Settings
    rule_texts: Mapping[str, RuleText]
    """What each rule of this deployment is about, by its id."""
    recorded: Recorded
    scan: Scan | None = None
    checks: tuple[CheckFacts, ...] = ()
    identities: tuple[Identities, ...] = ()
    placeholders: Placed | None = None
    """Those in the metadata database; ``None`` if it was not read."""
    gaps: tuple[Gap, ...] = ()


def recorded(
    ledger: ReadableLedger,
    dags: Iterable[str],
    anchor: Mapping[str, End] | None,
    step: Callable[[str, int], None] = lambda _what, _total: None,
) -> Recorded:
    """Verify the ledger and count its entries about ``dags``, and about each Dag that it has a chain of.

    ``step`` is called before each part, with its name and how many there are of its kind.
    """
    gaps: list[Gap] = []
    step("verify the ledger", 1)
    try:
        found = ledger.verify(anchor)
    except SecureXComError as error:
        why = f"the ledger does not answer: {type(error).__name__}"
        return Recorded(gaps=(Gap(what="access history and its verification", why=why),))
    history = History()
    known = sorted({*dags, *(original(str(end[2])) for end in found.ends.values())})
    for dag_id in known:
        step("read the ledger, a Dag at a time", len(known))
        try:
            history.see_dag(ledger.stream(dag_id))
        except SecureXComError as error:
            why = f"they cannot be read: {type(error).__name__}"
            gaps.append(Gap(what=f"entries about Dag {dag_id}, or the rest of them", why=why))
    return Recorded(history=history, verified=_verified(found, is_anchored=anchor is not None), gaps=tuple(gaps))


def pack_of(evidence: Evidence) -> Pack:
    """Return the pack."""
    settings, history = evidence.settings, evidence.recorded.history
    domains = domains_of(settings)
    return Pack(
        stamp=evidence.stamp,
        product=evidence.product,
        airflow=evidence.airflow,
        mode=settings.mode.value,
        settings=settings_of(settings),
        domains=domains,
        rules=rules_of(settings, sum(name.startswith(_CONTENT) for name in evidence.rule_texts)),
        sealed=_sealed(history, evidence.placeholders),
        scan=evidence.scan and _ordered(evidence.scan),
        rule_helps=tuple(_rule_helps(evidence)),
        routes_around=routes_around(evidence.scan),
        identities=evidence.identities,
        checks=evidence.checks,
        access=history.access() if history else None,
        verified=evidence.recorded.verified,
        keys=keys_of(settings, domains),
        dependencies=dependencies(),
        advisories_of=COMPILED,
        controls=CONTROLS,
        gaps=tuple(_gaps(evidence)),
    )


def _rule_helps(evidence: Evidence) -> Iterator[RuleHelp]:
    found = {finding.rule for finding in evidence.scan.findings} if evidence.scan else set()
    for name in sorted(found & evidence.rule_texts.keys()):
        text = evidence.rule_texts[name]
        yield RuleHelp(id=name, what=text.description, why=text.reason, source=text.source)


def _verified(found: Verification, *, is_anchored: bool) -> Verified:
    if found.breaks:
        verdict = f"The ledger is broken in {number(len(found.breaks), 'place')}"
    elif found.cuts:
        verdict = f"The chains hold, with {number(len(found.cuts), 'cut')}"
    else:
        verdict = "The ledger is whole" if found.entries else "There is nothing to verify"
    anchor = "compared with an earlier verification"
    return Verified(
        verdict=verdict,
        runs=found.runs,
        entries=found.entries,
        anchor=anchor if is_anchored else "none was given, so a ledger that is gone or was set back cannot be found",
        breaks=tuple(sorted(map(str, found.breaks))),
        cuts=tuple(sorted(map(str, found.cuts))),
        unproved=sum(found.unproved.values()),
    )


def _ordered(scan: Scan) -> Scan:
    """Return the scan in an order of its own: a scan with several connections ends in any."""
    return replace(
        scan,
        sources=tuple(
            replace(source, passed_over=dict(sorted(source.passed_over.items())))
            for source in sorted(scan.sources, key=lambda source: source.name)
        ),
        findings=tuple(sorted(scan.findings, key=lambda one: (one.place, one.rule, one.fingerprint))),
    )


def _sealed(history: History | None, placeholders: Placed | None) -> tuple[SealedKey, ...]:
    found = {(one.dag_id, one.task_id, one.key): one for one in (history.sealed() if history else ())}
    for place, kinds in (placeholders or {}).items():
        dag_id, task_id, key = place
        blank = SealedKey(dag_id=dag_id, task_id=task_id, key=key, writes=0, rows=0, stores=(), rules=(), contracts=())
        found[place] = replace(
            found.get(place, blank),
            rows=sum(count for _, count in kinds),
            stores=tuple(sorted({one.store for one, _ in kinds})),
            rules=tuple(sorted({one.rule for one, _ in kinds})),
        )
    return tuple(found[place] for place in sorted(found))


def _gaps(evidence: Evidence) -> Iterator[Gap]:
    if evidence.scan is None:
        yield Gap(what="plaintext in Airflow's database and logs", why="no scan was given with --scan")
    else:
        for source in sorted(evidence.scan.sources, key=lambda one: one.name):
            if source.state not in (State.SCANNED, State.ABSENT):
                yield Gap(what=f"{source.name} of the scan", why=source.problem or source.state.value)
            for reason, count in sorted(source.passed_over.items()):
                yield Gap(what=f"{count} rows or files of {source.name}", why=reason)
    if evidence.settings.ledger_records is not Records.ALL:
        yield Gap(what="values that are not sealed, in the access history", why="ledger_records is sealed")
    if evidence.placeholders is None:
        yield Gap(what="the placeholders in Airflow's database", why="the database was not read")
    yield from evidence.recorded.gaps
    yield from evidence.gaps
    yield from NEVER_LOOKED_AT
