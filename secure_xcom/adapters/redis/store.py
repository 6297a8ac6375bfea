"""``redis://host:port/prefix``: sealed objects as strings in a Redis, for values that are small and short-lived.

Redis drops an object by itself when its time is over. Isolation between Dags is the work of Redis' ACL: a key begins
with the prefix and the domain's segment, so that a user can be given one domain's keys. Whether an object outlives the
server is its configuration's to say: persistence, and a ``maxmemory-policy`` that evicts nothing.
"""

from __future__ import annotations

import importlib.util
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from secure_xcom.adapters.redis.server import SERVER_PARAMS, Server
from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, ObjectNotFound, StoreError, Tampered, translated
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.listing import UNKNOWN_SIZE, Listed
from secure_xcom.ports.store import HEAD_BYTES, Head, Store
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    import redis

MAX_STRING_BYTES: Final = 512 << 20
"""Redis' default ``proto-max-bulk-len``."""

_PAGE: Final = 1000
"""Keys that Redis looks at for one answer; SCAN's default of ten would take a round trip for each ten."""

_PREFIX: Final = re.compile(r"[A-Za-z0-9_.:=@/-]*", re.ASCII)
"""What means itself in the key pattern of an ACL, where ``*``, ``?``, ``[`` and a backslash do not."""


_REPLACE: Final = """
if redis.call('STRLEN', KEYS[1]) ~= tonumber(ARGV[2]) then return 0 end
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'XX', 'KEEPTTL')
return 1
"""
"""Redis runs a script as one step. What it replaces keeps the end of its lifetime."""


class RedisStore(Store):
    """Keeps objects below ``prefix``, one request for each operation; a put never overwrites.

    Needs Redis 6.2, or a Valkey. ``where`` names the server in errors.

    Permissions:
        - ``+set`` to push, ``+get``, ``+getrange`` and ``+strlen`` to pull, and ``+unlink`` to purge, on the keys below
          the prefix.
        - ``+eval`` for ``secure-xcom rewrap``, for the operator alone.
        - ``+select`` for another ``db``, ``+time`` for the clock check of ``secure-xcom doctor``.
    """

    scheme = "redis"
    max_object_bytes = MAX_STRING_BYTES

    def __init__(self, server: Callable[[], Server], prefix: str = "", *, where: str) -> None:
        self._find_server = server
        self._prefix = f"{prefix}/" if prefix else ""
        self._where = where
        self._lock = threading.Lock()
        self._made: redis.Redis | None = None

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> RedisStore:
        """``redis://host:port/prefix`` and ``SERVER_PARAMS``, or ``redis:///prefix?conn_id=`` and ``ca_cert``.

        Raises ``ConfigurationError``, and ``ImportError`` when redis is not installed. No network is touched, and no
        connection is fetched.
        """
        server = _server_of(uri, identity)
        if not _PREFIX.fullmatch(uri.path):
            raise ConfigurationError("store: the prefix of redis:// takes letters, digits and _ . : = @ / - alone")
        if importlib.util.find_spec("redis") is None:
            raise ImportError("redis is not installed", name="redis")
        where = uri.authority or f"the connection {uri.params['conn_id']}"
        return cls(server, uri.path, where=where)

    def list_below(self, folder: str) -> None:
        """Ask for a first few names; no user that a Dag runs as should have SCAN, which knows no key patterns."""
        self._attempt(lambda: self._client().scan(match=f"{self._prefix}{folder}/*", count=1))

    def put_unprotected(self, name: str) -> bool:  # noqa: ARG002 - there is no such thing in Redis
        """Redis encrypts nothing itself."""
        return False

    def server_time(self) -> float:
        """Return Redis's time, which needs the right to TIME."""
        return float(self._attempt(lambda: self._client().time()[0]))

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:  # noqa: ARG002 - SCAN has no order
        """Ask for some 1,000 names at once, in no order: ``after`` is passed over, and a name may come twice.

        Needs ``+scan`` and ``+strlen``. Redis does not tell when an object was written.
        """
        cursor, names = self._attempt(lambda: self._page(folder, 0))
        while True:
            yield from names
            if not cursor:
                return
            cursor, names = self._attempt(lambda at=cursor: self._page(folder, at))  # type: ignore[misc]  # bound so

    def _page(self, folder: str, cursor: int) -> tuple[int, list[Listed]]:
        below = f"{self._prefix}{folder}/" if folder else self._prefix
        following, keys = self._client().scan(cursor, match=f"{below}*", count=_PAGE)
        asked = self._client().pipeline(transaction=False)
        for key in keys:
            asked.strlen(key)
        sizes = asked.execute(raise_on_error=False)
        names = [os.fsdecode(key).removeprefix(self._prefix) for key in keys]
        # STRLEN fails for a list or a hash, which somebody else has put there.
        pairs = zip(names, sizes, strict=True)
        return following, [Listed(name, size if isinstance(size, int) else UNKNOWN_SIZE) for name, size in pairs]

    def _stat(self, name: str) -> Listed:
        size = self._client().strlen(self._prefix + name)
        return Listed(name, size or len(self._get(name)))

    def _put(self, name: str, data: bytes | bytearray, expires: int) -> None:
        # An earlier try may have been carried out though its answer was lost: then what is there is this object.
        written = self._client().set(self._prefix + name, memoryview(data), nx=True, exat=expires or None)
        if not written and self._get(name) != data:
            raise StoreError("another object has this name, and none is ever overwritten", f"Redis at {self._where}")

    def _get(self, name: str) -> bytes:
        with translated(Exception, into=_not_ours):
            data = self._client().get(self._prefix + name)
        if not isinstance(data, bytes):
            raise ObjectNotFound(
                "the sealed object is not in Redis: it was purged, has expired, or was evicted or lost with a restart. "
                "Clear the task that pushed it",
                f"Redis at {self._where}",
            )
        return data

    def _head(self, name: str) -> Head:
        asked = self._client().pipeline(transaction=False)
        asked.strlen(self._prefix + name)
        asked.getrange(self._prefix + name, 0, HEAD_BYTES - 1)
        with translated(Exception, into=_not_ours):
            size, data = asked.execute()
        # To both, nothing there looks like an empty object.
        return Head(data, size) if size else Head.of(self._get(name))

    def _replace(self, name: str, old: Head, new: bytes, expires: int) -> bool:  # noqa: ARG002 - Redis knows it
        return bool(self._client().eval(_REPLACE, 1, self._prefix + name, old.data, old.size, new))

    def _delete(self, name: str) -> None:
        self._client().unlink(self._prefix + name)

    def _client(self) -> redis.Redis:
        with self._lock:
            self._made = self._made or self._find_server().client()
            return self._made

    def _diagnose(self, error: Exception) -> Diagnosis:
        where = f"Redis at {self._where}"
        # What Redis says in words is looked at and never repeated, since it quotes requests.
        said = _said(error)
        # An end that comes too early is the network's; whatever else OpenSSL finds stays as it is.
        if "(_ssl.c:" in said and "EOF occurred" not in said:
            return Diagnosis(fault=Fault.FAILED, where=where, code="no TLS", advice=_tls_advice(said))
        names = (said.partition(" ")[0], *(kind.__name__ for kind in type(error).__mro__))
        known = next((name for name in names if name in _FAULT_OF_NAME), None)
        if known is None:
            return Diagnosis.unknown(where, error)
        fault, advice = _FAULT_OF_NAME[known]
        return Diagnosis(fault=fault, where=where, code=known, advice=advice)


def _said(error: Exception) -> str:
    """Return what Redis said: of several requests at once, redis-py names the one that failed before it."""
    return str(error).rpartition(" of pipeline caused error: ")[2]


def _not_ours(error: Exception) -> Exception:
    """Say of a list or a hash, which somebody else has put there, what is said of a string of theirs."""
    problem = "the key holds something else than an object. Use a prefix that is secure-xcom's alone"
    return Tampered(problem) if _said(error).startswith("WRONGTYPE") else error


def _server_of(uri: AdapterUri, identity: Identity | None) -> Callable[[], Server]:
    conn_id = uri.params.get("conn_id")
    if conn_id is None:
        uri.require_params((*SERVER_PARAMS, "conn_id"), option="store")
        server = Server.of(uri)
        return lambda: server
    uri.require_params(("conn_id", "ca_cert"), option="store")
    if uri.authority:
        raise ConfigurationError("store: conn_id says where Redis is; leave the host away, as in redis:///prefix")
    if identity is None or identity.connections is None:
        raise ConfigurationError("store: conn_id needs a running task")
    connections, ca_cert = identity.connections, uri.params.get("ca_cert")
    return lambda: Server.behind(connections.connection(conn_id), conn_id, ca_cert=ca_cert)


def _tls_advice(said: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return "its certificate is not trusted for this host. Name its CA in ca_cert, and a host that it is made out to"
    return "Check that the port is one for TLS, and the files of ca_cert, client_cert and client_key"


_FAULTS: Final = (
    (
        Fault.UNAVAILABLE,
        "ConnectionError TimeoutError ReadOnlyError BUSY NOREPLICAS",
        "not reached, starting, failing over or overloaded. Check the network, port, ssl and client_cert, or try later",
    ),
    (
        Fault.UNAVAILABLE,
        "ClusterDownError TryAgainError CLUSTERDOWN MASTERDOWN TRYAGAIN",
        "its primary or its cluster is not there at the moment. Let the task retry",
    ),
    (
        Fault.UNAUTHENTICATED,
        "AuthenticationError AuthenticationWrongNumberOfArgsError AuthorizationError",
        "the worker's credentials are missing, or not accepted. Check username, password_file and REDISCLI_AUTH",
    ),
    (
        Fault.DENIED,
        "NoPermissionError",
        "this user's ACL does not allow it. Grant get, set and unlink below the Dag's prefix; select for another db",
    ),
    (
        Fault.FAILED,
        "OutOfMemoryError",
        "its maxmemory is used up, and it evicts nothing, rightly. Raise maxmemory, or set a ttl so that values expire",
    ),
    (
        Fault.FAILED,
        "AskError MovedError ASK MOVED",
        "a node of a Redis Cluster. Name a server, or a proxy, that answers for all keys",
    ),
    (Fault.TOO_LARGE, "Protocol", "larger than this Redis takes. Push less, or raise its proto-max-bulk-len"),
    (Fault.FAILED, "MISCONF", "it cannot write to its disk, and takes no more. Look into its log"),
    (Fault.FAILED, "ResponseError", "the request was refused. It must be Redis 6.2 or later, with GET, SET and UNLINK"),
)
"""By redis-py's class of exception, or the first word that Redis says where some version of redis-py has no class."""

_FAULT_OF_NAME: Final[Mapping[str, tuple[Fault, str]]] = {
    name: (fault, advice) for fault, names, advice in _FAULTS for name in names.split()
}
