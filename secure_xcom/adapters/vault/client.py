"""``VaultClient``: one way to Vault for all threads, logged in when it is first used.

hvac and requests are imported with the first request: that costs a fifth of a second, and a task that seals nothing
needs neither.
"""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secure_xcom.adapters.vault.address import ADDRESS_PARAMS, Address
from secure_xcom.adapters.vault.connection import address_of, login_by
from secure_xcom.adapters.vault.faults import VaultFailure, answer_of
from secure_xcom.adapters.vault.login import Login, login_of, require_params
from secure_xcom.adapters.vault.token import HeldToken
from secure_xcom.errors import ConfigurationError, Fault
from secure_xcom.ports.calls import CONCURRENT_PULLS, CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from secure_xcom.ports.identity import Identity
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    import hvac
    import requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where Vault is, and how to log in there."""

    address: Address
    login: Login


class VaultClient:
    """Makes requests with a token, which is renewed in time; when Vault refuses it, logs in again and tries once more.

    Retries of other failures are the port's. A redirect is never followed: the token goes to the address alone.
    """

    def __init__(self, endpoint: Callable[[], Endpoint], clock: Callable[[], float] = time.monotonic) -> None:
        self._find_endpoint = endpoint
        self._lock = threading.Lock()
        self._endpoint: Endpoint | None = None
        self._session: requests.Session | None = None
        self._client: hvac.Client | None = None
        self._token = HeldToken(clock)

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None, *, option: str) -> VaultClient:
        """Read ``url``, ``namespace``, ``ca_cert``, ``auth`` and what that knows (``LOGIN_PARAMS``), or ``conn_id``.

        Raises ``ConfigurationError``, and ``ImportError`` when hvac is not installed. No network is touched, and no
        connection is fetched.
        """
        client = cls(_endpoint_of(uri, identity, option))
        if importlib.util.find_spec("hvac") is None:
            raise ImportError("hvac is not installed", name="hvac")
        return client

    def call(self, operation: Callable[[hvac.Client], object]) -> object:
        """Return the JSON of the answer, ``None`` for an empty one; raises ``VaultFailure``."""
        client = self._current()
        try:
            return answer_of(lambda: operation(client))
        except VaultFailure as failure:
            renewed = self._logged_in(instead_of=client) if failure.fault is Fault.UNAUTHENTICATED else client
            if renewed is client:
                raise
        return answer_of(lambda: operation(renewed))

    def _current(self) -> hvac.Client:
        """Return a client whose token is renewed when its time has come."""
        client = self._client or self._logged_in(instead_of=None)
        self._token.renew_in_time(client, lambda: self._logged_in(instead_of=client))
        return self._client or client

    def server_time(self) -> float:
        """Return Vault's clock in Unix seconds, one request without a token; raises ``VaultFailure``."""
        with self._lock:
            anonymous = self._with("")
        match answer_of(lambda: anonymous.sys.read_health_status(standby_ok=True, method="GET")):
            case {"server_time_utc": int(seconds)}:
                return float(seconds)
        raise VaultFailure(Fault.FAILED, "what answers tells no time")

    def _logged_in(self, *, instead_of: hvac.Client | None) -> hvac.Client:
        """Return a client with another token than ``instead_of`` has; that one itself if there is no other token."""
        with self._lock:
            # Of the threads that were refused together, the first to come here logs in for all of them.
            if self._client is None or self._client is instead_of:
                token = self._found().login.token(self._with(""))
                if self._client is None or token.text != self._token.text:
                    self._client = self._with(token.text)
                    self._token.hold(token)
            return self._client

    def _found(self) -> Endpoint:
        self._endpoint = self._endpoint or self._find_endpoint()
        return self._endpoint

    def _with(self, token: str) -> hvac.Client:
        import hvac

        address = self._found().address
        self._session = self._session or _session(address)
        return hvac.Client(
            url=address.url,
            token=token,
            namespace=address.namespace,
            # hvac would look into the environment for the CA; and it prefers the session's own setting to this one.
            verify=self._session.verify,
            session=self._session,
            timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
            allow_redirects=False,
            ignore_exceptions=True,
        )


def _endpoint_of(uri: AdapterUri, identity: Identity | None, option: str) -> Callable[[], Endpoint]:
    conn_id = uri.params.get("conn_id")
    if conn_id is None:
        require_params(uri, ADDRESS_PARAMS, option=option)
        endpoint = Endpoint(address=Address.of(uri, option=option), login=login_of(uri, option=option))
        return lambda: endpoint
    uri.require_params(("conn_id", "namespace", "ca_cert"), option=option)
    if identity is None or identity.connections is None:
        raise ConfigurationError(f"{option}: conn_id needs a running task")
    connections, namespace, ca_cert = identity.connections, uri.params.get("namespace"), uri.params.get("ca_cert")

    def find() -> Endpoint:
        connection = connections.connection(conn_id)
        address = address_of(connection, namespace=namespace, ca_cert=ca_cert)
        return Endpoint(address=address, login=login_by(connection))

    return find


def _session(address: Address) -> requests.Session:
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    session.verify = address.ca_cert or True
    # The environment's proxy would see the token of a plain request; those do not leave this machine.
    session.trust_env = address.url.lower().startswith("https:")
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=CONCURRENT_PULLS, max_retries=0))
    return session
