"""``Collecting``: a ledger whose entries wait until a page's are written together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from secure_xcom.model.past import Past

if TYPE_CHECKING:
    from secure_xcom.model.coordinates import XComQuery
    from secure_xcom.model.entry import Entry


class Collecting:
    """Implements ``ports.ledger.Ledger`` for what a migration records. Safe to use from several threads.

    An append of its own for each value would be a transaction of the ledger's for each: a page has one for each run.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Entry] = []

    def append(self, new: Sequence[Entry]) -> None:
        """Keep entries until ``taken``."""
        with self._lock:
            self._waiting.extend(new)

    def taken(self) -> list[Entry]:
        """Return what waits, by run, and forget it."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        # The ledger appends what belongs to one run in one transaction, if it stands together.
        return sorted(waiting, key=lambda entry: entry.run)

    def read(self, dag_id: str, run_id: str | None = None) -> Sequence[Entry]:
        """Answer with nothing: a migration reads no entry."""
        del dag_id, run_id
        return ()

    def prove(self, waiting: Sequence[Entry]) -> Sequence[str]:
        """Return no proofs: nothing is kept on the disk from here."""
        return [""] * len(waiting)

    def append_kept(self, kept: Sequence[Entry], proofs: Sequence[str]) -> None:
        """Keep entries as ``append`` does."""
        del proofs
        self.append(kept)

    def has_claimed(self, claim: Entry) -> bool:
        """Answer that it has not: a migration claims nothing."""
        del claim
        return False

    def past(self, query: XComQuery) -> Past:
        """Answer that nothing is known: what lies in the database in plaintext is taken as it is."""
        del query
        return Past()
