"""Pruning: old entries go, what is left verifies, and nobody without the key prunes unnoticed."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from secure_xcom.ledger.beginnings import set_start, start_of
from secure_xcom.ledger.db.schema import beginnings, chains, entries
from secure_xcom.ledger.extending import chain_of
from secure_xcom.ledger.proofs import has_claimed
from secure_xcom.ledger.pruning import Pruning, prune
from secure_xcom.ledger.verification import Pruned
from secure_xcom.model.event import Event
from tests.ledger.site import Site, entry

NOW = 1_000_000


@pytest.fixture
def old(site: Site) -> Site:
    """A ledger with five entries of one run, and two of another."""
    for at in (10, 20, 30, 40, 50):
        site.ledger.append([entry(at=at)])
    site.ledger.append([entry(at=15, run_id="other"), entry(at=60, run_id="other")])
    return site


def _prune(site: Site, before: int, *, dry_run: bool = False) -> Pruning:
    return prune(site.database, site.keys, before, NOW, dry_run=dry_run)


def _name(site: Site, run_id: str = "run") -> str:
    return chain_of(site.keys.domain_of("etl"), "etl", run_id)


def test_old_entries_go_and_the_rest_verifies_and_goes_on(old: Site) -> None:
    assert _prune(old, 35) == Pruning(entries=4, runs=2)
    found = old.verify()
    assert (found.breaks, found.cuts) == ((), ())
    assert found.pruned == (Pruned(dag_id="etl", runs=2, entries=4, until=30),)
    assert sorted(one.at for one in old.ledger.read("etl")) == [40, 50, 60]
    old.ledger.append([entry(at=70)])
    assert _prune(old, 55) == Pruning(entries=2, runs=1)
    assert old.verify().pruned == (Pruned(dag_id="etl", runs=2, entries=6, until=50),)
    assert old.verify().breaks == ()


def test_a_whole_run_can_be_pruned_and_goes_on(old: Site) -> None:
    assert _prune(old, 1000).entries == 7
    assert old.verify().breaks == ()
    assert old.ledger.read("etl") == []
    old.ledger.append([entry(at=2000)])
    assert old.verify().breaks == ()


def test_a_dry_run_counts_and_changes_nothing(old: Site) -> None:
    assert _prune(old, 35, dry_run=True) == Pruning(entries=4, runs=2)
    assert old.verify().pruned == ()
    assert len(old.ledger.read("etl")) == 7


def test_an_old_entry_behind_a_newer_one_stays(site: Site) -> None:
    for at in (10, 90, 20):
        site.ledger.append([entry(at=at)])
    assert _prune(site, 50) == Pruning(entries=1, runs=1)
    assert site.verify().breaks == ()


def test_nothing_is_made_of_a_ledger_that_is_not_there(site: Site) -> None:
    assert _prune(site, 50) == Pruning()


def test_an_earlier_anchor_still_holds(old: Site) -> None:
    anchor = old.verify().ends
    _prune(old, 1000)
    assert old.verify(anchor).breaks == ()


def test_a_claim_that_was_recorded_after_the_pruned_entries_is_believed(old: Site) -> None:
    claim = entry(at=80, event=Event.CLAIM, object_id="0" * 32)
    old.ledger.append([claim])
    _prune(old, 55)
    assert has_claimed(old.database, old.keys, claim)


FORGERIES = {
    "entries deleted without a record": lambda name: [
        delete(entries).where(entries.c.chain == name, entries.c.number == 4)
    ],
    "the record deleted": lambda name: [delete(beginnings).where(beginnings.c.chain == name)],
    "the record moved on": lambda name: [
        update(beginnings).where(beginnings.c.chain == name).values(number=4),
        delete(entries).where(entries.c.chain == name, entries.c.number == 4),
    ],
    "another time": lambda name: [update(beginnings).where(beginnings.c.chain == name).values(until=1)],
    "another type": lambda name: [update(beginnings).where(beginnings.c.chain == name).values(last_mac="x")],
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_writer_to_the_database_prunes_nothing_unnoticed(old: Site, forgery: object) -> None:
    _prune(old, 35)
    for statement in forgery(_name(old)):
        old.database.write(lambda connection, statement=statement: connection.execute(statement))
    assert [one.run_id for one in old.verify().breaks] == ["run"]


def test_the_record_of_another_run_is_refused(old: Site) -> None:
    _prune(old, 35)
    stolen = old.database.read(lambda connection: start_of(connection, _name(old, "other")))
    old.database.write(lambda connection: set_start(connection, _name(old), stolen))
    assert [one.run_id for one in old.verify().breaks] == ["run"]


CHANGES = {
    "an entry": lambda name: update(entries).where(entries.c.chain == name, entries.c.number == 2).values(host="x"),
    "the end": lambda name: update(chains).where(chains.c.chain == name).values(length=4),
    "a gap": lambda name: delete(entries).where(entries.c.chain == name, entries.c.number == 2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_broken_chain_is_left_to_verification(old: Site, change: object) -> None:
    old.database.write(lambda connection: connection.execute(change(_name(old))))
    before = old.verify().breaks
    pruning = _prune(old, 35)
    assert (pruning.runs, dict(pruning.problems)) == (1, {"LedgerTampered": 1})
    assert old.verify().breaks == before != ()
