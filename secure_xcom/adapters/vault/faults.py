"""``answer_of``: what Vault's answer to a request means, in the kinds that a reader can do something about.

hvac is told to raise nothing: its exceptions carry no status, and it takes a redirect for a success. What Vault says
in words is looked at and never repeated, since it quotes requests.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from secure_xcom.errors import translated

_BAD_TOKEN: Final = ("invalid token", '["permission denied"]')
"""How a 403 says that the token is revoked, expired or wrong: in words (recent versions of Vault), or with nothing but
this (1.14, and OpenBao). A policy's refusal is a numbered list: "1 error occurred: ..."."""


class Kind(Enum):
    """What a reader can do about a fault."""

    NOT_FOUND = auto()
    DENIED = auto()
    UNAUTHENTICATED = auto()
    UNAVAILABLE = auto()
    TOO_LARGE = auto()
    REFUSED = auto()


class Fault(Exception):  # noqa: N818 - never leaves an adapter, which names it after its own family
    """Vault did not do what was asked. ``str`` is a status or a cause, fit to be shown."""

    def __init__(self, kind: Kind, cause: str, said: str = "") -> None:
        self.kind = kind
        self._said = said
        super().__init__(cause)

    def says(self, *phrases: str) -> bool:
        """Whether Vault's own words, which must not be shown, hold one of ``phrases``."""
        return any(phrase in self._said for phrase in phrases)


def answer_of(call: Callable[[], object]) -> object:
    """Return the JSON of an answer, ``None`` for an empty one; raises ``Fault`` for anything but a success."""
    from requests import RequestException, Response

    with translated(RequestException, into=_unanswered):
        answer = call()
    if not isinstance(answer, Response):
        return answer
    if answer.status_code == 204:
        return None
    raise _refusal(answer.status_code, answer.content.decode("utf-8", "replace"))


def _unanswered(error: Exception) -> Fault:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Fault(Kind.REFUSED, "its TLS certificate is not trusted: name its CA in ca_cert or VAULT_CACERT")
    # What requests refuses to send is a ValueError too; trying again does not help.
    kind = Kind.REFUSED if isinstance(error, ValueError) else Kind.UNAVAILABLE
    return Fault(kind, type(error).__name__)


def _refusal(status: int, said: str) -> Fault:
    if 300 <= status < 400:
        cause = f"status {status}, a redirect, which is never followed: set url to the active node or a load balancer"
        return Fault(Kind.REFUSED, cause)
    return Fault(_kind(status, said), f"status {status}", said)


def _kind(status: int, said: str) -> Kind:
    # The storage's limit comes as 413 or 500, depending on the version; the listener's as 413.
    if status == 413 or "value being too large" in said:
        return Kind.TOO_LARGE
    # 412: this node has not caught up yet. A KV mount refuses with 400 while it is being set up.
    if status in (412, 429) or status >= 500 or "from non-versioned to versioned data" in said:
        return Kind.UNAVAILABLE
    if status == 401 or (status == 403 and any(words in said for words in _BAD_TOKEN)):
        return Kind.UNAUTHENTICATED
    if status == 403:
        return Kind.DENIED
    if status == 404 and "no handler for route" not in said:
        return Kind.NOT_FOUND
    return Kind.REFUSED
