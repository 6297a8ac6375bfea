"""``History``: the ledger's entries counted for the pack: by day, by reader, and what was refused.

Entries are seen once and not kept: what is counted grows with keys, readers and runs. ``ops.lineage`` also says whether
each value was read once, for which it remembers every value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from secure_xcom.model.coordinates import POOL_KEY
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.ops.audit.report.pack import Access, Day, Reading, Refusal, SealedKey

_Actor = tuple[str, str]
_Read = tuple[str, str, str, _Actor, str, str]
_Refused = tuple[str, str, str, _Actor, str, str, str]


@dataclass(slots=True)
class _Times:
    times: int = 0
    first: int = 0
    last: int = 0

    def see(self, at: int) -> None:
        self.first = min(self.first, at) if self.times else at
        self.last = max(self.last, at) if self.times else at
        self.times += 1


@dataclass(slots=True)
class _Reads:
    times: int = 0
    runs: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Written:
    writes: int = 0
    contracts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class History:
    """The history while the Dags' entries pass by, one Dag at a time."""

    dags: int = 0
    all: _Times = field(default_factory=_Times)
    unproved: int = 0
    reveals: int = 0
    days: dict[str, Counter[str]] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    refusals: dict[_Refused, _Times] = field(default_factory=dict)
    written: dict[tuple[str, str, str], _Written] = field(default_factory=dict)

    def see_dag(self, entries: Iterable[Entry]) -> None:
        """Count the entries about one Dag."""
        reads: dict[_Read, _Reads] = {}
        # The database hands out a text of its own for each row.
        runs: dict[str, str] = {}
        before = self.all.times
        try:
            for entry in entries:
                self._see(entry)
                if entry.event is Event.READ:
                    seen = reads.setdefault(_read(entry), _Reads())
                    seen.times += 1
                    seen.runs.add(runs.setdefault(entry.where.run_id, entry.where.run_id))
        finally:
            self.dags += self.all.times > before
            self.readings.extend(_reading(key, seen) for key, seen in reads.items())

    def access(self) -> Access:
        """Return what was counted."""
        return Access(
            dags=self.dags,
            entries=self.all.times,
            unproved=self.unproved,
            first=moment(self.all.first) if self.all.times else "",
            last=moment(self.all.last) if self.all.times else "",
            days=tuple(Day(day=day, **self.days[day]) for day in sorted(self.days)),
            readings=tuple(sorted(self.readings, key=_order_of_reading)),
            refusals=tuple(_refusal(key, self.refusals[key]) for key in sorted(self.refusals)),
            reveals=self.reveals,
        )

    def sealed(self) -> tuple[SealedKey, ...]:
        """Return the keys of which the ledger recorded sealed writes."""
        return tuple(
            SealedKey(
                dag_id=place[0],
                task_id=place[1],
                key=place[2],
                writes=written.writes,
                rows=0,
                stores=(),
                rules=(),
                contracts=tuple(sorted(written.contracts)),
            )
            for place, written in sorted(self.written.items())
        )

    def _see(self, entry: Entry) -> None:
        self.all.see(entry.at)
        self.unproved += not entry.proved
        is_done = entry.outcome is Outcome.DONE
        self.reveals += is_done and entry.event is Event.REVEAL
        kind = _kind(entry)
        if kind:
            self.days.setdefault(moment(entry.at)[:10], Counter())[kind] += 1
        if not is_done:
            self._see_refusal(entry)
        elif kind == "sealed":
            where = entry.where
            written = self.written.setdefault((where.dag_id, where.task_id, where.key), _Written())
            written.writes += 1
            # What a pool's value carries is its pool, and no contract.
            if entry.detail and not where.key.startswith(POOL_KEY):
                written.contracts.add(entry.detail)

    def _see_refusal(self, entry: Entry) -> None:
        actor = entry.actor
        who = ("", "") if actor is None else (actor.dag_id, actor.task_id)
        place = (entry.where.dag_id, entry.where.task_id, entry.where.key)
        key = (*place, who, entry.event.value, entry.outcome.value, entry.error)
        self.refusals.setdefault(key, _Times()).see(entry.at)


def moment(milliseconds: int) -> str:
    """Return a time of the ledger in ISO 8601, in UTC. A time that no calendar has is shown as its number."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)


def _kind(entry: Entry) -> str:
    """Return what a day counts the entry as."""
    if entry.outcome is not Outcome.DONE:
        return "refused"
    if entry.event is Event.WRITE:
        return "sealed" if entry.object_id else "plain"
    return {Event.READ: "reads", Event.OBSERVE: "observed"}.get(entry.event, "")


def _read(entry: Entry) -> _Read:
    where, actor = entry.where, entry.actor
    who = ("", "") if actor is None else (actor.dag_id, actor.task_id)
    return (where.dag_id, where.task_id, where.key, who, entry.outcome.value, entry.error)


def _reading(key: _Read, seen: _Reads) -> Reading:
    dag_id, task_id, name, (reader_dag_id, reader_task_id), outcome, _ = key
    return Reading(
        dag_id=dag_id,
        task_id=task_id,
        key=name,
        reader_dag_id=reader_dag_id,
        reader_task_id=reader_task_id,
        outcome=outcome,
        times=seen.times,
        runs=len(seen.runs),
    )


def _order_of_reading(one: Reading) -> tuple[str, ...]:
    return (one.dag_id, one.task_id, one.key, one.reader_dag_id, one.reader_task_id, one.outcome, str(one.times))


def _refusal(key: _Refused, seen: _Times) -> Refusal:
    dag_id, task_id, name, (actor_dag_id, actor_task_id), event, outcome, error = key
    return Refusal(
        dag_id=dag_id,
        task_id=task_id,
        key=name,
        actor_dag_id=actor_dag_id,
        actor_task_id=actor_task_id,
        event=event,
        outcome=outcome,
        error=error,
        times=seen.times,
        first=moment(seen.first),
        last=moment(seen.last),
    )
