"""``prune``: removes the first entries of runs, once they are older than a retention, and signs where chains begin now.

What goes is verified first: a signature over a chain that somebody has changed would hide the change. The registers
of runs stay, with one entry for each run, and so do the ends of the chains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Select, delete, select

from secure_xcom.errors import LedgerTampered, SecureXComError
from secure_xcom.ledger import chain
from secure_xcom.ledger.beginnings import Start, set_start, start_of
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chains, entries
from secure_xcom.ledger.db.text import original
from secure_xcom.ledger.extending import VERIFY, ChainKey, register_of

_PAGE: Final = 500
"""Chains that are asked for at once."""

_BATCH: Final = 2000


@dataclass(slots=True)
class Pruning:
    """What was pruned, or would be. ``problems`` counts the chains that were left as they are, by the error's class."""

    entries: int = 0
    runs: int = 0
    problems: Counter[str] = field(default_factory=Counter)


def prune(database: Database, keys: ChainKeys, before: int, now: int, *, dry_run: bool = False) -> Pruning:
    """Remove entries from before ``before``, in Unix milliseconds, of each run from its first entry on.

    Entries are in the order in which they were recorded: an old one behind a newer one stays. A chain that is broken
    is left to ``audit verify``, and one whose key cannot be opened stays too. Raises a ``LedgerError``.
    """
    pruning = Pruning()
    if not database.is_made():
        return pruning
    opened: dict[tuple[str, str], Mapping[int, ChainKey | SecureXComError]] = {}
    for head in _heads(database, before):
        try:
            key = _key(keys, opened, head)
            pruned = _pruned(database, key, head, Start(number=0, last_mac="", until=before, at=now), dry_run=dry_run)
        except SecureXComError as error:
            pruning.problems[type(error).__name__] += 1
            continue
        pruning.entries += pruned
        pruning.runs += pruned > 0
    return pruning


def _heads(database: Database, before: int) -> Iterator[Mapping[str, Any]]:
    """Give the ends of the runs' chains that have an old entry, page by page in the order of their names."""
    last = ""
    while True:
        old = select(entries.c.chain).where(entries.c.chain == chains.c.chain, entries.c.at < before).exists()
        wanted = select(chains).where(chains.c.chain > last, old).order_by(chains.c.chain).limit(_PAGE)
        page = database.read(partial(_page, wanted=wanted))
        if not page:
            return
        for head in page:
            if head["chain"] != register_of(str(head["domain"]), head["generation"]):
                yield head
        last = str(page[-1]["chain"])


def _page(connection: Connection, wanted: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(wanted).mappings()]


def _key(
    keys: ChainKeys,
    opened: dict[tuple[str, str], Mapping[int, ChainKey | SecureXComError]],
    head: Mapping[str, Any],
) -> ChainKey:
    place = original(str(head["dag_id"])), str(head["domain"])
    if place not in opened:
        opened[place] = keys.each(*place) if place[1] in keys.domains_of(place[0]) else {}
    found = opened[place].get(head["generation"])
    if isinstance(found, ChainKey):
        return found
    raise found or LedgerTampered(f"a chain's key is gone: {VERIFY}")


def _pruned(database: Database, key: ChainKey, head: Mapping[str, Any], wanted: Start, *, dry_run: bool) -> int:
    name = str(head["chain"])

    def work(connection: Connection) -> int:
        end = connection.execute(select(chains).where(chains.c.chain == name).with_for_update()).mappings().one()
        if not chain.same(end["end_mac"], chain.end_mac(key.secret, name, end["length"], end["last_mac"])):
            raise LedgerTampered(f"a run's end was changed: {VERIFY}")
        before = start_of(connection, name)
        if before is not None and not before.is_authentic(key.secret, name):
            raise LedgerTampered(f"a run's beginning was changed: {VERIFY}")
        first = before or Start(number=0, last_mac=chain.START, until=0, at=0)
        last = _last_old(connection, key, name, first, wanted.until)
        if last.number == first.number or dry_run:
            return last.number - first.number
        signed = replace(last, at=wanted.at)
        set_start(connection, name, replace(signed, mac=signed.signed(key.secret, name)))
        connection.execute(delete(entries).where(entries.c.chain == name, entries.c.number <= last.number))
        return last.number - first.number

    return database.read(work) if dry_run else database.write(work)


def _last_old(connection: Connection, key: ChainKey, name: str, first: Start, before: int) -> Start:
    """Follow the chain from its beginning to the last of the old entries. Raises ``LedgerTampered`` if it breaks."""
    wanted = select(entries).where(entries.c.chain == name).order_by(entries.c.number)
    # As an option of the statement alone: a server-side cursor takes no DELETE.
    with connection.execute(wanted, execution_options={"yield_per": _BATCH}) as streamed:
        return _followed(streamed.mappings(), key, name, first, before)


def _followed(rows: Iterable[RowMapping], key: ChainKey, name: str, last: Start, before: int) -> Start:
    for row in map(dict, rows):
        if not chain.is_entry(row) or row["number"] != last.number + 1:
            raise LedgerTampered(f"a run's entries were changed: {VERIFY}")
        mac = chain.entry_mac(key.secret, last.last_mac, name, row["number"], row)
        if not chain.same(row["mac"], mac):
            raise LedgerTampered(f"a run's entries were changed: {VERIFY}")
        if row["at"] >= before:
            break
        last = Start(number=row["number"], last_mac=mac, until=max(last.until, row["at"]), at=0)
    return last
