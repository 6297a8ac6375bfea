"""Where a command's output goes: standard output, or a file that appears whole."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import typer

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ports.private_file import write_private_file

Write = Callable[[str], None]

PRIVATE: Final = 0o600
READABLE: Final = 0o644
"""For metrics, which node_exporter reads as a user of its own."""

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def output(path: Path | None, mode: int = PRIVATE, option: str = "--output") -> Iterator[Write]:
    """Yield what writes a text: at once to standard output, or to a file that has its name when all is written.

    A file that is there stays as it was if anything fails. Raises ``ConfigurationError``.
    """
    if path is None:
        yield lambda text: typer.echo(text.encode(), nl=False)
        return
    with translated(OSError, into=lambda error: _unwritable(path, error, option)):
        temporary = path.with_name(f".tmp-{secrets.token_hex(8)}")
        descriptor = os.open(temporary, _NEW, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                # Whatever the umask is.
                os.fchmod(descriptor, mode)
                yield lambda text: _write(file.write, text)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                temporary.unlink()
            raise


def write_output(path: Path, content: bytes) -> None:
    """Replace a file in one step, readable by its owner alone. Raises ``ConfigurationError``, also where others can put
    another file in its place."""
    with translated(OSError, into=lambda error: _unwritable(path, error)):
        write_private_file(path, content, f"--output {path}: the file")


def require_writable(written: Mapping[str, Path | None]) -> None:
    """Raise ``ConfigurationError`` for a file that cannot be written, before the work whose result it takes."""
    for option, path in written.items():
        if path is not None and (problem := _problem_of(path)):
            raise _unwritable(path, OSError(problem, ""), option)


def _problem_of(path: Path) -> int:
    if not path.parent.is_dir():
        return errno.ENOENT
    if path.is_dir():
        return errno.EISDIR
    # A file is replaced, and a device is written to.
    return 0 if os.access(path.parent, os.W_OK) or os.access(path, os.W_OK) else errno.EACCES


def leave_closed_pipe() -> None:
    """Have Python write nothing more to a pipe whose reader is gone: its last flush would print an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(write: Callable[[bytes], object], text: str) -> None:
    write(text.encode())


def _unwritable(path: Path, error: OSError, option: str = "--output") -> ConfigurationError:
    return ConfigurationError(f"{option} {path}: the file cannot be written: {os.strerror(error.errno or 0)}")
