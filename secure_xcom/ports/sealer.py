"""``Sealer``: plaintext bytes to the bytes that a store keeps, and back in three steps: read, unlock, open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from secure_xcom.model.pieces import Bytes, Pieces
    from secure_xcom.model.seal import SealContext
    from secure_xcom.ports.store import Head


class Unopened(Protocol):
    """A sealed object that was parsed and not yet opened."""

    @property
    def context(self) -> SealContext:
        """What the object says of itself. It is authentic only after ``Sealer.unlock`` has returned."""


class Unlocked(Protocol):
    """A sealed object whose header is authentic."""

    def open(self, blob: Bytes) -> Bytes:
        """Return the plaintext of the whole object. Raises ``Tampered`` unless all of it is authentic."""


class Sealer(Protocol):
    """Seals one object at a time. Safe to use from several threads.

    ``encrypts`` says that what ``seal`` returns may lie anywhere; otherwise it belongs into a store that encrypts.
    """

    encrypts: bool

    def seal(self, plaintext: bytes | Pieces, context: SealContext) -> bytes | bytearray:
        """Return the bytes to store; no other buffer of their size is made. Raises a ``KeyProviderError``."""

    def read(self, head: Head) -> Unopened:
        """Parse an object's header. Asks for no key and trusts nothing. Raises ``Tampered`` for any other bytes."""

    def unlock(self, unopened: Unopened) -> Unlocked:
        """Ask for the key of what ``read`` returned. Raises ``Tampered`` or a ``KeyProviderError``."""
