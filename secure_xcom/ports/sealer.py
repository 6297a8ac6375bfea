"""``Sealer``: plaintext bytes to the bytes that a store keeps, and back in two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from secure_xcom.model.seal import SealContext


class Unopened(Protocol):
    """A sealed object that was parsed and not yet opened."""

    @property
    def context(self) -> SealContext:
        """What the object says of itself. It is authentic only after ``Sealer.open`` has returned."""


class Sealer(Protocol):
    """Seals one object at a time. Safe to use from several threads.

    ``encrypts`` says that what ``seal`` returns may lie anywhere; otherwise it belongs into a store that encrypts.
    """

    encrypts: bool

    def seal(self, plaintext: bytes, context: SealContext) -> bytes:
        """Return the bytes to store. Raises a ``KeyProviderError``."""

    def read(self, blob: bytes) -> Unopened:
        """Parse an object. Asks for no key and trusts nothing. Raises ``Tampered`` for any other bytes."""

    def open(self, unopened: Unopened) -> bytes:
        """Return the plaintext of what ``read`` returned. Raises ``Tampered`` or a ``KeyProviderError``."""
