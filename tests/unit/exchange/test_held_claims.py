"""What a process does about its claims where something goes wrong between the claim and the value."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from secure_xcom.errors import ClaimRefused, ObjectNotFound, Tampered
from secure_xcom.exchange.held_claims import HeldClaims
from secure_xcom.exchange.leases import LeaseRenewer
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.model.claim import Claim, Offer, PoolSlot, State
from secure_xcom.model.contract import ANY_TASK, Contract, Reader, Terms
from secure_xcom.model.coordinates import POOL_KEY, Coordinates, TaskInstance, XComQuery
from secure_xcom.model.object_name import object_id_of
from secure_xcom.model.seal import SealContext
from secure_xcom.testing.fakes import FakeHost
from secure_xcom.testing.fakes.claims import InMemoryClaims
from tests.unit.world import CANARY, World, world

TASK = TaskInstance(dag_id="etl", run_id="run", task_id="work")
SLOT = PoolSlot(pool="etl\0run\0orders")
WHERE = Coordinates(dag_id="etl", run_id="run", task_id="work", key=POOL_KEY + "orders")
ASKED = XComQuery(dag_id="etl", run_id=None, key=WHERE.key)
ANYBODY = Contract(readers=frozenset({Reader("etl", ANY_TASK)}), once=True)


class Unfollowed(FakeHost):
    """A process that does not follow its tasks."""

    def follow(self, end: object) -> None:
        """Refuse, as the real one does."""
        raise ClaimRefused("this process does not follow its tasks")


def pool_of(claims: InMemoryClaims, host: FakeHost | None = None) -> World:
    """Return a running task's process with one value in its pool."""
    host = host or FakeHost()
    host.instance = TASK
    process = world(host=host, claims=lambda: claims)
    process.exchange.put(CANARY, WHERE, Terms(contract=ANYBODY), SLOT)
    return process


def fails(host: FakeHost) -> None:
    """Let the running task fail."""
    host.end.after_failure()


def succeeds(host: FakeHost) -> None:
    """Let the running task succeed."""
    host.end.before_success()
    host.end.after_success()


@pytest.mark.parametrize("ends", [fails, succeeds])
def test_a_value_of_a_pool_that_cannot_be_opened_is_offered_again_when_the_task_ends(
    ends: Callable[[FakeHost], None],
) -> None:
    claims = InMemoryClaims()
    process = pool_of(claims)
    process.store.objects.clear()
    with pytest.raises(ObjectNotFound):
        process.exchange.claim_next(SLOT, ASKED)
    assert claims.available(SLOT.pool, None) == 0
    ends(process.host)
    assert claims.available(SLOT.pool, None) == 1


def test_an_object_that_is_no_value_of_a_pool_is_refused() -> None:
    claims = InMemoryClaims()
    process = world(host=FakeHost(), claims=lambda: claims)
    process.host.instance = TASK
    readable = Contract(readers=frozenset({Reader("etl", ANY_TASK)}))
    process.exchange.put(CANARY, WHERE, Terms(contract=readable), SLOT)
    (name,) = process.store.objects
    claims.offer(Offer(object_id=object_id_of(name), name=name, lease_seconds=300, pool=SLOT.pool))
    with pytest.raises(Tampered, match="pushed into no pool"):
        process.exchange.claim_next(SLOT, ASKED)


def test_a_process_that_does_not_follow_its_tasks_claims_nothing_of_a_pool() -> None:
    claims = InMemoryClaims()
    process = pool_of(claims, Unfollowed())
    with pytest.raises(ClaimRefused, match="does not follow"):
        process.exchange.claim_next(SLOT, ASKED)
    assert claims.available(SLOT.pool, None) == 1


def test_a_process_that_does_not_follow_its_tasks_claims_no_value_that_is_read_once() -> None:
    claims = InMemoryClaims()
    process = pool_of(claims, Unfollowed())
    (object_id,) = claims.values
    context = SealContext(coordinates=WHERE, object_id=object_id, created=0, expires=0, contract=ANYBODY)
    held = HeldClaims(lambda: claims, Recorder(ledger=None, clock=lambda: 0.0, host="worker", warn=print), process.host)
    with pytest.raises(ClaimRefused, match="does not follow"):
        held.take(context, process.routes.route("etl", "etl"), TASK)
    assert claims.state(object_id) is State.AVAILABLE


def test_the_thread_that_renews_leases_ends_with_its_last_claim() -> None:
    renewer = LeaseRenewer(lambda claim: None, lambda message: None)
    claims = [Claim(object_id=str(number), name="", holder=TASK, fence=1, lease_seconds=1) for number in range(2)]
    before = set(threading.enumerate())
    for claim in claims:
        renewer.add(claim)
    (thread,) = set(threading.enumerate()) - before
    renewer.remove(claims[0])
    assert thread.is_alive()
    renewer.remove(claims[1])
    thread.join(10)
    assert not thread.is_alive()
