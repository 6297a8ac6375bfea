"""Packs for tests: of a small deployment, and of one whose names somebody wished were more than names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from secure_xcom.classify.rule_text import RuleText
from secure_xcom.ledger.verification import Verification
from secure_xcom.model.entry import Entry
from secure_xcom.model.event import Event
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.ops.audit.finding import Finding, Place, Scan, Severity, Source, State
from secure_xcom.ops.audit.report.gather import Evidence, Recorded, pack_of, recorded
from secure_xcom.ops.audit.report.identities import identities_of
from secure_xcom.ops.audit.report.pack import CheckFacts, Gap, Pack
from secure_xcom.settings.settings import Settings
from tests.unit.ops.lineage.traffic import access, read, task, write

STAMP = "2026-11-28T12:00:00+00:00"
DAY = 86_400_000
BEGAN = 1_790_000_000_000
"""A moment in September 2026, in milliseconds."""


class Entries:
    """A ledger of entries that were made up."""

    def __init__(self, *entries: Entry, verification: Verification | None = None) -> None:
        self.entries = entries
        self.verification = verification or Verification(runs=1, entries=len(entries), breaks=(), ends={})

    def stream(self, dag_id: str) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.where.dag_id == dag_id)

    def verify(self, anchor: object = None) -> Verification:
        return self.verification


def sealed(entry: Entry, *, day: int = 0) -> Entry:
    return replace(entry, object_id="0" * 32, at=BEGAN + day * DAY)


def traffic(dag: str = "billing") -> list[Entry]:
    """Three days, in which one task writes, two read, and one of another Dag is refused."""
    load, charge, report = task("load", dag=dag), task("charge", dag=dag), task("report", dag=dag)
    thief = task("thief", dag="other")
    entries = []
    for day in range(3):
        entries += [
            sealed(write(load, "return_value"), day=day),
            sealed(read(charge, load, "return_value"), day=day),
            sealed(read(report, load, "return_value"), day=day),
            replace(
                access(Event.READ, thief, source=load, key="return_value", error="NotGranted"), at=BEGAN + day * DAY
            ),
        ]
    return entries


def finding(number: int = 0, **changed: object) -> Finding:
    base = Finding(
        fingerprint=f"{number:032x}",
        rule="content-github-token",
        severity=Severity.HIGH,
        place=Place(source="xcom", dag_id="billing", task_id="load", name="return_value", column="value"),
        excerpt="ghp_*** (40 characters)",
        first_seen="2026-11-01T00:00:00+00:00",
        last_seen="2026-11-20T00:00:00+00:00",
    )
    return replace(base, **changed)  # type: ignore[arg-type]


def scan(*findings: Finding, sources: tuple[Source, ...] = ()) -> Scan:
    return Scan(
        began="2026-11-28T11:00:00+00:00",
        ended="2026-11-28T11:05:00+00:00",
        airflow="abc123",
        product="0.1.0",
        database="postgresql",
        sources=sources or (Source(name="xcom", state=State.SCANNED, looked_at=120, total=120, passed_over={}),),
        findings=findings,
    )


SMALL_SCAN = scan(
    finding(0),
    finding(1, severity=Severity.CRITICAL, rule="content-private-key", count=3),
    finding(2, severity=Severity.LOW, place=Place(source="task log", name="billing/load/1.log", line=17)),
    finding(3, severity=Severity.MEDIUM, accepted="a test value, accepted by ann until 2027-01-01"),
    sources=(
        Source(name="xcom", state=State.SCANNED, looked_at=120, total=120, passed_over={}),
        Source(
            name="task log", state=State.PARTLY, looked_at=3, passed_over={"larger than 16 MiB": 2}, problem="a limit"
        ),
        Source(name="rendered_task_instance_fields", state=State.SCANNED, looked_at=40, total=40, passed_over={}),
        Source(name="variable", state=State.UNREADABLE, passed_over={}, problem="permission denied"),
    ),
)

TEXTS = {
    "content-github-token": RuleText(
        id="content-github-token",
        description="GitHub token",
        reason="Calls the API as its owner.",
        example="",
        source="https://docs.github.com/",
    )
}

CHECKS = (
    CheckFacts(name="settings", outcome="ok", found="every option is valid", fix=""),
    CheckFacts(name="ledger", outcome="failed", found="the ledger takes no entry", fix="check the network"),
    CheckFacts(name="other-rights", outcome="skipped", found="no Vault", fix=""),
)


def settings(section: dict[str, str | None] | None = None) -> Settings:
    return Settings.parse(section or {"ttl": "24h"}, Path("/srv/airflow"))


def evidence(**changed: object) -> Evidence:
    """The evidence of a small deployment."""
    base = Evidence(
        stamp=STAMP,
        product="0.1.0",
        airflow="3.3.2",
        settings=settings(),
        rule_texts=TEXTS,
        recorded=recorded(Entries(*traffic()), ["billing"], None),
        scan=SMALL_SCAN,
        checks=CHECKS,
        identities=identities_of(settings(), ()),
        placeholders={
            ("billing", "load", "return_value"): ((Placeholder(rule="name-password", store="file", ref=""), 3),)
        },
    )
    return replace(base, **changed)  # type: ignore[arg-type]


def small() -> Pack:
    return pack_of(evidence())


def hostile(name: str) -> Pack:
    """A pack in which each name that a database gives is ``name``."""
    where = Place(source=name, dag_id=name, run_id=name, task_id=name, name=name, column=name, part=name)
    owner, reader = task(name, dag="billing"), task(name, dag=name)
    entries = [
        sealed(replace(write(owner, name), detail=name)),
        sealed(read(reader, owner, name)),
        replace(access(Event.READ, reader, source=owner, key=name, error=name or "x"), at=BEGAN),
    ]
    return pack_of(
        evidence(
            recorded=recorded(Entries(*entries), ["billing"], None),
            scan=scan(
                finding(place=where, rule=name or "x", excerpt=name, accepted=name, last_seen=name),
                finding(1, place=replace(where, line=3), rule=name or "x"),
                sources=(Source(name=name, state=State.PARTLY, passed_over={name: 1}, problem=name),),
            ),
            checks=(CheckFacts(name=name, outcome="failed", found=name, fix=name),),
            placeholders={(name, name, name): ((Placeholder(rule=name, store=name, ref=""), 1),)},
            gaps=(Gap(what=name, why=name),),
        )
    )


__all__ = ["Recorded", "evidence", "finding", "hostile", "scan", "sealed", "settings", "small", "traffic"]
