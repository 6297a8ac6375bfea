"""``Judge``: tells by names, rows and claims which objects are live, a batch at a time. No object is read for it.

An object is live if the row at its coordinates holds its id. Nothing is parsed, so a row of whatever form keeps its
object. All else is an orphan once it is older than the grace period, unless somebody may still claim it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from secure_xcom.ledger.generations import place_of_key
from secure_xcom.ledger.standing import Held, Standing
from secure_xcom.model.coordinates import POOL_KEY
from secure_xcom.model.object_place import ObjectPlace, place_in
from secure_xcom.ops.lifecycle.probe import is_probe
from secure_xcom.ops.lifecycle.reap.pools import Pools, Records
from secure_xcom.ops.lifecycle.reap.rows import Row, Rows
from secure_xcom.ops.lifecycle.reap.verdict import Judged, Kept, Reason, Verdict
from secure_xcom.ports.listing import UNKNOWN_TIME, Listed


class Claimed(Records, Protocol):
    """What the ledger's database says of consume-once values."""

    def standings(self, object_ids: Sequence[str]) -> Mapping[str, Standing]:
        """Return where those of the values stand that were ever offered. Raises a ``LedgerError``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is left alone. ``clock`` is in Unix seconds, and rather too early than too late.

    Nothing younger than ``least_age`` seconds is deleted. ``dags`` are the segments of the Dags that were asked for.
    """

    clock: Callable[[], float]
    least_age: float
    clock_skew: float = 60
    dags: frozenset[str] = frozenset()

    def is_young(self, *times: float) -> bool:
        """Whether the latest of an object's known times is within the grace period."""
        return self.clock() - max(times) < self.least_age

    def has_expired(self, expires: int) -> bool:
        """Whether no reader opens a value with this end any more."""
        return expires > 0 and self.clock() > expires + self.clock_skew


class Judge:
    """Safe to use from several threads. ``ledger`` is ``None`` if the ledger is off: then a pool's values stay."""

    def __init__(self, rows: Rows, ledger: Claimed | None, limits: Limits) -> None:
        self._rows = rows
        self._ledger = ledger
        self._pools = Pools(rows, ledger)
        self._limits = limits

    def judged(self, batch: Sequence[Listed]) -> list[Judged]:
        """Judge objects, each name once; those of other Dags than were asked for are left out.

        Raises ``ConfigurationError`` or a ``LedgerError`` if a database does not answer.
        """
        found = [self._by_name(listed) for listed in {one.name: one for one in batch}.values()]
        wanted = [one for one in found if self._is_wanted(one.place or _place_of_unfinished(one.listed))]
        open_ones = [one for one in wanted if one.verdict is Kept.LIVE]
        verdicts = self._verdicts([one.place for one in open_ones if one.place is not None])
        return [
            replace(one, verdict=verdicts[one.place.object_id]) if one.place and one.verdict is Kept.LIVE else one
            for one in wanted
        ]

    def still(self, judged: Sequence[Judged]) -> list[Judged]:
        """Judge anew what is to be deleted: a row or a claim may be there now."""
        now = {one.listed.name: one.verdict for one in self.judged([one.listed for one in judged])}
        return [replace(one, verdict=_latest(one.verdict, now[one.listed.name])) for one in judged]

    def _by_name(self, listed: Listed) -> Judged:
        """Judge by the name and the age. ``LIVE`` stands for what the rows are to tell."""
        place = place_in(listed.name)
        verdict: Verdict = Kept.LIVE
        if place is None:
            verdict = Reason.UNFINISHED if _place_of_unfinished(listed) else Kept.NAME
        elif _is_key(place):
            verdict = Kept.KEY
        elif is_probe(place, listed) and listed.written != UNKNOWN_TIME:
            # A younger one may be that of a move that goes on.
            verdict = Reason.UNFINISHED
        is_open = verdict in (Kept.LIVE, Reason.UNFINISHED)
        if is_open and listed.written != UNKNOWN_TIME and self._limits.is_young(listed.written):
            verdict = Kept.YOUNG
        return Judged(listed=listed, place=place, verdict=verdict, size=max(listed.size, 0))

    def _is_wanted(self, place: ObjectPlace | None) -> bool:
        return place is None or not self._limits.dags or place.dag.segment in self._limits.dags

    def _verdicts(self, places: Sequence[ObjectPlace]) -> Mapping[str, Verdict]:
        # The claims come first: a value that is pushed between the two has its row, or is young.
        standings = self._ledger.standings([place.object_id for place in places]) if self._ledger else {}
        rows = self._rows.look(places)
        pools = [place for place in places if _is_of_pool(place) and rows[place.object_id] is not Row.REFERS]
        pooled = self._pools.verdicts(pools, standings)
        return {
            place.object_id: _verdict(
                rows[place.object_id], standings.get(place.object_id), pooled.get(place.object_id)
            )
            for place in places
        }


def _verdict(row: Row, standing: Standing | None, of_pool: Verdict | None) -> Verdict:
    if standing is not None and standing.held is Held.ENDED:
        return Reason.SPENT
    if row is Row.REFERS:
        return Kept.LIVE
    if standing is not None and standing.held is Held.CLAIMED:
        return Kept.CLAIMED
    return of_pool or (Reason.SUPERSEDED if row is Row.REFERS_TO_ANOTHER else Reason.ROW_GONE)


def _latest(before: Verdict, now: Verdict) -> Verdict:
    """A row keeps no value that is past its lifetime."""
    return before if before is Reason.EXPIRED and now is Kept.LIVE else now


def _place_of_unfinished(listed: Listed) -> ObjectPlace | None:
    """Return a place that has the coordinates of a store's own unfinished file, if an object of ours may lie there."""
    return place_in(f"{listed.name.rpartition('/')[0]}/{'0' * 32}") if listed.unfinished else None


def _is_of_pool(place: ObjectPlace) -> bool:
    return place.key.text.startswith(POOL_KEY)


def _is_key(place: ObjectPlace) -> bool:
    """Whether it is a key of the ledger's, which lies in the store where that encrypts by itself, and has no row."""
    key = place_of_key(place.dag.text)
    return (place.run.text, place.task.text, place.key.text) == (key.run_id, key.task_id, key.key)
