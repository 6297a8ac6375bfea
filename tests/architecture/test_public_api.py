"""The names that others build on. A change here is a change for them: pin it on purpose."""

import importlib
from types import ModuleType

import pytest

import secure_xcom
from secure_xcom import airflow, errors, seal, testing
from secure_xcom.assembly.registry import KEY_PROVIDERS, STORES, Adapter
from secure_xcom.model import placeholder
from secure_xcom.model.mode import Mode
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.store import Store
from secure_xcom.settings import options
from secure_xcom.settings.options import OPTIONS
from secure_xcom.settings.settings import Seal

PUBLIC = {
    "secure_xcom": [
        "Key",
        "Pool",
        "Reader",
        "Secret",
        "SecureXComBackend",
        "SecureXComError",
        "__version__",
        "exclusive",
    ],
    "secure_xcom.classify": ["ContentRules", "Policy", "scan", "scan_row"],
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_package_exports_what_it_says(name: str) -> None:
    module = importlib.import_module(name)
    assert sorted(module.__all__) == PUBLIC[name]


def test_there_is_no_other_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Backend'"):
        secure_xcom.Backend  # type: ignore[attr-defined]  # noqa: B018


def _defined(module: ModuleType) -> set[str]:
    """The public classes and functions that a module defines itself."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }


def test_the_errors_are_these() -> None:
    assert _defined(errors) == {
        "ClaimLost",
        "ClaimRefused",
        "ConfigurationError",
        "ContractViolation",
        "Diagnosis",
        "Expired",
        "Fault",
        "InvalidContract",
        "InvalidCoordinates",
        "InvalidPlaceholder",
        "KeyDenied",
        "KeyProviderError",
        "KeyUnauthenticated",
        "KeyUnavailable",
        "LedgerError",
        "LedgerSchema",
        "LedgerTampered",
        "LedgerUnavailable",
        "MaskingFailed",
        "MigrationStopped",
        "MissingDependency",
        "NotGranted",
        "NothingToReveal",
        "ObjectNotFound",
        "ObjectTooLarge",
        "PayloadError",
        "PoolEmpty",
        "Refused",
        "SecureXComError",
        "SealedValueReplaced",
        "StoreDenied",
        "StoreError",
        "StoreUnauthenticated",
        "StoreUnavailable",
        "Superseded",
        "Tampered",
        "WrongCoordinates",
        "WrongKey",
        "translated",
    }


def test_who_writes_an_adapter_finds_its_port_and_its_contract() -> None:
    assert set(testing.__all__) == {
        "ClaimsContract",
        "FakeHost",
        "InMemoryClaims",
        "InMemoryKeyProvider",
        "InMemoryLedger",
        "InMemoryStore",
        "KeyProviderContract",
        "LedgerContract",
        "RewrapContract",
        "SingleRoute",
        "StoreContract",
        "StoreListingContract",
        "StoreReplaceContract",
        "unrecorded_runtime",
    }
    assert Store.__abstractmethods__ == {"_put", "_get", "_delete", "_stat", "_diagnose", "listing"}
    assert KeyProvider.__abstractmethods__ == {"_generate", "_unwrap", "_wrap", "_holds", "_current", "_diagnose"}


def test_the_placeholder_is_what_databases_hold_already() -> None:
    assert (placeholder.SEALED_CLASSNAME, placeholder.SEALED_VERSION) == ("secure_xcom.Sealed", 1)


def test_the_options_are_these() -> None:
    assert options.SECTION == "secure_xcom"
    assert [option.name for option in OPTIONS] == [
        "store",
        "key",
        "previous_stores",
        "previous_keys",
        "sensitive_keys",
        "ignored_keys",
        "names",
        "content_rules",
        "rules",
        "seal",
        "mode",
        "plain_in_place_of_sealed",
        "hide_returned_values",
        "large_threshold",
        "large_store",
        "ttl",
        "clock_skew",
        "retry_deadline",
        "ledger",
        "ledger_mode",
        "ledger_records",
        "routes",
    ]
    assert [mode.value for mode in Mode] == ["enforce", "observe", "open-only"]
    assert [seal.value for seal in Seal] == ["sensitive", "all"]


@pytest.mark.parametrize("table", [STORES, KEY_PROVIDERS], ids=["stores", "keys"])
def test_the_tables_of_adapters_are_sorted(table: dict[str, Adapter]) -> None:
    assert list(table) == sorted(table)


@pytest.mark.parametrize(
    ("scheme", "adapter", "port"),
    [(scheme, adapter, Store) for scheme, adapter in STORES.items()]
    + [(scheme, adapter, KeyProvider) for scheme, adapter in KEY_PROVIDERS.items()],
)
def test_each_adapter_is_where_its_table_says_and_has_its_scheme(scheme: str, adapter: Adapter, port: type) -> None:
    module, _, name = adapter.path.partition(":")
    found = getattr(importlib.import_module(module), name)
    assert issubclass(found, port)
    # A placeholder and an envelope carry it: another scheme would make what was sealed before unreadable.
    # An adapter of several schemes has each from its URI.
    assert getattr(found, "scheme", scheme) == scheme
    assert "    Permissions" in (found.__doc__ or "")


@pytest.mark.parametrize("package", [airflow, seal], ids=["airflow", "seal"])
def test_an_inner_package_exports_nothing(package: ModuleType) -> None:
    assert not hasattr(package, "__all__")
