"""``generations``: a domain's chain keys as the database keeps them, and what is known of what came before a new one.

A key that can never be opened again begins a new generation of the domain's chains. The first entry of its register
says why, and what the chains before it looked like at that moment.
"""

from __future__ import annotations

import hashlib
import socket
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select, update

from secure_xcom.ledger.db.schema import chain_keys, chains
from secure_xcom.ledger.db.text import original, readable
from secure_xcom.ledger.extending import REGISTER, Chain, ChainKey, extend, register_of
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event

_RUN, _TASK, _KEY = "secure-xcom", "ledger", "chain-key"
"""Where the keys stand among a Dag's objects. Airflow's own run ids never look so."""

GONE: Final = "KeyGone"
"""Stands for the error's class where the database has no key of a domain that has chains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A sealed chain key."""

    generation: int
    dag_id: str
    object_id: str
    sealed: bytes = field(repr=False)
    """Empty where it lies in the store, which then is what encrypts it."""


class Before(msgspec.Struct, frozen=True):
    """What a new generation's first entry says of all chains of the domain before it."""

    generation: int
    object_id: str
    chains: int
    entries: int
    ends: str


def place_of_key(dag_id: str) -> Coordinates:
    """Return the coordinates of a chain key."""
    return Coordinates(dag_id=dag_id, run_id=_RUN, task_id=_TASK, key=_KEY)


def kept_of(connection: Connection, domain: str) -> list[Kept]:
    """Return a domain's chain keys, the newest first."""
    columns = (chain_keys.c.generation, chain_keys.c.dag_id, chain_keys.c.object_id, chain_keys.c.sealed)
    wanted = select(*columns).where(chain_keys.c.domain == domain).order_by(chain_keys.c.generation.desc())
    return [
        Kept(
            generation=row.generation,
            dag_id=original(row.dag_id),
            object_id=row.object_id,
            sealed=row.sealed.encode("utf-8", "surrogateescape") if isinstance(row.sealed, str) else bytes(row.sealed),
        )
        for row in connection.execute(wanted)
    ]


def last_generation(connection: Connection, domain: str) -> int:
    """Return the highest generation of a domain by its keys and its chains, 0 for a domain that has neither."""
    of_keys = select(func.max(chain_keys.c.generation)).where(chain_keys.c.domain == domain)
    of_chains = select(func.max(chains.c.generation)).where(chains.c.domain == domain)
    return max(connection.execute(wanted).scalar() or 0 for wanted in (of_keys, of_chains))


def domains_of(connection: Connection) -> list[tuple[str, str]]:
    """Return each domain that has a key or a chain, with each Dag that is named with it."""
    named = [select(table.c.domain, table.c.dag_id).distinct() for table in (chain_keys, chains)]
    found = {(row.domain, original(row.dag_id)) for wanted in named for row in connection.execute(wanted)}
    return sorted(found)


def before(connection: Connection, domain: str, generation: int) -> Before:
    """Return what the database has of a domain's chains before ``generation``."""
    columns = (chains.c.chain, chains.c.length, chains.c.last_mac, chains.c.end_mac)
    earlier = select(*columns).where(chains.c.domain == domain, chains.c.generation < generation)
    rows = [tuple(row) for row in connection.execute(earlier.order_by(chains.c.chain))]
    kept = next((one for one in kept_of(connection, domain) if one.generation == generation - 1), None)
    return Before(
        generation=generation - 1,
        object_id=kept.object_id if kept else "",
        chains=len(rows),
        entries=sum(row[1] for row in rows if isinstance(row[1], int)),
        ends=hashlib.sha256(repr(rows).encode("utf-8", "surrogatepass")).hexdigest(),
    )


def begin(connection: Connection, key: ChainKey, mine: Kept, at: float, why: str) -> None:
    """Insert a key; a further generation's register begins with what came before."""
    values = {"dag_id": readable(mine.dag_id), "object_id": mine.object_id, "sealed": mine.sealed}
    known = before(connection, key.domain, mine.generation)
    connection.execute(chain_keys.insert().values(domain=key.domain, generation=mine.generation, **values))
    if mine.generation > 1:
        register = Chain(register_of(key.domain, mine.generation), mine.dag_id, REGISTER)
        extend(connection, key, register, [_beginning(mine, known, at, why)])


def replace_sealed(connection: Connection, domain: str, old: Kept, new: Kept) -> bool:
    """Put a key that was sealed anew in the place of the old one; return whether that was still there."""
    is_old = (
        chain_keys.c.domain == domain,
        chain_keys.c.generation == old.generation,
        chain_keys.c.object_id == old.object_id,
        chain_keys.c.sealed == old.sealed,
    )
    values = {"dag_id": readable(new.dag_id), "object_id": new.object_id, "sealed": new.sealed}
    return connection.execute(update(chain_keys).where(*is_old).values(**values)).rowcount == 1


def said_before(detail: str) -> Before | None:
    """Return what the first entry of a generation's register says; ``None`` for another entry's detail."""
    try:
        return msgspec.json.decode(detail.encode(), type=Before)
    except (msgspec.DecodeError, UnicodeError):
        return None


def _beginning(mine: Kept, known: Before, at: float, why: str) -> Entry:
    return Entry(
        at=int(at * 1000),
        event=Event.KEY,
        outcome=Outcome.DONE,
        where=place_of_key(mine.dag_id),
        host=socket.gethostname(),
        step="key",
        error=why,
        object_id=mine.object_id,
        detail=msgspec.json.encode(known).decode(),
    )
