"""``HeldToken``: the Vault token of a process, renewed before its lease ends."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from secure_xcom.adapters.vault.faults import VaultFailure, answer_of
from secure_xcom.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    import hvac

_RENEW_AFTER: Final = 2 / 3
"""The part of a lease after which it is renewed, as Vault's own agent does."""

_RETRY_SECONDS: Final = 10.0
"""How long to go on with a token that could not be renewed before the next attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, and for how many seconds it serves; 0 where somebody else looks after it."""

    text: str = field(repr=False)
    lease_seconds: int = 0
    renewable: bool = False


def token_of(answer: object, what: str) -> Token:
    """Read a login's or a renewal's answer; raises ``VaultFailure`` when it holds no token."""
    match answer:
        case {"auth": {"client_token": str(text), **rest}}:
            seconds = rest.get("lease_duration")
            return Token(
                text=text,
                lease_seconds=seconds if isinstance(seconds, int) else 0,
                renewable=rest.get("renewable") is True,
            )
    raise VaultFailure(Fault.UNAUTHENTICATED, f"{what} gave no token")


class HeldToken:
    """Safe to use from several threads: one renews the token, and the others go on with it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._renewing = threading.Lock()
        self._token = Token(text="")
        self._due = math.inf

    @property
    def text(self) -> str:
        """The token itself."""
        return self._token.text

    def hold(self, token: Token) -> None:
        """Hold a token that a login gave."""
        self._token = token
        self._due = self._clock() + token.lease_seconds * _RENEW_AFTER if token.lease_seconds else math.inf

    def renew_in_time(self, client: hvac.Client, log_in: Callable[[], object]) -> None:
        """Renew the token of ``client`` when its time has come, or call ``log_in`` where it is at its end.

        What fails is tried again soon. The token serves for another third of its lease meanwhile, and when Vault
        refuses it at last, the request says why.
        """
        if self._clock() < self._due or not self._renewing.acquire(blocking=False):
            return
        try:
            self._due = self._clock() + _RETRY_SECONDS
            if not (self._token.renewable and self._is_renewed(client)):
                log_in()
        except VaultFailure:
            return
        finally:
            self._renewing.release()

    def _is_renewed(self, client: hvac.Client) -> bool:
        renewed = token_of(answer_of(lambda: client.auth.token.renew_self()), "the renewal")
        # Near its maximum, Vault gives what is left.
        if renewed.lease_seconds * 2 <= self._token.lease_seconds:
            return False
        self._due = self._clock() + renewed.lease_seconds * _RENEW_AFTER
        return True
