"""``gs://``, ``abfs://`` and ``airflow+SCHEME://``: sealed objects wherever Airflow's ``ObjectStoragePath`` leads.

Airflow's providers make the client, with the credentials of an Airflow connection or of the worker's environment; this
module reads, writes and deletes whole objects with it. It asks for an object by its name and for nothing else: what a
client remembers of listings is never used, so that what another worker did is seen at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, Protocol, TypeVar, cast

from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, ObjectTooLarge, StoreError, translated
from secure_xcom.model.domain import MAX_PREFIX_BYTES
from secure_xcom.ports.identity import Connections, Identity
from secure_xcom.ports.listing import UNKNOWN_SIZE, Level, Listed, seconds_of_moment, walk
from secure_xcom.ports.store import HEAD_BYTES, Head, Store
from secure_xcom.settings.uri import AdapterUri

ANY_SCHEME: Final = "airflow+"
"""Stands before a scheme that Airflow knows and that has no name of its own here."""

TIMEOUT_SECONDS: Final = 120.0
"""For one operation with the client's own retries: some clients wait for five minutes and then try again. The largest
object needs 72 Mbit/s."""

T = TypeVar("T")

_BUCKETS: Final = ("gs", "gcs", "abfs", "abfss")
_CUSTOM_TIME: Final = ("gs", "gcs")
_DIRECTORIES: Final = ("file", "local")
"""Where a put must make directories first. Other schemes have no directories, and making one could make a bucket."""

_BUCKET: Final = re.compile(r"[a-z0-9$][a-z0-9._-]{2,221}", re.ASCII)
_PATH: Final = re.compile(r"[A-Za-z0-9._~=+/-]*", re.ASCII)


class FileSystem(Protocol):
    """What is used of an fsspec file system. Its options are those of one implementation or another."""

    async_impl: bool

    def pipe_file(self, path: str, value: bytes, **options: object) -> object:
        """Write an object."""

    def cat_file(self, path: str, **options: object) -> bytes:
        """Return an object's bytes up to ``end``."""

    def ls(self, path: str, detail: bool) -> Sequence[Mapping[str, object]]:
        """Tell of what lies directly in a folder."""

    def info(self, path: str) -> Mapping[str, object]:
        """Tell of an object."""

    def invalidate_cache(self, path: str | None = None) -> object:
        """Forget what was listed."""

    def size(self, path: str) -> int:
        """Return an object's size in bytes."""

    def rm_file(self, path: str, **options: object) -> object:
        """Delete an object."""

    def makedirs(self, path: str, exist_ok: bool) -> object:
        """Make a directory, and those above it."""


class StoragePath(Protocol):
    """What is used of an ``ObjectStoragePath``: its file system, and where it leads there."""

    @property
    def fs(self) -> FileSystem:
        """The file system, with its credentials."""

    @property
    def path(self) -> str:
        """The path in the file system, which begins with the bucket."""


class ObjectStorage(Store):
    """Keeps objects below a path of Airflow's; one request for each operation on ``gs://`` and ``abfs://``.

    There a put is durable when it returns, and an object is there whole or not at all. Of other schemes nobody promises
    that; an object that was cut is refused when it is opened.

    Permissions, of the connection's identity, on the objects below the prefix:
        - Google: ``storage.objects.create``, ``storage.objects.get`` and ``storage.objects.delete``. A put that is
          tried again replaces its own object, which takes the last one too.
        - Azure: reading, writing and deleting blobs, as in the role Storage Blob Data Contributor.
        - Any other: reading, writing and deleting objects. Listing is not needed.
    """

    def __init__(self, scheme: str, authority: str, prefix: str, connections: Connections, conn_id: str | None) -> None:
        self.scheme = scheme
        self._protocol = scheme.removeprefix(ANY_SCHEME)
        self._place = f"{self._protocol}://{authority}"
        self._prefix = prefix
        self._connections = connections
        self._conn_id = conn_id

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> ObjectStorage:
        """``gs://bucket/prefix``, ``abfs://container/prefix``, ``airflow+SCHEME://...``; parameter ``conn_id``.

        Asks Airflow for nothing. Raises ``ConfigurationError``.
        """
        uri.require_params(("conn_id",), option="store")
        _require_place(uri)
        if uri.params.get("conn_id") == "":
            raise ConfigurationError("store: conn_id: names no connection; leave it away for the worker's environment")
        if identity is None or identity.connections is None:
            raise ConfigurationError(f"store: {uri.scheme}:// is reached through Airflow, and needs a running task")
        return cls(uri.scheme, uri.authority, uri.path, identity.connections, uri.params.get("conn_id"))

    @cached_property
    def _root(self) -> StoragePath:
        # Airflow may ask the cloud for credentials already here, so this waits for the first operation.
        uri = f"{self._place}/{self._prefix}"
        return cast("StoragePath", self._connections.storage_path(uri, self._conn_id))

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        """Ask for one folder at a time, which needs the right to list; nothing of the answer is remembered."""
        return walk(lambda below: self._attempt(lambda: self._level(below)), folder, after)

    def _level(self, folder: str) -> Level:
        path = self._path(folder).rstrip("/")
        try:
            entries = self._fresh(lambda: self._root.fs.ls(path, detail=True))
        except Exception as error:
            if self._diagnose(error).fault is not Fault.NOT_FOUND:
                raise
            return Level()
        above = f"{folder}/" if folder else ""
        # A client may list the folder itself, as an object of no bytes.
        found = [(last, entry) for entry in entries if (last := _last_segment(entry)) and _path_of(entry) != path]
        objects = [_listed(above + last, entry) for last, entry in found if entry.get("type") != "directory"]
        return Level(objects, [last for last, entry in found if entry.get("type") == "directory"])

    def _stat(self, name: str) -> Listed:
        return _listed(name, self._fresh(lambda: self._root.fs.info(self._path(name))))

    def _fresh(self, ask: Callable[[], T]) -> T:
        """Ask the cloud and not what its client remembers, before and after."""
        self._root.fs.invalidate_cache()
        try:
            return ask()
        finally:
            self._root.fs.invalidate_cache()

    def _put(self, name: str, data: bytes | bytearray, expires: int) -> None:
        path = self._path(name)
        with translated(Exception, into=self._refused_put):
            # Not all of fsspec's file systems take another buffer.
            self._write(path, bytes(data), expires)

    def _write(self, path: str, data: bytes, expires: int) -> None:
        if self._protocol in _DIRECTORIES:
            self._root.fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        # A fresh name is never another object's; what it replaces is an earlier try of this very put.
        self._root.fs.pipe_file(path, data, **self._patience(), **self._lifetime(expires))

    def _get(self, name: str) -> bytes:
        limit = self.max_object_bytes
        data = self._beginning(name, limit + 1)
        if len(data) > limit:
            raise ObjectTooLarge(f"the object has more than {limit} bytes: this store has not written it")
        return data

    def _head(self, name: str) -> Head:
        data = self._beginning(name, HEAD_BYTES + 1)
        # Only what goes on needs a second request: an answer to the first one does not tell the whole size.
        size = len(data) if len(data) <= HEAD_BYTES else self._root.fs.size(self._path(name))
        return Head(data[:size], size)

    def _beginning(self, name: str, count: int) -> bytes:
        try:
            return self._root.fs.cat_file(self._path(name), end=count, **self._patience())
        except Exception as error:
            # No range of an empty object can be had (RFC 9110, section 15.5.17).
            if _status(error) != 416:
                raise
            return b""

    def _replace(self, name: str, old: Head, new: bytes, expires: int) -> bool:
        """Compare, and then write: fsspec has no conditional write.

        What is deleted in between, within milliseconds, comes back as an object without a row, which is an orphan.
        """
        try:
            now = self._head(name)
        except Exception as error:
            if self._diagnose(error).fault is not Fault.NOT_FOUND:
                raise
            return False
        if (now.data, now.size) != (old.data, old.size):
            return False
        self._write(self._path(name), new, expires)
        return True

    def _delete(self, name: str) -> None:
        try:
            self._root.fs.rm_file(self._path(name), **self._patience())
        except Exception as error:
            if self._diagnose(error).fault is not Fault.NOT_FOUND:
                raise

    def _path(self, name: str) -> str:
        return f"{self._root.path.rstrip('/')}/{name}"

    def _patience(self) -> Mapping[str, object]:
        return {"timeout": TIMEOUT_SECONDS} if self._root.fs.async_impl else {}

    def _lifetime(self, expires: int) -> Mapping[str, object]:
        if not expires or self._protocol not in _CUSTOM_TIME:
            return {}
        moment = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"fixed_key_metadata": {"custom_time": moment}}

    def _diagnose(self, error: Exception) -> Diagnosis:
        fault, code = _told(error)
        return Diagnosis(fault=fault, where=self._place, code=code, advice=_ADVICE[fault])

    def _refused_put(self, error: Exception) -> Exception:
        """Say what a put did not find: only the bucket can be missing. Any other failure goes on to the port."""
        if self._diagnose(error).fault is not Fault.NOT_FOUND:
            return error
        return StoreError(f"there is no {self._place}: create it, or set [secure_xcom] store to the one there is")


def _path_of(entry: Mapping[str, object]) -> str:
    return str(entry["name"]).rstrip("/")


def _last_segment(entry: Mapping[str, object]) -> str:
    return _path_of(entry).rpartition("/")[2]


def _listed(name: str, entry: Mapping[str, object]) -> Listed:
    size = entry.get("size")
    written = next((entry[key] for key in _TIMES if entry.get(key)), None)
    return Listed(name, size if isinstance(size, int) else UNKNOWN_SIZE, seconds_of_moment(written))


_TIMES: Final = ("last_modified", "LastModified", "mtime", "updated", "created")
"""What clients call the time at which an object was written."""


def _require_place(uri: AdapterUri) -> None:
    """Raise ``ConfigurationError`` for a place that a client could take for another one."""
    protocol, example = uri.scheme.removeprefix(ANY_SCHEME), f"{uri.scheme}://my-bucket/airflow/xcom"
    if protocol in _BUCKETS and not _BUCKET.fullmatch(uri.authority):
        raise ConfigurationError(f"store: {uri.scheme}:// takes a bucket or container and a prefix, as in {example}")
    if protocol in _DIRECTORIES and (uri.authority or not uri.path):
        raise ConfigurationError(f"store: {uri.scheme}:// takes an absolute path, as in {uri.scheme}:///mnt/xcom")
    if not protocol or not (uri.authority or uri.path):
        raise ConfigurationError(f"store: {ANY_SCHEME}SCHEME:// takes a place, as in {ANY_SCHEME}oss://my-bucket/xcom")
    if not _PATH.fullmatch(f"{uri.authority.removeprefix('$')}/{uri.path}"):
        raise ConfigurationError(
            f"store: {uri.scheme}:// takes letters, digits and . _ ~ = + - in its prefix: one client or another "
            "takes other characters for a version, a query or a connection"
        )
    if len(uri.path) > MAX_PREFIX_BYTES:
        raise ConfigurationError(
            f"store: the prefix has {len(uri.path)} bytes, and the limit of object storage for a name leaves "
            f"{MAX_PREFIX_BYTES}: shorten it"
        )


_FAULT_OF_STATUS: Final[Mapping[int, Fault]] = {
    401: Fault.UNAUTHENTICATED,
    403: Fault.DENIED,
    404: Fault.NOT_FOUND,
    **dict.fromkeys((408, 429, 500, 502, 503, 504), Fault.UNAVAILABLE),
}

_FAULT_OF_TYPE: Final[Mapping[str, Fault]] = {
    # Each stands for its subclasses too; the nearest one counts.
    "aiohttp.ClientError": Fault.UNAVAILABLE,
    "azure.ClientAuthenticationError": Fault.UNAUTHENTICATED,
    "azure.IncompleteReadError": Fault.UNAVAILABLE,
    "azure.ServiceRequestError": Fault.UNAVAILABLE,
    "azure.ServiceResponseError": Fault.UNAVAILABLE,
    "builtins.ConnectionError": Fault.UNAVAILABLE,
    "builtins.FileNotFoundError": Fault.NOT_FOUND,
    "builtins.PermissionError": Fault.DENIED,
    "builtins.TimeoutError": Fault.UNAVAILABLE,
    "gcsfs.ChecksumError": Fault.UNAVAILABLE,
    "google.GoogleAuthError": Fault.UNAUTHENTICATED,
    "google.TransportError": Fault.UNAVAILABLE,
    "requests.RequestException": Fault.UNAVAILABLE,
}
"""By package and class, so that no client is imported to look at its errors."""

_ADVICE: Final[Mapping[Fault, str]] = {
    Fault.DENIED: "refused. Grant the connection's identity reading, writing and deleting objects below the prefix",
    Fault.UNAUTHENTICATED: (
        "no credentials that it takes: none, expired or wrong. Check the connection of conn_id, or the environment"
    ),
    Fault.NOT_FOUND: (
        "the sealed object is not there: purged, or removed by a lifecycle rule. Clear the task that pushed it"
    ),
    Fault.UNAVAILABLE: (
        "not reached or overloaded. Check the network and the connection's endpoint, or let the task retry"
    ),
    Fault.FAILED: "the request failed. Check [secure_xcom] store and the connection that it names",
}


def _told(error: Exception) -> tuple[Fault, str]:
    """Tell what a client's failure means, and its status or its name. Its text is never repeated: it quotes answers."""
    status = _status(error)
    types = [f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).mro()]
    code = f"HTTP {status}" if status else type(error).__name__
    # Azure answers 403 to a wrong key too, and only its client tells the two apart.
    if status in _FAULT_OF_STATUS and "azure.ClientAuthenticationError" not in types:
        return _FAULT_OF_STATUS[status], code
    return next((_FAULT_OF_TYPE[name] for name in types if name in _FAULT_OF_TYPE), Fault.FAILED), code


def _status(error: Exception) -> int:
    """Return the HTTP status of an answer, 0 for no answer. The clients of Azure, aiohttp and Google name it so."""
    for name in ("status_code", "status", "code"):
        value = str(getattr(error, name, ""))
        if re.fullmatch("[1-5][0-9]{2}", value, re.ASCII):
            return int(value)
    # gcsfs raises a bare OSError for this one status.
    return 403 if type(error) is OSError and str(error).startswith("Forbidden") else 0
