"""``SqlClaims``: grants consume-once values with one conditional UPDATE in the ledger's database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, or_, select, update

from secure_xcom.errors import ClaimRefused, Expired, LedgerTampered, PoolEmpty
from secure_xcom.ledger import claim_rows as rows
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import claims
from secure_xcom.ledger.db.text import digest, readable
from secure_xcom.model.claim import Claim, Offer, State
from secure_xcom.model.coordinates import TaskInstance

_ADOPT_SECONDS: Final = 5.0
"""How long a task's start may wait for the database, when all that is asked is whether it holds anything."""


class SqlClaims:
    """Implements ``ports.ledger.Claims``. ``session`` names this process, and tells it from earlier tries."""

    def __init__(self, database: Database, session: str) -> None:
        self._database = database
        self._session = session

    def offer(self, offer: Offer) -> None:
        """Make a value available. Raises a ``LedgerError``."""
        self._database.write(lambda connection: rows.insert(connection, offer))

    def claim(self, object_id: str, holder: TaskInstance) -> Claim:
        """Claim a value for ``holder``, who may hold it already.

        Raises ``ClaimRefused`` when another has it, ``Expired``, or a ``LedgerError``.
        """
        # A reader that has lost already need not queue for the write lock.
        try:
            self._database.read(lambda connection: rows.require_free(connection, object_id, holder))
        except Expired:
            self._database.write(lambda connection: rows.expire(connection, claims.c.object_id == object_id))
            raise
        return self._database.write(lambda connection: self._claim(connection, object_id, holder))

    def claim_next(self, pool: str, shard: int | None, holder: TaskInstance) -> Claim:
        """Claim the pool's oldest value; first of all one that an earlier try of ``holder`` has left.

        Raises ``PoolEmpty``, or a ``LedgerError``.
        """
        found = self._database.write(lambda connection: self._claim_next(connection, digest(pool), shard, holder))
        if found is None:
            self._database.write(lambda connection: rows.expire(connection, rows.in_pool(digest(pool), shard)))
            raise PoolEmpty("the pool has nothing to claim now: wait for it with Pool.ready in a sensor")
        return found

    def adopt(self, holder: TaskInstance) -> list[Claim]:
        """Take over what earlier processes of ``holder`` hold; what an earlier try had of a pool is offered again.

        Raises a ``LedgerError``.
        """
        # Most tasks hold nothing: they need neither write nor wait for a database that is down.
        if not self._database.read_if_made(lambda connection: rows.holds(connection, holder), _ADOPT_SECONDS):
            return []
        return self._database.write(lambda connection: self._adopt(connection, holder))

    def withdraw(self, object_id: str) -> None:
        """Take back an offer that nobody has claimed yet. Raises a ``LedgerError``."""
        untouched = (claims.c.object_id == object_id, claims.c.fence == 0)
        self._database.write(lambda connection: connection.execute(delete(claims).where(*untouched)))

    def available(self, pool: str, shard: int | None) -> int:
        """Return how many values of the pool could be claimed now. Raises a ``LedgerError``."""
        counted = select(func.count()).where(rows.in_pool(digest(pool), shard), rows.FREE, ~rows.TOO_OLD)
        return self._database.read(lambda connection: int(connection.execute(counted).scalar_one()))

    def renew(self, claim: Claim) -> None:
        """Begin the lease anew, unless it is endless. Raises ``ClaimLost``, or a ``LedgerError``."""
        self._database.write(lambda connection: rows.renew(connection, claim))

    def pin(self, claim: Claim) -> None:
        """Make the lease endless: its holder is about to report success. Raises ``ClaimLost``, or a ``LedgerError``."""
        self._change(claim, lease_until=rows.NEVER)

    def leave(self, claim: Claim) -> None:
        """Keep the claim for its holder's next process. Raises ``ClaimLost``, or a ``LedgerError``."""
        self._database.write(lambda connection: rows.leave(connection, claim))

    def consume(self, claim: Claim) -> None:
        """End it: nobody reads the value again. Raises ``ClaimLost``, or a ``LedgerError``."""
        self._change(claim, state=State.CONSUMED.value)

    def release(self, claim: Claim) -> None:
        """Offer the value again, or leave it with its holder if it was pushed so. Raises ``ClaimLost``,
        or a ``LedgerError``."""
        self._database.write(lambda connection: rows.release(connection, claim))

    def state(self, object_id: str) -> State | None:
        """Return where a value stands, ``None`` for one that was never offered. Raises a ``LedgerError``."""
        found = self._database.read(lambda connection: rows.row_of(connection, object_id))
        if found is None:
            return None
        if found.state not in rows.STATES:
            raise LedgerTampered("the ledger's database holds a state that no value has")
        return State(found.state)

    def holder(self, object_id: str) -> str:
        """Return who has claimed or consumed a value, for people to read; empty for nobody.

        Raises a ``LedgerError``.
        """
        found = self._database.read(lambda connection: rows.row_of(connection, object_id))
        return readable(found.holder_name) if found else ""

    def _change(self, claim: Claim, **values: object) -> None:
        self._database.write(lambda connection: rows.change(connection, claim, **values))

    def _claim(self, connection: Connection, object_id: str, holder: TaskInstance) -> Claim:
        wanted = (claims.c.object_id == object_id, or_(rows.FREE, rows.held_by(holder)), ~rows.TOO_OLD)
        if not connection.execute(update(claims).where(*wanted).ordered_values(*self._taken(holder))).rowcount:
            rows.require_free(connection, object_id, holder)
            raise ClaimRefused("the value was claimed by another task instance at this moment")
        return rows.won(rows.row_of(connection, object_id), holder)

    def _claim_next(self, connection: Connection, pool: str, shard: int | None, holder: TaskInstance) -> Claim | None:
        left = and_(rows.held_by(holder), claims.c.session != self._session_of(holder))
        for choice in (left, rows.FREE):
            oldest = (
                select(claims).where(rows.in_pool(pool, shard), choice, ~rows.TOO_OLD).order_by(claims.c.id).limit(1)
            )
            found = connection.execute(oldest.with_for_update(skip_locked=True)).first()
            if found is not None:
                # SQLite has no row locks: there, the whole transaction holds the only write lock.
                connection.execute(update(claims).where(claims.c.id == found.id).ordered_values(*self._taken(holder)))
                return rows.won(rows.row_of(connection, found.object_id), holder)
        return None

    def _adopt(self, connection: Connection, holder: TaskInstance) -> list[Claim]:
        # What an earlier try had claimed from a pool goes back to its place: nothing tells how far that try came.
        earlier = and_(rows.held_by(holder), claims.c.pool != "", claims.c.session != self._session_of(holder))
        connection.execute(update(claims).where(earlier).values(**rows.unheld()))
        # An endless lease stays so: the task may have succeeded in all but the report.
        lease = case((claims.c.lease_until == rows.NEVER, rows.NEVER), else_=rows.LEASE)
        if connection.execute(
            update(claims).where(rows.held_by(holder)).ordered_values(*self._taken(holder, lease))
        ).rowcount:
            return [rows.won(row, holder) for row in connection.execute(select(claims).where(rows.held_by(holder)))]
        return []

    def _session_of(self, holder: TaskInstance) -> str:
        """What tells one try from the next: its own processes share their claims, an earlier one's are fenced."""
        return holder.try_id[:32] or self._session

    def _taken(self, holder: TaskInstance, lease: ColumnElement[int] = rows.LEASE) -> list[tuple[str, object]]:
        session = self._session_of(holder)
        again = and_(rows.held_by(holder), claims.c.session == session)
        # MySQL assigns from left to right, and what it has assigned is what stands further right.
        return [
            ("fence", case((again, claims.c.fence), else_=claims.c.fence + 1)),
            ("state", State.CLAIMED.value),
            ("holder", rows.identity(holder)),
            ("holder_name", readable(str(holder))),
            ("session", session),
            ("lease_until", lease),
        ]
