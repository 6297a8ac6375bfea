"""``Server``: which Redis is asked, how it proves that it is the one, and who the worker is there.

Redis takes a password as it is, and another machine on the way could exchange objects or drop them. So requests go over
TLS or within this machine, and never otherwise. redis-py is imported with the first request.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError, StoreUnauthenticated
from secure_xcom.ports.calls import CONCURRENT_PULLS, CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from secure_xcom.ports.identity import Connection
from secure_xcom.settings.uri import AdapterUri, is_private

if TYPE_CHECKING:
    import redis

SERVER_PARAMS: Final = ("ssl", "ca_cert", "client_cert", "client_key", "db", "username", "password_file")

PASSWORD_VARIABLE: Final = "REDISCLI_AUTH"  # noqa: S105 - a name
"""Where redis-cli, too, looks for a password (Redis documentation, "Redis CLI")."""

_PORT: Final = 6379
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", re.ASCII)
_AUTHORITY: Final = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
_DB: Final = re.compile(r"[0-9]{1,5}", re.ASCII)
_OFF: Final = (False, "false", "False")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user, Redis' ``default`` if it has no name. The password is read anew for each connection that is made."""

    username: str | None
    password: Callable[[], str] = field(repr=False)
    source: str
    """Where the password comes from, fit to be shown."""

    def require(self) -> None:
        """Raise ``StoreUnauthenticated`` when there is no password."""
        if not self.password():
            raise StoreUnauthenticated("there is no password for Redis, or it cannot be read", str(self.source))

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Implement redis-py's ``CredentialProvider``."""
        password = self.password()
        if not password:
            from redis.exceptions import AuthenticationError

            # For any other exception redis-py leaves the connection open, and the next request is the default user's.
            raise AuthenticationError
        return (self.username, password) if self.username else (password,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A Redis and the way in. ``ca_cert`` ``None`` stands for the system's CAs, ``login`` ``None`` for nobody."""

    host: str
    port: int
    tls: bool
    db: int = 0
    ca_cert: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    login: Login | None = None

    @classmethod
    def of(cls, uri: AdapterUri) -> Server:
        """Read the authority and ``SERVER_PARAMS``; raises ``ConfigurationError`` with all problems."""
        where, params = _AUTHORITY.fullmatch(uri.authority), uri.params
        host = (where["v6"] or where["host"]) if where else ""
        if not where or not _HOST.fullmatch(host):
            raise ConfigurationError(
                "store: redis:// takes a host, a port and a prefix, as in redis://redis.example.com:6379/airflow/xcom; "
                "a user's name belongs in username=, its password in a file that password_file= names, or in "
                f"{PASSWORD_VARIABLE}"
            )
        ssl, db = params.get("ssl"), params.get("db", "0")
        # An empty username would be the default user's.
        problems = [f"store: {name} is empty" for name, text in params.items() if not text]
        if ssl is not None and ssl not in ("true", "false"):
            problems.append("store: ssl is true or false")
        if not _DB.fullmatch(db):
            problems.append("store: db is the number of a database, as in db=0")
        server = cls(
            host=host,
            port=int(where["port"] or _PORT),
            tls=not _is_this_machine(host) if ssl is None else ssl == "true",
            db=0 if problems else int(db),
            ca_cert=params.get("ca_cert"),
            client_cert=params.get("client_cert"),
            client_key=params.get("client_key"),
            login=_login(params.get("username"), params.get("password_file")),
        )
        problems.extend(f"store: {problem}" for problem in server.problems())
        if problems:
            raise ConfigurationError(*problems)
        return server

    @classmethod
    def behind(cls, connection: Connection, conn_id: str, *, ca_cert: str | None) -> Server:
        """Read an Airflow connection of type ``redis``; raises ``ConfigurationError``.

        The fields are those of apache-airflow-providers-redis: host, port, login, password, and in the extras ``db``,
        ``ssl``, ``ssl_cert_reqs``, ``ssl_ca_certs``, ``ssl_certfile``, ``ssl_keyfile``.
        """
        extra, host, password = connection.extra, connection.host or "", connection.password or ""
        db = str(extra.get("db") or 0)
        if not _HOST.fullmatch(host):
            raise ConfigurationError("conn_id: the connection names no host")
        if extra.get("ssl_cert_reqs") not in (None, "", "required"):
            raise ConfigurationError(
                "conn_id: the connection turns TLS verification off; name its CA in ca_cert= instead"
            )
        if not _DB.fullmatch(db):
            raise ConfigurationError("conn_id: the connection's db is no number of a database")
        login = Login(username=connection.login or None, password=lambda: password, source=f"the connection {conn_id}")
        server = cls(
            host=host,
            port=connection.port or _PORT,
            tls=extra.get("ssl", not _is_this_machine(host)) not in _OFF,
            db=int(db),
            ca_cert=ca_cert or _text(extra, "ssl_ca_certs"),
            client_cert=_text(extra, "ssl_certfile"),
            client_key=_text(extra, "ssl_keyfile"),
            login=login if connection.login or password else None,
        )
        if problems := server.problems():
            raise ConfigurationError(*(f"conn_id: {problem}" for problem in problems))
        return server

    def problems(self) -> list[str]:
        """Return what cannot work, or would travel in the clear."""
        found = []
        if self.port not in range(1, 1 << 16):
            found.append("the port is a number from 1 to 65535")
        if not self.tls and not _is_this_machine(self.host):
            what = "the password would travel" if self.login else "objects would travel"
            found.append(f"ssl is off, so {what} in the clear; plain TCP is for this machine")
        if not self.tls and (self.ca_cert or self.client_cert or self.client_key):
            found.append("ca_cert, client_cert and client_key are for TLS: set ssl=true")
        if self.client_key and not self.client_cert:
            found.append("client_key goes with client_cert")
        if self.ca_cert and not Path(self.ca_cert).is_file():
            found.append(f"there is no CA certificate at {self.ca_cert}")
        return found

    def client(self) -> redis.Redis:
        """Return a client for all threads. No network is touched; raises ``StoreUnauthenticated``."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        if self.login:
            self.login.require()
        for file in (self.client_cert, self.client_key):
            if file and not os.access(file, os.R_OK):
                raise StoreUnauthenticated(
                    "a file of client_cert or client_key is not there, or cannot be read", str(file)
                )
        pool = redis.BlockingConnectionPool(  # type: ignore[no-untyped-call]  # redis-py leaves this one out
            max_connections=CONCURRENT_PULLS,
            timeout=READ_TIMEOUT_SECONDS,
            host=self.host,
            port=self.port,
            db=self.db,
            credential_provider=self.login,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            socket_timeout=READ_TIMEOUT_SECONDS,
            # The retries are the port's.
            retry=Retry(NoBackoff(), 0),
            # Version 3 begins with requests that an ACL of three commands refuses, and keeps in its log.
            protocol=2,
            **_unnamed(),
            **self._tls_options(),
        )
        return redis.Redis(connection_pool=pool)

    def _tls_options(self) -> dict[str, object]:
        import redis

        if not self.tls:
            return {}
        return {
            "connection_class": redis.SSLConnection,
            "ssl_cert_reqs": "required",
            "ssl_check_hostname": True,
            "ssl_ca_certs": self.ca_cert,
            "ssl_certfile": self.client_cert,
            "ssl_keyfile": self.client_key,
        }


def _unnamed() -> dict[str, None]:
    """Keep redis-py from telling its name, which such an ACL refuses too; how depends on the version."""
    import redis

    return {"driver_info": None} if hasattr(redis, "DriverInfo") else {"lib_name": None, "lib_version": None}


def _login(username: str | None, file: str | None) -> Login | None:
    if file:
        return Login(username=username, password=lambda: _content(Path(file)), source=file)
    if username or PASSWORD_VARIABLE in os.environ:
        return Login(username=username, password=_of_environment, source=PASSWORD_VARIABLE)
    return None


def _of_environment() -> str:
    return os.environ.get(PASSWORD_VARIABLE, "")


def _is_this_machine(host: str) -> bool:
    return is_private(f"http://[{host}]" if ":" in host else f"http://{host}")


def _text(extra: Mapping[str, object], name: str) -> str | None:
    value = extra.get(name)
    return value if isinstance(value, str) and value else None


def _content(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
