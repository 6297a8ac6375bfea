"""Which schemes there are, where the class of each is, and what to install for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from secure_xcom.errors import ConfigurationError, MissingDependency, translated
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.store import Store
from secure_xcom.settings.uri import AdapterUri


@dataclass(frozen=True, slots=True)
class Adapter:
    """Where an adapter's class is, and what to install for it."""

    path: str
    extra: str | None = None


_OBJECT_STORAGE: Final = Adapter("secure_xcom.adapters.object_storage:ObjectStorage")

STORES: Final[Mapping[str, Adapter]] = {
    "abfs": _OBJECT_STORAGE,
    "abfss": _OBJECT_STORAGE,
    "airflow+*": _OBJECT_STORAGE,
    "file": Adapter("secure_xcom.adapters.local.file:FileStore"),
    "gcs": _OBJECT_STORAGE,
    "gs": _OBJECT_STORAGE,
    "redis": Adapter("secure_xcom.adapters.redis.store:RedisStore", "redis"),
    "s3": Adapter("secure_xcom.adapters.aws.s3:S3Store", "s3"),
    "vault": Adapter("secure_xcom.adapters.vault.kv:VaultKVStore", "vault"),
}

KEY_PROVIDERS: Final[Mapping[str, Adapter]] = {
    "aws-kms": Adapter("secure_xcom.adapters.aws.kms:AwsKms", "s3"),
    "local": Adapter("secure_xcom.adapters.local.keyring:LocalKeyring"),
    "vault-transit": Adapter("secure_xcom.adapters.vault.transit:VaultTransit", "vault"),
}


def build_store(uri: AdapterUri, identity: Identity | None = None) -> Store:
    """Assemble the store that ``uri`` names."""
    store: Store = _load(uri, "store", STORES, identity)
    return store


def build_key_provider(uri: AdapterUri, identity: Identity | None = None) -> KeyProvider:
    """Assemble the key provider that ``uri`` names."""
    provider: KeyProvider = _load(uri, "key", KEY_PROVIDERS, identity)
    return provider


def _load(uri: AdapterUri, option: str, table: Mapping[str, Adapter], identity: Identity | None) -> Any:
    adapter = table.get(uri.scheme) or table.get(uri.scheme.partition("+")[0] + "+*")
    if adapter is None:
        raise ConfigurationError(f"{option}: unknown scheme {uri.scheme}://; known: {', '.join(sorted(table))}")
    module, _, name = adapter.path.partition(":")

    def missing(error: ImportError) -> MissingDependency:
        needed = error.name or str(error)
        return MissingDependency(
            f"{option}: {uri.scheme}:// needs {needed}; pip install 'secure-xcom[{adapter.extra}]'"
        )

    with translated(ImportError, into=missing):
        return getattr(import_module(module), name).from_uri(uri, identity)
