"""``Lineage``: the ledger's entries about a Dag, counted: for each key who wrote it, read it, or was refused.

It counts what the ledger has. Whether those entries are true is for ``audit verify`` to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from secure_xcom.model.coordinates import POOL_KEY, TaskInstance
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import NOTHING_THERE, Event

OF_OPERATORS: Final = (Event.REVEAL, Event.OVERRIDE)
"""What an operator does, who may name a run that never was: no run is counted for it."""


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """A task through all its runs, tries and mapped instances."""

    dag_id: str
    task_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a task did to a key, and how that ended: how many ``times``, in how many of the key's ``runs``.

    ``who`` is ``None`` outside of a task. ``map_indexes`` are the task's own, -1 where it is not mapped. ``error`` is
    the error's class, empty if it was done.
    """

    who: Task | None
    event: Event
    outcome: Outcome
    error: str
    times: int
    runs: int
    map_indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What happened to one key of one task in all ``runs``, in the order of events, outcomes and names.

    ``is_own`` says that nobody but the task instance of a value's coordinates wrote it, ``read_once`` that each
    value was read by exactly one task instance, in any number of tries. ``is_there`` says that it was written, or
    that a read found it.
    """

    task_id: str
    key: str
    runs: int
    accesses: tuple[Access, ...]
    is_own: bool
    read_once: bool
    is_there: bool = True

    def done(self, *events: Event) -> Iterator[Access]:
        """Return what succeeded."""
        return (access for access in self.accesses if access.event in events and access.outcome is Outcome.DONE)

    def undone(self) -> Iterator[Access]:
        """Return what did not: refused, expired, failed."""
        return (access for access in self.accesses if access.outcome is not Outcome.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A Dag's keys, ordered by task and key. ``run_id`` is ``None`` for all runs, of which there are ``runs``.

    ``under_contract`` says that some of its values were pushed under one.
    """

    dag_id: str
    run_id: str | None
    runs: int
    keys: tuple[Traffic, ...]
    under_contract: bool = False


def lineage(dag_id: str, run_id: str | None, entries: Iterable[Entry]) -> Lineage:
    """Count the entries about a Dag's XComs, of one run or of all."""
    found: dict[tuple[str, str], _Key] = {}
    runs: set[str] = set()
    under_contract = False
    for entry in entries:
        if _is_of_run(entry, dag_id):
            runs.add(entry.where.run_id)
        under_contract = under_contract or _has_contract(entry)
        found.setdefault((entry.where.task_id, entry.where.key), _Key()).see(entry)
    keys = tuple(found[place].traffic(*place) for place in sorted(found))
    return Lineage(dag_id=dag_id, run_id=run_id, runs=len(runs), keys=keys, under_contract=under_contract)


def _is_of_run(entry: Entry, dag_id: str) -> bool:
    # What another Dag's task was refused to do here is of its own run.
    is_here = entry.outcome is Outcome.DONE or entry.run == (dag_id, entry.where.run_id)
    return is_here and entry.event not in OF_OPERATORS


def _has_contract(entry: Entry) -> bool:
    # A write under contract says which; one that is not sealed says that.
    done = entry.event is Event.WRITE and entry.outcome is Outcome.DONE
    return done and bool(entry.object_id and entry.detail) and not entry.where.key.startswith(POOL_KEY)


_Kind = tuple[Event, Outcome, str, Task | None]


@dataclass(slots=True)
class _Tally:
    times: int = 0
    runs: set[str] = field(default_factory=set)
    map_indexes: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Key:
    """A key while its entries pass by."""

    tallies: dict[_Kind, _Tally] = field(default_factory=dict)
    is_own: bool = True
    is_there: bool = False
    readers: dict[tuple[str, int], set[TaskInstance | None]] = field(default_factory=dict)
    """Of each value, by its run and map_index, the task instances that read it."""

    def see(self, entry: Entry) -> None:
        actor = entry.actor
        who = None if actor is None else Task(actor.dag_id, actor.task_id)
        tally = self.tallies.setdefault((entry.event, entry.outcome, entry.error, who), _Tally())
        tally.times += 1
        tally.runs.add(entry.where.run_id)
        if actor is not None:
            tally.map_indexes.add(actor.map_index)
        if entry.outcome is Outcome.DONE and entry.event in (Event.WRITE, Event.READ):
            self.see_value(entry)
        self.is_there = self.is_there or (entry.outcome is Outcome.DONE and entry.detail != NOTHING_THERE)

    def see_value(self, entry: Entry) -> None:
        actor, where = entry.actor, entry.where
        readers = self.readers.setdefault((where.run_id, where.map_index), set())
        if entry.event is Event.READ:
            readers.add(actor and replace(actor, try_number=1))
        elif actor is None or not actor.is_at(where):
            self.is_own = False

    def traffic(self, task_id: str, key: str) -> Traffic:
        of_tasks = (tally.runs for kind, tally in self.tallies.items() if kind[0] not in OF_OPERATORS)
        return Traffic(
            task_id=task_id,
            key=key,
            runs=len(set().union(*of_tasks)),
            accesses=tuple(_access(kind, self.tallies[kind]) for kind in sorted(self.tallies, key=_order)),
            is_own=self.is_own,
            is_there=self.is_there,
            read_once=bool(self.readers) and all(len(who) == 1 and None not in who for who in self.readers.values()),
        )


def _access(kind: _Kind, tally: _Tally) -> Access:
    event, outcome, error, who = kind
    indexes = tuple(sorted(tally.map_indexes))
    return Access(
        who=who,
        event=event,
        outcome=outcome,
        error=error,
        times=tally.times,
        runs=len(tally.runs),
        map_indexes=indexes,
    )


def _order(kind: _Kind) -> tuple[int, int, str, tuple[str, str]]:
    event, outcome, error, who = kind
    name = ("", "") if who is None else (who.dag_id, who.task_id)
    return list(Event).index(event), list(Outcome).index(outcome), error, name
