"""``file:///path``: sealed objects as files on one machine, or on a volume that all workers mount.

Directories are 0700 and files 0600, owned by the worker's user. Nothing below the root is reached through a link, and
``ports.private_path`` says which directories are taken. Access between Dags is not controlled: every process
of that user reads every object, and only the key keeps its content apart.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from secure_xcom.errors import (
    ConfigurationError,
    Diagnosis,
    Fault,
    StoreDenied,
    StoreError,
    StoreUnavailable,
    translated,
)
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.listing import Level, Listed, walk
from secure_xcom.ports.private_file import is_temporary, locked, replace_private_file_in, write_private_file_in
from secure_xcom.ports.private_path import make_private_directory, private_directories, real_path, require_room
from secure_xcom.ports.store import HEAD_BYTES, Head, Store
from secure_xcom.settings.uri import AdapterUri

_ATTEMPTS: Final = 10
_OPTION: Final = "store: the file store"


class FileStore(Store):
    """Keeps objects below ``root``; a write is atomic and durable (fsync) when it returns.

    Permissions:
        The worker's user owns ``root``, or may make it.
    """

    scheme = "file"
    near = True

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
        """Whether the directory is there. Raises ``StoreDenied`` if it cannot be made."""
        with translated(OSError, into=self._cannot_be_made):
            require_room(self._root, _OPTION)
        return real_path(self._root, _OPTION).is_dir()

    def _cannot_be_made(self, error: OSError) -> StoreDenied:
        return StoreDenied(f"the file store {self._root} cannot be made: {os.strerror(error.errno or 0)}")

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        """Look into one directory at a time. A link, a pipe and the like are yielded and never followed."""
        return walk(lambda below: self._attempt(lambda: self._level(below)), folder, after)

    def _level(self, folder: str) -> Level:
        try:
            with self._directories_of(f"{folder}/" if folder else "", make=False) as directories:
                return _level_of(directories[-1], f"{folder}/" if folder else "")
        except FileNotFoundError:
            return Level()

    def _stat(self, name: str) -> Listed:
        with self._directories_of(name, make=False) as directories:
            status = os.stat(_file_of(name), dir_fd=directories[-1], follow_symlinks=False)
        return Listed(name, status.st_size, status.st_mtime)

    def _put(self, name: str, data: bytes | bytearray, expires: int) -> None:  # noqa: ARG002
        for _ in range(_ATTEMPTS):
            # A purge of another object may remove the directory, empty for now, between the steps.
            with suppress(FileNotFoundError):
                make_private_directory(self._root, _OPTION)
                with self._directories_of(name, make=True) as directories:
                    write_private_file_in(directories[-1], _file_of(name), data)
                return
        raise StoreUnavailable("the file store's directory is being removed again and again")

    def _get(self, name: str) -> bytes:
        return self._read(name, -1).data

    def _head(self, name: str) -> Head:
        return self._read(name, HEAD_BYTES)

    def _read(self, name: str, count: int) -> Head:
        with self._directories_of(name, make=False) as directories:
            # Another process may have put a link or a pipe there: no link is followed, and no pipe waited for.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(_file_of(name), flags, dir_fd=directories[-1])
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > self.max_object_bytes:
                raise StoreError("the file store holds something else than an object under this name")
            return Head(file.read(count), status.st_size)

    def _replace(self, name: str, old: Head, new: bytes, expires: int) -> bool:  # noqa: ARG002
        """Replace under the directory's lock, which a delete takes too.

        On a file system without such locks, such as NFS, what is deleted at the same moment may come back as an orphan.
        """
        with suppress(FileNotFoundError), self._directories_of(name, make=False) as directories:
            return replace_private_file_in(
                directories[-1],
                _file_of(name),
                new,
                lambda: self._read(name, len(old.data)) == Head(old.data, old.size),
            )
        return False

    def _delete(self, name: str) -> None:
        with suppress(FileNotFoundError), self._directories_of(name, make=False) as directories:
            with suppress(FileNotFoundError), locked(directories[-1]):
                os.unlink(_file_of(name), dir_fd=directories[-1])
            _remove_empty(name.split("/")[:-1], directories)

    @contextmanager
    def _directories_of(self, name: str, *, make: bool) -> Iterator[Sequence[int]]:
        with private_directories(self._root, name.split("/")[:-1], _OPTION, make=make) as directories:
            yield directories

    def _diagnose(self, error: Exception) -> Diagnosis:
        where = f"the file store {self._root}"
        match error:
            case FileNotFoundError():
                fault, advice = Fault.NOT_FOUND, "the sealed object is not there: it was purged, or lies elsewhere"
            case PermissionError():
                fault, advice = Fault.DENIED, "the worker's user may not do this. Make that user the directory's owner"
            case OSError(errno=number) if number is not None:
                fault, advice = Fault.UNAVAILABLE, f"{os.strerror(number)}. Check the disk and the mount"
            case _:
                return Diagnosis.unknown(where, error)
        return Diagnosis(fault=fault, where=where, code=type(error).__name__, advice=advice)


def _level_of(directory: int, folder: str) -> Level:
    objects, folders = [], []
    with os.scandir(directory) as entries:
        for entry in entries:
            # What is purged while we look is not there.
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                # Nothing of ours lies in a directory of another user's, such as a volume's lost+found.
                if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid():
                    folders.append(entry.name)
                else:
                    unfinished = is_temporary(entry.name) and stat.S_ISREG(status.st_mode)
                    objects.append(Listed(folder + entry.name, status.st_size, status.st_mtime, unfinished))
    return Level(objects, folders)


def _file_of(name: str) -> str:
    return name.rpartition("/")[2]


def _remove_empty(names: Sequence[str], directories: Sequence[int]) -> None:
    """Remove directories that an object leaves empty, and never the root; another object in one ends it."""
    with suppress(OSError):
        for name, above in zip(reversed(names), reversed(directories[:-1]), strict=True):
            os.rmdir(name, dir_fd=above)
