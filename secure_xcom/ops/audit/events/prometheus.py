"""Prometheus' text format (0.0.4) of the ledger's counts, for node_exporter's textfile collector.

No name from the database is a label: events and outcomes are a closed set, so the number of series has a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event
from secure_xcom.ops.audit.exposition import Labels, gauge, metric

if TYPE_CHECKING:
    from secure_xcom.ledger.counting import Counts

_PREFIX: Final = "secure_xcom_ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a verification found, and when, in Unix seconds."""

    at: float
    breaks: int
    cuts: int
    unproved: int


def encode(counts: Counts, verified: Verified | None = None) -> str:
    """Return the metrics. Each event has each outcome, also with 0: a late counter hides its first rise."""
    known = {(event.value, outcome.value): 0 for event, outcome in product(Event, Outcome)}
    entries: dict[Labels, float] = {
        (("event", event), ("outcome", outcome)): number
        for (event, outcome), number in (known | dict(counts.entries)).items()
    }
    parts = [
        *metric(f"{_PREFIX}_entries_total", "counter", "Entries of the ledger, unverified.", entries),
        *gauge(
            f"{_PREFIX}_last_entry_timestamp_seconds",
            "The time of the newest entry, 0 for an empty ledger.",
            counts.last / 1000,
        ),
    ]
    if verified:
        unproved = "Entries that nothing shows their domain to have written."
        parts += [
            *gauge(f"{_PREFIX}_breaks", "Broken chains that the verification found.", verified.breaks),
            *gauge(f"{_PREFIX}_cuts", "Cuts that the verification found, accepted or not.", verified.cuts),
            *gauge(f"{_PREFIX}_unproved_entries", unproved, verified.unproved),
            *gauge(f"{_PREFIX}_verified_timestamp_seconds", "When the ledger was verified.", verified.at),
        ]
    return "".join(parts)
