"""What claims in a database do beyond the suite of all claims, on each kind of database."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import text

from secure_xcom.errors import ClaimRefused, LedgerTampered
from secure_xcom.ledger.claims import SqlClaims
from secure_xcom.ledger.db.clock import NOW
from secure_xcom.ledger.db.database import Database
from secure_xcom.model.claim import Claim
from tests.ledger.site import Site, offer, task


@pytest.fixture
def claims(site: Site) -> SqlClaims:
    return site.claims()


def test_a_refusal_says_who_has_claimed_or_consumed_the_value(claims: SqlClaims) -> None:
    object_id = _offered(claims)
    claim = claims.claim(object_id, task(1))
    with pytest.raises(ClaimRefused, match=r"claimed by task work\[1\] of Dag etl"):
        claims.claim(object_id, task(2))
    claims.consume(claim)
    with pytest.raises(ClaimRefused, match=r"consumed by task work\[1\] of Dag etl"):
        claims.claim(object_id, task(2))


def test_a_value_that_was_never_offered_points_to_the_ledger_that_is_configured(claims: SqlClaims) -> None:
    with pytest.raises(ClaimRefused, match=r"knows of no such value: \[secure_xcom\] ledger"):
        claims.claim("0" * 32, task())


class TestALease:
    def test_ends_when_its_seconds_have_passed_on_the_servers_clock(self, claims: SqlClaims) -> None:
        object_id = _offered(claims, lease_seconds=1)
        claims.claim(object_id, task(1))
        assert _claimed_within(10, claims, object_id).holder == task(2)

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
