"""``vault-transit://mount/key``: data keys made and unwrapped by Vault's Transit engine.

The key must be a derived one (``vault write -f mount/keys/key derived=true``). Transit then derives the key that wraps
from the encryption context, so that a data key opens for no other Dag run; for any other key it ignores the context.
A policy cannot look into the context: to keep Dags apart, give each its own key.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from secure_xcom.adapters.vault import VaultClient, VaultFailure, diagnose
from secure_xcom.adapters.vault.address import mount_of
from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, KeyProviderError, WrongKey, translated
from secure_xcom.model.seal import DataKey, WrappedKey
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    import hvac

    Operation = Callable[[hvac.Client, str | None], object]
    """A request with a context in base64, or without one."""

_KEY_BITS: Final = 256
_EXAMPLE: Final = "vault-transit://transit/airflow-xcom"


class VaultTransit(KeyProvider):
    """Wraps data keys under one derived Transit key, one request for each; the first is preceded by a check.

    The KEK's id is ``mount/key``. Transit's own rotation changes neither it nor what older versions have wrapped.

    Permissions:
        - ``update`` on ``mount/datakey/plaintext/key`` to push.
        - ``update`` on ``mount/decrypt/key`` to pull.
        - ``update`` on ``mount/rewrap/key`` for ``secure-xcom rewrap --all``. From one key to another Transit has no
          request, so that takes ``decrypt`` on the old key, and ``mount/encrypt/key`` and ``datakey`` on the new one.
    """

    scheme = "vault-transit"

    def __init__(self, client: VaultClient, mount: str, key: str) -> None:
        self._client = client
        self._mount = mount
        self._key = key
        self._kek_id = f"{mount}/{key}"
        self._is_derived = False

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> VaultTransit:
        """``vault-transit://mount/key`` and the parameters of ``VaultClient.from_uri``."""
        mount = mount_of(uri, option="key", example=_EXAMPLE)
        if not uri.path or "/" in uri.path:
            raise ConfigurationError(f"key: vault-transit:// takes a mount and a key, as in {_EXAMPLE}")
        return cls(VaultClient.from_uri(uri, identity, option="key"), mount, uri.path)

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        answer = self._ask(self._make, context)
        match answer:
            case {"data": {"plaintext": str(text), "ciphertext": str(ciphertext)}}:
                return DataKey(plaintext=_data_key(text), wrapped=ciphertext.encode(), kek_id=self._kek_id)
        raise KeyProviderError("the answer holds no data key", f"Vault Transit key {self._kek_id}")

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        if kek_id != self._kek_id:
            raise WrongKey(
                f"the object is sealed under another Transit key than the configured {self._kek_id}: "
                "set [secure_xcom] key to the one that sealed it"
            )
        answer = self._ask(
            lambda vault, encoded: vault.secrets.transit.decrypt_data(
                self._key, wrapped.decode("ascii", "replace"), context=encoded, mount_point=self._mount
            ),
            context,
        )
        match answer:
            case {"data": {"plaintext": str(text)}}:
                return _data_key(text)
        raise KeyProviderError("the answer holds no data key", f"Vault Transit key {self._kek_id}")

    def _make(self, vault: hvac.Client, encoded: str | None) -> object:
        return vault.secrets.transit.generate_data_key(
            self._key, "plaintext", context=encoded, bits=_KEY_BITS, mount_point=self._mount
        )

    def _wrap(self, key: bytes, context: Mapping[str, str]) -> WrappedKey:
        text = base64.b64encode(key).decode()
        # Vault makes a key that is absent when it is to encrypt under it, and makes none for a data key.
        self._require_derived(self._make)
        answer = self._ask(
            lambda vault, encoded: vault.secrets.transit.encrypt_data(
                self._key, text, context=encoded, mount_point=self._mount
            ),
            context,
        )
        return self._wrapped(answer, was_seen=True)

    def _holds(self, kek_id: str) -> bool:
        return kek_id == self._kek_id

    def _current(self) -> str:
        return self._kek_id

    def _rewrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str], into: KeyProvider) -> WrappedKey | None:
        # Transit moves a ciphertext between the versions of one key, and to no other key.
        if into.scheme != self.scheme or into.current() != kek_id:
            return None
        answer = self._ask(
            lambda vault, encoded: vault.secrets.transit.rewrap_data(
                self._key, wrapped.decode("ascii", "replace"), context=encoded, mount_point=self._mount
            ),
            context,
        )
        moved = self._wrapped(answer)
        # Of the newest version Transit makes another ciphertext, which protects no better than the one there is.
        return replace(moved, wrapped=wrapped) if _version(moved.wrapped) == _version(wrapped) else moved

    def _wrapped(self, answer: object, *, was_seen: bool = False) -> WrappedKey:
        match answer:
            case {"data": {"ciphertext": str(text)}}:
                return WrappedKey(kek_type=self.scheme, kek_id=self._kek_id, wrapped=text.encode(), was_seen=was_seen)
        raise KeyProviderError("the answer holds no wrapped key", f"Vault Transit key {self._kek_id}")

    def _ask(self, operation: Operation, context: Mapping[str, str]) -> object:
        self._require_derived(operation)
        canonical = json.dumps(context, sort_keys=True, separators=(",", ":")).encode()
        encoded = base64.b64encode(canonical).decode()
        return self._client.call(lambda vault: operation(vault, encoded))

    def _require_derived(self, operation: Operation) -> None:
        """Raise ``ConfigurationError`` unless the key is a derived one; asks once, and a key cannot change in this.

        Reading the key's configuration takes a permission that workers need for nothing else. The request itself,
        without a context, takes none: Transit refuses it for a derived key and for no other.
        """
        if self._is_derived:
            return
        try:
            self._client.call(lambda vault: operation(vault, None))
        except VaultFailure as failure:
            if not failure.says("missing 'context' for key derivation"):
                raise
            self._is_derived = True
        else:
            raise ConfigurationError(
                f"key: the Transit key {self._kek_id} is not derived, so Vault would unwrap any Dag run's data keys "
                f"for any other; make one with: vault write -f {self._mount}/keys/NEW_NAME derived=true"
            )

    def _diagnose(self, error: Exception) -> Diagnosis:
        diagnosis = diagnose(error, f"Vault Transit key {self._kek_id}", _ADVICE)
        if isinstance(error, VaultFailure):
            for phrase, (fault, advice) in _FAULT_OF_WORDS.items():
                if error.says(phrase):
                    return replace(diagnosis, fault=fault, advice=advice)
        return diagnosis


def _version(wrapped: bytes) -> bytes:
    """Return what stands before the ciphertext itself: ``vault:v2``."""
    return wrapped.rpartition(b":")[0]


def _data_key(text: str) -> bytes:
    problem = KeyProviderError("Vault Transit answered with something else than a data key of 256 bits")
    with translated(ValueError, into=lambda _: problem):
        key = base64.b64decode(text, validate=True)
    if len(key) * 8 != _KEY_BITS:
        raise problem
    return key


_UNWRAPPABLE: Final = (
    Fault.WRONG_KEY,
    "the object's data key was not wrapped for this Dag run, or by a key version below min_decryption_version",
)
_NO_KEY: Final = "there is no such key. Check [secure_xcom] key"

_FAULT_OF_WORDS: Final[Mapping[str, tuple[Fault, str]]] = {
    "message authentication failed": _UNWRAPPABLE,
    "invalid ciphertext": _UNWRAPPABLE,
    "missing ciphertext": _UNWRAPPABLE,
    "disallowed by policy (too old)": _UNWRAPPABLE,
    "encryption key not found": (Fault.NOT_FOUND, _NO_KEY),
    "not supported for key type": (Fault.FAILED, "the key's type cannot encrypt. Make one of type aes256-gcm96"),
}
"""What Transit says with a status that does not tell."""

_ADVICE: Final[Mapping[Fault, str]] = {
    Fault.NOT_FOUND: _NO_KEY,
    Fault.DENIED: (
        "no policy of this identity allows it. Grant update on datakey/plaintext/ to push, on decrypt/ to pull, and on "
        "rewrap/ or encrypt/ to rewrap"
    ),
    Fault.TOO_LARGE: "the request was refused. Check the listener's max_request_size",
    Fault.FAILED: "the request was refused. Check that the mount is a Transit engine, url and namespace",
}
