"""The sections on what lies open: the summary, the findings, the routes around the backend, and the gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from secure_xcom.ops.audit.finding import Severity
from secure_xcom.ops.audit.report.document import Block, Paragraph
from secure_xcom.ops.audit.report.drawn import findings_by_place
from secure_xcom.ops.audit.report.pack import Access, Pack
from secure_xcom.ops.audit.report.tables import place, table
from secure_xcom.ops.lineage.render import number

_NO_SCAN: Final = (
    "There was no scan: this pack says nothing about plaintext in Airflow's database and logs. Run secure-xcom audit "
    "scan --output scan.json, and give it with --scan."
)


def summary(pack: Pack) -> Block:
    """Return the answers in short."""
    access, verified = pack.access, pack.verified
    counts = Counter(check.outcome for check in pack.checks)
    return table(
        "The answers in short",
        ("question", "answer"),
        (
            ("Where do secrets lie in plaintext?", _plaintext(pack)),
            ("What is protected?", _protected(pack)),
            ("Who read?", "no ledger was read" if access is None else _read(access)),
            ("Is the record whole?", "it was not verified" if verified is None else verified.verdict),
            ("Do the checks pass?", _counted(counts) or "they were not made"),
            ("Known advisories", str(sum(len(one.advisories) for one in pack.dependencies))),
            ("Not looked at", f"{len(pack.gaps)}, listed at the end"),
        ),
    )


def _plaintext(pack: Pack) -> str:
    if pack.scan is None:
        return "not known: there was no scan"
    found = Counter(finding.severity.value for finding in pack.scan.open_findings)
    accepted = len(pack.scan.findings) - len(pack.scan.open_findings)
    told = _counted({name.value: found[name.value] for name in Severity})
    told = told or ("0 open" if accepted else "nothing was found")
    told += f", {accepted} accepted" if accepted else ""
    return told if pack.scan.is_complete else f"{told}; the scan is not complete"


def _protected(pack: Pack) -> str:
    writes, rows = sum(one.writes for one in pack.sealed), sum(one.rows for one in pack.sealed)
    return f"{number(writes, 'sealed write')} of {number(len(pack.sealed), 'key')}; {number(rows, 'row')} sealed now"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _read(access: Access) -> str:
    done = sum(one.times for one in access.readings if one.outcome == "done")
    refused = sum(one.times for one in access.refusals)
    return f"{number(done, 'read')} recorded; {number(refused, 'action')} refused, expired or failed"


def findings(pack: Pack) -> Iterable[Block]:
    """Yield the findings, the worst first."""
    scan = pack.scan
    if scan is None:
        yield Paragraph(_NO_SCAN)
        return
    yield Paragraph(
        f"The scan of a {scan.database} database ran from {scan.began} to {scan.ended} with version {scan.product}. "
        f"Of {len(scan.findings)} findings, the baseline accepts {len(scan.findings) - len(scan.open_findings)}."
    )
    if scan.findings:
        yield findings_by_place(scan)
    worst_first = sorted(scan.findings, key=lambda one: (one.severity.rank, one.place, one.fingerprint))
    yield table(
        "Findings",
        ("severity", "rule", "place", "what it looks like", "count", "last seen", "accepted"),
        (
            (one.severity.value, one.rule, place(one.place), one.excerpt, str(one.count), one.last_seen, one.accepted)
            for one in worst_first
        ),
    )


def around(pack: Pack) -> Iterable[Block]:
    """Yield the routes around the backend."""
    yield Paragraph(
        "A value that takes one of these routes is never shown to the backend. A plaintext row does not say by which "
        "route it came, so a finding counts for each route that leads to its source."
    )
    yield table(
        "Routes around the backend",
        ("route", "how", "found", "what to do"),
        ((one.name, one.how, _found(one.findings, one.note), one.cure) for one in pack.routes_around),
    )


def _found(findings: int | None, note: str) -> str:
    return f"not known: {note}" if findings is None else f"{findings} ({note})"


def gaps(pack: Pack) -> Block:
    """Return what was not looked at."""
    return table("Not looked at", ("what", "why"), ((one.what, one.why) for one in pack.gaps))
