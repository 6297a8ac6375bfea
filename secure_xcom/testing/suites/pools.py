"""``PoolTests``: what the claims of all pools do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from secure_xcom.errors import PoolEmpty
from secure_xcom.model.claim import State
from secure_xcom.ports.ledger import Claims
from secure_xcom.testing.suites.claims_fixtures import LONG_AGO, THREADS, ClaimsFixtures, EndLeases, OpenClaims, task


class PoolTests(ClaimsFixtures):
    """A part of ``ClaimsContract``."""

    def test_a_pool_gives_its_values_oldest_first(self, claims: Claims) -> None:
        object_ids = [self.offered(claims, pool="orders") for _ in range(5)]
        assert claims.available("orders", None) == 5
        assert [claims.claim_next("orders", None, task()).object_id for _ in object_ids] == object_ids

    def test_an_empty_pool_says_so(self, claims: Claims) -> None:
        with pytest.raises(PoolEmpty):
            claims.claim_next("orders", None, task())
        assert claims.available("orders", None) == 0

    @pytest.mark.parametrize("other", ["Orders", "orders ", "örders", ""])
    def test_pools_of_similar_names_are_apart(self, claims: Claims, other: str) -> None:
        object_id = self.offered(claims, pool="orders")
        self.offered(claims, pool=other)
        assert claims.claim_next("orders", None, task()).object_id == object_id
        with pytest.raises(PoolEmpty):
            claims.claim_next("orders", None, task())

    def test_a_retry_gets_first_what_the_earlier_try_has_left(self, claims: Claims, open_claims: OpenClaims) -> None:
        for _ in range(3):
            self.offered(claims, pool="orders")
        left = [claims.claim_next("orders", None, task(1)).object_id for _ in range(2)]
        assert claims.available("orders", None) == 1
        retry = open_claims()
        assert [retry.claim_next("orders", None, task(1)).object_id for _ in range(2)] == left
        assert retry.claim_next("orders", None, task(1)).object_id not in left

    def test_a_released_value_has_its_old_place_in_the_pool(self, claims: Claims) -> None:
        oldest, *_ = [self.offered(claims, pool="orders") for _ in range(3)]
        claims.release(claims.claim_next("orders", None, task(1)))
        assert claims.claim_next("orders", None, task(2)).object_id == oldest

    def test_a_pool_offers_again_what_a_dead_consumer_held(self, claims: Claims, end_leases: EndLeases) -> None:
        object_id = self.offered(claims, pool="orders")
        claims.claim_next("orders", None, task(1))
        with pytest.raises(PoolEmpty):
            claims.claim_next("orders", None, task(2))
        end_leases()
        assert claims.claim_next("orders", None, task(2)).object_id == object_id

    def test_each_consumer_gets_values_of_its_own_shard_alone(self, claims: Claims) -> None:
        zero, one = (self.offered(claims, pool="orders", shard=shard) for shard in (0, 1))
        with pytest.raises(PoolEmpty):
            claims.claim_next("orders", None, task())
        assert [claims.available("orders", shard) for shard in (0, 1, 2, None)] == [1, 1, 0, 0]
        assert claims.claim_next("orders", 1, task()).object_id == one
        assert claims.claim_next("orders", 0, task()).object_id == zero

    def test_what_an_earlier_try_had_of_a_pool_is_offered_again(self, claims: Claims, open_claims: OpenClaims) -> None:
        object_id = self.offered(claims, pool="orders")
        claims.claim_next("orders", None, task(1))
        assert list(open_claims().adopt(task(1))) == []
        assert claims.claim_next("orders", None, task(2)).object_id == object_id

    def test_a_value_whose_lifetime_has_ended_leaves_its_pool(self, claims: Claims) -> None:
        old, good = self.offered(claims, pool="orders", expires=LONG_AGO), self.offered(claims, pool="orders")
        assert claims.available("orders", None) == 1
        assert claims.claim_next("orders", None, task()).object_id == good
        with pytest.raises(PoolEmpty):
            claims.claim_next("orders", None, task())
        assert claims.state(old) is State.EXPIRED

    def test_threads_that_empty_a_pool_get_each_value_once(self, open_claims: OpenClaims) -> None:
        processes = [open_claims() for _ in range(THREADS)]
        object_ids = [self.offered(processes[0], pool="orders") for _ in range(3 * THREADS)]

        def take_three(number: int) -> list[str]:
            return [processes[number].claim_next("orders", None, task(number)).object_id for _ in range(3)]

        with ThreadPoolExecutor(THREADS) as pool:
            got = list(pool.map(take_three, range(THREADS)))
        assert sorted(object_id for mine in got for object_id in mine) == sorted(object_ids)
