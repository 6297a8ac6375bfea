"""Which schemes there are, where the class of each is, and what to install for it.

A new store of ours is a module of ``adapters`` that implements ``ports.store.Store``, a row in ``STORES``, and its
scheme in ``settings.schemes``. A store of another package needs no row: it is an entry point (docs/stores.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, TypeVar

from secure_xcom.errors import ConfigurationError, MissingDependency, translated
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.store import Store
from secure_xcom.settings.entry_points import GROUPS, declared
from secure_xcom.settings.schemes import own_scheme, require_known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secure_xcom.ports.identity import Identity
    from secure_xcom.settings.uri import AdapterUri

P = TypeVar("P", Store, KeyProvider)


@dataclass(frozen=True, slots=True)
class Adapter:
    """Where an adapter's class is, and who brings what it needs: an extra of this package, or a distribution."""

    path: str
    extra: str | None = None
    distribution: str | None = None


_OBJECT_STORAGE: Final = Adapter("secure_xcom.adapters.object_storage.store:ObjectStorage")

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
    """Assemble the store that ``uri`` names. Raises ``ConfigurationError``."""
    return _load(Store, uri, "store", identity)  # type: ignore[type-abstract]  # its subclasses are made


def build_key_provider(uri: AdapterUri, identity: Identity | None = None) -> KeyProvider:
    """Assemble the key provider that ``uri`` names. Raises ``ConfigurationError``."""
    return _load(KeyProvider, uri, "key", identity)  # type: ignore[type-abstract]  # its subclasses are made


def _load(port: type[P], uri: AdapterUri, option: str, identity: Identity | None) -> P:
    adapter = _adapter(uri.scheme, option)
    module, _, name = adapter.path.partition(":")
    with translated(Exception, into=lambda error: _unusable(f"{option}: {uri.scheme}://", adapter, error)):
        found = getattr(import_module(module), name, None)
        if not (isinstance(found, type) and issubclass(found, port)):
            raise ConfigurationError(f"{option}: {adapter.path} of {adapter.distribution} is no {port.__name__}")
        built = found.from_uri(uri, identity)
    # Placeholders and envelopes carry the scheme; under another one nothing would be found again.
    if built.scheme != uri.scheme:
        raise ConfigurationError(
            f"{option}: {adapter.path} of {adapter.distribution} calls its scheme {built.scheme}, its entry point "
            f"{uri.scheme}: its author must give them one name"
        )
    return built


def _adapter(scheme: str, option: str) -> Adapter:
    table = STORES if option == "store" else KEY_PROVIDERS
    ours = own_scheme(option, scheme)
    if ours is not None:
        # Nothing takes the place of a scheme of ours, so the metadata of all distributions need not be read for it.
        return table[ours]
    require_known(option, scheme)
    others = declared(GROUPS[option], scheme)
    if len(others) > 1:
        names = " and ".join(other.distribution for other in others)
        raise ConfigurationError(
            f"{option}: the scheme {scheme}:// can have one adapter only, and {names} declare one each: uninstall all "
            "but one, or have an author rename the entry point"
        )
    return Adapter(others[0].path, distribution=others[0].distribution)


def _unusable(what: str, adapter: Adapter, error: Exception) -> Exception:
    if isinstance(error, ImportError):
        by = (
            f"the extra {adapter.extra} of this package"
            if adapter.extra
            else f"needed by {adapter.distribution or 'this package'}"
        )
        return MissingDependency(f"{what} needs a package that is not installed: install {error.name or error} ({by})")
    if adapter.distribution is None:
        return error
    return ConfigurationError(f"{what} of {adapter.distribution} cannot be made: {type(error).__name__}")
