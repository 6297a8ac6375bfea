"""``Pools``: what becomes of a pool's values. They have no row, and live by their claims alone.

A value that was never offered has no claim: its ``put`` died. But a ledger that was begun anew has no claims either,
nor has one that is not the workers'. So a missing claim counts only in two cases: the ledger has the write of this
very value, which comes before the offer; or the run is gone, and the ledger has entries of that run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from secure_xcom.ledger.standing import Standing, pool_of_run
from secure_xcom.model.coordinates import POOL_KEY
from secure_xcom.model.object_place import ObjectPlace
from secure_xcom.ops.lifecycle.reap.rows import Rows
from secure_xcom.ops.lifecycle.reap.verdict import Kept, Reason, Verdict


class Records(Protocol):
    """What the ledger has recorded of a Dag."""

    def written(self, dag_id: str, object_ids: Sequence[str]) -> frozenset[str]:
        """Return which of the Dag's objects were written. Raises a ``LedgerError``."""

    def known_runs(self, dag_id: str, run_ids: Sequence[str]) -> frozenset[str]:
        """Return which of the Dag's runs have entries, or had some. Raises a ``LedgerError``."""


@dataclass(frozen=True, slots=True)
class Pools:
    """Safe to use from several threads. ``ledger`` is ``None`` if the ledger is off: then all values stay."""

    rows: Rows
    ledger: Records | None

    def verdicts(self, places: Sequence[ObjectPlace], standings: Mapping[str, Standing]) -> Mapping[str, Verdict]:
        """Judge values that nobody has claimed, by their ids. Raises ``ConfigurationError`` and a ``LedgerError``."""
        if self.ledger is None or not places:
            return {place.object_id: Kept.OFFERED for place in places}
        runs = self.rows.has_run(places)
        never = self._never_offered([place for place in places if place.object_id not in standings], runs)
        return {
            place.object_id: _offered(place, standing, has_run=place.object_id in runs)
            if (standing := standings.get(place.object_id))
            else never.get(place.object_id, Kept.UNRECORDED)
            for place in places
        }

    def _never_offered(self, places: Sequence[ObjectPlace], runs: frozenset[str]) -> Mapping[str, Verdict]:
        found: dict[str, Verdict] = {}
        for dag_id, group in groupby(sorted(places, key=_dag_of), key=_dag_of):
            # Of a cut name nobody can tell whose entries they would be.
            of_dag = [place for place in group if not place.dag.is_cut]
            found |= dict.fromkeys(self._of_known_runs(dag_id, of_dag, runs), Reason.RUN_GONE)
            found |= dict.fromkeys(self._written(dag_id, of_dag), Reason.NEVER_OFFERED)
        return found

    def _written(self, dag_id: str, places: Sequence[ObjectPlace]) -> frozenset[str]:
        return self.ledger.written(dag_id, [place.object_id for place in places]) if self.ledger else frozenset()

    def _of_known_runs(self, dag_id: str, places: Sequence[ObjectPlace], runs: frozenset[str]) -> Sequence[str]:
        gone = [place for place in places if place.object_id not in runs and not place.run.is_cut]
        known = self.ledger.known_runs(dag_id, sorted({place.run.text for place in gone})) if self.ledger else ()
        return [place.object_id for place in gone if place.run.text in known]


def _offered(place: ObjectPlace, standing: Standing, *, has_run: bool) -> Verdict:
    name = place.key.text.removeprefix(POOL_KEY)
    # Across runs a pool outlives the run that pushed; and of a cut name nobody can tell whose pool it is.
    is_of_run = place.is_whole and standing.pool == pool_of_run(place.dag.text, place.run.text, name)
    return Reason.RUN_GONE if is_of_run and not has_run else Kept.OFFERED


def _dag_of(place: ObjectPlace) -> str:
    return place.dag.text
