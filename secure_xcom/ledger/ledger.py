"""``SqlLedger``: appends entries to their runs' chains, and reads them back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from sqlalchemy import Connection

from secure_xcom.errors import LedgerTampered
from secure_xcom.ledger import chain
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.extending import REGISTER, VERIFY, Chain, ChainKey, chain_of, extend, register_of
from secure_xcom.ledger.rows import row_of
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.model.past import Past

_BOOKKEEPING: Final = (Event.RUN, Event.KEY)
"""What the ledger tells of itself."""


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
            self._append(Chain(chain_of(key.domain, dag_id, run_id, key.generation), dag_id, run_id), key, list(group))

    def read(self, dag_id: str, run_id: str | None = None) -> list[Entry]:
        """Return the entries about a Dag's XComs, of one run or all, by any actor, oldest first."""
        return list(self.stream(dag_id, run_id))

    def stream(self, dag_id: str, run_id: str | None = None) -> Iterator[Entry]:
        """Give what ``read`` returns, one entry after the other, in memory that does not grow with them."""
        # Only the commands ask.
        from secure_xcom.ledger.reading import Damaged, batches
        from secure_xcom.ledger.wanted import Wanted

        for batch in batches(self._database, Wanted(dag_id=dag_id, run_id=run_id)):
            for one in batch:
                if isinstance(one, Damaged):
                    raise LedgerTampered(f"a row of the ledger is damaged: {VERIFY}")
                if one.entry.event not in _BOOKKEEPING:
                    yield one.entry

    def prove(self, waiting: Sequence[Entry]) -> list[str]:
        """Return a proof for each entry, empty where its domain's key is not at hand. Raises nothing."""
        return [self._proof(entry, self._keys.at_hand(entry.run[0])) for entry in waiting]

    def append_kept(self, kept: Sequence[Entry], proofs: Sequence[str]) -> None:
        """Append entries that waited outside of the ledger. One without its proof is recorded as unproved. Raises like
        ``append``."""
        keys = (self._keys.of(entry.run[0]) for entry in kept)
        told = zip(kept, proofs, keys, strict=True)
        self.append([replace(entry, proved=chain.same(proof, self._proof(entry, key))) for entry, proof, key in told])

    def has_claimed(self, claim: Entry) -> bool:
        """Whether an authentic entry like ``claim`` is the last that its run has of the object. Raises like
        ``append``."""
        # Only a task that goes on with an earlier process's claim asks.
        from secure_xcom.ledger.proofs import has_claimed

        return has_claimed(self._database, self._keys, claim)

    def past(self, query: XComQuery) -> Past:
        """Return what was recorded of the objects at a place. Raises a ``LedgerError``."""
        from secure_xcom.ledger.places import past_at

        return past_at(self._database, query)

    def _proof(self, entry: Entry, key: ChainKey | None) -> str:
        return "" if key is None else chain.kept_mac(key.secret, row_of(replace(entry, proved=True)))

    def _append(self, run: Chain, key: ChainKey, new: Sequence[Entry]) -> None:
        def work(connection: Connection) -> None:
            if extend(connection, key, run, new):
                register = Chain(register_of(key.domain, key.generation), run.dag_id, REGISTER)
                extend(connection, key, register, [_registration(run, new[0])])

        self._database.write(work)


def _registration(run: Chain, first: Entry) -> Entry:
    where = Coordinates(dag_id=run.dag_id, run_id=run.run_id, task_id="", key="")
    return Entry(at=first.at, event=Event.RUN, outcome=Outcome.DONE, where=where, host=first.host, detail=run.name)
