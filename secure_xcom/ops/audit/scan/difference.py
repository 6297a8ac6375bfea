"""``difference``: what a scan found that the one before did not, and what is gone since. It holds no secret.

Findings are compared by fingerprint, so both scans need one key: ``audit scan --fingerprint-key``, or a baseline.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from secure_xcom.ops.audit.finding import Finding, Scan, State
from secure_xcom.ops.audit.scan.baseline import shown
from secure_xcom.ops.lineage.text import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two scans compared, the worst findings first."""

    new: tuple[Finding, ...]
    """Findings that no baseline accepts, and that the scan before did not have."""
    gone: tuple[Finding, ...]
    """Findings of sources that were looked at whole, where they are no more."""
    unseen: tuple[Finding, ...]
    """Earlier findings of sources that were not looked at whole: they may be there still."""
    not_looked_at: tuple[str, ...]
    """Sources that were asked for, and that this scan could not look at whole."""

    def __bool__(self) -> bool:
        """Whether there is something to report."""
        return bool(self.new or self.gone or self.not_looked_at)


def difference(before: Scan, now: Scan) -> Difference:
    """Return what changed from one scan to the next. A source that was not looked at whole makes nothing gone."""
    known = {finding.fingerprint for finding in before.findings}
    there = {finding.fingerprint for finding in now.findings}
    whole = {source.name for source in now.sources if source.state in (State.SCANNED, State.ABSENT)}
    missing = [finding for finding in before.findings if finding.fingerprint not in there]
    return Difference(
        new=_sorted(finding for finding in now.open_findings if finding.fingerprint not in known),
        gone=_sorted(finding for finding in missing if finding.place.source in whole),
        unseen=_sorted(finding for finding in missing if finding.place.source not in whole),
        not_looked_at=tuple(source.name for source in now.sources if source.state in (State.PARTLY, State.UNREADABLE)),
    )


def lines(changed: Difference) -> list[str]:
    """Return the difference as lines of text: severity, rule and place, with neither a secret nor a fingerprint."""
    return [
        *(f"new: {_line(finding)}" for finding in changed.new),
        *(f"gone: {_line(finding)}" for finding in changed.gone),
        *(f"not looked at whole: {visible(name)}" for name in changed.not_looked_at),
    ]


def _line(finding: Finding) -> str:
    place = finding.place
    return f"{finding.severity.value} {finding.rule}, {visible(place.source)}: {visible(shown(place))}"


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: (one.severity.rank, one.rule, one.place)))
