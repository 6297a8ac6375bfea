"""Claims and pools against a model in a few lines of plain Python: whatever is done in whatever order."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

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

from secure_xcom.errors import ClaimLost, ClaimRefused, Expired, PoolEmpty, Refused
from secure_xcom.ledger.db.schema import claims as table
from secure_xcom.model.claim import Claim, Offer, State
from secure_xcom.model.coordinates import TaskInstance
from tests.ledger.site import Site, offer, task


@dataclass
class Value:
    """What the model knows of a value. ``lease`` is empty, or "on", "lapsed", "left" or "endless"."""

    offer: Offer
    state: State = State.AVAILABLE
    holder: int | None = None
    session: str = ""
    fence: int = 0
    lease: str = ""
    old: bool = False

    @property
    def free(self) -> bool:
        return self.state is State.AVAILABLE or (self.state is State.CLAIMED and self.lease == "lapsed")

    def is_held_by(self, holder: int) -> bool:
        return self.state is State.CLAIMED and self.holder == holder

    def give_back(self) -> None:
        self.state, self.holder, self.session, self.lease = State.AVAILABLE, None, "", ""

    def take(self, holder: int, session: str) -> int:
        if not (self.is_held_by(holder) and self.session == session):
            self.fence += 1
        self.state, self.holder, self.session, self.lease = State.CLAIMED, holder, session, "on"
        return self.fence


@dataclass
class Model:
    """Says what each call is to answer: a fence, or the class of an error."""

    values: dict[str, Value] = field(default_factory=dict)

    def offer(self, new: Offer) -> None:
        self.values.setdefault(new.object_id, Value(new))

    def withdraw(self, object_id: str) -> None:
        if object_id in self.values and not self.values[object_id].fence:
            del self.values[object_id]

    def claim(self, object_id: str, holder: int, session: str) -> int | type[Refused]:
        value = self.values.get(object_id)
        if value is None or value.state is State.CONSUMED:
            return ClaimRefused
        if value.old:
            value.state = State.EXPIRED if value.free else value.state
            return Expired
        if value.free or value.is_held_by(holder):
            return value.take(holder, session)
        return ClaimRefused

    def claim_next(self, pool: str, shard: int | None, holder: int, session: str) -> tuple[str, int] | None:
        inside = self._inside(pool, shard)
        left = [value for value in inside if value.is_held_by(holder) and value.session != session and not value.old]
        for value in [*left, *(value for value in inside if value.free and not value.old)]:
            return value.offer.object_id, value.take(holder, session)
        for value in inside:
            if value.free and value.old:
                value.state = State.EXPIRED
        return None

    def adopt(self, holder: int, session: str) -> dict[str, int]:
        mine = {object_id: value for object_id, value in self.values.items() if value.is_held_by(holder)}
        taken: dict[str, int] = {}
        for object_id, value in mine.items():
            if value.offer.pool and value.session != session:
                value.give_back()
            else:
                lease = "endless" if value.lease == "endless" else "on"
                taken[object_id] = value.take(holder, session)
                value.lease = lease
        return taken

    def available(self, pool: str, shard: int | None) -> int:
        return sum(value.free and not value.old for value in self._inside(pool, shard))

    def change(self, claim: Claim, kind: str) -> type[Refused] | None:
        """A change that was carried out already is none, and no error: its answer may have been lost."""
        value = self.values.get(claim.object_id)
        if value is None or value.fence != claim.fence:
            return ClaimLost
        done = {"consume": value.state is State.CONSUMED, "pin": value.lease == "endless"}
        done["release"] = done["pin"] if value.offer.keeps else value.state is State.AVAILABLE
        if value.state is not State.CLAIMED:
            return None if done.get(kind) else ClaimLost
        if kind == "consume":
            value.state = State.CONSUMED
        elif kind == "release" and not value.offer.keeps:
            value.give_back()
        elif kind in ("release", "pin"):
            value.lease = "endless"
        elif value.lease not in ("endless", "left"):
            value.lease = "on" if kind == "renew" else "left"
        return None

    def _inside(self, pool: str, shard: int | None) -> list[Value]:
        return [value for value in self.values.values() if (value.offer.pool, value.offer.shard) == (pool, shard)]


_HOLDERS = st.integers(0, 2)
_SESSIONS = st.integers(0, 2)
_TRIES = st.sampled_from(["", "first", "second"])
_POOLS = st.sampled_from(["orders", "Orders"])
_SHARDS = st.sampled_from([None, 0, 1])


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
        self.model = Model()
        self.offers: dict[str, Offer] = {}
        self.sessions = [self.site.claims() for _ in range(3)]
        self.names = [secrets.token_hex(4) for _ in range(3)]

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
        self.sessions[0].withdraw(object_id)
        self.model.withdraw(object_id)

    @rule(target=held, object_id=offered, holder=_HOLDERS, session=_SESSIONS, attempt=_TRIES)
    def claim(self, object_id: str, holder: int, session: int, attempt: str) -> Claim:
        expected = self.model.claim(object_id, holder, self._name(session, attempt))
        if isinstance(expected, int):
            claim = self.sessions[session].claim(object_id, self._task(holder, attempt))
            assert (claim.object_id, claim.fence, claim.holder) == (object_id, expected, self._task(holder))
            return claim
        with pytest.raises(expected) as caught:
            self.sessions[session].claim(object_id, self._task(holder, attempt))
        assert caught.type is expected
        return multiple()

    @rule(target=held, pool=_POOLS, shard=_SHARDS, holder=_HOLDERS, session=_SESSIONS, attempt=_TRIES)
    def claim_next(self, pool: str, shard: int | None, holder: int, session: int, attempt: str) -> Claim:
        expected = self.model.claim_next(self.mark + pool, shard, holder, self._name(session, attempt))
        if expected is not None:
            claim = self.sessions[session].claim_next(self.mark + pool, shard, self._task(holder, attempt))
            assert (claim.object_id, claim.fence) == expected
            return claim
        with pytest.raises(PoolEmpty):
            self.sessions[session].claim_next(self.mark + pool, shard, self._task(holder, attempt))
        return multiple()

    @rule(target=held, holder=_HOLDERS, session=_SESSIONS, attempt=_TRIES)
    def adopt(self, holder: int, session: int, attempt: str) -> Claim:
        found = self.sessions[session].adopt(self._task(holder, attempt))
        assert {claim.object_id: claim.fence for claim in found} == self.model.adopt(
            holder, self._name(session, attempt)
        )
        return multiple(*found)

    @rule(claim=held, session=_SESSIONS, kind=st.sampled_from(["pin", "renew", "leave"]))
    def keep(self, claim: Claim, session: int, kind: str) -> None:
        self._change(claim, session, kind)

    @rule(claim=held, session=_SESSIONS, kind=st.sampled_from(["consume", "release"]))
    def end(self, claim: Claim, session: int, kind: str) -> None:
        self._change(claim, session, kind)

    @rule(object_id=offered)
    def lapse(self, object_id: str) -> None:
        value = self.model.values.get(object_id)
        if value and value.lease == "on":
            value.lease = "lapsed"
            self._set(object_id, lease_until=1)

    @rule(object_id=offered)
    def outlive(self, object_id: str) -> None:
        if object_id in self.model.values:
            self.model.values[object_id].old = True
            self._set(object_id, expires=1)

    @rule(session=_SESSIONS)
    def die(self, session: int) -> None:
        self.sessions[session] = self.site.claims()
        self.names[session] = secrets.token_hex(4)

    @rule(pool=_POOLS, shard=_SHARDS)
    def count(self, pool: str, shard: int | None) -> None:
        expected = self.model.available(self.mark + pool, shard)
        assert self.sessions[0].available(self.mark + pool, shard) == expected

    @invariant()
    def every_value_stands_where_the_model_says(self) -> None:
        for object_id in self.offers:
            value = self.model.values.get(object_id)
            assert self.sessions[0].state(object_id) is (value and value.state)

    def _task(self, holder: int, attempt: str = "") -> TaskInstance:
        return replace(task(holder, run_id=self.mark), try_id=attempt)

    def _name(self, session: int, attempt: str) -> str:
        return attempt or self.names[session]

    def _offer(self, new: Offer) -> str:
        self.sessions[0].offer(new)
        self.model.offer(new)
        self.offers[new.object_id] = new
        return new.object_id

    def _change(self, claim: Claim, session: int, kind: str) -> None:
        change = getattr(self.sessions[session], kind)
        expected = self.model.change(claim, kind)
        if expected is None:
            change(claim)
        else:
            with pytest.raises(expected):
                change(claim)

    def _set(self, object_id: str, **values: object) -> None:
        change = update(table).where(table.c.object_id == object_id).values(**values)
        self.site.database.write(lambda connection: connection.execute(change))


def test_claims_and_pools_do_what_a_plain_model_says(site: Site) -> None:
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
