"""A scan's result as metrics: findings by source and severity, and what was not looked at. No finding is shown.

The only name of the database in a label is that of an archive's table, so the number of series has a bound.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from secure_xcom.ops.audit.exposition import Labels, gauge, metric
from secure_xcom.ops.audit.finding import Scan, Severity, Source, State

_PREFIX: Final = "secure_xcom_scan"


def encode(scan: Scan) -> str:
    """Return the metrics. Each source that was asked for has each severity, also with 0: an alert needs the series."""
    asked = [source for source in scan.sources if source.state is not State.LEFT_OUT]
    states = {_labels(source, state=source.state.value): 1.0 for source in asked}
    return "".join(
        [
            *metric(
                f"{_PREFIX}_findings", "gauge", "Secrets in plaintext, each of a place once.", _findings(scan, asked)
            ),
            *metric(f"{_PREFIX}_source_state", "gauge", "1 for what became of a source.", states),
            *metric(f"{_PREFIX}_looked_at", "gauge", "Rows or files looked at.", _counts(asked, "looked_at")),
            *metric(
                f"{_PREFIX}_protected", "gauge", "Values that are sealed or encrypted.", _counts(asked, "protected")
            ),
            *gauge(f"{_PREFIX}_complete", "1 if each source was looked at whole.", int(scan.is_complete)),
            *gauge(f"{_PREFIX}_began_timestamp_seconds", "When the scan began.", _seconds(scan.began)),
            *gauge(f"{_PREFIX}_ended_timestamp_seconds", "When the scan ended.", _seconds(scan.ended)),
        ]
    )


def _findings(scan: Scan, asked: list[Source]) -> dict[Labels, float]:
    found = Counter((one.place.source, one.severity, bool(one.accepted)) for one in scan.findings)
    return {
        _labels(source, severity=severity.value, accepted=str(accepted).lower()): found[source.name, severity, accepted]
        for source in asked
        for severity in Severity
        for accepted in (False, True)
    }


def _counts(asked: list[Source], name: str) -> dict[Labels, float]:
    return {_labels(source): getattr(source, name) for source in asked}


def _labels(source: Source, **more: str) -> Labels:
    return (("source", source.name), *more.items())


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
