"""Files that one user alone can read and that appear whole, on this machine's disk.

A power cut leaves the old file or the new one. When a function returns, what it wrote is durable: the content is synced
before the file has its name, and the directory after that. All functions raise ``OSError``.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_DIRECTORY_MODE: Final = 0o700


def make_private_directory(path: Path) -> None:
    """Make ``path`` and what is missing above it; ``Path.mkdir`` would give the mode to the last one only."""
    if not path.is_dir():
        make_private_directory(path.parent)
        path.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)


def write_private_file(path: Path, content: bytes) -> None:
    """Write a file in a directory that is there, in the place of any other file of that name."""
    _write(path, content, Path.rename)


def create_private_file(path: Path, content: bytes) -> None:
    """As ``write_private_file``, but a file that is there stays: of processes that race, the first one's stands."""
    _write(path, content, _link)


def _write(path: Path, content: bytes, give_name: Callable[[Path, Path], object]) -> None:
    # mkstemp opens with 0600 and O_EXCL, so that neither a link is followed nor a file of somebody else's used.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        give_name(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _link(temporary: Path, path: Path) -> None:
    # link, unlike rename, replaces nothing.
    with suppress(FileExistsError):
        os.link(temporary, path)
    temporary.unlink()


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
