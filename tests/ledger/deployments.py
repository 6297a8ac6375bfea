"""Deployments whose stores and keys come and go: what an operator changes, and what gets lost."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

from secure_xcom.adapters.aws.kms import AwsKms
from secure_xcom.adapters.aws.s3 import S3Store
from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.adapters.vault.kv import VaultKVStore
from secure_xcom.adapters.vault.transit import VaultTransit
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.store import Store
from secure_xcom.settings.uri import AdapterUri
from tests.fixtures.aws import AwsServer
from tests.fixtures.vault import VaultServer, key_uri, store_uri


class Deployment(Protocol):
    """Has stores and keys ``a`` and ``b``; each call makes those of a new process."""

    def store(self, name: str) -> Store:
        """Return that store."""

    def key(self, name: str) -> KeyProvider | None:
        """Return that key, or ``None`` where the store encrypts."""

    def lose_key(self) -> None:
        """Take away the key ``a``."""

    def restore_key(self) -> None:
        """Put it back, from a backup."""

    def expire(self) -> None:
        """Have every object reach the end of its lifetime."""


@dataclass
class Files:
    """A file store and keyring files."""

    path: Path

    def store(self, name: str) -> FileStore:
        return FileStore(self.path / f"store-{name}")

    def key(self, name: str) -> LocalKeyring:
        return LocalKeyring(self._keyring(name))

    def lose_key(self) -> None:
        self._keyring("a").rename(self.path / "lost.json")

    def restore_key(self) -> None:
        shutil.copy(self.path / "lost.json", self._keyring("a"))

    def expire(self) -> None:
        shutil.rmtree(self.path / "store-a", ignore_errors=True)

    def _keyring(self, name: str) -> Path:
        return self.path / f"keyring-{name}.json"


@dataclass
class VaultAlone:
    """Vault KV without a key."""

    server: VaultServer
    mount: str = field(init=False)

    def __post_init__(self) -> None:
        self.mount = self.server.kv()

    def store(self, name: str) -> VaultKVStore:
        return VaultKVStore.from_uri(store_uri(self.server, self.mount, name))

    def key(self, name: str) -> VaultTransit | None:
        return None

    def lose_key(self) -> None:
        raise AssertionError("this deployment has no keyring that could be lost")

    restore_key = lose_key

    def expire(self) -> None:
        for name in self.server.below(f"{self.mount}/metadata/"):
            # As the engine does when delete_version_after has passed.
            self.server.data("DELETE", f"{self.mount}/data/{name}")


@dataclass
class VaultWithTransit(VaultAlone):
    """Vault KV and Transit keys."""

    backup: str = field(init=False, default="")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.transit = self.server.mount("transit")
        options = {"exportable": True, "allow_plaintext_backup": True}
        self.keys = {name: self.server.transit_key(self.transit, **options) for name in "ab"}

    def key(self, name: str) -> VaultTransit:
        return VaultTransit.from_uri(key_uri(self.server, self.transit, self.keys[name]))

    def lose_key(self) -> None:
        key = self.keys["a"]
        self.backup = str(self.server.data("GET", f"{self.transit}/backup/{key}")["backup"])
        self.server.data("POST", f"{self.transit}/keys/{key}/config", {"deletion_allowed": True})
        self.server.data("DELETE", f"{self.transit}/keys/{key}")

    def restore_key(self) -> None:
        self.server.data("POST", f"{self.transit}/restore/{self.keys['a']}", {"backup": self.backup})


class S3WithKms:
    """S3 and KMS keys, by their aliases. moto's KMS knows no disabled key: what is lost is the alias.

    One serves all tests, and its stores and keys all processes, since boto3 is slow to make a client. They keep nothing
    but that: what a process caches is above them.
    """

    def __init__(self, s3: AwsServer, kms: AwsServer) -> None:
        self.s3, self.kms = s3, kms
        self.bucket = s3.bucket()
        self.ids = {name: str(kms.kms.create_key()["KeyMetadata"]["KeyId"]) for name in "ab"}
        unique = secrets.token_hex(4)
        self.aliases = {name: f"alias/{unique}-{name}" for name in "ab"}
        for name in "ab":
            self._name(name)

    @cache  # noqa: B019 - it lives as long as the tests do
    def store(self, name: str) -> S3Store:
        uri = f"s3://{self.bucket}/{name}?endpoint_url={self.s3.url}"
        return S3Store.from_uri(AdapterUri.parse(uri, option="store"))

    @cache  # noqa: B019 - likewise
    def key(self, name: str) -> AwsKms:
        uri = f"aws-kms://{self.aliases[name]}?endpoint_url={self.kms.url}"
        return AwsKms.from_uri(AdapterUri.parse(uri, option="key"))

    def lose_key(self) -> None:
        self.kms.kms.delete_alias(AliasName=self.aliases["a"])

    def restore_key(self) -> None:
        if not any(found["AliasName"] == self.aliases["a"] for found in self.kms.kms.list_aliases()["Aliases"]):
            self._name("a")

    def expire(self) -> None:
        for found in self.s3.s3.list_objects_v2(Bucket=self.bucket).get("Contents", ()):
            self.s3.s3.delete_object(Bucket=self.bucket, Key=found["Key"])

    def _name(self, name: str) -> None:
        self.kms.kms.create_alias(AliasName=self.aliases[name], TargetKeyId=self.ids[name])
