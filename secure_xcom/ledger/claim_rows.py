"""The claims' rows: what one transaction reads and changes of them, and what their columns mean."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, update

from secure_xcom.errors import ClaimLost, ClaimRefused, Expired, LedgerTampered
from secure_xcom.ledger.db.clock import NOW
from secure_xcom.ledger.db.schema import claims
from secure_xcom.ledger.db.text import digest, readable
from secure_xcom.model.claim import Claim, Offer, State
from secure_xcom.model.contract import LONGEST
from secure_xcom.model.coordinates import TaskInstance

NEVER: Final = 1 << 62
"""The end of a lease that does not end."""

LEFT: Final = NEVER - 1
"""The end of a lease that waits for its holder's next process, which begins it anew."""

LEASE: Final = NOW() + claims.c.lease_seconds * 1000

STATES: Final = frozenset(state.value for state in State)

LAPSED: Final = and_(claims.c.state == State.CLAIMED.value, claims.c.lease_until <= NOW())
FREE: Final = or_(claims.c.state == State.AVAILABLE.value, LAPSED)
TOO_OLD: Final = and_(claims.c.expires > 0, claims.c.expires * 1000 <= NOW())


def insert(connection: Connection, offer: Offer) -> None:
    """Make a value available; one that was offered before stays as it is."""
    # An earlier try may have been carried out though its answer was lost.
    if row_of(connection, offer.object_id) is None:
        connection.execute(
            claims.insert().values(
                object_id=offer.object_id,
                name=offer.name,
                pool=digest(offer.pool) if offer.pool else "",
                shard=offer.shard,
                lease_seconds=offer.lease_seconds,
                expires=offer.expires,
                keeps=int(offer.keeps),
                **unheld(),
                fence=0,
            )
        )


def release(connection: Connection, claim: Claim) -> None:
    """Offer the value again, or leave it with its holder if it was pushed so."""
    found = row_of(connection, claim.object_id)
    if found is not None and found.keeps:
        change(connection, claim, lease_until=NEVER)
    else:
        change(connection, claim, **unheld())


def renew(connection: Connection, claim: Claim) -> None:
    """Begin the lease anew, unless it waits or is endless."""
    ends = and_(is_last(claim), claims.c.lease_until < LEFT)
    lease = NOW() + claim.lease_seconds * 1000
    if not connection.execute(update(claims).where(ends).values(lease_until=lease)).rowcount:
        change(connection, claim, state=State.CLAIMED.value)


def leave(connection: Connection, claim: Claim) -> None:
    """Have the lease wait for the holder's next process, unless it is endless."""
    ends = and_(is_last(claim), claims.c.lease_until != NEVER)
    if not connection.execute(update(claims).where(ends).values(lease_until=LEFT)).rowcount:
        change(connection, claim, state=State.CLAIMED.value)


def change(connection: Connection, claim: Claim, **values: object) -> None:
    """Change the value's row if ``claim`` is still the last one."""
    if connection.execute(update(claims).where(is_last(claim)).values(**values)).rowcount:
        return
    # An earlier try of this transaction may have been carried out though its answer was lost.
    found = row_of(connection, claim.object_id)
    done = found is not None and found.fence == claim.fence
    if not done or any(getattr(found, name) != value for name, value in values.items()):
        raise ClaimLost(f"the claim of {claim.holder} has ended, and another may have the value: raise the lease")


def is_last(claim: Claim) -> ColumnElement[bool]:
    held = claims.c.state == State.CLAIMED.value
    return and_(claims.c.object_id == claim.object_id, claims.c.fence == claim.fence, held)


def held_by(holder: TaskInstance) -> ColumnElement[bool]:
    return and_(claims.c.state == State.CLAIMED.value, claims.c.holder == identity(holder))


def holds(connection: Connection, holder: TaskInstance) -> bool:
    """Whether a task instance has claims."""
    return connection.execute(select(claims.c.id).where(held_by(holder)).limit(1)).first() is not None


def expire(connection: Connection, which: ColumnElement[bool]) -> None:
    connection.execute(update(claims).where(which, FREE, TOO_OLD).values(state=State.EXPIRED.value))


def unheld() -> dict[str, object]:
    return {"state": State.AVAILABLE.value, "holder": "", "holder_name": "", "session": "", "lease_until": 0}


def require_free(connection: Connection, object_id: str, holder: TaskInstance) -> None:
    """Raise what tells a reader why it cannot have the value; return if it may try."""
    said = (claims.c.state, claims.c.holder, claims.c.holder_name, FREE.label("free"), TOO_OLD.label("too_old"))
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
    if not (found.free or found.holder == identity(holder)):
        raise ClaimRefused(f"the value is claimed by {readable(found.holder_name)}: it is read once")


def in_pool(pool: str, shard: int | None) -> ColumnElement[bool]:
    return and_(claims.c.pool == pool, claims.c.shard.is_(None) if shard is None else claims.c.shard == shard)


def row_of(connection: Connection, object_id: str) -> Row[Any] | None:
    return connection.execute(select(claims).where(claims.c.object_id == object_id)).first()


def won(row: Row[Any] | None, holder: TaskInstance) -> Claim:
    if row is None:
        raise ClaimRefused("the claimed value has vanished from the ledger")
    # SQLite keeps any type in any column.
    if not (isinstance(row.name, str) and isinstance(row.fence, int) and isinstance(row.lease_seconds, int)):
        raise LedgerTampered("the ledger's database holds a claim that is malformed")
    if not 0 < row.lease_seconds <= LONGEST.total_seconds():
        raise LedgerTampered("the ledger's database holds a claim with an impossible lease")
    return Claim(
        object_id=row.object_id, name=row.name, holder=holder, fence=row.fence, lease_seconds=row.lease_seconds
    )


def identity(holder: TaskInstance) -> str:
    return digest(holder.dag_id, holder.run_id, holder.task_id, str(holder.map_index))
