"""``LazyLedger``: the ledger and the claims of one database, which is first touched when something is to be written."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secure_xcom.model.coordinates import XComQuery
from secure_xcom.model.entry import Entry
from secure_xcom.model.past import Past
from secure_xcom.ports.calls import DEADLINE_SECONDS
from secure_xcom.ports.ledger import Claims
from secure_xcom.ports.routes import Routes

if TYPE_CHECKING:
    from secure_xcom.ledger.chain_keys import ChainKeys
    from secure_xcom.ledger.counting import Counts
    from secure_xcom.ledger.db.database import Database
    from secure_xcom.ledger.following import Following
    from secure_xcom.ledger.generations import Kept
    from secure_xcom.ledger.ledger import SqlLedger
    from secure_xcom.ledger.pruning import Pruning
    from secure_xcom.ledger.reading import Found, Position
    from secure_xcom.ledger.rekey import KnownDomain, Rekeyed
    from secure_xcom.ledger.standing import Standing
    from secure_xcom.ledger.verification import Verification
    from secure_xcom.ledger.walk import End
    from secure_xcom.ledger.wanted import Wanted
    from secure_xcom.model.domain import Domain


@dataclass(frozen=True, slots=True)
class _Open:
    database: Database
    keys: ChainKeys
    ledger: SqlLedger
    claims: Claims


class LazyLedger:
    """Implements ``ports.ledger.Ledger``, and hands out the ``Claims``. Safe to use from several threads."""

    def __init__(
        self, url: str, routes: Routes, clock: Callable[[], float], deadline_seconds: float = DEADLINE_SECONDS
    ) -> None:
        self._url = url
        self._routes = routes
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._session = secrets.token_hex(16)
        self._lock = threading.Lock()
        self._database: Database | None = None
        self._made: _Open | None = None

    def append(self, new: Sequence[Entry]) -> None:
        """Append entries. Raises like ``SqlLedger.append``, and ``ConfigurationError`` for an invalid URL."""
        self._open().ledger.append(new)

    def read(self, dag_id: str, run_id: str | None = None) -> Sequence[Entry]:
        """Return the entries about a Dag's XComs. Raises like ``append``."""
        opened = self._open()
        return opened.ledger.read(dag_id, run_id) if opened.database.is_made() else ()

    def stream(self, dag_id: str) -> Iterator[Entry]:
        """Give what ``read`` returns, one entry after the other. Raises like ``append``."""
        opened = self._open()
        return opened.ledger.stream(dag_id) if opened.database.is_made() else iter(())

    def prove(self, waiting: Sequence[Entry]) -> Sequence[str]:
        """Return a proof for each entry, empty where its domain's key is not at hand. Raises nothing."""
        return self._made.ledger.prove(waiting) if self._made else [""] * len(waiting)

    def append_kept(self, kept: Sequence[Entry], proofs: Sequence[str]) -> None:
        """Append entries that waited outside of the ledger. Raises like ``append``."""
        self._open().ledger.append_kept(kept, proofs)

    def has_claimed(self, claim: Entry) -> bool:
        """Whether an authentic entry says that the value is claimed so. Raises like ``append``."""
        return self._open().ledger.has_claimed(claim)

    def past(self, query: XComQuery) -> Past:
        """Return what was recorded of the objects at a place. Raises a ``LedgerError``."""
        # A plain pull asks too. Keys, and cryptography with them, are loaded by what seals or opens.
        from secure_xcom.ledger.places import past_at

        with self._lock:
            database = self._connected()
        return past_at(database, query)

    def claims(self) -> Claims:
        """Return the claims of this process. Raises ``ConfigurationError``."""
        return self._open().claims

    def verify(self, anchor: Mapping[str, End] | None = None) -> Verification:
        """Walk all chains. Raises a ``LedgerError``."""
        from secure_xcom.ledger.verify import verify

        opened = self._open()
        return verify(opened.database, opened.keys, anchor)

    def batches(
        self, wanted: Wanted, after: Position | None = None, size: int | None = None
    ) -> Iterator[Sequence[Found]]:
        """Give the wanted entries after a place, in batches of at most ``size``. Raises a ``LedgerError``."""
        from secure_xcom.ledger.reading import BATCH, batches

        database = self._open().database
        return batches(database, wanted, after, min(size or BATCH, BATCH)) if database.is_made() else iter(())

    def following(self, wanted: Wanted, after: Position | None = None) -> Following:
        """Return what has each wanted entry once, also those that are still to be recorded."""
        from secure_xcom.ledger.following import Following

        return Following(self._open().database, wanted, after)

    def counts(self, wanted: Wanted) -> Counts:
        """Count the wanted entries. Raises a ``LedgerError``."""
        from secure_xcom.ledger.counting import Counts, count

        database = self._open().database
        return count(database, wanted) if database.is_made() else Counts()

    def rekey(self, *, dry_run: bool = False) -> list[Rekeyed]:
        """Seal all chain keys anew. Raises a ``LedgerError``."""
        from secure_xcom.ledger.rekey import rekey

        opened = self._open()
        return rekey(opened.database, opened.keys, dry_run=dry_run)

    def kept_keys(self) -> Iterator[tuple[KnownDomain, Domain, Kept]]:
        """Yield the sealed chain keys of each domain that the ledger knows. Raises a ``LedgerError``."""
        from secure_xcom.ledger.rekey import known_domains

        opened = self._open()
        for known in known_domains(opened.database, opened.keys):
            domain, kept = opened.keys.kept(known.dag_id, known.domain)
            yield from ((known, domain, one) for one in kept)

    def replace_key(self, domain: str, old: Kept, sealed: bytes) -> bool:
        """Put ``sealed`` in the place of a chain key if it is still the old one, and return whether it was."""
        from dataclasses import replace

        from secure_xcom.ledger.generations import replace_sealed

        new = replace(old, sealed=sealed)
        return self._open().database.write(lambda connection: replace_sealed(connection, domain, old, new))

    def prune(self, before: int, *, dry_run: bool = False) -> Pruning:
        """Remove entries from before ``before``, in Unix milliseconds. Raises a ``LedgerError``."""
        from secure_xcom.ledger.pruning import prune

        opened = self._open()
        return prune(opened.database, opened.keys, before, int(self._clock() * 1000), dry_run=dry_run)

    def problems_of_keys(self) -> dict[str, str]:
        """Return what is wrong with each domain's chain key, by a Dag of the domain. Raises a ``LedgerError``."""
        from secure_xcom.ledger.rekey import problems

        opened = self._open()
        return problems(opened.database, opened.keys)

    def standings(self, object_ids: Sequence[str]) -> Mapping[str, Standing]:
        """Return where consume-once values stand. Raises a ``LedgerError``."""
        from secure_xcom.ledger.standing import standings

        return standings(self._open().database, object_ids)

    def ended(self, dag_id: str, object_ids: Sequence[str]) -> frozenset[str]:
        """Return which of a Dag's objects were purged or consumed. Raises a ``LedgerError``."""
        from secure_xcom.ledger.standing import ended

        return ended(self._open().database, dag_id, object_ids)

    def written(self, dag_id: str, object_ids: Sequence[str]) -> frozenset[str]:
        """Return which of a Dag's objects were written. Raises a ``LedgerError``."""
        from secure_xcom.ledger.standing import written

        return written(self._open().database, dag_id, object_ids)

    def known_runs(self, dag_id: str, run_ids: Sequence[str]) -> frozenset[str]:
        """Return which of a Dag's runs have entries, or had some. Raises a ``LedgerError``."""
        from secure_xcom.ledger.standing import known_runs

        return known_runs(self._open().database, dag_id, run_ids)

    def dag_ids(self) -> frozenset[str]:
        """Return the Dags that the ledger has chains or keys of. Raises a ``LedgerError``."""
        from secure_xcom.ledger.generations import domains_of

        database = self._open().database
        return frozenset(dag_id for _, dag_id in database.read(domains_of)) if database.is_made() else frozenset()

    def _connected(self) -> Database:
        # Only a task that asks the ledger imports SQLAlchemy.
        from secure_xcom.ledger.db.database import Database

        if self._database is None:
            self._database = Database.of(self._url, self._deadline_seconds)
        return self._database

    def _open(self) -> _Open:
        from secure_xcom.ledger.chain_keys import ChainKeys
        from secure_xcom.ledger.claims import SqlClaims
        from secure_xcom.ledger.ledger import SqlLedger

        with self._lock:
            if self._made is None:
                database = self._connected()
                keys = ChainKeys(database, self._routes, self._clock)
                self._made = _Open(database, keys, SqlLedger(database, keys), SqlClaims(database, self._session))
            return self._made
