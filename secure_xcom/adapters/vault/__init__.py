"""What the KV store and the Transit key provider share: the way to Vault, the login, and what its refusals mean."""

from secure_xcom.adapters.vault.client import VaultClient
from secure_xcom.adapters.vault.faults import VaultFailure, diagnose

__all__ = ["VaultClient", "VaultFailure", "diagnose"]
