"""``SqlLedger``: appends entries to their runs' chains, and reads them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, select, update

from secure_xcom.errors import LedgerTampered, translated
from secure_xcom.ledger import chain
from secure_xcom.ledger.chain_keys import ChainKey, ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chains, entries
from secure_xcom.ledger.db.text import digest, readable
from secure_xcom.ledger.rows import entry_of, row_of
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event

REGISTER: Final = "\0register"
"""Stands for the run_id of a domain's register: a chain of one entry for each run of the domain, whose ``detail`` is
that run's chain. No run of Airflow is called so."""

_VERIFY: Final = "run secure-xcom audit verify"


@dataclass(frozen=True, slots=True)
class _Chain:
    name: str
    dag_id: str
    run_id: str

    def __str__(self) -> str:
        run = "the register of runs" if self.run_id == REGISTER else f"run {readable(self.run_id)}"
        return f"{run} of Dag {self.dag_id}"


class SqlLedger:
    """Implements ``ports.ledger.Ledger``. What was appended is durable when ``append`` returns."""

    def __init__(self, database: Database, keys: ChainKeys) -> None:
        self._database = database
        self._keys = keys

    def append(self, new: Sequence[Entry]) -> None:
        """Append entries, those of one run in one transaction.

        Raises a ``LedgerError``, and what opening or sealing a value of the run's Dag raises: its key lies there.
        """
        for (dag_id, run_id), group in groupby(new, key=lambda entry: entry.run):
            key = self._keys.of(dag_id)
            self._append(_Chain(chain_of(key.domain, dag_id, run_id), dag_id, run_id), key, list(group))

    def read(self, dag_id: str, run_id: str | None = None) -> list[Entry]:
        """Return the entries about a Dag's XComs, of one run or all, by any actor, oldest first."""
        return self._database.read(lambda connection: list(_read(connection, dag_id, run_id)))

    def _append(self, run: _Chain, key: ChainKey, new: Sequence[Entry]) -> None:
        def work(connection: Connection) -> None:
            if _extend(connection, key, run, new):
                register = _Chain(register_of(key.domain), run.dag_id, REGISTER)
                _extend(connection, key, register, [_registration(run, new[0])])

        self._database.write(work)


def chain_of(domain: str, dag_id: str, run_id: str) -> str:
    """Return what identifies a run's chain. A Dag that changes its domain begins a new one: the key is the domain's."""
    return digest(domain, dag_id, run_id)


def register_of(domain: str) -> str:
    """Return what identifies a domain's register."""
    return digest(domain, REGISTER)


def _extend(connection: Connection, key: ChainKey, run: _Chain, new: Sequence[Entry]) -> bool:
    """Append to one chain, and return whether it is a new one."""
    # The lock makes the workers that extend this chain wait for each other.
    found = connection.execute(select(chains).where(chains.c.chain == run.name).with_for_update()).first()
    length, last = (found.length, found.last_mac) if found else (0, chain.START)
    # Appending to an unsigned end would sign it, and hide what was cut off.
    if found and not chain.same(found.end_mac, chain.end_mac(key.secret, run.name, length, last)):
        raise LedgerTampered(f"the ledger's end of {run} was changed: {_VERIFY}")
    rows = _chained(key, run, length, last, new)
    # Of two workers that begin a chain at once, one fails here, and tries again; so the end comes before the entries.
    _set_end(connection, key, run, rows[-1], is_new=found is None)
    if not found and connection.execute(select(entries.c.number).where(entries.c.chain == run.name).limit(1)).first():
        raise LedgerTampered(f"the ledger's end of {run} is gone: {_VERIFY}")
    connection.execute(entries.insert(), rows)
    return found is None


def _chained(key: ChainKey, run: _Chain, length: int, last: str, new: Sequence[Entry]) -> list[dict[str, Any]]:
    rows = []
    for number, entry in enumerate(new, length + 1):
        row = row_of(entry)
        last = chain.entry_mac(key.secret, last, run.name, number, row)
        rows.append({**row, "chain": run.name, "number": number, "mac": last})
    return rows


def _set_end(connection: Connection, key: ChainKey, run: _Chain, row: Mapping[str, Any], *, is_new: bool) -> None:
    end_mac = chain.end_mac(key.secret, run.name, row["number"], row["mac"])
    end = {"length": row["number"], "last_mac": row["mac"], "end_mac": end_mac}
    if is_new:
        names = {"dag_id": readable(run.dag_id), "run_id": readable(run.run_id)}
        connection.execute(chains.insert().values(chain=run.name, domain=key.domain, **names, **end))
    else:
        connection.execute(update(chains).where(chains.c.chain == run.name).values(**end))


def _registration(run: _Chain, first: Entry) -> Entry:
    where = Coordinates(dag_id=run.dag_id, run_id=run.run_id, task_id="", key="")
    return Entry(at=first.at, event=Event.RUN, outcome=Outcome.DONE, where=where, host=first.host, detail=run.name)


def _read(connection: Connection, dag_id: str, run_id: str | None) -> Iterator[Entry]:
    wanted = select(entries).where(entries.c.dag == digest(dag_id), entries.c.event != Event.RUN.value)
    if run_id is not None:
        wanted = wanted.where(entries.c.run_id == readable(run_id))
    for row in connection.execute(wanted.order_by(entries.c.at, entries.c.chain, entries.c.number)).mappings():
        # MySQL ignores a trailing space.
        if run_id is None or row["run_id"] == readable(run_id):
            yield _entry_of({name: row[name] for name in chain.SIGNED})


def _entry_of(columns: Mapping[str, object]) -> Entry:
    with translated(ValueError, into=lambda _: LedgerTampered(f"a row of the ledger is damaged: {_VERIFY}")):
        return entry_of(columns)
