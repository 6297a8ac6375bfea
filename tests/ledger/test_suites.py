"""The ledger and the claims in a database pass the suites that the in-memory ones pass too."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.testing.suites import ClaimsContract, LedgerContract
from secure_xcom.testing.suites.claims_fixtures import EndLeases, OpenClaims
from secure_xcom.testing.suites.ledger import OpenLedger
from tests.ledger.site import Site


class TestSqlLedger(LedgerContract):
    @pytest.fixture
    def open_ledger(self, ledger_url: str, tmp_path: Path) -> OpenLedger:
        return lambda: Site(ledger_url, tmp_path).ledger


class TestSqlClaims(ClaimsContract):
    lease_seconds = 300

    @pytest.fixture
    def open_claims(self, site: Site) -> OpenClaims:
        return site.claims

    @pytest.fixture
    def end_leases(self, site: Site) -> EndLeases:
        return site.let_leases_end
