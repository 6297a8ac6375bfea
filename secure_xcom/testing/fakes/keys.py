"""``InMemoryKeyProvider``: a key provider without a key service."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from secure_xcom.errors import Diagnosis, WrongKey
from secure_xcom.model.seal import DataKey, WrappedKey
from secure_xcom.ports.keys import KeyProvider


class InMemoryKeyProvider(KeyProvider):
    """A key provider that keeps the wrapped keys in a dict; counts its calls."""

    scheme = "memory"

    def __init__(self, kek_id: str = "kek") -> None:
        self._kek_id = kek_id
        self._keys: dict[bytes, tuple[bytes, dict[str, str]]] = {}
        self.calls: list[str] = []

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        self.calls.append("generate")
        key = DataKey(plaintext=secrets.token_bytes(32), wrapped=secrets.token_bytes(40), kek_id=self._kek_id)
        self._keys[key.wrapped] = (key.plaintext, dict(context))
        return key

    def _wrap(self, key: bytes, context: Mapping[str, str]) -> WrappedKey:
        self.calls.append("wrap")
        wrapped = secrets.token_bytes(40)
        self._keys[wrapped] = (key, dict(context))
        return WrappedKey(kek_type=self.scheme, kek_id=self._kek_id, wrapped=wrapped, was_seen=True)

    def _holds(self, kek_id: str) -> bool:
        return kek_id == self._kek_id

    def _current(self) -> str:
        return self._kek_id

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        self.calls.append("unwrap")
        plaintext, wrapped_for = self._keys.get(wrapped, (b"", {}))
        if kek_id != self._kek_id or not plaintext or wrapped_for != dict(context):
            raise WrongKey("the data key was wrapped by another key or for another context")
        return plaintext

    def _diagnose(self, error: Exception) -> Diagnosis:
        return Diagnosis.unknown("memory", error)
