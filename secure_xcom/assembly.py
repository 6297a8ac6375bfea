"""Settings to ``Exchange``. The only place where adapters are named, and where each is imported, on first use."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from secure_xcom.classify import Policy
from secure_xcom.classify.rules import name_rule
from secure_xcom.errors import ConfigurationError, MissingDependency
from secure_xcom.exchange import Exchange
from secure_xcom.ports import Host, KeyProvider, Store
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.sealer import EnvelopeSealer, NativeSealer, Sealer
from secure_xcom.settings import Seal, Settings
from secure_xcom.uri import AdapterUri


@dataclass(frozen=True, slots=True)
class Adapter:
    """Where an adapter's class is, and what to install for it."""

    path: str
    extra: str | None = None


STORES: Final[Mapping[str, Adapter]] = {
    "file": Adapter("secure_xcom.stores.file:FileStore"),
    "s3": Adapter("secure_xcom.stores.s3:S3Store", "s3"),
    "vault": Adapter("secure_xcom.stores.vault_kv:VaultKVStore", "vault"),
}

KEY_PROVIDERS: Final[Mapping[str, Adapter]] = {
    "aws-kms": Adapter("secure_xcom.keys.aws_kms:AwsKms", "s3"),
    "local": Adapter("secure_xcom.keys.local:LocalKeyring"),
    "vault-transit": Adapter("secure_xcom.keys.vault_transit:VaultTransit", "vault"),
}


def build(settings: Settings, host: Host) -> Exchange:
    """Assemble an ``Exchange``. No network is touched; raises ``ConfigurationError`` for what cannot work."""
    store = build_store(settings.store)
    return Exchange(
        store=store,
        sealer=_sealer(store, None if settings.key is None else build_key_provider(settings.key)),
        policy=build_policy(settings, host),
        host=host,
        clock=time.time,
        mode=settings.mode,
    )


def build_policy(settings: Settings, host: Host) -> Policy:
    """Assemble the classifier's policy."""
    return Policy(
        rule_of_name=name_rule(host.hides_name, settings.sensitive_keys, settings.ignored_keys),
        holds_registered_secret=host.holds_registered_secret,
        everything=settings.seal is Seal.ALL,
    )


def build_store(uri: AdapterUri) -> Store:
    """Assemble the store that ``uri`` names."""
    store: Store = _load(uri, "store", STORES)
    return store


def build_key_provider(uri: AdapterUri) -> KeyProvider:
    """Assemble the key provider that ``uri`` names."""
    provider: KeyProvider = _load(uri, "key", KEY_PROVIDERS)
    return provider


def _sealer(store: Store, key: KeyProvider | None) -> Sealer:
    if key is not None:
        return EnvelopeSealer(DataKeys(key))
    if not store.native:
        raise ConfigurationError(f"key: needed with {store.scheme}://")
    return NativeSealer()


def _load(uri: AdapterUri, option: str, table: Mapping[str, Adapter]) -> Any:
    adapter = table.get(uri.scheme)
    if adapter is None:
        raise ConfigurationError(f"{option}: unknown scheme {uri.scheme}://; known: {', '.join(sorted(table))}")
    module, _, name = adapter.path.partition(":")
    try:
        return getattr(import_module(module), name).from_uri(uri)
    except ImportError as error:
        missing = error.name or str(error)
    raise MissingDependency(f"{option}: {uri.scheme}:// needs {missing}; pip install 'secure-xcom[{adapter.extra}]'")
