"""``LogFiles``: the files below the folder of task logs, in pieces. No link out of the folder is followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from secure_xcom.errors import translated
from secure_xcom.ops.audit.finding import State
from secure_xcom.ops.audit.scan.log_text import (
    BEYOND,
    OTHER_ENCODING,
    PACKED,
    LogReader,
    Readable,
    is_in_another_encoding,
    text_of_log,
)
from secure_xcom.ops.audit.scan.sources import Batch, Column, Cursor, Form, Row, Unscannable

NAME: Final = "task log"

_PIECE: Final = 1024 * 1024
"""Bytes that are read at once. A piece ends where a line does, and has twice as many at most."""

_SEARCHED_TWICE: Final = 64 * 1024
"""Bytes of a longer line that are searched once more with its next piece."""

CUT: Final = "a line longer than 1 MiB, searched in pieces"

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "
"""What a key in PEM stands between (RFC 7468): it may have many lines."""

_COLUMNS: Final = (Column(name="lines", form=Form.LOG),)

_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""Neither is a link followed, nor does a pipe keep the scan waiting."""


class LogFile(NamedTuple):
    """A file by its path below the folder of logs, its size, and when it was changed, 0.0 if nobody knows."""

    path: str
    size: int
    changed: float


class LogSource:
    """What all sources of logs share. ``dags`` and ``since`` narrow them by the names of folders and by time."""

    def __init__(self, name: str, dags: Sequence[str], since: datetime | None) -> None:
        self._dags = frozenset(dags)
        self._since = since.timestamp() if since else 0.0
        self.name = name
        self.columns: Sequence[Column] = _COLUMNS
        self.is_named = False
        self.is_told_by_name = False
        self.shortfall = ""

    def _is_wanted(self, path: str) -> bool:
        return not self._dags or ids_of(path).get("dag_id") in self._dags


class LogFiles(LogSource):
    """Implements ``sources.Scannable``. Names are read as they come, so a million files need no memory.

    A file is read to the size that it had when it was opened: one that grows has an end all the same. ``dags`` and
    ``since`` narrow it by the names of folders, and by when a file was changed last.
    """

    def __init__(self, root: Path | None, dags: Sequence[str] = (), since: datetime | None = None) -> None:
        super().__init__(NAME, dags, since)
        self._root = root

    def total(self) -> int | None:
        """Answer ``None``: counting takes as long as reading the folders. Raises ``Unscannable``."""
        absent = Unscannable("there is no folder of logs on this machine", State.ABSENT)
        if self._root is None:
            raise absent
        # Path.is_dir, from Python 3.14 on, says that a folder is absent if one above it may not be read.
        with translated(OSError, into=_unreachable):
            with translated(FileNotFoundError, into=lambda _: absent):
                self._root.lstat()
            # A link that leads nowhere is no sign that there are no logs.
            status = self._root.stat()
        if not stat.S_ISDIR(status.st_mode):
            raise Unscannable("what the settings name as the folder of logs is no folder")
        return None

    def batches(self, after: Cursor | None) -> Iterator[Batch]:  # noqa: ARG002 - folders have no order to go on by
        """Yield the files in pieces."""
        waiting = [(os.fspath(self._root), "")] if self._root else []
        while waiting:
            folder, below = waiting.pop()
            for name, entry in _listed(folder):
                path = f"{below}/{name}" if below else name
                if entry is None:
                    yield passed_over("a folder that cannot be read")
                elif entry.is_symlink():
                    if self._leads_out(entry.path):
                        yield passed_over("a symbolic link out of the folder")
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, path))
                elif self._is_wanted(path):
                    yield from self._file(entry.path, path)

    def _leads_out(self, link: str) -> bool:
        # What a link within the folder leads to is read where it is, as the newest day of the Dag processor's logs.
        return self._root is None or not Path(os.path.realpath(link)).is_relative_to(os.path.realpath(self._root))

    def _file(self, path: str, below: str) -> Iterator[Batch]:
        try:
            descriptor = os.open(path, _OPEN)
        except OSError:
            yield passed_over("a file that cannot be read")
            return
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                yield passed_over("a pipe or a device")
            elif status.st_mtime >= self._since:
                yield from pieces(file, LogFile(below, status.st_size, status.st_mtime))


def pieces(file: Readable, known: LogFile) -> Iterator[Batch]:
    """Yield a file in pieces, to the size that it had when it was opened."""
    # The client of a cloud has exceptions of its own.
    try:
        reader = LogReader(file, known.size, _PIECE)
    except Exception:
        yield passed_over("a file that cannot be read")
        return
    if reader.is_packed:
        yield passed_over(PACKED)
        return
    try:
        yield from _pieces(reader, _row_of(known))
        goes_on = reader.goes_on()
    except Exception:
        yield passed_over("the rest of a file that cannot be read")
        return
    if goes_on:
        yield passed_over(BEYOND)


def _pieces(reader: LogReader, row: Row) -> Iterator[Batch]:
    line, is_first, is_within, is_foreign, left, rest = 1, True, False, False, reader.size, b""
    while is_first or left or rest:
        read = reader.read(min(_PIECE, left)) if left else b""
        left = left - len(read) if read else 0
        piece, rest = _cut(rest + read, is_last=not left)
        is_cut = bool(left) and bool(piece) and not piece.endswith(b"\n")
        reasons = [CUT] if is_cut and not is_within else []
        if not is_foreign and is_in_another_encoding(piece):
            is_foreign = True
            reasons.append(OTHER_ENCODING)
        # Of a line that was cut, the beginning comes once more with the rest: its number is the same.
        yield Batch(
            rows=[(*row, text_of_log(piece))],
            first_line=line,
            counts=int(is_first),
            passed_over=dict.fromkeys(reasons, 1),
        )
        line += piece.count(b"\n")
        is_first, is_within = False, is_cut


def _cut(data: bytes, *, is_last: bool) -> tuple[bytes, bytes]:
    """Return what is searched now, which ends with a line, and what is searched with the next piece."""
    if is_last:
        return data, b""
    begun = data.rfind(_BEGIN, max(0, len(data) - _SEARCHED_TWICE))
    if begun >= 0 and data.find(_END, begun) < 0 and (line := data.rfind(b"\n", 0, begun) + 1):
        # A private key is known by both its ends.
        return data[:line], data[line:]
    if end := data.rfind(b"\n") + 1:
        return data[:end], data[end:]
    return (data, data[-_SEARCHED_TWICE:]) if len(data) > _PIECE else (b"", data)


def _listed(folder: str) -> Iterator[tuple[str, os.DirEntry[str] | None]]:
    """Yield what lies in a folder, and ``None`` where it cannot be listed, or no further."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                # A file system that tells no kinds is asked for it here, and may refuse.
                entry.is_dir(follow_symlinks=False)
                yield entry.name, entry
    except OSError:
        yield "", None


def _unreachable(error: Exception) -> Unscannable:
    """Return that the folder may be there. The system's words are of a number, and quote nothing."""
    return Unscannable(f"the folder of logs cannot be reached: {os.strerror(getattr(error, 'errno', None) or 0)}")


def _row_of(known: LogFile) -> Row:
    ids = ids_of(known.path)
    index = ids.get("map_index", "")
    return Row(
        dag_id=ids.get("dag_id"),
        run_id=ids.get("run_id"),
        task_id=ids.get("task_id"),
        map_index=int(index) if index.isdecimal() and len(index) < 10 else -1,
        name=known.path,
        when=datetime.fromtimestamp(known.changed, tz=UTC) if known.changed else None,
    )


def ids_of(path: str) -> dict[str, str]:
    """Return what the names of folders say, as Airflow's ``[logging] log_filename_template`` writes them."""
    return dict(step.split("=", 1) for step in path.split("/")[:-1] if "=" in step)


def passed_over(reason: str) -> Batch:
    """Return what says that one file was not looked at."""
    return Batch(rows=(), passed_over={reason: 1}, counts=1)
