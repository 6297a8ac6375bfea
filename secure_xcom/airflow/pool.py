"""``Pool``: values that competing consumers take one each, oldest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from secure_xcom.airflow.boundary import without_frames
from secure_xcom.errors import ClaimLost, ClaimRefused, ConfigurationError
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.exchange.held_claims import HeldClaim
from secure_xcom.model.claim import PoolSlot
from secure_xcom.model.contract import ANY_TASK, LONGEST, SHORTEST, Contract, Reader, Terms
from secure_xcom.model.coordinates import POOL_KEY, Coordinates, TaskInstance, XComQuery


class PoolItem:
    """A value that was claimed from a pool. ``ack`` ends it; ``release`` offers it again.

    A ``with`` block acknowledges the value at its end, or releases it if the block raises. A value that is still open
    when the task ends is consumed if the task has succeeded, and offered again if it has failed.
    """

    def __init__(self, value: Any, claim: HeldClaim) -> None:
        self.value = value
        self._claim = claim
        self._is_open = True

    def ack(self) -> None:
        """Consume the value: nobody gets it again. Raises ``ClaimLost`` if the claim had ended before."""
        self._end(_exchange().acknowledge)

    def release(self) -> None:
        """Offer the value again, in its old place. Raises ``ClaimLost`` if the claim had ended before."""
        self._end(_exchange().release)

    def _end(self, end: Callable[[HeldClaim], None]) -> None:
        if not self._is_open:
            raise ClaimLost("the claim was acknowledged or released before", repr(self))
        end(self._claim)
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._is_open:
            return
        if kind is None:
            self.ack()
        else:
            # The error of the block says more than an error about the claim.
            _exchange().release_quietly(self._claim)
            self._is_open = False

    def __repr__(self) -> str:
        return f"<a value of {self._claim.where}>"


class Pool:
    """A pool of a Dag run, or with ``across_runs`` of a Dag. Each value goes to exactly one task instance.

    Every value is sealed, sensitive or not, and only tasks of the same Dag read it. ``lease`` is how long a claim
    outlives its consumer's process. ``ttl`` is how long a value waits for a consumer. Raises ``ValueError`` for a name
    that is too long, and for a span out of range.
    """

    def __init__(
        self,
        name: str,
        *,
        across_runs: bool = False,
        lease: timedelta | None = None,
        ttl: timedelta | None = None,
    ) -> None:
        if not name or len(name) > 250:
            raise ValueError("a pool's name has 1 to 250 characters")
        for option, span in (("lease", lease), ("ttl", ttl)):
            if span is not None and not SHORTEST <= span <= LONGEST:
                raise ValueError(f"a pool's {option} is a timedelta from a second to ten years")
        self._name = name
        self._across_runs = across_runs
        self._lease = int(lease.total_seconds()) if lease else 0
        self._ttl = int(ttl.total_seconds()) if ttl else 0

    @without_frames
    def put(self, value: object, *, shard: int | None = None) -> None:
        """Seal a value and offer it to all consumers, or to the consumers of one ``shard``.

        The value is stored durably when this returns. Raises a ``SecureXComError``.
        """
        writer = _running(self._name)
        where = Coordinates(
            dag_id=writer.dag_id,
            run_id=writer.run_id,
            task_id=writer.task_id,
            map_index=writer.map_index,
            key=POOL_KEY + self._name,
        )
        anybody = Contract(readers=frozenset({Reader(writer.dag_id, ANY_TASK)}), once=True)
        terms = Terms(contract=anybody, ttl=self._ttl, lease=self._lease)
        _exchange().put(value, where, terms, PoolSlot(pool=self._identity(writer), shard=shard))

    @without_frames
    def claim(self, *, shard: int | None = None) -> PoolItem:
        """Claim the oldest value. A value that an earlier try of this task instance has left comes first.

        Raises ``PoolEmpty``, and a ``SecureXComError``.
        """
        reader = _running(self._name)
        slot = PoolSlot(pool=self._identity(reader), shard=shard)
        claimed = _exchange().claim_next(slot, XComQuery(dag_id=reader.dag_id, run_id=None, key=POOL_KEY + self._name))
        return PoolItem(claimed.value, claimed.claim)

    def ready(self, *, shard: int | None = None) -> bool:
        """Return whether there is a value to claim now, for a sensor. Another consumer may still be faster."""
        return _exchange().available(PoolSlot(pool=self._identity(_running(self._name)), shard=shard)) > 0

    def _identity(self, instance: TaskInstance) -> str:
        run_id = "" if self._across_runs else instance.run_id
        return "\0".join((instance.dag_id, run_id, self._name))


def _running(pool: str) -> TaskInstance:
    from secure_xcom.airflow.switch import BACKEND, configured_backend, is_on
    from secure_xcom.airflow.task_instance import identity_of, running_instance

    if not is_on():
        raise ConfigurationError(
            f"pool {pool!r}: [core] xcom_backend is {configured_backend()!r}; set [core] xcom_backend = {BACKEND}"
        )
    instance = running_instance()
    if instance is None:
        raise ClaimRefused(
            "only a running task can put or claim a value; this code runs outside a task", f"pool {pool!r}"
        )
    return identity_of(instance)


def _exchange() -> Exchange:
    from secure_xcom.airflow.host import exchange

    return exchange()
