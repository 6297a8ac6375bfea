"""``ClaimsContract``: what all claims do."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from secure_xcom.errors import ClaimLost, ClaimRefused, Expired
from secure_xcom.model.claim import State
from secure_xcom.model.coordinates import TaskInstance
from secure_xcom.ports.ledger import Claims
from secure_xcom.testing.suites.claims_fixtures import LONG_AGO, THREADS, EndLeases, OpenClaims, task
from secure_xcom.testing.suites.pools import PoolTests

_CHANGES = ["pin", "renew", "leave", "consume", "release"]


class ClaimsContract(PoolTests):
    """What all claims do, whatever keeps them."""

    # --- A consume-once value -----------------------------------------------------------------------------------------

    def test_a_value_goes_to_the_first_that_claims_it(self, claims: Claims) -> None:
        object_id = self.offered(claims)
        assert claims.claim(object_id, task(1)).holder == task(1)
        with pytest.raises(ClaimRefused):
            claims.claim(object_id, task(2))
        assert claims.state(object_id) is State.CLAIMED
        assert claims.holder(object_id) == str(task(1))

    def test_a_claim_gives_what_was_offered(self, claims: Claims) -> None:
        offer = self.offer_of(name="etl/a%2Fb~\U0001f511.sxc")
        claims.offer(offer)
        claim = claims.claim(offer.object_id, task())
        assert (claim.object_id, claim.name) == (offer.object_id, offer.name)
        assert claim.lease_seconds == offer.lease_seconds

    @pytest.mark.parametrize("change", [{"dag_id": "ETL"}, {"run_id": "run "}, {"task_id": "wörk"}, {"map_index": 1}])
    def test_a_task_instance_of_a_similar_name_is_another_reader(
        self, claims: Claims, change: dict[str, str | int]
    ) -> None:
        object_id = self.offered(claims)
        claims.claim(object_id, task())
        with pytest.raises(ClaimRefused):
            claims.claim(object_id, replace(task(), **change))  # type: ignore[arg-type]  # each is of its field's type

    def test_a_retry_claims_its_value_again_and_fences_off_the_earlier_try(
        self, claims: Claims, open_claims: OpenClaims
    ) -> None:
        object_id = self.offered(claims)
        first = claims.claim(object_id, replace(task(), try_number=1))
        second = open_claims().claim(object_id, replace(task(), try_number=2))
        assert second.fence > first.fence
        with pytest.raises(ClaimLost):
            claims.pin(first)

    def test_the_processes_of_one_try_share_a_fencing_token(self, claims: Claims, open_claims: OpenClaims) -> None:
        object_id, me = self.offered(claims), replace(task(), try_id="try-1")
        first = claims.claim(object_id, me)
        assert open_claims().claim(object_id, me).fence == first.fence
        claims.pin(first)

    def test_a_consumed_value_is_refused_to_all(self, claims: Claims) -> None:
        object_id = self.offered(claims)
        claims.consume(claims.claim(object_id, task(1)))
        for number in (1, 2):
            with pytest.raises(ClaimRefused):
                claims.claim(object_id, task(number))
        assert claims.state(object_id) is State.CONSUMED
        assert claims.holder(object_id) == str(task(1))

    def test_a_released_value_can_be_claimed_by_another(self, claims: Claims) -> None:
        object_id = self.offered(claims)
        claims.release(claims.claim(object_id, task(1)))
        assert (claims.state(object_id), claims.holder(object_id)) == (State.AVAILABLE, "")
        assert claims.claim(object_id, task(2)).holder == task(2)

    def test_a_released_value_stays_with_its_holder_if_it_was_offered_so(
        self, claims: Claims, end_leases: EndLeases
    ) -> None:
        object_id = self.offered(claims, keeps=True)
        claims.release(claims.claim(object_id, task(1)))
        end_leases()
        with pytest.raises(ClaimRefused):
            claims.claim(object_id, task(2))
        assert claims.claim(object_id, task(1)).holder == task(1)

    def test_a_value_that_was_never_offered_is_refused(self, claims: Claims) -> None:
        with pytest.raises(ClaimRefused):
            claims.claim("0" * 32, task())
        assert (claims.state("0" * 32), claims.holder("0" * 32)) == (None, "")

    def test_a_value_that_is_offered_again_stays_as_it_is(self, claims: Claims) -> None:
        offer = self.offer_of()
        claims.offer(offer)
        claims.claim(offer.object_id, task(1))
        claims.offer(offer)
        with pytest.raises(ClaimRefused):
            claims.claim(offer.object_id, task(2))

    def test_an_offer_can_be_withdrawn_until_it_is_claimed(self, claims: Claims) -> None:
        unclaimed, claimed = self.offered(claims), self.offered(claims)
        claims.claim(claimed, task())
        for object_id in (unclaimed, claimed):
            claims.withdraw(object_id)
        assert (claims.state(unclaimed), claims.state(claimed)) == (None, State.CLAIMED)

    @pytest.mark.parametrize("change", _CHANGES)
    def test_a_holder_whose_lease_ended_has_lost_the_value_that_another_claimed(
        self, claims: Claims, end_leases: EndLeases, change: str
    ) -> None:
        object_id = self.offered(claims)
        slept = claims.claim(object_id, task(1))
        end_leases()
        claims.claim(object_id, task(2))
        with pytest.raises(ClaimLost):
            getattr(claims, change)(slept)
        assert (claims.state(object_id), claims.holder(object_id)) == (State.CLAIMED, str(task(2)))

    @pytest.mark.parametrize("change", _CHANGES)
    def test_a_change_that_was_carried_out_is_carried_out_again(self, claims: Claims, change: str) -> None:
        """Its answer may have been lost."""
        claim = claims.claim(self.offered(claims), task())
        getattr(claims, change)(claim)
        getattr(claims, change)(claim)

    @pytest.mark.parametrize("end", ["consume", "release"])
    def test_a_claim_that_has_ended_is_lost(self, claims: Claims, end: str) -> None:
        claim = claims.claim(self.offered(claims), task())
        getattr(claims, end)(claim)
        for change in {*_CHANGES} - {end}:
            with pytest.raises(ClaimLost):
                getattr(claims, change)(claim)

    def test_of_threads_that_race_for_a_value_one_wins(self, open_claims: OpenClaims) -> None:
        processes = [open_claims() for _ in range(THREADS)]
        object_ids = [self.offered(processes[0]) for _ in range(5)]

        def race(number: int) -> list[str]:
            return [object_id for object_id in object_ids if _is_won(processes[number], object_id, task(number))]

        with ThreadPoolExecutor(THREADS) as pool:
            won = list(pool.map(race, range(THREADS)))
        assert sorted(object_id for mine in won for object_id in mine) == sorted(object_ids)

    # --- Leases -------------------------------------------------------------------------------------------------------

    def test_a_lease_that_ends_frees_the_value(self, claims: Claims, end_leases: EndLeases) -> None:
        object_id = self.offered(claims)
        claims.claim(object_id, task(1))
        end_leases()
        assert claims.claim(object_id, task(2)).holder == task(2)

    def test_a_lease_that_ended_can_be_renewed_while_nobody_else_has_claimed(
        self, claims: Claims, end_leases: EndLeases
    ) -> None:
        claim = claims.claim(self.offered(claims), task(1))
        end_leases()
        claims.renew(claim)
        with pytest.raises(ClaimRefused):
            claims.claim(claim.object_id, task(2))

    @pytest.mark.parametrize("keep", ["pin", "leave"])
    def test_a_lease_that_was_pinned_or_left_does_not_end(
        self, claims: Claims, end_leases: EndLeases, keep: str
    ) -> None:
        claim = claims.claim(self.offered(claims), task(1))
        getattr(claims, keep)(claim)
        claims.renew(claim)
        end_leases()
        with pytest.raises(ClaimRefused):
            claims.claim(claim.object_id, task(2))

    # --- The next process of a task instance --------------------------------------------------------------------------

    def test_the_next_process_adopts_what_its_task_instance_holds(
        self, claims: Claims, open_claims: OpenClaims
    ) -> None:
        before = claims.claim(self.offered(claims), task(1))
        claims.claim(self.offered(claims), task(2))
        (adopted,) = open_claims().adopt(task(1))
        assert (adopted.object_id, adopted.name) == (before.object_id, before.name)
        with pytest.raises(ClaimLost):
            claims.pin(before)

    def test_a_task_instance_that_holds_nothing_adopts_nothing(self, claims: Claims) -> None:
        claims.consume(claims.claim(self.offered(claims), task()))
        self.offered(claims)
        assert list(claims.adopt(task())) == []

    def test_an_adopted_lease_begins_anew_when_it_was_left(
        self, claims: Claims, open_claims: OpenClaims, end_leases: EndLeases
    ) -> None:
        claim = claims.claim(self.offered(claims), task(1))
        claims.leave(claim)
        open_claims().adopt(task(1))
        end_leases()
        assert claims.claim(claim.object_id, task(2)).holder == task(2)

    def test_an_adopted_lease_stays_endless_when_it_was_pinned(
        self, claims: Claims, open_claims: OpenClaims, end_leases: EndLeases
    ) -> None:
        """The task may have succeeded in all but the report."""
        claim = claims.claim(self.offered(claims), task(1))
        claims.pin(claim)
        claims.leave(claim)
        open_claims().adopt(task(1))
        end_leases()
        with pytest.raises(ClaimRefused):
            claims.claim(claim.object_id, task(2))

    # --- Lifetimes ----------------------------------------------------------------------------------------------------

    def test_a_value_whose_lifetime_has_ended_is_refused_to_all(self, claims: Claims) -> None:
        object_id = self.offered(claims, expires=LONG_AGO)
        for number in (1, 2):
            with pytest.raises(Expired):
                claims.claim(object_id, task(number))
        assert claims.state(object_id) is State.EXPIRED

    def test_a_value_can_be_claimed_until_its_lifetime_ends(self, claims: Claims) -> None:
        object_id = self.offered(claims, expires=int(time.time()) + 3600)
        assert claims.claim(object_id, task()).object_id == object_id


def _is_won(claims: Claims, object_id: str, reader: TaskInstance) -> bool:
    try:
        claims.claim(object_id, reader)
    except ClaimRefused:
        return False
    return True
