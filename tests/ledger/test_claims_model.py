"""Claims and pools against the in-memory ones, which are plain Python: whatever is done in whatever order."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import update

from secure_xcom.errors import Refused
from secure_xcom.ledger.db.schema import claims as table
from secure_xcom.model.claim import Claim, Offer, State
from secure_xcom.model.coordinates import TaskInstance
from secure_xcom.ports.ledger import Claims
from secure_xcom.testing.fakes import InMemoryClaims
from secure_xcom.testing.fakes.claims import LEFT
from tests.ledger.site import Site, offer, task

# It walks the same lines again and again, which smaller tests trace.
pytestmark = pytest.mark.no_cover

_HOLDERS = st.integers(0, 2)
_PROCESSES = st.integers(0, 2)
_TRIES = st.sampled_from(["", "first", "second"])
_POOLS = st.sampled_from(["orders", "Orders"])
_SHARDS = st.sampled_from([None, 0, 1])
_LONG_AGO = 1

Answer = TypeVar("Answer")


class Comparison(RuleBasedStateMachine):
    """Three task instances in three processes, two pools, three shards. Time passes by rules, not by a clock.

    What tells one try from the next is Airflow's id of it, or the process where there is no such id.
    """

    site: Site
    offered = Bundle("offered")
    held = Bundle("held")

    @initialize()
    def begin(self) -> None:
        # The database outlives an example: its names are its own.
        self.mark = secrets.token_hex(4)
        self.model = InMemoryClaims()
        self.offers: dict[str, Offer] = {}
        self.processes = [self._process() for _ in range(3)]

    @rule(target=offered, keeps=st.booleans())
    def push(self, keeps: bool) -> str:
        return self._offer(offer(keeps=keeps))

    @rule(target=offered, keeps=st.booleans(), pool=_POOLS, shard=_SHARDS)
    def put(self, keeps: bool, pool: str, shard: int | None) -> str:
        return self._offer(offer(keeps=keeps, pool=self.mark + pool, shard=shard))

    @rule(object_id=offered)
    def push_again(self, object_id: str) -> None:
        self._offer(self.offers[object_id])

    @rule(object_id=offered)
    def withdraw(self, object_id: str) -> None:
        self._both(lambda claims: claims.withdraw(object_id))

    @rule(target=held, object_id=offered, holder=_HOLDERS, process=_PROCESSES, attempt=_TRIES)
    def claim(self, object_id: str, holder: int, process: int, attempt: str) -> Claim:
        return self._won(lambda claims: claims.claim(object_id, self._task(holder, attempt)), process)

    @rule(target=held, pool=_POOLS, shard=_SHARDS, holder=_HOLDERS, process=_PROCESSES, attempt=_TRIES)
    def claim_next(self, pool: str, shard: int | None, holder: int, process: int, attempt: str) -> Claim:
        return self._won(
            lambda claims: claims.claim_next(self.mark + pool, shard, self._task(holder, attempt)), process
        )

    @rule(target=held, holder=_HOLDERS, process=_PROCESSES, attempt=_TRIES)
    def adopt(self, holder: int, process: int, attempt: str) -> Claim:
        def adopted(claims: Claims) -> list[Claim]:
            return sorted(claims.adopt(self._task(holder, attempt)), key=lambda claim: claim.object_id)

        return multiple(*self._both(adopted, process))

    @rule(claim=held, process=_PROCESSES, kind=st.sampled_from(["pin", "renew", "leave"]))
    def keep(self, claim: Claim, process: int, kind: str) -> None:
        self._both(lambda claims: getattr(claims, kind)(claim), process)

    @rule(claim=held, process=_PROCESSES, kind=st.sampled_from(["consume", "release"]))
    def end(self, claim: Claim, process: int, kind: str) -> None:
        self._both(lambda claims: getattr(claims, kind)(claim), process)

    @rule(object_id=offered)
    def lapse(self, object_id: str) -> None:
        value = self.model.values.get(object_id)
        if value and value.state is State.CLAIMED and value.lease_until < LEFT:
            value.lease_until = _LONG_AGO
            self._set(object_id, lease_until=_LONG_AGO)

    @rule(object_id=offered)
    def outlive(self, object_id: str) -> None:
        if object_id in self.model.values:
            self.model.values[object_id].expires = _LONG_AGO
            self._set(object_id, expires=_LONG_AGO)

    @rule(process=_PROCESSES)
    def die(self, process: int) -> None:
        self.processes[process] = self._process()

    @rule(pool=_POOLS, shard=_SHARDS)
    def count(self, pool: str, shard: int | None) -> None:
        self._both(lambda claims: claims.available(self.mark + pool, shard))

    @rule(object_id=offered)
    def ask_for_the_holder(self, object_id: str) -> None:
        self._both(lambda claims: claims.holder(object_id))

    @invariant()
    def every_value_stands_where_the_model_says(self) -> None:
        for object_id in self.offers:
            self._both(lambda claims, object_id=object_id: claims.state(object_id))

    def _process(self) -> tuple[Claims, Claims]:
        return self.site.claims(), self.model.reopened()

    def _task(self, holder: int, attempt: str) -> TaskInstance:
        return replace(task(holder, run_id=self.mark), try_id=attempt)

    def _offer(self, new: Offer) -> str:
        self._both(lambda claims: claims.offer(new))
        self.offers[new.object_id] = new
        return new.object_id

    def _won(self, call: Callable[[Claims], Claim], process: int) -> Claim:
        won = self._both(call, process)
        return won if isinstance(won, Claim) else multiple()

    def _both(self, call: Callable[[Claims], Answer], process: int = 0) -> Answer | type[Refused]:
        """Make a call to the database and to the model, and return what both answer."""
        answer, expected = (_answer(call, claims) for claims in self.processes[process])
        assert answer == expected
        return answer

    def _set(self, object_id: str, **values: object) -> None:
        change = update(table).where(table.c.object_id == object_id).values(**values)
        self.site.database.write(lambda connection: connection.execute(change))


def _answer(call: Callable[[Claims], Answer], claims: Claims) -> Answer | type[Refused]:
    try:
        return call(claims)
    except Refused as error:
        return type(error)


def test_claims_and_pools_in_a_database_do_what_those_in_memory_do(site: Site) -> None:
    here = site

    class Here(Comparison):
        site = here

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=60 if site.url.startswith("sqlite") else 20,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
