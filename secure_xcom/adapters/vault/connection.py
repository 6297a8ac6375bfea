"""An Airflow connection of type ``vault`` as the way to a Vault: its address and its login.

The fields are those of apache-airflow-providers-hashicorp ("Hashicorp Vault Connection"): host, port, login, password,
and in the extras ``use_tls``, ``auth_type``, ``auth_mount_point``, ``role_id``, ``kubernetes_role``,
``kubernetes_jwt_path``, ``jwt_role``, ``jwt_token``, ``jwt_token_path``, ``namespace``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from secure_xcom.adapters.vault.address import Address
from secure_xcom.adapters.vault.login import SERVICE_ACCOUNT_TOKEN, AppRole, GivenToken, Login, SignedToken, read_from
from secure_xcom.errors import ConfigurationError
from secure_xcom.ports.identity import Connection
from secure_xcom.settings.uri import is_private

_DEFAULT_PORT: Final = 8200


def address_of(connection: Connection, *, namespace: str | None, ca_cert: str | None) -> Address:
    """Return where the connection leads. Raises ``ConfigurationError`` unless what is sent there stays private."""
    if not connection.host:
        raise ConfigurationError("conn_id: the connection names no host")
    if connection.extra.get("verify") in (False, "false", "False"):
        raise ConfigurationError("conn_id: the connection turns TLS verification off; name its CA in ca_cert= instead")
    url = f"http://{connection.host}:{connection.port or _DEFAULT_PORT}"
    # Plain text is for this machine; whatever the connection leaves open is TLS.
    if connection.extra.get("use_tls", not is_private(url)) not in (False, "false", "False"):
        url = url.replace("http:", "https:", 1)
    if not is_private(url):
        raise ConfigurationError("conn_id: the connection has use_tls off, so the token would travel in the clear")
    return Address(url=url, namespace=namespace or _text(connection.extra, "namespace"), ca_cert=ca_cert)


def login_by(connection: Connection) -> Login:
    """Return the login that ``auth_type`` names. Raises ``ConfigurationError``."""
    kind = _text(connection.extra, "auth_type") or "token"
    mount = _text(connection.extra, "auth_mount_point") or kind
    make: Mapping[str, Callable[[], Login | None]] = {
        "token": lambda: GivenToken(text=connection.password) if connection.password else None,
        "approle": lambda: _app_role(connection, mount),
        "kubernetes": lambda: _kubernetes(connection.extra, mount),
        "jwt": lambda: _jwt(connection.extra, mount),
    }
    if kind not in make:
        raise ConfigurationError(f"conn_id: auth_type is one of {', '.join(sorted(make))} here")
    login = make[kind]()
    if login is None:
        raise ConfigurationError(f"conn_id: the connection lacks what auth_type {kind} needs")
    return login


def _app_role(connection: Connection, mount: str) -> Login | None:
    role_id = connection.login or _text(connection.extra, "role_id")
    secret_id = connection.password
    return AppRole(role_id=role_id, mount=mount, secret_id=lambda: secret_id) if role_id else None


def _kubernetes(extra: Mapping[str, object], mount: str) -> Login | None:
    role, file = _text(extra, "kubernetes_role"), _text(extra, "kubernetes_jwt_path") or SERVICE_ACCOUNT_TOKEN
    return SignedToken(kind="kubernetes", role=role, mount=mount, jwt=read_from(file, "token")) if role else None


def _jwt(extra: Mapping[str, object], mount: str) -> Login | None:
    role, token, file = (_text(extra, name) for name in ("jwt_role", "jwt_token", "jwt_token_path"))
    if not role or not (token or file):
        return None
    jwt = (lambda: token) if token else read_from(file, "token")
    return SignedToken(kind="jwt", role=role, mount=mount, jwt=jwt)


def _text(extra: Mapping[str, object], name: str) -> str:
    value = extra.get(name)
    return value if isinstance(value, str) else ""
