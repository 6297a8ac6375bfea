"""The in-memory fakes pass the same suites as the real adapters, so that a test that uses them can be believed."""

import pytest

from secure_xcom.ports import KeyProvider, Store
from secure_xcom.testing import InMemoryKeyProvider, InMemoryStore, KeyProviderContract, StoreContract


class TestInMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return InMemoryStore()


class TestInMemoryKeyProvider(KeyProviderContract):
    @pytest.fixture
    def provider(self) -> KeyProvider:
        return InMemoryKeyProvider()
