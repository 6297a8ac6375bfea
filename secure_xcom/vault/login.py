"""``Login``: where a worker's Vault token comes from. Credentials are read when they are needed and never kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.errors import ConfigurationError
from secure_xcom.uri import AdapterUri
from secure_xcom.vault.faults import Fault, Kind, answer_of

if TYPE_CHECKING:
    import hvac

LOGIN_PARAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "token": (),
    "approle": ("role_id", "secret_id_file", "auth_mount"),
}
"""The ways to log in, and the parameters that each knows."""


class Login(Protocol):
    """A way to get a token."""

    def token(self, anonymous: hvac.Client) -> str:
        """Return a token, with the help of a client that has none. Raises ``Fault``."""


class FoundToken:
    """VAULT_TOKEN, or what ``vault login`` or Vault Agent left in ~/.vault-token; somebody else renews it."""

    def token(self, anonymous: hvac.Client) -> str:  # noqa: ARG002 - nobody is asked
        """Return the token as it is now."""
        token = os.environ.get("VAULT_TOKEN") or _content(Path.home() / ".vault-token")
        if not token:
            raise Fault(Kind.UNAUTHENTICATED, "there is no token: set VAULT_TOKEN, or write ~/.vault-token")
        return token


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRole:
    """Logs in with a role id and a secret id: the content of ``secret_id_file``, else VAULT_SECRET_ID, else none."""

    role_id: str
    mount: str
    secret_id_file: Path | None = None

    def token(self, anonymous: hvac.Client) -> str:
        """Log in, one request."""
        try:
            answer = answer_of(
                lambda: anonymous.auth.approle.login(
                    self.role_id, self._secret_id(), use_token=False, mount_point=self.mount
                )
            )
        except Fault as fault:
            if fault.kind is Kind.UNAVAILABLE:
                raise
            raise Fault(Kind.UNAUTHENTICATED, f"the AppRole login at {self.mount}: {fault}") from None
        match answer:
            case {"auth": {"client_token": str(token)}}:
                return token
        raise Fault(Kind.UNAUTHENTICATED, f"the AppRole login at {self.mount} gave no token")

    def _secret_id(self) -> str | None:
        if self.secret_id_file is None:
            return os.environ.get("VAULT_SECRET_ID")
        if secret_id := _content(self.secret_id_file):
            return secret_id
        raise Fault(Kind.UNAUTHENTICATED, f"{self.secret_id_file} holds no secret id")


def login_of(uri: AdapterUri, *, option: str) -> Login:
    """Return the login that ``auth=`` names, by default ``token``. Raises ``ConfigurationError``."""
    if uri.params.get("auth", "token") == "token":
        return FoundToken()
    role_id = uri.params.get("role_id") or os.environ.get("VAULT_ROLE_ID")
    if not role_id:
        raise ConfigurationError(f"{option}: auth=approle needs the role's id, in role_id= or VAULT_ROLE_ID")
    file = uri.params.get("secret_id_file")
    return AppRole(
        role_id=role_id,
        mount=uri.params.get("auth_mount") or "approle",
        secret_id_file=Path(file) if file else None,
    )


def require_params(uri: AdapterUri, others: tuple[str, ...], *, option: str) -> None:
    """Raise ``ConfigurationError`` for an unknown ``auth=`` and for a parameter that it does not know."""
    auth = uri.params.get("auth", "token")
    if auth not in LOGIN_PARAMS:
        raise ConfigurationError(f"{option}: auth must be one of {', '.join(sorted(LOGIN_PARAMS))}")
    uri.require_params((*others, "auth", *LOGIN_PARAMS[auth]), option=option)


def _content(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
