"""``extend``: appends entries to one chain, within a transaction that the caller has begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, select, update

from secure_xcom.errors import LedgerTampered
from secure_xcom.ledger import chain
from secure_xcom.ledger.db.schema import chains, entries
from secure_xcom.ledger.db.text import digest, readable
from secure_xcom.ledger.rows import row_of
from secure_xcom.model.entry import Entry

REGISTER: Final = "\0register"
"""Stands for the run_id of a domain's register: a chain of one entry for each run of the domain, whose ``detail`` is
that run's chain. No run of Airflow is called so."""

VERIFY: Final = "run secure-xcom audit verify"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainKey:
    """A domain's key. ``domain`` identifies the domain in the database, ``generation`` its keys in their order."""

    domain: str
    generation: int = 1
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """A run's chain, or a register."""

    name: str
    dag_id: str
    run_id: str

    def __str__(self) -> str:
        run = "the register of runs" if self.run_id == REGISTER else f"run {readable(self.run_id)}"
        return f"{run} of Dag {self.dag_id}"


def chain_of(domain: str, dag_id: str, run_id: str, generation: int = 1) -> str:
    """Return what identifies a run's chain. A Dag that changes its domain begins a new one, and so does a new
    generation: the key is the domain's and the generation's."""
    return digest(domain, str(generation), dag_id, run_id)


def register_of(domain: str, generation: int = 1) -> str:
    """Return what identifies a domain's register of one generation."""
    return digest(domain, str(generation), REGISTER)


def extend(connection: Connection, key: ChainKey, run: Chain, new: Sequence[Entry]) -> bool:
    """Append to one chain, and return whether it is a new one."""
    # The lock makes the workers that extend this chain wait for each other.
    found = connection.execute(select(chains).where(chains.c.chain == run.name).with_for_update()).first()
    length, last = (found.length, found.last_mac) if found else (0, chain.START)
    # Appending to an unsigned end would sign it, and hide what was cut off.
    if found and not chain.same(found.end_mac, chain.end_mac(key.secret, run.name, length, last)):
        raise LedgerTampered(f"the ledger's end of {run} was changed: {VERIFY}")
    rows = _chained(key, run, length, last, new)
    # Of two workers that begin a chain at once, one fails here, and tries again; so the end comes before the entries.
    _set_end(connection, key, run, rows[-1], is_new=found is None)
    if not found and connection.execute(select(entries.c.number).where(entries.c.chain == run.name).limit(1)).first():
        raise LedgerTampered(f"the ledger's end of {run} is gone: {VERIFY}")
    connection.execute(entries.insert(), rows)
    return found is None


def _chained(key: ChainKey, run: Chain, length: int, last: str, new: Sequence[Entry]) -> list[dict[str, Any]]:
    rows = []
    for number, entry in enumerate(new, length + 1):
        row = row_of(entry)
        last = chain.entry_mac(key.secret, last, run.name, number, row)
        rows.append({**row, "chain": run.name, "number": number, "mac": last})
    return rows


def _set_end(connection: Connection, key: ChainKey, run: Chain, row: Mapping[str, Any], *, is_new: bool) -> None:
    end_mac = chain.end_mac(key.secret, run.name, row["number"], row["mac"])
    end = {"length": row["number"], "last_mac": row["mac"], "end_mac": end_mac}
    if is_new:
        names = {"dag_id": readable(run.dag_id), "run_id": readable(run.run_id)}
        owner = {"domain": key.domain, "generation": key.generation}
        connection.execute(chains.insert().values(chain=run.name, **owner, **names, **end))
    else:
        connection.execute(update(chains).where(chains.c.chain == run.name).values(**end))
