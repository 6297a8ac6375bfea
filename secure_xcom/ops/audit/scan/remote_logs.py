"""``RemoteLogs``: the files below the folder to which Airflow moves task logs, in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from typing import Final, Protocol

from secure_xcom.ops.audit.scan.log_text import Readable
from secure_xcom.ops.audit.scan.logs import LogFile, LogSource, passed_over, pieces
from secure_xcom.ops.audit.scan.sources import Batch, Cursor, Unscannable

NAME: Final = "remote task log"


class Folder(Protocol):
    """A folder in a remote storage, whose client raises exceptions of its own."""

    def list(self, below: str) -> tuple[Sequence[LogFile], Sequence[str]]:
        """Return the files that lie directly in a folder, and the paths of its folders."""

    def open(self, path: str) -> AbstractContextManager[Readable]:
        """Open a file."""


class RemoteLogs(LogSource):
    """Implements ``sources.Scannable``. A folder is listed at once, and its files are read as they come.

    ``reach`` is asked for the folder when the scan comes to it: it raises ``Unscannable`` for one that it cannot reach.
    """

    def __init__(self, reach: Callable[[], Folder], dags: Sequence[str] = (), since: datetime | None = None) -> None:
        super().__init__(NAME, dags, since)
        self._reach = reach

    def total(self) -> int | None:
        """Answer ``None``: counting takes as long as listing all folders. Raises ``Unscannable``."""
        self._listed("")
        return None

    def batches(self, after: Cursor | None) -> Iterator[Batch]:  # noqa: ARG002 - folders have no order to go on by
        """Yield the files in pieces."""
        waiting = [""]
        while waiting:
            try:
                files, folders = self._listed(waiting.pop())
            except Unscannable as problem:
                yield passed_over(f"a folder that cannot be listed: {problem.reason}")
                continue
            waiting.extend(folders)
            for known in files:
                # Of a file without a time nobody knows that it is old.
                if self._is_wanted(known.path) and not 0 < known.changed < self._since:
                    yield from self._file(known)

    def _listed(self, folder: str) -> tuple[Sequence[LogFile], Sequence[str]]:
        try:
            return self._reach().list(folder)
        except Unscannable:
            raise
        except Exception as error:
            # The words of a client may quote a request with its credentials.
            problem = f"the remote storage of logs does not list them ({type(error).__name__})"
        raise Unscannable(problem)

    def _file(self, known: LogFile) -> Iterator[Batch]:
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self._reach().open(known.path))
            except Exception:
                yield passed_over("a file that cannot be read")
                return
            yield from pieces(file, known)
