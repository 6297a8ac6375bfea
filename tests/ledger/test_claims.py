"""Claims, their leases, and pools, on each kind of database."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from secure_xcom.errors import ClaimLost, ClaimRefused, Expired, LedgerTampered, PoolEmpty
from secure_xcom.ledger.claims import SqlClaims
from secure_xcom.ledger.db.clock import NOW
from secure_xcom.ledger.db.database import Database
from secure_xcom.model.claim import Claim, State
from tests.ledger.site import Site, offer, task


@pytest.fixture
def claims(site: Site) -> SqlClaims:
    return site.claims()


class TestAValueThatIsReadOnce:
    def test_goes_to_the_first_that_claims_it(self, claims: SqlClaims) -> None:
        object_id = _offered(claims)
        assert claims.claim(object_id, task(1)).holder == task(1)
        with pytest.raises(ClaimRefused, match=r"claimed by task work\[1\] of Dag etl"):
            claims.claim(object_id, task(2))

    def test_can_be_claimed_again_by_a_retry_of_the_same_task_instance(self, site: Site, claims: SqlClaims) -> None:
        object_id = _offered(claims)
        first = claims.claim(object_id, task(1))
        second = site.claims().claim(object_id, task(1))
        assert second.fence > first.fence
        with pytest.raises(ClaimLost):
            claims.pin(first)

    def test_stays_refused_when_it_was_consumed(self, claims: SqlClaims) -> None:
        object_id = _offered(claims)
        claims.consume(claims.claim(object_id, task(1)))
        for number in (1, 2):
            with pytest.raises(ClaimRefused, match="consumed"):
                claims.claim(object_id, task(number))
        assert claims.state(object_id) is State.CONSUMED

    def test_is_free_again_when_it_was_released(self, claims: SqlClaims) -> None:
        object_id = _offered(claims)
        claims.release(claims.claim(object_id, task(1)))
        assert claims.state(object_id) is State.AVAILABLE
        assert claims.claim(object_id, task(2)).holder == task(2)

    def test_stays_with_a_holder_that_failed_if_it_was_pushed_so(self, site: Site, claims: SqlClaims) -> None:
        object_id = _offered(claims, keeps=True)
        claims.release(claims.claim(object_id, task(1)))
        site.let_leases_end()
        with pytest.raises(ClaimRefused):
            claims.claim(object_id, task(2))
        assert claims.claim(object_id, task(1)).holder == task(1)

    def test_that_was_never_offered_is_refused(self, claims: SqlClaims) -> None:
        with pytest.raises(ClaimRefused, match="knows of no such value"):
            claims.claim("0" * 32, task())
        assert claims.state("0" * 32) is None

    def test_that_is_offered_again_stays_as_it_is(self, claims: SqlClaims) -> None:
        value = offer()
        claims.offer(value)
        claims.claim(value.object_id, task(1))
        claims.offer(value)
        with pytest.raises(ClaimRefused):
            claims.claim(value.object_id, task(2))

    def test_keeps_the_name_of_its_object(self, claims: SqlClaims) -> None:
        object_id = _offered(claims, name="etl/a%2Fb~\U0001f511.sxc")
        assert claims.claim(object_id, task()).name == "etl/a%2Fb~\U0001f511.sxc"

    @pytest.mark.parametrize("change", ["pin", "renew", "consume", "release"])
    def test_is_lost_to_a_holder_whose_lease_ended_and_another_claimed(
        self, site: Site, claims: SqlClaims, change: str
    ) -> None:
        object_id = _offered(claims)
        slept = claims.claim(object_id, task(1))
        site.let_leases_end()
        claims.claim(object_id, task(2))
        with pytest.raises(ClaimLost):
            getattr(claims, change)(slept)
        assert claims.state(object_id) is State.CLAIMED


class TestALease:
    def test_frees_the_value_when_it_ends(self, claims: SqlClaims) -> None:
        object_id = _offered(claims, lease_seconds=1)
        claims.claim(object_id, task(1))
        assert _claimed_within(10, claims, object_id).holder == task(2)

    def test_goes_on_when_it_is_renewed(self, site: Site, claims: SqlClaims) -> None:
        claim = claims.claim(_offered(claims), task(1))
        site.let_leases_end()
        claims.renew(claim)
        with pytest.raises(ClaimRefused):
            claims.claim(claim.object_id, task(2))

    def test_never_ends_when_the_claim_was_pinned(self, site: Site, claims: SqlClaims) -> None:
        claim = claims.claim(_offered(claims, lease_seconds=1), task(1))
        claims.pin(claim)
        time.sleep(1.1)
        with pytest.raises(ClaimRefused):
            claims.claim(claim.object_id, task(2))

    @pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu"])
    def test_is_measured_by_the_servers_clock_whatever_a_workers_says(
        self, claims: SqlClaims, monkeypatch: pytest.MonkeyPatch, zone: str
    ) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        monkeypatch.setattr(time, "time", lambda: 0.0)
        claim = claims.claim(_offered(claims, lease_seconds=60), task(1))
        with pytest.raises(ClaimRefused):
            claims.claim(claim.object_id, task(2))


def test_the_servers_clock_counts_unix_milliseconds_and_does_not_stand_still(site: Site) -> None:
    before = time.time() * 1000
    first, second = (site.database.read(lambda connection: connection.scalar(NOW().select())) for _ in range(2))
    assert before - 1000 <= first <= second <= time.time() * 1000 + 1000


class TestALifetime:
    def test_that_has_ended_refuses_the_value_to_all(self, claims: SqlClaims) -> None:
        object_id = _offered(claims, expires=1)
        for number in (1, 2):
            with pytest.raises(Expired):
                claims.claim(object_id, task(number))
        assert claims.state(object_id) is State.EXPIRED

    def test_that_has_not_ended_lets_the_value_be_claimed(self, claims: SqlClaims) -> None:
        object_id = _offered(claims, expires=int(time.time()) + 3600)
        assert claims.claim(object_id, task()).object_id == object_id

    def test_that_has_ended_takes_a_value_out_of_its_pool(self, claims: SqlClaims) -> None:
        old, good = _offered(claims, pool="orders", expires=1), _offered(claims, pool="orders")
        assert claims.available("orders", None) == 1
        assert claims.claim_next("orders", None, task()).object_id == good
        with pytest.raises(PoolEmpty):
            claims.claim_next("orders", None, task())
        assert claims.state(old) is State.EXPIRED


class TestAdopting:
    def test_where_there_is_no_ledger_makes_none(self, tmp_path: Path) -> None:
        claims = SqlClaims(Database.of(f"sqlite:///{tmp_path}/ledger.db"), "session")
        assert claims.adopt(task()) == []
        assert list(tmp_path.iterdir()) == []

    def test_who_holds_nothing_writes_nothing(self, claims: SqlClaims, monkeypatch: pytest.MonkeyPatch) -> None:
        _offered(claims)
        monkeypatch.setattr(Database, "write", lambda self, work: pytest.fail("wrote"))
        assert claims.adopt(task(1)) == []

    @pytest.mark.parametrize(
        "odd", ["name = x'FF'", "lease_seconds = 'long'", f"lease_seconds = {1 << 62}", "lease_seconds = 0"]
    )
    def test_what_no_claim_holds_is_refused(self, sqlite_site: Site, odd: str) -> None:
        claims = sqlite_site.claims()
        claims.claim(_offered(claims), task(1))
        sqlite_site.database.write(lambda connection: connection.execute(text(f"UPDATE secure_xcom_claims SET {odd}")))
        with pytest.raises(LedgerTampered, match="holds a claim"):
            sqlite_site.claims().adopt(task(1))


class TestAPool:
    def test_gives_a_retry_first_what_the_earlier_try_has_left(self, site: Site, claims: SqlClaims) -> None:
        for _ in range(3):
            _offered(claims, pool="orders")
        left = [claims.claim_next("orders", None, task(1)).object_id for _ in range(2)]
        assert claims.available("orders", None) == 1
        retry = site.claims()
        assert [retry.claim_next("orders", None, task(1)).object_id for _ in range(2)] == left
        assert retry.claim_next("orders", None, task(1)).object_id not in left

    def test_that_is_empty_says_so(self, claims: SqlClaims) -> None:
        with pytest.raises(PoolEmpty):
            claims.claim_next("orders", None, task())
        assert claims.available("orders", None) == 0

    def test_takes_back_what_was_released_in_its_old_place(self, claims: SqlClaims) -> None:
        oldest, *_ = [_offered(claims, pool="orders") for _ in range(3)]
        claims.release(claims.claim_next("orders", None, task(1)))
        assert claims.claim_next("orders", None, task(2)).object_id == oldest

    def test_offers_again_what_a_dead_consumer_held(self, site: Site, claims: SqlClaims) -> None:
        object_id = _offered(claims, pool="orders")
        claims.claim_next("orders", None, task(1))
        with pytest.raises(PoolEmpty):
            claims.claim_next("orders", None, task(2))
        site.let_leases_end()
        assert claims.claim_next("orders", None, task(2)).object_id == object_id

    def test_gives_each_consumer_its_shard_alone(self, claims: SqlClaims) -> None:
        zero, one = _offered(claims, pool="orders", shard=0), _offered(claims, pool="orders", shard=1)
        with pytest.raises(PoolEmpty):
            claims.claim_next("orders", None, task())
        assert [claims.available("orders", shard) for shard in (0, 1, 2)] == [1, 1, 0]
        assert claims.claim_next("orders", 1, task()).object_id == one
        assert claims.claim_next("orders", 0, task()).object_id == zero


def _offered(claims: SqlClaims, **fields: object) -> str:
    value = offer(**fields)
    claims.offer(value)
    return value.object_id


def _claimed_within(seconds: float, claims: SqlClaims, object_id: str) -> Claim:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return claims.claim(object_id, task(2))
        except ClaimRefused:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
