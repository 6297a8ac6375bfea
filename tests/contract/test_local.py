"""The store and the key provider that need nothing but a disk."""

from pathlib import Path

import pytest

from secure_xcom.keys.local import LocalKeyring
from secure_xcom.ports import KeyProvider, Store
from secure_xcom.stores.file import FileStore
from secure_xcom.testing import KeyProviderContract, StoreContract


class TestFileStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return FileStore(tmp_path / "store")


class TestLocalKeyring(KeyProviderContract):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> KeyProvider:
        return LocalKeyring(tmp_path / "keyring.json")
