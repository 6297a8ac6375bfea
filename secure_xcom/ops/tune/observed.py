"""``Observation``: what tasks reported with ``mode = observe``, as the ledger keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from secure_xcom.model.event import Event

if TYPE_CHECKING:
    from secure_xcom.model.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A part that would have been sealed, ``count`` times. ``path`` begins with the XCom key."""

    dag_id: str
    path: str
    rule: str
    count: int = 1


class Observations(Protocol):
    """Where observations come from."""

    def of(self, dags: Iterable[str]) -> Iterator[Observation]:
        """Yield what tasks of these Dags reported. Raises a ``LedgerError``."""


class Reads(Protocol):
    """What is needed of a ledger; ``ports.ledger.Ledger`` has it."""

    def read(self, dag_id: str, run_id: str | None = None) -> Sequence[Entry]:
        """Return the entries about a Dag's XComs."""


class LedgerObservations:
    """Implements ``Observations`` over the ledger's entries, one Dag at a time."""

    def __init__(self, ledger: Reads) -> None:
        self._ledger = ledger

    def of(self, dags: Iterable[str]) -> Iterator[Observation]:
        """Yield what tasks of these Dags reported. Raises a ``LedgerError``."""
        for dag_id in sorted(dags):
            for entry in self._ledger.read(dag_id):
                if (found := observation_of(entry)) is not None:
                    yield found


def observation_of(entry: Entry) -> Observation | None:
    """Return what an entry reports, ``None`` for an entry about anything else or in a form that is not known."""
    if entry.event is not Event.OBSERVE:
        return None
    try:
        detail = json.loads(entry.detail)
    except (ValueError, RecursionError):
        return None
    match detail:
        case {"path": str(path), "rule": str(rule), "count": int(count)} if count > 0:
            return Observation(dag_id=entry.where.dag_id, path=path, rule=rule, count=count)
    return None
