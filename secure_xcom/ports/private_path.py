"""Which paths are private, and directories that are opened without following a link.

**The rule.** Three can change what lies at a private path: root, this process's user, and the members of its groups.
So of each directory from ``/`` down:

- Its owner is root or this user. A member of one of the process's groups may own it if that group may write to it, as
  in Airflow's image with a user id of your own and group 0.
- Others have no right to write, unless the directory is sticky, as ``/tmp`` is. What lies in a sticky one belongs to
  root or to this user.
- A group may write if it is root's or one of the process's.

A link on the way to what the settings name is followed if root or this user owns it, and where it leads is checked in
the same way: a Kubernetes secret is mounted behind such links. Below that, no link is followed.

Access control lists are seen as the rights of the group that they show as.
"""

from __future__ import annotations

import errno
import os
import shlex
import stat
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MODE: Final = 0o700
_MOST_LINKS: Final = 40
"""As many as Linux follows (Linux manual, path_resolution(7))."""

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def real_path(path: Path, what: str) -> Path:
    """Return where ``path`` leads, without a link in it. What is missing at its end stays as it is.

    Raises ``ConfigurationError``, which begins with ``what``, if others can change a directory above it; ``OSError``.
    """
    here, left, links = Path("/"), [*reversed((Path.cwd() / path).parts[1:])], 0
    is_shared = _require_directory(here, here.lstat(), what, is_above_shared=False)
    while left:
        name = left.pop()
        below = here.parent if name == ".." else here / name
        try:
            status = below.lstat()
        except FileNotFoundError:
            if ".." in left:
                raise
            return below.joinpath(*reversed(left))
        if stat.S_ISLNK(status.st_mode):
            links += 1
            _require_link(below, status, what, links)
            target = below.readlink()
            here, is_shared = (Path("/"), False) if target.is_absolute() else (here, is_shared)
            left.extend(part for part in reversed(target.parts) if part != "/")
        elif stat.S_ISDIR(status.st_mode):
            here, is_shared = below, _require_directory(below, status, what, is_above_shared=is_shared)
        else:
            # Its mode is checked when it is opened.
            if is_shared:
                _require_owner(below, status, what)
            here = below
    return here


def require_room(path: Path, what: str) -> None:
    """Raise ``OSError`` unless ``path`` is there, or it and the directories above it can be made.

    Nothing is left behind. Raises like ``real_path``, too.
    """
    import tempfile

    real = real_path(path, what)
    if real.exists():
        return
    nearest = next(above for above in real.parents if above.exists())
    # Modes do not say it all: root may write everywhere, and yet makes nothing in /proc or on a read-only disk.
    with tempfile.TemporaryDirectory(prefix=".tmp-", dir=nearest):
        pass


def make_private_directory(path: Path, what: str) -> None:
    """Make ``path`` and what is missing above it, each for this user alone. Raises like ``real_path``."""
    real = real_path(path, what)
    if real.is_dir():
        # To open it would need the right to list it.
        return
    there = next(above for above in (real, *real.parents) if above.exists())
    with private_directories(there, real.relative_to(there).parts, what, make=True):
        pass


@contextmanager
def private_directories(root: Path, below: Sequence[str], what: str, *, make: bool) -> Iterator[Sequence[int]]:
    """Open ``root`` and the directories ``below`` it, one in the other, and yield their descriptors.

    With ``make``, those below are made where they are missing, and never ``root``. Raises like ``real_path``.
    """
    real = real_path(root, what)
    with ExitStack() as stack:
        descriptors = [_opened(real, None, what, stack)]
        for name in below:
            real = real / name
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, _MODE, dir_fd=descriptors[-1])
            is_shared = bool(os.fstat(descriptors[-1]).st_mode & stat.S_ISVTX)
            descriptors.append(_opened(real, descriptors[-1], what, stack))
            _require_directory(real, os.fstat(descriptors[-1]), what, is_above_shared=is_shared)
        yield descriptors


def read_private_file(path: Path, what: str) -> bytes:
    """Return the content of a file that only this user, and root, can read and change.

    A file of root's may be read by one of the process's groups too, as a Kubernetes secret with ``fsGroup`` is. Raises
    like ``real_path``.
    """
    descriptor = os.open(real_path(path, what), _FILE)
    try:
        require_private_file(path, os.fstat(descriptor), what)
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read()
    finally:
        os.close(descriptor)


def require_private_file(path: Path, status: os.stat_result, what: str) -> None:
    """Raise ``ConfigurationError`` if the file belongs to another user, or others can read or change it."""
    own, mode = os.geteuid(), stat.S_IMODE(status.st_mode)
    _require_owner(path, status, what)
    is_lent = status.st_uid != own and status.st_gid in _groups()
    if mode & (0o037 if is_lent else 0o077):
        raise ConfigurationError(
            f"{what}: others on this machine can read {path} (mode {mode:04o}): "
            f"chmod {'640' if is_lent else '600'} {shlex.quote(str(path))}, and make a new key if others may have read "
            "it"
        )


def require_closed(path: Path, status: os.stat_result, what: str) -> None:
    """Raise ``ConfigurationError`` if others can write to the file or directory."""
    if changes := _open_to(status):
        raise ConfigurationError(
            f"{what}: others on this machine can change what is in {path} (mode {stat.S_IMODE(status.st_mode):04o}): "
            f"chmod {','.join(changes)} {shlex.quote(str(path))}"
        )


def _open_to(status: os.stat_result) -> list[str]:
    """Return what would take the right to write from others, and from a group that this process is not in."""
    others = ["o-w"] if status.st_mode & stat.S_IWOTH else []
    group = ["g-w"] if status.st_mode & stat.S_IWGRP and status.st_gid not in _groups() else []
    return others + group


def _opened(path: Path, above: int | None, what: str, stack: ExitStack) -> int:
    def no_directory(error: OSError) -> Exception:
        if error.errno not in (errno.ENOTDIR, errno.ELOOP):
            return error
        return ConfigurationError(f"{what}: a link or a file stands where a directory must be: remove {path}")

    with translated(OSError, into=no_directory):
        descriptor = os.open(path if above is None else path.name, _DIRECTORY, dir_fd=above)
    stack.callback(os.close, descriptor)
    return descriptor


def _require_directory(path: Path, status: os.stat_result, what: str, *, is_above_shared: bool) -> bool:
    """Raise ``ConfigurationError`` if others can change what is in a directory; return whether they can add to it."""
    mode = stat.S_IMODE(status.st_mode)
    if not mode & stat.S_ISVTX:
        require_closed(path, status, what)
    if is_above_shared or not (mode & stat.S_IWGRP and status.st_gid in _groups()):
        _require_owner(path, status, what)
    return bool(_open_to(status))


def _require_link(path: Path, status: os.stat_result, what: str, links: int) -> None:
    _require_owner(path, status, what)
    if links > _MOST_LINKS:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _require_owner(path: Path, status: os.stat_result, what: str) -> None:
    own = os.geteuid()
    if status.st_uid not in (0, own):
        raise ConfigurationError(
            f"{what}: user {status.st_uid}, who owns {path}, can change it, and this process runs as user {own}: "
            f"run it as user {status.st_uid}, or chown {own} {shlex.quote(str(path))}"
        )


def _groups() -> frozenset[int]:
    return frozenset((0, os.getegid(), *os.getgroups()))
