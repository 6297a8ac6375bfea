"""``VaultClient``: one way to Vault for all threads, logged in when it is first used.

hvac and requests are imported with the first request: that costs a fifth of a second, and a task that seals nothing
needs neither.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from secure_xcom.ports import CONCURRENT_PULLS, CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from secure_xcom.uri import AdapterUri
from secure_xcom.vault.address import ADDRESS_PARAMS, Address
from secure_xcom.vault.faults import Fault, Kind, answer_of
from secure_xcom.vault.login import Login, login_of, require_params

if TYPE_CHECKING:
    import hvac
    import requests


class VaultClient:
    """Makes requests with a token; when Vault refuses the token, logs in again and tries once more.

    Retries of other failures are the port's. A redirect is never followed: the token goes to ``address`` alone.
    """

    def __init__(self, address: Address, login: Login) -> None:
        self._address = address
        self._login = login
        self._lock = threading.Lock()
        self._session: requests.Session | None = None
        self._client: hvac.Client | None = None

    @classmethod
    def from_uri(cls, uri: AdapterUri, *, option: str) -> VaultClient:
        """Read ``url``, ``namespace``, ``ca_cert``, ``auth`` and what that ``auth`` knows (``login.LOGIN_PARAMS``).

        Raises ``ConfigurationError``, and ``ImportError`` when hvac is not installed. No network is touched.
        """
        require_params(uri, ADDRESS_PARAMS, option=option)
        client = cls(Address.of(uri, option=option), login_of(uri, option=option))
        if importlib.util.find_spec("hvac") is None:
            raise ImportError("hvac is not installed", name="hvac")
        return client

    def call(self, operation: Callable[[hvac.Client], object]) -> object:
        """Return the JSON of the answer, ``None`` for an empty one; raises ``Fault``."""
        client = self._client or self._logged_in(instead_of=None)
        try:
            return answer_of(lambda: operation(client))
        except Fault as fault:
            renewed = self._logged_in(instead_of=client) if fault.kind is Kind.UNAUTHENTICATED else client
            if renewed is client:
                raise
        return answer_of(lambda: operation(renewed))

    def server_time(self) -> float:
        """Return Vault's clock in Unix seconds, one request without a token; raises ``Fault``."""
        with self._lock:
            anonymous = self._with("")
        match answer_of(lambda: anonymous.sys.read_health_status(standby_ok=True, method="GET")):
            case {"server_time_utc": int(seconds)}:
                return float(seconds)
        raise Fault(Kind.REFUSED, "what answers tells no time")

    def _logged_in(self, *, instead_of: hvac.Client | None) -> hvac.Client:
        """Return a client with another token than ``instead_of`` has; that one itself if there is no other token."""
        with self._lock:
            # Of the threads that were refused together, the first to come here logs in for all of them.
            if self._client is None or self._client is instead_of:
                token = self._login.token(self._with(""))
                if self._client is None or token != self._client.token:
                    self._client = self._with(token)
            return self._client

    def _with(self, token: str) -> hvac.Client:
        import hvac

        self._session = self._session or _session(self._address)
        return hvac.Client(
            url=self._address.url,
            token=token,
            namespace=self._address.namespace,
            # hvac would look into the environment for the CA; and it prefers the session's own setting to this one.
            verify=self._session.verify,
            session=self._session,
            timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
            allow_redirects=False,
            ignore_exceptions=True,
        )


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
