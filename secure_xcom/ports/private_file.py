"""Files that one user alone can read and that appear whole, on this machine's disk.

A power cut leaves the old file or the new one. When a function returns, what it wrote is durable: the content is synced
before the file has its name, and the directory after that. ``private_path`` says which directories are taken. All
functions raise ``OSError``; those that take a path, also ``ConfigurationError``, which begins with ``what``.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from secure_xcom.model.pieces import Pieces
from secure_xcom.ports.private_path import private_directories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
"""Neither is a link followed nor a file of somebody else's used."""


_TEMPORARY: Final = re.compile(r"\.tmp-[0-9a-f]{16}", re.ASCII)


def is_temporary(name: str) -> bool:
    """Whether a file's name is one that content has before it is whole; a process that is killed leaves it behind."""
    return _TEMPORARY.fullmatch(name) is not None


def write_private_file(path: Path, content: bytes, what: str) -> None:
    """Write a file in a directory that is there, in the place of any other file of that name."""
    with private_directories(path.parent, (), what, make=False) as (directory,):
        write_private_file_in(directory, path.name, content)


def create_private_file(path: Path, content: bytes, what: str) -> None:
    """As ``write_private_file``, but a file that is there stays: of processes that race, the first one's stands."""
    with private_directories(path.parent, (), what, make=False) as (directory,):
        _write(directory, path.name, content, _link)


def write_new_private_file(path: Path, content: bytes, what: str) -> None:
    """Write a file that is not there yet, under its own name from the first byte on.

    So a process that is stopped leaves the content nowhere else. Raises ``FileExistsError`` for any other file or link
    of that name, and removes the file if it cannot be written whole.
    """
    with private_directories(path.parent, (), what, make=False) as (directory,):
        _write_whole(directory, path.name, content)
        os.fsync(directory)


def write_private_file_in(directory: int, name: str, content: bytes | bytearray) -> None:
    """As ``write_private_file``, in the directory with this descriptor, which was opened as a private one."""
    _write(directory, name, content, _rename)


def replace_private_file_in(directory: int, name: str, content: bytes | bytearray, is_old: Callable[[], bool]) -> bool:
    """As ``write_private_file_in``, if ``is_old`` holds of what is there; return whether it did.

    Between the look and the write no other process does the same or holds ``locked(directory)``. ``is_old`` raises
    ``FileNotFoundError`` for a file that is gone.
    """

    class Changed(Exception):  # noqa: N818 - never leaves this function
        pass

    def rename_if_old(directory: int, temporary: str, name: str) -> None:
        with locked(directory):
            if not is_old():
                raise Changed
            _rename(directory, temporary, name)

    with suppress(Changed, FileNotFoundError):
        _write(directory, name, content, rename_if_old)
        return True
    return False


@contextmanager
def locked(directory: int) -> Iterator[None]:
    """Hold the lock of a directory with this descriptor; where the file system has no such lock, hold nothing.

    NFS locks no directory. A process that is killed holds nothing any more.
    """
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    # The descriptor is closed soon, which ends the lock; ended here, the next one need not wait for that.
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(directory, fcntl.LOCK_UN)


_PIECE: Final = 1 << 20
"""Bytes that are written at once. One write of 29 MB took 100 ms on ext4 under Linux 6, and 28 of these took 10."""

_NO_LOCKS: Final = (errno.EBADF, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def _write(directory: int, name: str, content: bytes | bytearray, give_name: Callable[[int, str, str], None]) -> None:
    temporary = f".tmp-{os.urandom(8).hex()}"
    _write_whole(directory, temporary, content)
    try:
        give_name(directory, temporary, name)
    except BaseException:
        with suppress(FileNotFoundError):
            _unlink(directory, temporary)
        raise
    os.fsync(directory)


def _write_whole(directory: int, name: str, content: bytes | bytearray) -> None:
    descriptor = os.open(name, _NEW, 0o600, dir_fd=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in Pieces((content,)).segments(_PIECE):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(FileNotFoundError):
            _unlink(directory, name)
        raise


def _rename(directory: int, temporary: str, name: str) -> None:
    os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)


def _link(directory: int, temporary: str, name: str) -> None:
    # link, unlike rename, replaces nothing.
    with suppress(FileExistsError):
        os.link(temporary, name, src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=False)
    _unlink(directory, temporary)


def _unlink(directory: int, name: str) -> None:
    os.unlink(name, dir_fd=directory)
