"""``LeaseRenewer``: a thread that begins leases anew while their process lives."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ClaimLost, SecureXComError

if TYPE_CHECKING:
    from collections.abc import Callable

    from secure_xcom.model.claim import Claim

_RENEWALS: Final = 3
"""Tries within one lease."""

_SHORTEST_PAUSE: Final = 0.2


class LeaseRenewer:
    """Safe to use from several threads. It ends with ``stop``, with its last claim, or with the process."""

    def __init__(self, renew: Callable[[Claim], None], warn: Callable[[str], None]) -> None:
        self._renew = renew
        self._warn = warn
        self._lock = threading.Lock()
        self._claims: dict[str, Claim] = {}
        self._stopping = threading.Event()
        self._is_running = False

    def add(self, claim: Claim) -> None:
        """Renew a claim's lease from now on."""
        with self._lock:
            self._claims[claim.object_id] = claim
            if not self._is_running:
                self._is_running = True
                self._stopping = threading.Event()
                arguments = (self._stopping,)
                threading.Thread(target=self._run, args=arguments, name="secure-xcom-leases", daemon=True).start()

    def remove(self, claim: Claim) -> None:
        """Let a lease end."""
        with self._lock:
            self._claims.pop(claim.object_id, None)
            if not self._claims:
                self._end()

    def stop(self) -> None:
        """Let all leases end. A renewal that is on its way may still arrive; it prolongs no endless lease."""
        with self._lock:
            self._claims.clear()
            self._end()

    def _end(self) -> None:
        self._stopping.set()
        self._is_running = False

    def _run(self, stopping: threading.Event) -> None:
        while not stopping.wait(self._pause()):
            for claim in self._listed():
                try:
                    self._renew(claim)
                except ClaimLost:
                    # The task finds out before its success.
                    self.remove(claim)
                except SecureXComError as error:
                    self._warn(f"secure-xcom: a claim's lease was not renewed: {type(error).__name__}")

    def _listed(self) -> list[Claim]:
        with self._lock:
            return list(self._claims.values())

    def _pause(self) -> float:
        shortest = min((claim.lease_seconds for claim in self._listed()), default=1)
        return max(shortest / _RENEWALS, _SHORTEST_PAUSE)
