"""Prometheus' text format (0.0.4) of the ledger's counts, for node_exporter's textfile collector.

No name from the database is a label: events and outcomes are a closed set, so the number of series has a bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event

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
    entries = {_labels(*labels): number for labels, number in (known | dict(counts.entries)).items()}
    parts = [
        *_metric("entries_total", "counter", "Entries of the ledger, unverified.", entries),
        *_gauge(
            "last_entry_timestamp_seconds", "The time of the newest entry, 0 for an empty ledger.", counts.last / 1000
        ),
    ]
    if verified:
        parts += [
            *_gauge("breaks", "Broken chains that the verification found.", verified.breaks),
            *_gauge("cuts", "Cuts that the verification found, accepted or not.", verified.cuts),
            *_gauge("unproved_entries", "Entries that nothing shows their domain to have written.", verified.unproved),
            *_gauge("verified_timestamp_seconds", "When the ledger was verified.", verified.at),
        ]
    return "".join(parts)


def _gauge(name: str, says: str, value: float) -> Iterable[str]:
    return _metric(name, "gauge", says, {"": value})


def _metric(name: str, kind: str, says: str, values: Mapping[str, float]) -> Iterable[str]:
    full = f"{_PREFIX}_{name}"
    yield f"# HELP {full} {says}\n# TYPE {full} {kind}\n"
    yield from (f"{full}{labels} {value}\n" for labels, value in values.items())


def _labels(event: str, outcome: str) -> str:
    return f'{{event="{event}",outcome="{outcome}"}}'
