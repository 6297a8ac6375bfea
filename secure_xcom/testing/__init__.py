"""What tests of an adapter need: contract suites (with pytest), and in-memory fakes (without)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryStore, SingleRoute, unrecorded_runtime
    from secure_xcom.testing.suites import KeyProviderContract, StoreContract

__all__ = [
    "FakeHost",
    "InMemoryKeyProvider",
    "InMemoryStore",
    "KeyProviderContract",
    "SingleRoute",
    "StoreContract",
    "unrecorded_runtime",
]

_SUITES: Final = ("KeyProviderContract", "StoreContract")


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'suites' if name in _SUITES else 'fakes'}"), name)
