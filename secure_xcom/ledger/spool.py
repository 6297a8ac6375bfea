"""``Spool``: entries that the ledger did not take, on the worker's own disk until it does.

Each batch is a file of its own that appears whole. A crash between its append and its removal appends it twice: a
repeated entry is better than a lost one. What cannot be appended is set aside, so that it holds up nothing else.

Any process of the worker's user can drop a file here. So each entry has a proof under its domain's key, and is
recorded as unproved without one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from secure_xcom.errors import InvalidCoordinates, LedgerTampered, LedgerUnavailable, SecureXComError
from secure_xcom.ledger.rows import entry_of, row_of
from secure_xcom.model.entry import Entry
from secure_xcom.ports.private_file import write_private_file
from secure_xcom.ports.private_path import make_private_directory, real_path

SET_ASIDE: Final = ".rejected"
"""Ends the name of a batch that the ledger refuses, or of a file that cannot be read as one."""

SPOOL: Final = "spool"
"""The directory's name below ``$AIRFLOW_HOME/secure_xcom``."""

Append = Callable[[Sequence[Entry], Sequence[str]], None]
"""Appends entries with their proofs."""

_WHAT: Final = "the ledger's spool"
_SUFFIX: Final = ".json"
_MAX_BYTES: Final = 16 << 20


class _Kept(msgspec.Struct):
    row: dict[str, Any]
    proof: str


class Spool:
    """A directory, for the worker's user alone. Safe to use from several processes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._postponed: set[str] = set()

    def keep(self, entries: Sequence[Entry], proofs: Sequence[str]) -> None:
        """Write a batch with its proofs; it is durable when this returns.

        Raises ``OSError``, and ``ConfigurationError`` if others can change what is in the directory.
        """
        make_private_directory(self._directory, _WHAT)
        # The time comes first in the name, so that batches are replayed in their order.
        name = f"{entries[0].at:016d}-{secrets.token_hex(8)}{_SUFFIX}"
        kept = [_Kept(row=row_of(entry), proof=proof) for entry, proof in zip(entries, proofs, strict=True)]
        write_private_file(self._directory / name, msgspec.json.encode(kept), _WHAT)

    def count(self) -> tuple[int, int]:
        """Return how many batches wait, and how many were set aside. Raises ``ConfigurationError`` as ``keep`` does."""
        real_path(self._directory, _WHAT)
        waiting, rejected = (len(list(self._directory.glob(f"*{ending}"))) for ending in (_SUFFIX, SET_ASIDE))
        return waiting, rejected

    def replay(self, append: Append, warn: Callable[[str], None]) -> None:
        """Append what was kept, oldest first, and forget it.

        Raises ``LedgerUnavailable``, and ``ConfigurationError`` as ``keep`` does. What fails for a reason of its own is
        set aside, and ``warn`` tells; what fails for any other, such as a key that is out of reach, waits for another
        process.
        """
        try:
            for path in self._waiting():
                self._replay_one(path, append, warn)
        except OSError as error:
            warn(f"secure-xcom: the ledger's spool cannot be worked off: {error.strerror}")

    def _waiting(self) -> list[Path]:
        found = [path for path in sorted(self._directory.glob(f"*{_SUFFIX}")) if path.name not in self._postponed]
        if found:
            real_path(self._directory, _WHAT)
        # What could not be removed would be appended again and again.
        if found and not os.access(self._directory, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return found

    def _replay_one(self, path: Path, append: Append, warn: Callable[[str], None]) -> None:
        with _locked(path) as descriptor:
            match None if descriptor is None else _append(descriptor, append):
                case True:
                    path.unlink()
                case False:
                    warn(f"secure-xcom: {path.name} in the ledger's spool cannot be recorded, and is set aside")
                    path.rename(path.with_suffix(SET_ASIDE))
                case None:
                    self._postponed.add(path.name)


def _append(descriptor: int, append: Append) -> bool | None:
    """Append a batch, and return whether that was done; ``None`` when it may be later. Raises ``LedgerUnavailable``."""
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid():
        # Another user's workers will come for it.
        return None
    if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
        return False
    try:
        with os.fdopen(os.dup(descriptor), "rb") as file:
            kept = msgspec.json.decode(file.read(), type=list[_Kept])
        append([entry_of(one.row) for one in kept], [one.proof for one in kept])
    except LedgerUnavailable:
        raise
    except (InvalidCoordinates, LedgerTampered, ValueError, KeyError, RecursionError):
        return False
    except SecureXComError:
        return None
    return True


@contextmanager
def _locked(path: Path) -> Iterator[int | None]:
    """Yield a descriptor of the file, or nothing when another process has it or had it."""
    try:
        # Neither a link is followed nor a pipe waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        yield None
        return
    try:
        yield descriptor if _lock(descriptor) and path.exists() else None
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
