"""``KeyProvider``: what wraps data keys."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final

from secure_xcom.errors import ConfigurationError, Diagnosis, KeyProviderError, KeyUnavailable, WrongKey
from secure_xcom.ports.calls import DEADLINE_SECONDS, R, diagnosed, retried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from secure_xcom.model.seal import DataKey, WrappedKey
    from secure_xcom.ports.identity import Identity
    from secure_xcom.settings.uri import AdapterUri

DATA_KEY_BYTES: Final = 32
"""A data key is an AES-256 key, whichever provider makes it."""


class KeyProvider(ABC):
    """Wraps and unwraps data keys under a key encryption key (KEK). Safe to use from several threads.

    Besides a ``KeyProviderError``, an operation may raise a ``ConfigurationError`` for what only shows when the key is
    used, such as a keyring that others can read.

    ``context`` is the encryption context: short, never secret, authenticated by the provider, so that a wrapped key
    only opens for the Dag and run it was made for.
    """

    scheme: ClassVar[str]
    deadline_seconds: float = DEADLINE_SECONDS

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> KeyProvider:  # noqa: ARG003
        """Make the key provider that ``[secure_xcom] key`` names, for ``identity``. No network is touched.

        Raises ``ConfigurationError`` for what cannot work, and ``ImportError`` when a package is not installed.
        """
        raise ConfigurationError(f"key: {uri.scheme}:// cannot be named in the settings")

    def generate(self, context: Mapping[str, str]) -> DataKey:
        """Make a fresh 256-bit data key. Raises a ``KeyProviderError``."""
        return self._attempt(lambda: self._generate(context))

    def unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        """Return the data key in the clear.

        Raises ``WrongKey`` if ``kek_id`` is not a configured one (the provider is not called then), or if
        the wrapped key belongs to another KEK or context; otherwise a ``KeyProviderError``.
        """
        key = self._attempt(lambda: self._unwrap(wrapped, kek_id, context))
        # HKDF takes a key of any length, so a blob that somebody encrypted under the same KEK would pass for one.
        if len(key) != DATA_KEY_BYTES:
            raise WrongKey("the object's wrapped key holds something else than a data key")
        return key

    def holds(self, kek_id: str) -> bool:
        """Whether ``kek_id`` names a KEK that this provider was configured with. No service is asked.

        Raises a ``KeyProviderError``.
        """
        return self._attempt(lambda: self._holds(kek_id))

    def current(self) -> str:
        """Return the id of the KEK that ``generate`` and ``wrap`` use now, empty if the first of them makes it.

        No service is asked. Raises a ``KeyProviderError``.
        """
        return self._attempt(self._current)

    def earlier(self) -> Sequence[str]:
        """Return the ids of the KEKs that still open what they sealed, and seal nothing any more.

        None where the service keeps the versions of a key by itself. No service is asked. Raises a
        ``KeyProviderError``.
        """
        return self._attempt(self._earlier)

    def wrap(self, key: bytes, context: Mapping[str, str]) -> WrappedKey:
        """Wrap a data key that another provider has unwrapped. Raises a ``KeyProviderError``."""
        return self._attempt(lambda: self._wrap(key, context))

    def rewrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str], *, into: KeyProvider) -> WrappedKey:
        """Wrap a data key of this provider under the KEK that ``into`` uses now, for the same context.

        Where the service can, it does so itself, and the data key never leaves it. Otherwise the data key is unwrapped
        in this process's memory, and the answer says so (``was_seen``). Raises what ``unwrap`` and ``wrap`` raise.
        """
        if not self.holds(kek_id):
            raise WrongKey("the object is sealed under a key that is not configured: name it in previous_keys")
        moved = self._attempt(lambda: self._rewrap(wrapped, kek_id, context, into))
        return moved or into.wrap(self.unwrap(wrapped, kek_id, context), context)

    @abstractmethod
    def _generate(self, context: Mapping[str, str]) -> DataKey: ...

    @abstractmethod
    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes: ...

    @abstractmethod
    def _wrap(self, key: bytes, context: Mapping[str, str]) -> WrappedKey: ...

    @abstractmethod
    def _holds(self, kek_id: str) -> bool: ...

    @abstractmethod
    def _current(self) -> str: ...

    def _earlier(self) -> Sequence[str]:
        return ()

    def _rewrap(
        self,
        wrapped: bytes,  # noqa: ARG002
        kek_id: str,  # noqa: ARG002
        context: Mapping[str, str],  # noqa: ARG002
        into: KeyProvider,  # noqa: ARG002
    ) -> WrappedKey | None:
        """Have the service move a wrapped data key; ``None`` if it cannot move one to ``into``."""
        return None

    @abstractmethod
    def _diagnose(self, error: Exception) -> Diagnosis:
        """Say what an exception of the adapter's library means, and repeat none of its words."""

    def _attempt(self, call: Callable[[], R]) -> R:
        return retried(call, self._error_of, KeyUnavailable, self.deadline_seconds)

    def _error_of(self, error: Exception) -> KeyProviderError:
        diagnosis = diagnosed(self._diagnose, error, self.scheme)
        return diagnosis.fault.key_error(*diagnosis.told)
