"""What tests of an adapter need: contract suites (with pytest), and in-memory fakes (without)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secure_xcom.testing.fakes import (
        FakeHost,
        InMemoryClaims,
        InMemoryKeyProvider,
        InMemoryLedger,
        InMemoryStore,
        SingleRoute,
        unrecorded_runtime,
    )
    from secure_xcom.testing.suites import (
        ClaimsContract,
        KeyProviderContract,
        LedgerContract,
        RewrapContract,
        StoreContract,
        StoreListingContract,
        StoreReplaceContract,
    )

__all__ = [
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
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'suites' if name.endswith('Contract') else 'fakes'}"), name)
