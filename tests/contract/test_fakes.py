"""The in-memory fakes pass the same suites as the real adapters, so that a test that uses them can be believed."""

import pytest

from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.store import Store
from secure_xcom.testing.fakes import InMemoryKeyProvider, InMemoryStore
from secure_xcom.testing.suites import KeyProviderContract, StoreContract


class TestInMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return InMemoryStore()


class TestInMemoryKeyProvider(KeyProviderContract):
    @pytest.fixture
    def provider(self) -> KeyProvider:
        return InMemoryKeyProvider()
