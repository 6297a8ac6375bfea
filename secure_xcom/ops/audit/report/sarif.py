"""``to_sarif``: the scan's findings and the failed checks as SARIF 2.1.0, for viewers of code scanning.

A finding in a file has the file as its physical location. A place in the database has a logical location, and as its
artifact the source, below the base ``AIRFLOW``: GitHub shows no result without an artifact. What the baseline accepts
is a suppressed result. Source: OASIS, Static Analysis Results Interchange Format 2.1.0, of 27 March 2020.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import quote

from secure_xcom.ops.audit.finding import Finding, Place, Scan, Severity
from secure_xcom.ops.audit.report.pack import CheckFacts, Gap, Pack, RuleHelp
from secure_xcom.ops.audit.report.tables import place
from secure_xcom.ops.lineage.text import visible

Object: TypeAlias = Mapping[str, object]

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}

_SCORES: Final = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""GitHub's ranges: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, and the rest low."""

_CHECK: Final = "doctor-"
"""Begins the id of the rule of a check that failed."""

_FINGERPRINT: Final = "secureXcom/v1"


def to_sarif(pack: Pack) -> Object:
    """Return the log: one run, with its gaps as notifications. Without a scan it has the failed checks alone."""
    findings = pack.scan.findings if pack.scan else ()
    failed = [check for check in pack.checks if check.outcome == "failed"]
    helps = {one.id: one for one in pack.rule_helps}
    rules = [*_rules_of_findings(findings, helps), *map(_rule_of_check, failed)]
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [*map(_result, findings), *map(_result_of_check, failed)]
    run = {
        "tool": {
            "driver": {
                "name": "secure-xcom",
                "version": pack.product,
                "semanticVersion": pack.product,
                "rules": rules,
            }
        },
        "automationDetails": {"id": "secure-xcom/audit/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"AIRFLOW": {"description": {"text": "The database and the folders of one Airflow."}}},
        "invocations": [_invocation(pack.scan, pack.gaps, pack.stamp)],
        "results": [{**result, "ruleIndex": numbers[result["ruleId"]]} for result in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules_of_findings(findings: Sequence[Finding], helps: Mapping[str, RuleHelp]) -> Iterator[Object]:
    worst: dict[str, Severity] = {}
    for finding in findings:
        known = worst.setdefault(finding.rule, finding.severity)
        worst[finding.rule] = min(known, finding.severity, key=lambda one: one.rank)
    for name, severity in sorted(worst.items()):
        yield _rule(
            name, severity, helps.get(name) or RuleHelp(id=name, what="A secret in plaintext", why="", source="")
        )


def _rule(name: str, severity: Severity, said: RuleHelp) -> Object:
    cure = "Rotate the secret, remove it from the place that is named, and let the backend seal it."
    text = " ".join(part for part in (f"{said.what}.", said.why, cure) if part)
    rule: dict[str, object] = {
        "id": name,
        "name": name,
        "shortDescription": {"text": visible(said.what)},
        "fullDescription": {"text": visible(f"{said.what}. {said.why}".strip())},
        "help": {"text": visible(text)},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"tags": ["security"], "precision": "high", "security-severity": _SCORES[severity]},
    }
    # What a rule of the operator's file gives as its source may be no URI.
    return rule | ({"helpUri": said.source} if said.source.startswith("https://") else {})


def _rule_of_check(check: CheckFacts) -> Object:
    said = RuleHelp(id=f"{_CHECK}{check.name}", what=f"The check {check.name} of doctor fails", why="", source="")
    return _rule(said.id, Severity.HIGH, said)


def _result(finding: Finding) -> dict[str, object]:
    times = f"; {finding.count} times" if finding.count > 1 else ""
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "kind": "fail",
        "message": {"text": visible(f"{finding.rule}: {finding.excerpt} in {place(finding.place)}{times}")},
        "locations": [_location(finding.place)],
        "partialFingerprints": {_FINGERPRINT: finding.fingerprint},
        "properties": {"count": finding.count, "firstSeen": finding.first_seen, "lastSeen": finding.last_seen},
    }
    # The empty list says that the result is not suppressed: absence would say that nobody looked.
    accepted = [{"kind": "external", "status": "accepted", "justification": visible(finding.accepted)}]
    return result | {"suppressions": accepted if finding.accepted else []}


def _location(found: Place) -> Object:
    parts = (found.source, found.dag_id, found.run_id, found.task_id, found.name, found.column, found.part)
    name = "/".join(_segment(part) for part in parts if part)
    is_file = found.line > 0
    path = f"{_segment(found.source)}/{_path(found.name)}" if is_file else _segment(found.source)
    # GitHub needs a region: the first line stands for a place that has no lines.
    physical = {
        "artifactLocation": {"uri": path, "uriBaseId": "AIRFLOW"},
        "region": {"startLine": max(1, found.line)},
    }
    logical = {"fullyQualifiedName": name, "name": _segment(found.name or found.source), "kind": _kind(found)}
    return {"physicalLocation": physical} | ({} if is_file else {"logicalLocations": [logical]})


def _kind(found: Place) -> str:
    """Return a kind of SARIF's own list (section 3.33.7) where it has one: a part of JSON is a value."""
    return "value" if found.part else "resource"


def _path(name: str) -> str:
    return "/".join(_segment(part) for part in name.split("/") if part not in ("", ".", ".."))


def _segment(text: str) -> str:
    return quote(visible(text), safe="")


def _result_of_check(check: CheckFacts) -> dict[str, object]:
    said = f"{check.name}: {check.found}; what to do: {check.fix}"
    return {
        "ruleId": f"{_CHECK}{check.name}",
        "level": "error",
        "kind": "fail",
        "message": {"text": visible(said)},
        "locations": [_location(Place(source="settings", name=check.name))],
        "partialFingerprints": {_FINGERPRINT: f"{_CHECK}{check.name}"},
        "suppressions": [],
    }


def _invocation(scan: Scan | None, gaps: Sequence[Gap], stamp: str) -> Object:
    notes = [
        {"level": "warning", "message": {"text": visible(f"not looked at: {gap.what}: {gap.why}")}} for gap in gaps
    ]
    return {
        "executionSuccessful": scan is not None and scan.is_complete,
        "endTimeUtc": stamp.replace("+00:00", "Z"),
        "toolExecutionNotifications": notes,
    }
