"""``Sealer``: plaintext bytes to the bytes that a store keeps, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from secure_xcom.model.seal import SealContext

Admit = Callable[[SealContext], None]
"""Raises unless an object with this context is the one that was asked for."""


class Sealer(Protocol):
    """Seals one object at a time. Safe to use from several threads.

    ``encrypts`` says that what ``seal`` returns may lie anywhere; otherwise it belongs into a store that encrypts.
    """

    encrypts: bool

    def seal(self, plaintext: bytes, context: SealContext) -> bytes:
        """Return the bytes to store."""

    def open(self, data: bytes, admit: Admit) -> bytes:
        """Return the plaintext of an object whose context ``admit`` lets pass; raises ``Tampered`` and the like.

        ``admit`` runs before any key is asked for. What it saw is authentic if this returns.
        """
