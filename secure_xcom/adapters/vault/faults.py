"""``answer_of`` and ``diagnose``: what Vault's answer to a request means.

hvac raises nothing here: its exceptions carry no status, and it takes a redirect for a success. What Vault says in
words is looked at and never repeated, since it quotes requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from secure_xcom.errors import Diagnosis, Fault, translated

_BAD_TOKEN: Final = ("invalid token", '["permission denied"]')
"""How a 403 says that the token is revoked, expired or wrong: in words (recent versions of Vault), or with nothing but
this (1.14, and OpenBao). A policy's refusal is a numbered list: "1 error occurred: ..."."""


class VaultFailure(Exception):  # noqa: N818 - never leaves an adapter, whose port raises its own error
    """Vault did not do what was asked. ``str`` is a status or a cause, fit to be shown."""

    def __init__(self, fault: Fault, cause: str, said: str = "") -> None:
        self.fault = fault
        self._said = said
        super().__init__(cause)

    def says(self, *phrases: str) -> bool:
        """Whether Vault's own words, which must not be shown, hold one of ``phrases``."""
        return any(phrase in self._said for phrase in phrases)


def answer_of(call: Callable[[], object]) -> object:
    """Return the JSON of an answer, ``None`` for an empty one; raises ``VaultFailure`` for anything but a success."""
    from requests import RequestException, Response

    with translated(RequestException, into=_unanswered):
        answer = call()
    if not isinstance(answer, Response):
        return answer
    if answer.status_code == 204:
        return None
    raise _refusal(answer.status_code, answer.content.decode("utf-8", "replace"))


def _unanswered(error: Exception) -> VaultFailure:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return VaultFailure(Fault.FAILED, "its TLS certificate is not trusted: name its CA in ca_cert or VAULT_CACERT")
    # What requests refuses to send is a ValueError too; trying again does not help.
    fault = Fault.FAILED if isinstance(error, ValueError) else Fault.UNAVAILABLE
    return VaultFailure(fault, type(error).__name__)


def _refusal(status: int, said: str) -> VaultFailure:
    if 300 <= status < 400:
        cause = f"status {status}, a redirect, which is never followed: set url to the active node or a load balancer"
        return VaultFailure(Fault.FAILED, cause)
    return VaultFailure(_fault(status, said), f"status {status}", said)


def _fault(status: int, said: str) -> Fault:
    # The storage's limit comes as 413 or 500, depending on the version; the listener's as 413.
    if status == 413 or "value being too large" in said:
        return Fault.TOO_LARGE
    # 412: this node has not caught up yet. A KV mount refuses with 400 while it is being set up.
    if status in (412, 429) or status >= 500 or "from non-versioned to versioned data" in said:
        return Fault.UNAVAILABLE
    if status == 401 or (status == 403 and any(words in said for words in _BAD_TOKEN)):
        return Fault.UNAUTHENTICATED
    if status == 403:
        return Fault.DENIED
    if status == 404 and "no handler for route" not in said:
        return Fault.NOT_FOUND
    return Fault.FAILED


_ADVICE: Final[Mapping[Fault, str]] = {
    Fault.UNAUTHENTICATED: (
        "the worker's credentials are missing, or Vault does not accept them. Check auth= and what it reads"
    ),
    Fault.UNAVAILABLE: "not reached, sealed or overloaded. Check the network and url, or let the task retry",
}
"""What is the same for each of Vault's engines."""


def diagnose(error: Exception, where: str, advice: Mapping[Fault, str]) -> Diagnosis:
    """Say what a failure means; ``advice`` is what the engine's adapter has to say, by fault."""
    if not isinstance(error, VaultFailure):
        return Diagnosis.unknown(where, error)
    told = advice.get(error.fault) or _ADVICE[error.fault]
    return Diagnosis(fault=error.fault, where=where, code=str(error), advice=told)
