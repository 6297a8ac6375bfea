"""``Start``: the signed record that stands in the place of a chain's first entries, once these are pruned.

It says how many they were, the last one's MAC, how late the latest of them was, and when they were pruned, under the
key of the chain. So the next entry still follows from something, and a writer to the database who lacks that key can
prune nothing unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from secure_xcom.ledger import chain
from secure_xcom.ledger.db.schema import beginnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a chain begins after pruning. ``until`` and ``at`` are in Unix milliseconds, as entries have them."""

    number: int
    last_mac: str
    until: int
    at: int
    mac: str = ""

    def signed(self, key: bytes, name: str) -> str:
        """Return the MAC that the record must have in the chain ``name``."""
        return chain.start_mac(key, name, (self.number, self.last_mac, self.until, self.at))

    def is_authentic(self, key: bytes, name: str) -> bool:
        """Whether the holder of the chain's key has made it."""
        numbers = (self.number, self.until, self.at)
        return all(type(one) is int for one in numbers) and chain.same(self.mac, self.signed(key, name))


def start_of(connection: Connection, name: str) -> Start | None:
    """Return where a chain begins, ``None`` for one that was never pruned."""
    found = connection.execute(select(beginnings).where(beginnings.c.chain == name)).mappings().first()
    return _start(dict(found)) if found else None


def starts(connection: Connection) -> Iterator[tuple[str, Start]]:
    """Give each chain that was pruned, and where it begins."""
    for row in connection.execute(select(beginnings)).mappings():
        yield str(row["chain"]), _start(dict(row))


def set_start(connection: Connection, name: str, start: Start) -> None:
    """Replace where a chain begins."""
    connection.execute(delete(beginnings).where(beginnings.c.chain == name))
    values = {"number": start.number, "last_mac": start.last_mac, "until": start.until, "at": start.at}
    connection.execute(beginnings.insert().values(chain=name, mac=start.mac, **values))


def _start(row: Mapping[str, Any]) -> Start:
    return Start(number=row["number"], last_mac=row["last_mac"], until=row["until"], at=row["at"], mac=row["mac"])
