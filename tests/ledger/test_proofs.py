"""A claim that is taken over is believed for its signed entry, and not for its row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, update

from secure_xcom.ledger.db.schema import chains, entries
from secure_xcom.ledger.db.text import digest
from secure_xcom.ledger.extending import chain_of
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from tests.ledger.site import Site, entry, task

OBJECT = "a" * 32
CLAIM = entry(event=Event.CLAIM, object_id=OBJECT)
RUN = chain_of(digest("etl"), "etl", "run")


@pytest.fixture
def claimed(sqlite_site: Site) -> Site:
    sqlite_site.ledger.append([entry(at=1), CLAIM, entry(at=3, object_id=OBJECT)])
    return sqlite_site


def test_a_claim_that_was_recorded_is_proved_on_each_database_and_in_a_later_try(site: Site) -> None:
    site.ledger.append([CLAIM])
    assert site.ledger.has_claimed(CLAIM)
    assert site.ledger.has_claimed(replace(CLAIM, at=9, host="another", actor=replace(task(), try_number=2)))


def test_a_ledger_without_an_entry_proves_nothing(sqlite_site: Site) -> None:
    assert not sqlite_site.ledger.has_claimed(CLAIM)


OTHERS: dict[str, Entry] = {
    "another object": replace(CLAIM, object_id="b" * 32),
    "another holder": replace(CLAIM, actor=task(1)),
    "another run": replace(CLAIM, actor=task(run_id="other")),
    "another Dag": replace(CLAIM, actor=task(dag_id="other")),
    "another place": replace(CLAIM, where=Coordinates(dag_id="etl", run_id="run", task_id="make", key="other")),
}


@pytest.mark.parametrize("other", OTHERS)
def test_the_entry_of_one_claim_proves_no_other(claimed: Site, other: str) -> None:
    assert not claimed.ledger.has_claimed(OTHERS[other])


@pytest.mark.parametrize("event", [Event.RELEASE, Event.CONSUME])
def test_a_claim_that_has_ended_is_not_proved(claimed: Site, event: Event) -> None:
    claimed.ledger.append([replace(CLAIM, event=event)])
    assert not claimed.ledger.has_claimed(CLAIM)


def test_a_claim_that_was_refused_is_not_proved(sqlite_site: Site) -> None:
    sqlite_site.ledger.append([replace(CLAIM, outcome=Outcome.REFUSED)])
    assert not sqlite_site.ledger.has_claimed(CLAIM)


ATTACKS = {
    "an entry changed": update(entries).where(entries.c.chain == RUN, entries.c.number == 1).values(event="claim"),
    "another's claim made one's own": update(entries).where(entries.c.number == 2).values(object_id="b" * 32),
    "the release cut off": delete(entries).where(entries.c.chain == RUN, entries.c.number == 4),
    "the end set back": update(chains).where(chains.c.chain == RUN).values(length=3),
    "the end gone": delete(chains).where(chains.c.chain == RUN),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("object_id", [OBJECT, "b" * 32])
def test_a_chain_that_was_changed_proves_nothing(claimed: Site, attack: str, object_id: str) -> None:
    claimed.ledger.append([replace(CLAIM, event=Event.RELEASE)])
    claimed.database.write(lambda connection: connection.execute(ATTACKS[attack]))
    assert not claimed.ledger.has_claimed(replace(CLAIM, object_id=object_id))
