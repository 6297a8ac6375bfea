"""What the ledger knows of objects and runs, whatever their names are, on each kind of database."""

from __future__ import annotations

import pytest

from secure_xcom.ledger.standing import ended, known_runs, written
from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event
from tests.ledger.site import Site, entry

RUNS = ("scheduled__2026-01-01T00:00:00+00:00", "manual\\run", "ein lauf ü", "Run", "new\nline")


@pytest.mark.parametrize("run_id", RUNS)
def test_a_run_is_known_by_its_entries_and_no_similar_one_is(site: Site, run_id: str) -> None:
    asked = (run_id, run_id.upper(), run_id.lower(), f"{run_id} ", f"{run_id}%")
    assert known_runs(site.database, "etl", asked) == frozenset()
    site.ledger.append([entry(run_id=run_id)])
    assert known_runs(site.database, "etl", asked) == {run_id}
    assert known_runs(site.database, "ETL", asked) == frozenset()


def test_an_object_was_written_or_ended_if_an_entry_of_its_dag_says_that_it_was_done(site: Site) -> None:
    ids = read, wrote, failed, purged = [character * 32 for character in "abcd"]
    site.ledger.append(
        [
            entry(object_id=read),
            entry(object_id=wrote, event=Event.WRITE),
            entry(object_id=failed, event=Event.WRITE, outcome=Outcome.FAILED),
            entry(object_id=purged, event=Event.PURGE),
        ]
    )
    assert written(site.database, "etl", ids) == {wrote}
    assert ended(site.database, "etl", ids) == {purged}
    assert written(site.database, "other", ids) == frozenset()
