"""``file:///path``: sealed objects as files on one machine, or on a volume that all workers mount.

Directories are 0700 and files 0600, owned by the worker's user. Access between Dags is not controlled: every
process of that user reads every object, and only the key keeps its content apart.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, StoreError, StoreUnavailable
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.private_file import make_private_directory, write_private_file
from secure_xcom.ports.store import HEAD_BYTES, Head, Store
from secure_xcom.settings.uri import AdapterUri

_ATTEMPTS: Final = 10
_WHERE: Final = "the file store"


class FileStore(Store):
    """Keeps objects below ``root``; a write is atomic and durable (fsync) when it returns.

    Permissions:
        The worker's user owns ``root``, or may make it.
    """

    scheme = "file"

    def __init__(self, root: Path) -> None:
        self._root = root

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> FileStore:  # noqa: ARG003
        """``file:///absolute/path``, no parameters."""
        uri.require_params((), option="store")
        if uri.authority or not uri.path:
            raise ConfigurationError("store: file:// takes an absolute path, as in file:///var/lib/airflow/xcom")
        return cls(Path("/", uri.path))

    def is_made(self) -> bool:
        return self._root.is_dir()

    def _put(self, name: str, data: bytes, expires: int) -> None:  # noqa: ARG002
        path = self._root / name
        for _ in range(_ATTEMPTS):
            # A purge of another object may remove the directory, empty for now, between the steps.
            with suppress(FileNotFoundError):
                make_private_directory(path.parent)
                write_private_file(path, data)
                return
        raise StoreUnavailable("the file store's directory is being removed again and again")

    def _get(self, name: str) -> bytes:
        return self._read(name, -1).data

    def _head(self, name: str) -> Head:
        return self._read(name, HEAD_BYTES)

    def _read(self, name: str, count: int) -> Head:
        # Another user may have put a link or a pipe there: no link is followed, and no pipe waited for.
        descriptor = os.open(self._root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > self.max_object_bytes:
                raise StoreError("the file store holds something else than an object under this name")
            return Head(file.read(count), status.st_size)

    def _delete(self, name: str) -> None:
        path = self._root / name
        path.unlink(missing_ok=True)
        self._remove_empty(path.parent)

    def _remove_empty(self, directory: Path) -> None:
        """Remove directories that the object leaves empty, up to the root; another object in one ends it."""
        while directory != self._root:
            try:
                directory.rmdir()
            except OSError:
                return
            directory = directory.parent

    def _diagnose(self, error: Exception) -> Diagnosis:
        match error:
            case FileNotFoundError():
                fault, advice = Fault.NOT_FOUND, "the sealed object is not there: it was purged, or lies elsewhere"
            case PermissionError():
                fault, advice = Fault.DENIED, "the worker's user may not do this. Make that user the directory's owner"
            case OSError(errno=number) if number is not None:
                fault, advice = Fault.UNAVAILABLE, f"{os.strerror(number)}. Check the disk and the mount"
            case _:
                return Diagnosis.unknown(_WHERE, error)
        return Diagnosis(fault=fault, where=_WHERE, code=type(error).__name__, advice=advice)
