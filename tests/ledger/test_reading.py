"""Listing and following the ledger: each wanted entry once, on each kind of database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from secure_xcom.errors import LedgerTampered
from secure_xcom.ledger import following as following_module
from secure_xcom.ledger import reading
from secure_xcom.ledger.counting import count
from secure_xcom.ledger.db.schema import entries
from secure_xcom.ledger.following import Following
from secure_xcom.ledger.reading import Damaged, Found, Position, Recorded, batches
from secure_xcom.ledger.wanted import Wanted
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event
from tests.ledger.site import Site, entry, task
from tests.unit.ops.lineage.traffic import HOSTILE

READS = Wanted(events=frozenset({Event.READ}))


def times(found: Iterator[object]) -> list[int]:
    return [one.entry.at for one in chain.from_iterable(found)]  # type: ignore[call-overload]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_batches_of_any_size_give_each_entry_once_in_the_order_of_time(site: Site, size: int) -> None:
    for run_id in ("one", "two", "three"):
        # Two hosts whose clocks disagree, and entries of one millisecond.
        site.ledger.append([entry(at=at, run_id=run_id) for at in (5, 3, 3, 9)])
    found = list(chain.from_iterable(batches(site.database, READS, size=size)))
    places = [(one.entry.at, one.chain, one.number) for one in found if isinstance(one, Recorded)]
    assert len(places) == 12
    assert places == sorted(set(places))


def test_a_page_begins_after_the_cursor_of_the_one_before(site: Site) -> None:
    site.ledger.append([entry(at=at) for at in (1, 2, 2, 2, 3)])
    pages: list[list[int]] = []
    after = None
    while True:
        page = next(iter(batches(site.database, READS, after, 2)))
        if not page:
            break
        pages.append([one.number for one in page if isinstance(one, Recorded)])
        assert isinstance(page[-1], Recorded)
        after = Position.parse(str(page[-1].position))
    assert pages == [[1, 2], [3, 4], [5]]


def test_a_batch_of_one_dag_is_sought_and_what_is_left_is_not_sorted(sqlite_site: Site) -> None:
    sqlite_site.ledger.append([entry(at=at) for at in range(5)])
    asked = reading._in_order(Wanted(dag_id="etl"), (2, "", 0)).limit(2)

    def explained(connection: Connection) -> list[str]:
        compiled = asked.compile(connection, compile_kwargs={"literal_binds": True})
        return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]

    plan = sqlite_site.database.read(explained)
    assert any("entries_dag (dag=? AND at>?)" in detail for detail in plan), plan


@pytest.mark.parametrize("name", [name for name in HOSTILE if "\ud800" not in name], ids=ascii)
def test_each_text_is_found_by_itself_and_by_no_other(sqlite_site: Site, name: str) -> None:
    where = Coordinates(dag_id="etl", run_id="run", task_id=name, key=name)
    sqlite_site.ledger.append([entry(where=where, actor=task()), entry()])
    (found,) = chain.from_iterable(batches(sqlite_site.database, replace(READS, task_id=name, key=name)))
    assert isinstance(found, Recorded)
    assert found.entry.where == where


def test_texts_that_a_database_takes_for_the_same_are_different(site: Site) -> None:
    for key in ("a", "A", "a ", "ä"):
        site.ledger.append([entry(where=Coordinates(dag_id="etl", run_id="run", task_id="t", key=key), actor=task())])
    found = [one for one in chain.from_iterable(batches(site.database, Wanted(key="a"))) if isinstance(one, Recorded)]
    assert [one.entry.where.key for one in found] == ["a"]


def test_entries_are_counted_by_event_and_outcome(site: Site) -> None:
    site.ledger.append([entry(at=7), entry(at=8), entry(at=9, outcome=Outcome.REFUSED)])
    site.database.write(
        lambda connection: connection.execute(text("UPDATE secure_xcom_entries SET event = 'x' WHERE at = 8"))
    )
    found = count(site.database, Wanted(run_id="run"))
    # The run's entry in the register has its name too, and the time of the run's first entry.
    assert dict(found.entries) == {
        ("read", "done"): 1, ("read", "refused"): 1, ("unknown", "done"): 1, ("run", "done"): 1
    }  # fmt: skip
    assert found.last == 9


DAMAGE = {
    "a text for a time": "at = 'now'",
    "a huge time": "at = 9e300",
    "a time before 1970": "at = -1",
    "a time after the year 9999": "at = 253402300800000",
    "bytes": "task_id = x'FF00'",
    "broken UTF-8 in the chain": "chain = CAST(x'FFFE' AS TEXT)",
    "a chain that is no digest": "chain = 'x\ny'",
    "an unknown event": "event = 'party'",
    "an unknown outcome": "outcome = 'fun'",
    "a text without end": "detail = printf('%.20000c', 'x')",
}


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_row_is_reported_and_the_others_are_listed(sqlite_site: Site, damage: str, size: int) -> None:
    sqlite_site.ledger.append([entry(at=at) for at in (1, 2, 3)])
    statement = f"UPDATE {entries} SET {damage} WHERE number = 2 AND event = 'read'"
    sqlite_site.database.write(lambda connection: connection.execute(text(statement)))
    try:
        found = list(chain.from_iterable(batches(sqlite_site.database, Wanted(), size=size)))
    except LedgerTampered:
        # Where the damaged rows fill a batch, there is no place from which to go on.
        assert size == 1
        return
    assert sorted(one.entry.at for one in found if isinstance(one, Recorded)) == [1, 1, 3]
    assert len([one for one in found if isinstance(one, Damaged)]) == 1


def test_nothing_is_given_twice_and_nothing_missed_while_runs_are_recorded_out_of_order(site: Site) -> None:
    site.ledger.append([entry(at=100, run_id="old")])
    begin = threading.Event()

    def write(host: int) -> None:
        other = Site(site.url, site.directory)
        begin.wait()
        # Each host has a clock of its own, and goes back in time.
        for number in range(15):
            run_id = f"run {number % 4}"
            other.ledger.append(
                [entry(at=1000 * host - number, run_id=run_id, host=f"worker-{host}", detail=str(number))]
            )

    writers = [threading.Thread(target=write, args=(host,)) for host in range(1, 4)]
    for writer in writers:
        writer.start()
    followed = Following(site.database, READS)
    begin.set()
    found: list[Found] = list(chain.from_iterable(followed.there()))
    while any(writer.is_alive() for writer in writers):
        found += chain.from_iterable(followed.recorded())
    found += chain.from_iterable(followed.recorded())
    written = {(f"worker-{host}", str(number)) for host in range(1, 4) for number in range(15)} | {("worker-1", "")}
    seen = [(one.entry.host, one.entry.detail) for one in found if isinstance(one, Recorded)]
    assert len(seen) == len(set(seen))
    assert set(seen) == written


class Step:
    """A ledger that records while it is listed."""

    def __init__(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(following_module, "batches", self._recording)
        self.site, self.meanwhile = site, [lambda: None]

    def _recording(self, *arguments: object) -> Iterator[object]:
        for work in self.meanwhile:
            work()
        yield from batches(*arguments)  # type: ignore[arg-type]


def test_what_is_recorded_during_the_listing_comes_once(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Step(sqlite_site, monkeypatch)
    sqlite_site.ledger.append([entry(at=1)])
    step.meanwhile = [lambda: sqlite_site.ledger.append([entry(at=2), entry(at=2, run_id="new")])]
    followed = Following(sqlite_site.database, READS)
    assert times(followed.there()) == [1, 2, 2]
    assert times(followed.recorded()) == []
    sqlite_site.ledger.append([entry(at=3)])
    assert times(followed.recorded()) == [3]
    assert times(followed.recorded()) == []


def test_what_waited_on_a_disk_comes_however_old_it_is(sqlite_site: Site) -> None:
    sqlite_site.ledger.append([entry(at=1_000)])
    followed = Following(sqlite_site.database, replace(READS, since=500))
    assert times(followed.there()) == [1_000]
    sqlite_site.ledger.append_kept([entry(at=5)], [""])
    assert times(followed.recorded()) == [5]


def test_a_ledger_that_is_not_there_is_waited_for_and_not_made(sqlite_site: Site) -> None:
    followed = Following(sqlite_site.database, READS)
    assert times(followed.there()) == times(followed.recorded()) == []
    assert not (sqlite_site.directory / "ledger.db").exists()
    sqlite_site.ledger.append([entry(at=1)])
    assert times(followed.recorded()) == [1]


def test_a_run_that_was_set_back_goes_on_with_what_is_new(sqlite_site: Site) -> None:
    sqlite_site.ledger.append([entry(at=at) for at in (1, 2, 3)])
    followed = Following(sqlite_site.database, READS)
    assert times(followed.there()) == [1, 2, 3]
    sql: Callable[[str], object] = lambda statement: sqlite_site.database.write(  # noqa: E731
        lambda connection: connection.execute(text(statement))
    )
    sql("UPDATE secure_xcom_chains SET length = 1 WHERE run_id = 'run'")
    assert times(followed.recorded()) == []
    sql("UPDATE secure_xcom_chains SET length = 3 WHERE run_id = 'run'")
    assert times(followed.recorded()) == [2, 3]


def test_an_end_that_says_more_than_there_is_ends_nothing(sqlite_site: Site) -> None:
    sqlite_site.ledger.append([entry(at=1)])
    followed = Following(sqlite_site.database, READS)
    assert times(followed.there()) == [1]
    for length in ("1000000", "'many'", "-4"):
        statement = text(f"UPDATE secure_xcom_chains SET length = {length} WHERE run_id = 'run'")
        sqlite_site.database.write(lambda connection, statement=statement: connection.execute(statement))
        assert times(followed.recorded()) == []


def test_more_than_a_batch_is_recorded_between_two_looks(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following_module, "BATCH", 2)
    followed = Following(sqlite_site.database, READS)
    list(followed.there())
    sqlite_site.ledger.append([entry(at=at) for at in range(5)])
    assert times(followed.recorded()) == [0, 1, 2, 3, 4]


@given(st.integers(0, reading._END_OF_TIME - 1), st.integers(1, 2**31 - 1))
def test_a_cursor_is_read_as_it_was_written(at: int, number: int) -> None:
    place = Position(at, "0a" * 32, number)
    assert Position.parse(str(place)) == place


@pytest.mark.parametrize(
    "cursor",
    ["", "1", "1.2", "1.2.x", "1.2." + "0" * 63, "-1.2." + "0" * 64, "1.2." + "0" * 64 + "\n", "\u0661.2." + "0" * 64],
)
def test_another_text_is_no_cursor(cursor: str) -> None:
    assert Position.parse(cursor) is None
