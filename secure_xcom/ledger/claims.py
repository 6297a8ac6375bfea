"""``SqlClaims``: who may read a value that is read once, decided by one conditional UPDATE in the ledger's database."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, func, or_, select, update

from secure_xcom.claim import Claim, Offer, State
from secure_xcom.errors import ClaimLost, ClaimRefused, Expired, LedgerTampered, PoolEmpty
from secure_xcom.ledger.clock import NOW
from secure_xcom.ledger.database import Database
from secure_xcom.ledger.schema import claims
from secure_xcom.ledger.texts import digest, readable
from secure_xcom.model import TaskInstance

_NEVER: Final = 1 << 62
"""The end of a lease that does not end."""

_LEFT: Final = _NEVER - 1
"""The end of a lease that waits for its holder's next process, which begins it anew."""

_LONGEST: Final = 3660 * 86_400
"""No lease is longer, in seconds."""

_LEASE: Final = NOW() + claims.c.lease_seconds * 1000

_STATES: Final = frozenset(state.value for state in State)

_LAPSED: Final = and_(claims.c.state == State.CLAIMED.value, claims.c.lease_until <= NOW())
_FREE: Final = or_(claims.c.state == State.AVAILABLE.value, _LAPSED)
_TOO_OLD: Final = and_(claims.c.expires > 0, claims.c.expires * 1000 <= NOW())


class SqlClaims:
    """Implements ``ports.Claims``. ``session`` names this process: an earlier try's claims are taken over from it."""

    def __init__(self, database: Database, session: str) -> None:
        self._database = database
        self._session = session

    def offer(self, offer: Offer) -> None:
        """Make a value available. Raises a ``LedgerError``."""
        self._database.write(lambda connection: _offer(connection, offer))

    def claim(self, object_id: str, holder: TaskInstance) -> Claim:
        """Claim a value for ``holder``, who may hold it already.

        Raises ``ClaimRefused`` when another has it, ``Expired``, or a ``LedgerError``.
        """
        # Who has lost already need not queue for a write.
        try:
            self._database.read(lambda connection: _require_free(connection, object_id, holder))
        except Expired:
            self._database.write(lambda connection: _expire(connection, claims.c.object_id == object_id))
            raise
        return self._database.write(lambda connection: self._claim(connection, object_id, holder))

    def claim_next(self, pool: str, shard: int | None, holder: TaskInstance) -> Claim:
        """Claim the pool's oldest value; first of all one that an earlier try of ``holder`` has left.

        Raises ``PoolEmpty``, or a ``LedgerError``.
        """
        found = self._database.write(lambda connection: self._claim_next(connection, digest(pool), shard, holder))
        if found is None:
            self._database.write(lambda connection: _expire(connection, _in_pool(digest(pool), shard)))
            raise PoolEmpty("the pool has nothing to claim now: wait for it with Pool.ready in a sensor")
        return found

    def adopt(self, holder: TaskInstance) -> list[Claim]:
        """Take over what earlier processes of ``holder`` hold; what an earlier try had of a pool is offered again.

        Raises a ``LedgerError``.
        """
        return self._database.write(lambda connection: self._adopt(connection, holder))

    def withdraw(self, object_id: str) -> None:
        """Take back an offer that nobody has claimed yet. Raises a ``LedgerError``."""
        untouched = (claims.c.object_id == object_id, claims.c.fence == 0)
        self._database.write(lambda connection: connection.execute(delete(claims).where(*untouched)))

    def available(self, pool: str, shard: int | None) -> int:
        """Return how many values of the pool could be claimed now. Raises a ``LedgerError``."""
        counted = select(func.count()).where(_in_pool(digest(pool), shard), _FREE, ~_TOO_OLD)
        return self._database.read(lambda connection: int(connection.execute(counted).scalar_one()))

    def renew(self, claim: Claim) -> None:
        """Begin the lease anew, unless it is endless. Raises ``ClaimLost``, or a ``LedgerError``."""
        self._database.write(lambda connection: _renew(connection, claim))

    def pin(self, claim: Claim) -> None:
        """Make the lease endless: its holder is about to report success. Raises ``ClaimLost``, or a ``LedgerError``."""
        self._change(claim, lease_until=_NEVER)

    def leave(self, claim: Claim) -> None:
        """Keep the claim for its holder's next process. Raises ``ClaimLost``, or a ``LedgerError``."""
        self._database.write(lambda connection: _leave(connection, claim))

    def consume(self, claim: Claim) -> None:
        """End it: nobody reads the value again. Raises ``ClaimLost``, or a ``LedgerError``."""
        self._change(claim, state=State.CONSUMED.value)

    def release(self, claim: Claim) -> None:
        """Offer the value again, or leave it with its holder if it was pushed so. Raises ``ClaimLost``,
        or a ``LedgerError``."""
        self._database.write(lambda connection: _release(connection, claim))

    def state(self, object_id: str) -> State | None:
        """Return where a value stands, ``None`` for one that was never offered. Raises a ``LedgerError``."""
        found = self._database.read(lambda connection: _row(connection, object_id))
        if found is None:
            return None
        if found.state not in _STATES:
            raise LedgerTampered("the ledger's database holds a state that no value has")
        return State(found.state)

    def holder(self, object_id: str) -> str:
        """Return who has claimed or consumed a value, for people to read; empty for nobody.

        Raises a ``LedgerError``.
        """
        found = self._database.read(lambda connection: _row(connection, object_id))
        return readable(found.holder_name) if found else ""

    def _change(self, claim: Claim, **values: object) -> None:
        self._database.write(lambda connection: _change(connection, claim, **values))

    def _claim(self, connection: Connection, object_id: str, holder: TaskInstance) -> Claim:
        wanted = (claims.c.object_id == object_id, or_(_FREE, _held_by(holder)), ~_TOO_OLD)
        if not connection.execute(update(claims).where(*wanted).ordered_values(*self._taken(holder))).rowcount:
            _require_free(connection, object_id, holder)
            raise ClaimRefused("the value was claimed by another task instance at this moment")
        return _won(_row(connection, object_id), holder)

    def _claim_next(self, connection: Connection, pool: str, shard: int | None, holder: TaskInstance) -> Claim | None:
        left = and_(_held_by(holder), claims.c.session != self._session_of(holder))
        for choice in (left, _FREE):
            oldest = select(claims).where(_in_pool(pool, shard), choice, ~_TOO_OLD).order_by(claims.c.id).limit(1)
            found = connection.execute(oldest.with_for_update(skip_locked=True)).first()
            if found is not None:
                # SQLite has no row locks: there, the whole transaction holds the only write lock.
                connection.execute(update(claims).where(claims.c.id == found.id).ordered_values(*self._taken(holder)))
                return _won(_row(connection, found.object_id), holder)
        return None

    def _adopt(self, connection: Connection, holder: TaskInstance) -> list[Claim]:
        # What an earlier try had of a pool goes back to its place there: nobody knows how far it came.
        earlier = and_(_held_by(holder), claims.c.pool != "", claims.c.session != self._session_of(holder))
        connection.execute(update(claims).where(earlier).values(**_unheld()))
        # An endless lease stays so: the task may have succeeded in all but the report.
        lease = case((claims.c.lease_until == _NEVER, _NEVER), else_=_LEASE)
        if connection.execute(
            update(claims).where(_held_by(holder)).ordered_values(*self._taken(holder, lease))
        ).rowcount:
            return [_won(row, holder) for row in connection.execute(select(claims).where(_held_by(holder)))]
        return []

    def _session_of(self, holder: TaskInstance) -> str:
        """What tells one try from the next: its own processes share their claims, an earlier one's are fenced."""
        return holder.try_id[:32] or self._session

    def _taken(self, holder: TaskInstance, lease: ColumnElement[int] = _LEASE) -> list[tuple[str, object]]:
        session = self._session_of(holder)
        again = and_(_held_by(holder), claims.c.session == session)
        # MySQL assigns from left to right, and what it has assigned is what stands further right.
        return [
            ("fence", case((again, claims.c.fence), else_=claims.c.fence + 1)),
            ("state", State.CLAIMED.value),
            ("holder", _identity(holder)),
            ("holder_name", readable(str(holder))),
            ("session", session),
            ("lease_until", lease),
        ]


def _offer(connection: Connection, offer: Offer) -> None:
    # An earlier try may have been carried out though its answer was lost.
    if _row(connection, offer.object_id) is None:
        connection.execute(
            claims.insert().values(
                object_id=offer.object_id,
                name=offer.name,
                pool=digest(offer.pool) if offer.pool else "",
                shard=offer.shard,
                lease_seconds=offer.lease_seconds,
                expires=offer.expires,
                keeps=int(offer.keeps),
                **_unheld(),
                fence=0,
            )
        )


def _release(connection: Connection, claim: Claim) -> None:
    found = _row(connection, claim.object_id)
    if found is not None and found.keeps:
        _change(connection, claim, lease_until=_NEVER)
    else:
        _change(connection, claim, **_unheld())


def _renew(connection: Connection, claim: Claim) -> None:
    ends = and_(_is_last(claim), claims.c.lease_until < _LEFT)
    lease = NOW() + claim.lease_seconds * 1000
    if not connection.execute(update(claims).where(ends).values(lease_until=lease)).rowcount:
        _change(connection, claim, state=State.CLAIMED.value)


def _leave(connection: Connection, claim: Claim) -> None:
    ends = and_(_is_last(claim), claims.c.lease_until != _NEVER)
    if not connection.execute(update(claims).where(ends).values(lease_until=_LEFT)).rowcount:
        _change(connection, claim, state=State.CLAIMED.value)


def _change(connection: Connection, claim: Claim, **values: object) -> None:
    """Change the value's row if ``claim`` is still the last one."""
    if connection.execute(update(claims).where(_is_last(claim)).values(**values)).rowcount:
        return
    # An earlier try of this transaction may have been carried out though its answer was lost.
    found = _row(connection, claim.object_id)
    done = found is not None and found.fence == claim.fence
    if not done or any(getattr(found, name) != value for name, value in values.items()):
        raise ClaimLost(f"the claim of {claim.holder} has ended, and another may have the value: raise the lease")


def _is_last(claim: Claim) -> ColumnElement[bool]:
    held = claims.c.state == State.CLAIMED.value
    return and_(claims.c.object_id == claim.object_id, claims.c.fence == claim.fence, held)


def _held_by(holder: TaskInstance) -> ColumnElement[bool]:
    return and_(claims.c.state == State.CLAIMED.value, claims.c.holder == _identity(holder))


def _expire(connection: Connection, which: ColumnElement[bool]) -> None:
    connection.execute(update(claims).where(which, _FREE, _TOO_OLD).values(state=State.EXPIRED.value))


def _unheld() -> dict[str, object]:
    return {"state": State.AVAILABLE.value, "holder": "", "holder_name": "", "session": "", "lease_until": 0}


def _require_free(connection: Connection, object_id: str, holder: TaskInstance) -> None:
    """Raise what tells a reader why it cannot have the value; return if it may try."""
    said = (claims.c.state, claims.c.holder, claims.c.holder_name, _FREE.label("free"), _TOO_OLD.label("too_old"))
    free = select(*said).where(claims.c.object_id == object_id)
    found = connection.execute(free).first()
    if found is None:
        raise ClaimRefused(
            "the ledger knows of no such value: [secure_xcom] ledger must name one database for all workers"
        )
    if found.state == State.CONSUMED.value:
        raise ClaimRefused(f"the value was consumed by {readable(found.holder_name)}: it is read once")
    if found.too_old or found.state == State.EXPIRED.value:
        raise Expired("the value has ended its lifetime: clear the producing task so that it pushes again")
    if not (found.free or found.holder == _identity(holder)):
        raise ClaimRefused(f"the value is claimed by {readable(found.holder_name)}: it is read once")


def _in_pool(pool: str, shard: int | None) -> ColumnElement[bool]:
    return and_(claims.c.pool == pool, claims.c.shard.is_(None) if shard is None else claims.c.shard == shard)


def _row(connection: Connection, object_id: str) -> Row[Any] | None:
    return connection.execute(select(claims).where(claims.c.object_id == object_id)).first()


def _won(row: Row[Any] | None, holder: TaskInstance) -> Claim:
    if row is None:
        raise ClaimRefused("the claimed value has vanished from the ledger")
    # SQLite keeps any type in any column.
    if not (isinstance(row.name, str) and isinstance(row.fence, int) and isinstance(row.lease_seconds, int)):
        raise LedgerTampered("the ledger's database holds a claim that is none")
    if not 0 < row.lease_seconds <= _LONGEST:
        raise LedgerTampered("the ledger's database holds a claim with a lease that nobody gave")
    return Claim(
        object_id=row.object_id, name=row.name, holder=holder, fence=row.fence, lease_seconds=row.lease_seconds
    )


def _identity(holder: TaskInstance) -> str:
    return digest(holder.dag_id, holder.run_id, holder.task_id, str(holder.map_index))
