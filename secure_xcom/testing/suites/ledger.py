"""``LedgerContract``: what every ledger does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import IN_PLACE_OF_SEALED, Event
from secure_xcom.model.past import Past
from secure_xcom.ports.ledger import Ledger

OpenLedger = Callable[[], Ledger]
"""Opens one ledger as another process of a worker does."""

_WHERE = Coordinates(dag_id="etl", run_id="run", task_id="make", key="return_value")
_ACTOR = TaskInstance(dag_id="etl", run_id="run", task_id="use", map_index=3, try_number=2)
_READ = Entry(at=1, event=Event.READ, outcome=Outcome.DONE, where=_WHERE, actor=_ACTOR, host="worker-1")

_ODD = "ä/ ?#&=+%41\n'\"\\:*\\n\0\U0001f511\ud800 "

_ENTRIES = {
    "of a task": _READ,
    "of code outside a task": replace(_READ, actor=None),
    "of a failure": replace(_READ, outcome=Outcome.FAILED, step="store", error="StoreDenied"),
    "of a refusal": replace(_READ, outcome=Outcome.REFUSED, step="authorise", error="ContractViolation"),
    "of a consumed object": replace(_READ, event=Event.CONSUME, object_id="0" * 32),
    "with a detail": replace(_READ, event=Event.WRITE, detail='{"readers":["use"]}'),
    "of odd names": replace(
        _READ,
        where=Coordinates(dag_id="etl", run_id=_ODD, task_id=_ODD, key=_ODD, map_index=7),
        actor=replace(_ACTOR, run_id=_ODD, task_id=_ODD),
    ),
}

_WRITER = replace(_ACTOR, task_id="make", map_index=-1)
_WRITTEN = replace(_READ, event=Event.WRITE, actor=_WRITER, object_id="a" * 32)
_PURGED = replace(_WRITTEN, event=Event.PURGE)
_QUERY = XComQuery(dag_id="etl", run_id="run", task_id="make", key="return_value", map_index=-1)
_STANDS = {"a" * 32: -1}
_OF_ANOTHER_DAG = replace(_ACTOR, dag_id="report", run_id="elsewhere")

_PASTS = {
    "a sealed value": ([_WRITTEN], Past(_STANDS)),
    "a value that was read": ([_WRITTEN, replace(_READ, object_id="a" * 32)], Past(_STANDS)),
    "a purged value": ([_WRITTEN, _PURGED], Past(_STANDS, ended=frozenset(_STANDS))),
    "a purge that came first, from a spool": ([_PURGED, _WRITTEN], Past(_STANDS, ended=frozenset(_STANDS))),
    "a purge that failed": (
        [_WRITTEN, replace(_PURGED, outcome=Outcome.FAILED, step="store", error="StoreDenied")],
        Past(_STANDS, ended=frozenset(_STANDS)),
    ),
    "a purge that was refused": ([_WRITTEN, replace(_PURGED, outcome=Outcome.REFUSED)], Past(_STANDS)),
    "a plain value in its place": (
        [_WRITTEN, replace(_WRITTEN, detail=IN_PLACE_OF_SEALED)],
        Past(_STANDS, replaced=frozenset(_STANDS)),
    ),
    "a push that failed": ([replace(_WRITTEN, outcome=Outcome.FAILED)], Past()),
    "a plain push": ([replace(_WRITTEN, object_id="", detail="not sealed")], Past()),
    "what another Dag says": ([replace(_WRITTEN, actor=_OF_ANOTHER_DAG)], Past()),
    "a purge by another Dag": ([_WRITTEN, replace(_PURGED, actor=_OF_ANOTHER_DAG)], Past(_STANDS)),
    "what code outside a task says": ([replace(_WRITTEN, actor=None)], Past(_STANDS)),
}
"""Entries, and what they say of the place."""


class LedgerContract:
    """What every ledger does. ``open_ledger`` is to begin with an empty one in each test."""

    @pytest.fixture
    def open_ledger(self) -> OpenLedger:
        """Answer with what opens the ledger under test, for each call as another process of a worker does."""
        raise NotImplementedError

    @pytest.fixture
    def ledger(self, open_ledger: OpenLedger) -> Ledger:
        """The ledger as this process has it."""
        return open_ledger()

    @pytest.mark.parametrize("entry", _ENTRIES.values(), ids=_ENTRIES)
    def test_gives_back_the_entry_that_was_appended(self, ledger: Ledger, entry: Entry) -> None:
        ledger.append([entry])
        assert list(ledger.read("etl")) == [entry]

    def test_holds_what_another_process_appended(self, ledger: Ledger, open_ledger: OpenLedger) -> None:
        ledger.append([_READ])
        assert list(open_ledger().read("etl")) == [_READ]

    def test_is_empty_before_the_first_entry(self, ledger: Ledger) -> None:
        ledger.append([])
        assert list(ledger.read("etl")) == []

    def test_appends_to_what_is_there(self, ledger: Ledger) -> None:
        entries = [replace(_READ, at=at) for at in range(1, 6)]
        for entry in entries:
            ledger.append([entry])
        assert list(ledger.read("etl")) == entries

    def test_reads_oldest_first(self, ledger: Ledger) -> None:
        for at in (3, 1, 2):
            ledger.append([_of_run(f"run-{at}", at)])
        assert [entry.at for entry in ledger.read("etl")] == [1, 2, 3]

    def test_keeps_the_order_of_one_moment(self, ledger: Ledger) -> None:
        entries = [replace(_READ, host=f"worker-{number}") for number in (2, 1, 3)]
        ledger.append(entries)
        assert list(ledger.read("etl")) == entries

    def test_appends_entries_of_several_dags_and_runs_at_once(self, ledger: Ledger) -> None:
        entries = [_of_run("one", 1), _of_run("two", 2), _of_run("one", 3), _of_run("one", 4, dag_id="other")]
        ledger.append(entries)
        assert list(ledger.read("etl")) == entries[:3]
        assert list(ledger.read("other")) == entries[3:]

    def test_reads_one_run_alone(self, ledger: Ledger) -> None:
        ledger.append([_of_run("one", 1), _of_run("two", 2)])
        assert list(ledger.read("etl", "two")) == [_of_run("two", 2)]
        assert list(ledger.read("etl", "three")) == []

    @pytest.mark.parametrize("other", ["Run", "run ", "rün", "run\n"])
    def test_keeps_runs_of_similar_names_apart(self, ledger: Ledger, other: str) -> None:
        ledger.append([_of_run("run", 1), _of_run(other, 2)])
        assert list(ledger.read("etl", "run")) == [_of_run("run", 1)]
        assert list(ledger.read("etl", other)) == [_of_run(other, 2)]

    @pytest.mark.parametrize("other", ["ETL", "etl ", "ëtl"])
    def test_keeps_dags_of_similar_names_apart(self, ledger: Ledger, other: str) -> None:
        ledger.append([_READ, _of_run("run", 2, dag_id=other)])
        assert list(ledger.read("etl")) == [_READ]
        assert list(ledger.read(other)) == [_of_run("run", 2, dag_id=other)]

    def test_finds_an_entry_under_the_dag_whose_xcom_it_is_about(self, ledger: Ledger) -> None:
        by_another_dag = replace(_READ, actor=replace(_ACTOR, dag_id="report", run_id="elsewhere"))
        ledger.append([by_another_dag])
        assert list(ledger.read("etl", "run")) == [by_another_dag]
        assert list(ledger.read("report")) == []

    @pytest.mark.parametrize(("entries", "expected"), _PASTS.values(), ids=_PASTS)
    def test_knows_what_was_sealed_at_a_place(
        self, ledger: Ledger, open_ledger: OpenLedger, entries: list[Entry], expected: Past
    ) -> None:
        ledger.append(entries)
        assert open_ledger().past(_QUERY) == expected

    def test_knows_of_no_place_before_the_first_entry(self, ledger: Ledger) -> None:
        assert ledger.past(_QUERY) == Past()

    @pytest.mark.parametrize("other", ["dag_id", "run_id", "task_id", "key"])
    def test_keeps_places_of_similar_names_apart(self, ledger: Ledger, other: str) -> None:
        ledger.append([_WRITTEN])
        assert ledger.past(replace(_QUERY, **{other: getattr(_QUERY, other) + " "})) == Past()

    def test_finds_the_objects_of_all_mapped_instances_or_of_one(self, ledger: Ledger) -> None:
        second = replace(_WRITTEN, object_id="b" * 32, where=replace(_WHERE, map_index=7))
        ledger.append([_WRITTEN, second])
        assert ledger.past(replace(_QUERY, map_index=None)).standing == {"a" * 32: -1, "b" * 32: 7}
        assert ledger.past(replace(_QUERY, map_index=7)).standing == {"b" * 32: 7}

    def test_loses_nothing_to_threads_that_append_at_once(self, ledger: Ledger) -> None:
        entries = [replace(_READ, at=at) for at in range(1, 25)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda entry: ledger.append([entry]), entries))
        assert list(ledger.read("etl")) == entries


def _of_run(run_id: str, at: int, dag_id: str = "etl") -> Entry:
    where, actor = replace(_WHERE, dag_id=dag_id, run_id=run_id), replace(_ACTOR, dag_id=dag_id, run_id=run_id)
    return replace(_READ, at=at, where=where, actor=actor)
