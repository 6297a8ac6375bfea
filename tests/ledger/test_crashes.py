"""``kill -9`` of a consumer at every step: nobody loses the value, and no two task instances succeed with it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import pytest

from secure_xcom.errors import ClaimLost, ClaimRefused, LedgerError, ObjectNotFound, PoolEmpty
from secure_xcom.ledger.claims import SqlClaims
from secure_xcom.model.claim import Claim
from tests.ledger.site import PROCESSES, Site, entry, offer, task

STEPS = ("before claim", "after claim", "after read", "after pin", "after consume", "after delete")
PAYLOAD = b"payload"
_SECONDS = 30
_POOL = "orders"

Take = Callable[[SqlClaims, str, int], Claim]


def _take_value(claims: SqlClaims, object_id: str, number: int) -> Claim:
    return claims.claim(object_id, task(number))


def _take_from_pool(claims: SqlClaims, object_id: str, number: int) -> Claim:
    return claims.claim_next(_POOL, None, task(number))


WAYS = {"a value": _take_value, "a pool": _take_from_pool}


@pytest.mark.parametrize("take", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("step", STEPS)
class TestAConsumerThatWasKilled:
    def test_has_lost_nothing_to_its_own_retry(self, site: Site, step: str, take: Take) -> None:
        """Until it has consumed the value, the next try of the same task instance has it at once."""
        object_id = _put(site)
        _kill_at(step, site, object_id, take)
        if step in {"after consume", "after delete"}:
            with pytest.raises((ClaimRefused, PoolEmpty)):
                _consume(site, object_id, 1, take)
        else:
            assert _consume(site, object_id, 1, take) == PAYLOAD

    def test_gives_way_to_others_unless_it_was_about_to_succeed(self, site: Site, step: str, take: Take) -> None:
        """It had pinned its claim, or another one gets the payload and succeeds: one of both, and never two."""
        object_id = _put(site)
        _kill_at(step, site, object_id, take)
        had_pinned = step in {"after pin", "after consume", "after delete"}
        if step in {"after claim", "after read"}:
            with pytest.raises((ClaimRefused, PoolEmpty)):
                take(site.claims(), object_id, 2)
        site.let_leases_end()
        succeeded = [1] if had_pinned else []
        for number in (2, 3, 1 if not had_pinned else 4):
            try:
                assert _consume(site, object_id, number, take) == PAYLOAD
            except (ClaimRefused, PoolEmpty):
                continue
            succeeded.append(number)
        assert succeeded == ([1] if had_pinned else [2])


@pytest.mark.parametrize("take", WAYS.values(), ids=WAYS.keys())
def test_a_consumer_that_slept_past_its_lease_cannot_succeed(site: Site, take: Take) -> None:
    object_id = _put(site)
    with _consumer(site, object_id, take) as (pid, steps):
        _await(steps, "after read")
        os.kill(pid, signal.SIGSTOP)
        site.let_leases_end()
        assert _consume(site, object_id, 2, take) == PAYLOAD
        os.kill(pid, signal.SIGCONT)
        assert _last(steps) == ClaimLost.__name__


def test_what_was_appended_survives_the_kill_and_the_chain_goes_on(site: Site) -> None:
    """Ten appenders in a row are killed at any moment, also amid a transaction."""
    acknowledged = 0
    for turn in range(10):
        told, answer = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=_append_for_ever, args=(site, answer), daemon=True)
        process.start()
        answer.close()
        assert told.poll(_SECONDS)
        time.sleep(0.013 * turn)
        process.kill()
        process.join()
        acknowledged += _count(told)
    found = site.verify()
    assert found.breaks == ()
    # One more for each that was killed between its commit and its word, and the register's.
    assert acknowledged < found.entries <= acknowledged + 10 + 1


def _put(site: Site) -> str:
    value = offer(pool=_POOL)
    site.store.put(value.name, PAYLOAD)
    site.claims().offer(value)
    return value.object_id


def _steps(site: Site, object_id: str, number: int, take: Take) -> Iterator[tuple[str, bytes]]:
    """What a task does from its pull to its success, in the order of the exchange."""
    claims, data = site.claims(), b""
    yield "before claim", data
    claim = take(claims, object_id, number)
    yield "after claim", data
    data = site.store.get(claim.name)
    yield "after read", data
    claims.pin(claim)
    yield "after pin", data
    claims.consume(claim)
    yield "after consume", data
    site.store.delete(claim.name)
    yield "after delete", data


def _consume(site: Site, object_id: str, number: int, take: Take) -> bytes:
    return list(_steps(site, object_id, number, take))[-1][1]


def _report_steps(site: Site, object_id: str, take: Take, answer: Connection, go_on: Connection) -> None:
    try:
        for step, _ in _steps(site, object_id, 1, take):
            answer.send(step)
            go_on.recv()
    except (ClaimRefused, ClaimLost, PoolEmpty, LedgerError, ObjectNotFound) as error:
        answer.send(type(error).__name__)


class _Steps:
    """What a consumer says, which waits after each word until it is let go on."""

    def __init__(self, heard: Connection, go_on: Connection) -> None:
        self.heard = heard
        self.go_on = go_on

    def next(self) -> str:
        assert self.heard.poll(_SECONDS), "the consumer says nothing"
        return str(self.heard.recv())


@contextmanager
def _consumer(site: Site, object_id: str, take: Take) -> Iterator[tuple[int, _Steps]]:
    """Run task instance 1 in a process of its own."""
    heard, answer = PROCESSES.Pipe(duplex=False)
    waits, go_on = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_report_steps, args=(site, object_id, take, answer, waits), daemon=True)
    process.start()
    answer.close()
    waits.close()
    try:
        assert process.pid is not None
        yield process.pid, _Steps(heard, go_on)
    finally:
        process.kill()
        process.join()


def _await(steps: _Steps, wanted: str) -> None:
    while (step := steps.next()) != wanted:
        assert step in STEPS
        steps.go_on.send(None)


def _last(steps: _Steps) -> str:
    """Let it go on to its end, and return its last word."""
    while True:
        steps.go_on.send(None)
        word = steps.next()
        if word not in STEPS or word == STEPS[-1]:
            return word


def _kill_at(step: str, site: Site, object_id: str, take: Take) -> None:
    with _consumer(site, object_id, take) as (pid, steps):
        _await(steps, step)
        os.kill(pid, signal.SIGKILL)


def _append_for_ever(site: Site, answer: Connection) -> None:
    number = 0
    while True:
        number += 1
        site.ledger.append([entry(at=number)])
        answer.send(number)


def _count(told: Connection) -> int:
    count = 0
    try:
        while told.poll(_SECONDS):
            count = int(told.recv())
    except EOFError:
        return count
    raise AssertionError("the killed process holds on to its pipe")
