"""The store and the key provider that need nothing but a disk."""

from pathlib import Path

import pytest

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.store import Store
from secure_xcom.testing.suites import (
    KeyProviderContract,
    RewrapContract,
    StoreContract,
    StoreListingContract,
    StoreReplaceContract,
)


class TestFileStore(StoreContract, StoreListingContract, StoreReplaceContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return FileStore(tmp_path / "store")


class TestLocalKeyring(KeyProviderContract, RewrapContract):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> KeyProvider:
        return LocalKeyring(tmp_path / "keyring.json")
