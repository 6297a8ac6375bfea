"""``Spool``: entries that the ledger did not take, on the worker's own disk until it does.

Each batch is a file of its own that appears whole. A crash between its append and its removal appends it twice: an
entry too many is better than one too few.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from secure_xcom.entry import Entry
from secure_xcom.ledger.rows import entry_of, row_of

_SUFFIX: Final = ".json"


class Spool:
    """A directory, for the worker's user alone. Safe to use from several processes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, entries: Sequence[Entry]) -> None:
        """Write a batch; it is durable when this returns. Raises ``OSError``."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = msgspec.json.encode([row_of(entry) for entry in entries])
        handle, temporary = tempfile.mkstemp(dir=self._directory, prefix=".tmp-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # The time comes first in the name, so that batches are replayed in their order.
        Path(temporary).rename(self._directory / f"{entries[0].at:016d}-{secrets.token_hex(8)}{_SUFFIX}")

    def replay(self, append: Callable[[Sequence[Entry]], None]) -> None:
        """Append what was kept, oldest first, and forget it; what ``append`` raises ends this, and nothing is lost."""
        for path in sorted(self._directory.glob(f"*{_SUFFIX}")):
            with _locked(path) as content:
                if content:
                    rows = msgspec.json.decode(content, type=list[dict[str, Any]])
                    append([entry_of(row) for row in rows])
                    path.unlink()


@contextmanager
def _locked(path: Path) -> Iterator[bytes]:
    """Yield the file's content, or nothing when another process has it or had it."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield b""
            return
        yield file.read() if path.exists() else b""
        return
    yield b""
