"""What the owner of the database may write that no ledger writes: it is told by name, and stops nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update

from secure_xcom.errors import LedgerTampered
from secure_xcom.ledger.chain import SIGNED
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chain_keys, chains, entries
from secure_xcom.ledger.db.text import digest
from secure_xcom.ledger.extending import chain_of
from secure_xcom.ledger.ledger import SqlLedger
from secure_xcom.ledger.verify import verify
from secure_xcom.model.coordinates import XComQuery
from secure_xcom.model.event import Event
from secure_xcom.model.past import Past
from secure_xcom.testing.fakes import InMemoryStore, SingleRoute
from tests.ledger.site import Site, entry

RUN = chain_of(digest("etl"), "etl", "run")

Attack = Callable[[Site], object]


def _sql(statement: str) -> Attack:
    return lambda site: site.database.write(lambda connection: connection.execute(text(statement)))


ODD_ROWS: dict[str, Attack] = {
    "a number where a text is": _sql("UPDATE secure_xcom_entries SET key = 1 WHERE number = 2"),
    "a text where a number is": _sql("UPDATE secure_xcom_entries SET at = 'now' WHERE number = 2"),
    "a huge number": _sql("UPDATE secure_xcom_entries SET at = 9e300 WHERE number = 2"),
    "nothing": _sql("UPDATE secure_xcom_entries SET actor_dag_id = NULL WHERE number = 2"),
    "bytes": _sql("UPDATE secure_xcom_entries SET task_id = x'FF00' WHERE number = 2"),
    "bytes whose base64 is the text": _sql("UPDATE secure_xcom_entries SET task_id = x'99A91E' WHERE number = 2"),
    "a text that is no UTF-8": _sql("UPDATE secure_xcom_entries SET host = CAST(x'FFFE' AS TEXT) WHERE number = 2"),
    "an unknown event": _sql("UPDATE secure_xcom_entries SET event = 'party' WHERE number = 2"),
    "a MAC of bytes": _sql("UPDATE secure_xcom_entries SET mac = x'FF' WHERE number = 2"),
    "no MAC": _sql("UPDATE secure_xcom_entries SET mac = '' WHERE number = 2"),
    "a run's name of bytes": _sql("UPDATE secure_xcom_chains SET run_id = x'FF' WHERE run_id = 'run'"),
    "a Dag's name of bytes": _sql("UPDATE secure_xcom_chains SET dag_id = x'FF' WHERE run_id = 'run'"),
    "a length that is a text": _sql("UPDATE secure_xcom_chains SET length = 'three' WHERE run_id = 'run'"),
    "an unknown domain": _sql("UPDATE secure_xcom_chains SET domain = 'x' WHERE run_id = 'run'"),
}


@pytest.mark.parametrize("attack", ODD_ROWS.values(), ids=ODD_ROWS)
def test_a_row_of_other_types_is_told_and_the_other_runs_are_verified(sqlite_site: Site, attack: Attack) -> None:
    for run_id in ("run", "whole"):
        sqlite_site.ledger.append([entry(at=at, run_id=run_id) for at in (1, 2, 3)])
    where = " AND chain = '" + RUN + "'"
    sqlite_site.database.write(lambda connection: None)
    attack(_Only(sqlite_site, where))  # type: ignore[arg-type]
    found = sqlite_site.verify()
    assert found.breaks
    assert not [broken for broken in found.breaks if broken.run_id == "whole"]


class _Only:
    """The site, for an attack on one run's entries."""

    def __init__(self, site: Site, where: str) -> None:
        self._site, self._where = site, where
        self.database = self

    def write(self, work: Callable[[object], object]) -> object:
        def narrowed(connection: object) -> object:
            return work(_Narrowing(connection, self._where))

        return self._site.database.write(narrowed)


class _Narrowing:
    def __init__(self, connection: object, where: str) -> None:
        self._connection, self._where = connection, where

    def execute(self, statement: object) -> object:
        sql = str(statement)
        narrowed = sql + self._where if "entries" in sql else sql
        return self._connection.execute(text(narrowed))  # type: ignore[attr-defined]


def test_who_reads_a_row_that_is_no_entry_is_told(sqlite_site: Site) -> None:
    sqlite_site.ledger.append([entry()])
    _sql("UPDATE secure_xcom_entries SET outcome = 'fun'")(sqlite_site)
    with pytest.raises(LedgerTampered, match="a row of the ledger is damaged"):
        sqlite_site.ledger.read("etl")


def test_a_run_that_is_dropped_while_it_runs_is_found_though_it_begins_anew(site: Site) -> None:
    site.ledger.append([entry(at=1)])
    site.ledger.append([entry(run_id="other")])

    def drop(connection: object) -> None:
        for table in (entries, chains):
            connection.execute(delete(table).where(table.c.chain == RUN))  # type: ignore[attr-defined]

    site.database.write(drop)
    assert [(broken.run_id, broken.problem) for broken in site.verify().breaks] == [("run", "the whole run is gone")]
    site.ledger.append([entry(at=2)])
    (broken,) = site.verify().breaks
    assert broken.run_id == "run"
    assert broken.problem.startswith("dropped and begun anew")


def test_a_worker_does_not_go_on_from_an_end_that_is_gone(site: Site) -> None:
    site.ledger.append([entry(at=1)])
    site.database.write(lambda connection: connection.execute(delete(chains).where(chains.c.chain == RUN)))
    with pytest.raises(LedgerTampered, match="is gone: run secure-xcom audit verify"):
        site.ledger.append([entry(at=2)])


@pytest.mark.parametrize("name", ["", "\0register", "register", "a\\b", "\ud800", digest("etl")])
def test_no_name_of_a_run_is_taken_for_the_register(site: Site, name: str) -> None:
    for dag_id in ("etl", digest("etl")):
        site.ledger.append([entry(run_id=name, dag_id=dag_id)])
        site.ledger.append([entry(dag_id=dag_id)])
    assert site.verify().breaks == ()
    assert site.verify().runs == 4


def test_a_key_that_the_database_brings_for_a_store_that_encrypts_is_not_believed(tmp_path: Path) -> None:
    """In Vault KV without a key an object is a frame, which whoever writes to the ledger's database can write too."""
    database, store = Database.of(f"sqlite:///{tmp_path}/ledger.db"), InMemoryStore()
    ledger = SqlLedger(database, ChainKeys(database, SingleRoute(store, None), time.time))
    ledger.append([entry()])
    (name,) = store.objects
    forged = store.objects[name][:-32] + bytes(32)
    database.write(lambda connection: connection.execute(update(chain_keys).values(sealed=forged)))
    found = verify(database, ChainKeys(database, SingleRoute(store, None), time.time))
    assert found.breaks == ()
    assert bytes(32) not in repr(ChainKeys(database, SingleRoute(store, None), time.time).of("etl")).encode()
    del store.objects[name]
    begun = ChainKeys(database, SingleRoute(store, None), time.time).of("etl")
    assert (begun.generation, begun.secret == bytes(32)) == (2, False)


def test_verifying_makes_no_keys(sqlite_site: Site) -> None:
    sqlite_site.ledger.append([entry()])
    values = {
        "chain": "x",
        "domain": "y",
        "generation": 1,
        "dag_id": "unheard",
        "run_id": "r",
        "length": 1,
        "last_mac": "",
        "end_mac": "",
    }
    sqlite_site.database.write(lambda connection: connection.execute(insert(chains).values(values)))
    assert [broken.dag_id for broken in sqlite_site.verify().breaks if broken.run_id == "*"] == ["unheard"]
    count = sqlite_site.database.read(lambda connection: len(connection.execute(select(chain_keys)).all()))
    assert count == 1


@pytest.mark.parametrize("place", [None, digest("elsewhere")], ids=["none", "another"])
def test_an_object_that_was_hidden_from_its_place_is_found(site: Site, place: str | None) -> None:
    site.ledger.append([entry(event=Event.WRITE, object_id="a" * 32)])
    query = entry().where.as_query()
    assert site.ledger.past(query).standing == {"a" * 32: -1}
    assert site.verify().breaks == ()
    site.database.write(lambda connection: connection.execute(update(entries).values(place=place)))
    assert site.ledger.past(query).standing == {}
    assert "changed" in site.verify().breaks[0].problem


ODD_PLACES: dict[str, Attack] = {
    "an id of bytes": _sql("UPDATE secure_xcom_entries SET object_id = x'FF' WHERE event = 'write'"),
    "an index that is a text": _sql("UPDATE secure_xcom_entries SET map_index = 'x' WHERE event = 'write'"),
    "an event of bytes": _sql("UPDATE secure_xcom_entries SET event = x'FF' WHERE event = 'write'"),
    "a huge index": _sql("UPDATE secure_xcom_entries SET map_index = 9e300 WHERE event = 'write'"),
}


@pytest.mark.parametrize("attack", ODD_PLACES.values(), ids=ODD_PLACES)
def test_a_row_that_is_no_entry_of_an_object_is_passed_over_and_found(sqlite_site: Site, attack: Attack) -> None:
    sqlite_site.ledger.append([entry(event=Event.WRITE, object_id="a" * 32)])
    attack(sqlite_site)
    of_all = XComQuery(dag_id="etl", run_id="run", task_id="make", key="return_value")
    assert sqlite_site.ledger.past(of_all) == Past()
    assert sqlite_site.verify().breaks


def test_every_column_but_those_that_find_an_entry_is_signed() -> None:
    assert set(SIGNED) | {"chain", "number", "mac", "dag", "place"} == {column.name for column in entries.columns}
