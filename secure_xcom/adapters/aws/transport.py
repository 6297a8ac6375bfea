"""Where AWS is asked: over https, or on this machine. One rule for each request, from wherever its endpoint comes.

A URI's parameters are not all that names endpoints: the environment and the profile do too, also for requests that
boto3 makes by itself, such as the one that exchanges a pod's web-identity token for credentials.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from secure_xcom.errors import ConfigurationError
from secure_xcom.settings.uri import is_private

if TYPE_CHECKING:
    import boto3.session


class _Request(Protocol):
    @property
    def url(self) -> str: ...


def require_private(url: str, what: str) -> None:
    """Raise ``ConfigurationError`` if others could listen: data keys, tokens and session tokens go there."""
    if not is_private(url):
        raise ConfigurationError(
            f"{what} must begin with https://, and hold no credentials or query; http:// is for this machine only"
        )


def only_private(session: boto3.session.Session) -> boto3.session.Session:
    """Have each client that comes from ``session`` refuse to send a request in the clear; return the session."""
    session.events.register("before-send", _refuse_in_the_clear)
    return session


def _refuse_in_the_clear(request: _Request, event_name: str, **_: object) -> None:
    # A request's own query is no part of the rule, and its name is "before-send.sts.AssumeRoleWithWebIdentity", say.
    service = event_name.split(".")[1]
    require_private(request.url.partition("?")[0], f"the {service} endpoint of boto3's configuration")
