"""``Login``: where a worker's Vault token comes from. Credentials are read when they are needed and never kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.adapters.vault.faults import VaultFailure, answer_of
from secure_xcom.adapters.vault.token import Token, token_of
from secure_xcom.errors import ConfigurationError, Fault, translated
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    import hvac

LOGIN_PARAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "token": (),
    "approle": ("role_id", "secret_id_file", "auth_mount"),
    "kubernetes": ("role", "jwt_file", "auth_mount"),
    "jwt": ("role", "jwt_file", "auth_mount"),
}
"""The ways to log in, and the parameters that each knows."""

SERVICE_ACCOUNT_TOKEN: Final = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path
"""Where Kubernetes puts a pod's token (Kubernetes documentation, "Configure Service Accounts for Pods")."""


class Login(Protocol):
    """A way to get a token."""

    def token(self, anonymous: hvac.Client) -> Token:
        """Return a token, with the help of a client that has none. Raises ``VaultFailure``."""


class FoundToken:
    """VAULT_TOKEN, or what ``vault login`` or Vault Agent left in ~/.vault-token; somebody else renews it."""

    def token(self, anonymous: hvac.Client) -> Token:  # noqa: ARG002 - nobody is asked
        """Return the token as it is now."""
        text = os.environ.get("VAULT_TOKEN") or _content(Path.home() / ".vault-token")
        if not text:
            raise VaultFailure(Fault.UNAUTHENTICATED, "there is no token: set VAULT_TOKEN, or write ~/.vault-token")
        return Token(text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenToken:
    """The token that an Airflow connection holds as its password."""

    text: str = field(repr=False)

    def token(self, anonymous: hvac.Client) -> Token:  # noqa: ARG002 - nobody is asked
        """Return it."""
        return Token(text=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRole:
    """Logs in with a role id and a secret id, read anew each time; ``None`` where the role asks for none."""

    role_id: str
    mount: str
    secret_id: Callable[[], str | None] = field(repr=False)

    def token(self, anonymous: hvac.Client) -> Token:
        """Log in, one request."""
        return _leased(
            f"the AppRole login at {self.mount}",
            lambda: anonymous.auth.approle.login(
                self.role_id, self.secret_id(), use_token=False, mount_point=self.mount
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedToken:
    """Logs in with a token that somebody signed, a pod's service account or an identity provider; read anew each time.

    Vault's methods ``kubernetes`` and ``jwt`` take the same request.
    """

    kind: str
    role: str
    mount: str
    jwt: Callable[[], str] = field(repr=False)

    def token(self, anonymous: hvac.Client) -> Token:
        """Log in, one request."""
        return _leased(
            f"the {self.kind} login at {self.mount} with the role {self.role}",
            lambda: anonymous.auth.kubernetes.login(self.role, self.jwt(), use_token=False, mount_point=self.mount),
        )


def login_of(uri: AdapterUri, *, option: str) -> Login:
    """Return the login that ``auth=`` names, by default ``token``. Raises ``ConfigurationError``."""
    kind = uri.params.get("auth", "token")
    mount = uri.params.get("auth_mount") or kind
    if kind == "token":
        return FoundToken()
    if kind == "approle":
        role_id = uri.params.get("role_id") or os.environ.get("VAULT_ROLE_ID")
        if not role_id:
            raise ConfigurationError(f"{option}: auth=approle needs the role's id, in role_id= or VAULT_ROLE_ID")
        file = uri.params.get("secret_id_file")
        return AppRole(role_id=role_id, mount=mount, secret_id=_secret_id(file))
    role, file = uri.params.get("role"), uri.params.get("jwt_file")
    if kind == "kubernetes":
        file = file or SERVICE_ACCOUNT_TOKEN
    if not role or not file:
        raise ConfigurationError(f"{option}: auth={kind} needs role={' and jwt_file=' if kind == 'jwt' else ''}")
    return SignedToken(kind=kind, role=role, mount=mount, jwt=read_from(file, "token"))


def require_params(uri: AdapterUri, others: tuple[str, ...], *, option: str) -> None:
    """Raise ``ConfigurationError`` for an unknown ``auth=`` and for a parameter that it does not know."""
    auth = uri.params.get("auth", "token")
    if auth not in LOGIN_PARAMS:
        raise ConfigurationError(f"{option}: auth must be one of {', '.join(sorted(LOGIN_PARAMS))}")
    uri.require_params((*others, "auth", *LOGIN_PARAMS[auth]), option=option)


def read_from(file: str, what: str) -> Callable[[], str]:
    """Return what reads a credential from ``file``, and raises ``VaultFailure`` if the file has none."""

    def read() -> str:
        if content := _content(Path(file)):
            return content
        raise VaultFailure(Fault.UNAUTHENTICATED, f"{file} holds no {what}, or cannot be read")

    return read


def _secret_id(file: str | None) -> Callable[[], str | None]:
    return (lambda: os.environ.get("VAULT_SECRET_ID")) if file is None else read_from(file, "secret id")


def _leased(what: str, login: Callable[[], object]) -> Token:
    def refused(failure: VaultFailure) -> VaultFailure:
        if failure.fault is Fault.UNAVAILABLE:
            return failure
        # Vault says 400 or 403 to a wrong role, secret or token; for the worker it is all the same.
        return VaultFailure(Fault.UNAUTHENTICATED, f"{what}: {failure}")

    with translated(VaultFailure, into=refused):
        answer = answer_of(login)
    return token_of(answer, what)


def _content(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
