"""The in-memory fakes pass the same suites as the real adapters, so that a test that uses them can be believed."""

import subprocess
import sys
import time

import pytest

from secure_xcom import testing
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.store import Store
from secure_xcom.testing.fakes import InMemoryClaims, InMemoryKeyProvider, InMemoryLedger, InMemoryStore
from secure_xcom.testing.suites import (
    ClaimsContract,
    KeyProviderContract,
    LedgerContract,
    RewrapContract,
    StoreContract,
    StoreListingContract,
    StoreReplaceContract,
)
from secure_xcom.testing.suites.claims_fixtures import EndLeases, OpenClaims
from secure_xcom.testing.suites.ledger import OpenLedger


class TestInMemoryStore(StoreContract, StoreListingContract, StoreReplaceContract):
    @pytest.fixture
    def store(self) -> Store:
        return InMemoryStore()


class TestInMemoryKeyProvider(KeyProviderContract, RewrapContract):
    @pytest.fixture
    def provider(self) -> KeyProvider:
        return InMemoryKeyProvider()


class TestInMemoryLedger(LedgerContract):
    @pytest.fixture
    def open_ledger(self) -> OpenLedger:
        ledger = InMemoryLedger()
        return lambda: ledger


class Clock:
    """The time of day, and what a test adds to it."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return time.time() + self.passed


class TestInMemoryClaims(ClaimsContract):
    lease_seconds = 300

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def open_claims(self, clock: Clock) -> OpenClaims:
        return InMemoryClaims(clock).reopened

    @pytest.fixture
    def end_leases(self, clock: Clock) -> EndLeases:
        def end() -> None:
            clock.passed += self.lease_seconds

        return end


def test_the_fakes_need_no_pytest() -> None:
    code = "import sys; sys.modules['pytest'] = None; from secure_xcom.testing import InMemoryClaims, fakes"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_each_name_is_found_in_the_package_itself() -> None:
    assert [name for name in testing.__all__ if not hasattr(testing, name)] == []
