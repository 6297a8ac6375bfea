"""``ParquetProcess``: has Parquet of anybody's read in another process, which ``payload.parquet_child`` is.

That process is begun by the first request, and anew after one that it did not survive. It ends with this one.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from contextlib import suppress
from threading import Lock, Timer
from typing import IO, TYPE_CHECKING, Final, cast

from secure_xcom.payload.parquet_child import CONTENTS, ROWS, SIZE

if TYPE_CHECKING:
    from secure_xcom.model.value import JSON

_CHILD: Final = "secure_xcom.payload.parquet_child"

_SECONDS: Final = 20
"""The time that one request may take: the largest row needs a few seconds."""

_LARGEST_ANSWER: Final = 256 << 20
"""Bytes of JSON."""


class ParquetProcess:
    """Safe to use from several threads: their requests wait for one another."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._of_parent: subprocess.Popen[bytes] | None = None

    def contents(self, data: bytes) -> tuple[list[str], list[JSON]] | None:
        """Return a data frame's names and its cells but for numbers; ``None`` if they cannot be had."""
        found = self._asked(CONTENTS, data)
        return None if found is None else (cast("list[str]", found[0]), cast("list[JSON]", found[1]))

    def rows(self, data: bytes) -> list[JSON] | None:
        """Return a data frame's rows; ``None`` if they cannot be had."""
        return self._asked(ROWS, data)

    def end(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with process:
                pass

    def renew(self) -> None:
        """Let go of the process of the one that this process was forked from."""
        self._lock = Lock()
        # It is kept, since Python would warn that what it lets go of is running, and its pipes open.
        self._of_parent, self._process = self._process, None

    def _asked(self, kind: bytes, data: bytes) -> list[JSON] | None:
        with self._lock:
            if self._process is None:
                self._process = _begun()
            answer = None
            try:
                answer = _answer_of(self._process, kind, data)
            finally:
                # Also if this one is interrupted: the next request must not be given the answer of an earlier one.
                if answer is None:
                    self.end()
        return json.loads(answer) if answer else None


def _begun() -> subprocess.Popen[bytes]:
    # The settings of this process are kept from it, and a traceback of its might quote a cell.
    return subprocess.Popen(  # noqa: S603 - this interpreter, and a module of ours
        [sys.executable, "-m", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LANG": "C.UTF-8"},
        cwd="/",
    )


def _answer_of(process: subprocess.Popen[bytes], kind: bytes, data: bytes) -> bytes | None:
    """Return an answer, ``None`` for a process that has ended, takes too long or answers too much."""
    timer = Timer(_SECONDS, process.kill)
    timer.start()
    try:
        with suppress(BrokenPipeError):
            _stream(process.stdin).write(kind + len(data).to_bytes(SIZE) + data)
            _stream(process.stdin).flush()
        stream = _stream(process.stdout)
        size = stream.read(SIZE)
        length = int.from_bytes(size)
        answer = stream.read(length) if len(size) == SIZE and length <= _LARGEST_ANSWER else None
    finally:
        timer.cancel()
    return answer if answer is not None and len(answer) == length else None


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - both are pipes
    return stream


PARQUET: Final = ParquetProcess()
"""The one that this process has. A process that is forked from it has one of its own."""

os.register_at_fork(after_in_child=PARQUET.renew)
atexit.register(PARQUET.end)
