"""What an adapter may offer to the doctor besides its port."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class MadeOnFirstUse(Protocol):
    """An adapter that makes a file or directory of its own on this machine."""

    def is_made(self) -> bool:
        """Whether it is there already. Raises what the first use would raise if it cannot be made."""


@runtime_checkable
class Clocked(Protocol):
    """An adapter whose server tells the time."""

    def server_time(self) -> float:
        """Return the server's clock in Unix seconds; raises like every operation."""


@runtime_checkable
class Probed(Protocol):
    """A store whose server knows identities, and what none of the workers' should be allowed."""

    def list_below(self, folder: str) -> None:
        """Ask for the names below ``folder``. Raises ``StoreDenied`` where that is refused, as it should be."""

    def put_unprotected(self, name: str) -> bool:
        """Write an empty object without the server-side encryption that is configured, and tell whether one is.

        Raises ``StoreDenied`` where that is refused, as it should be.
        """
