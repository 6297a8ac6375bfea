"""``gs://``, ``abfs://`` and ``airflow+SCHEME://``: sealed objects wherever Airflow's ``ObjectStoragePath`` leads.

Airflow's providers make the client, with the credentials of an Airflow connection or of the worker's environment; this
module reads, writes and deletes whole objects with it. It asks for an object by its name and for nothing else: what a
client remembers of listings is never used, so that what another worker did is seen at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Final, TypeVar, cast

from secure_xcom.adapters.object_storage.client import StoragePath
from secure_xcom.adapters.object_storage.faults import diagnose, status_of
from secure_xcom.adapters.object_storage.place import ANY_SCHEME, DIRECTORIES, require_place
from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, ObjectTooLarge, StoreError, translated
from secure_xcom.ports.identity import Connections, Identity
from secure_xcom.ports.listing import UNKNOWN_SIZE, Level, Listed, seconds_of_moment, walk
from secure_xcom.ports.store import HEAD_BYTES, Head, Store
from secure_xcom.settings.uri import AdapterUri

TIMEOUT_SECONDS: Final = 120.0
"""For one operation with the client's own retries: some clients wait for five minutes and then try again. The largest
object needs 72 Mbit/s."""

T = TypeVar("T")

_CUSTOM_TIME: Final = ("gs", "gcs")


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
        require_place(uri)
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
        if self._protocol in DIRECTORIES:
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
            if status_of(error) != 416:
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
        return diagnose(error, self._place)

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
