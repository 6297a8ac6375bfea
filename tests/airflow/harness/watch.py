"""``Watch``: what other users of the machine could see while Airflow runs: processes and temporary files."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

INTERVAL_SECONDS = 0.05
_PIECE_BYTES = 1 << 15
SHELL = b"bash\n"
"""What a task hands to a shell stands in the command line and environment of that shell and of what it starts."""


class Watch:
    """Samples, in a thread, the command line and environment of a stack's processes, and its temporary files."""

    def __init__(self, roots: Callable[[], Iterable[int]], temporary: Path) -> None:
        self._roots = roots
        self._temporary = temporary
        self._seen: dict[tuple[str, bytes], None] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(10)

    def seen(self, kind: str) -> list[tuple[str, bytes]]:
        """What was seen of each ``process`` of Airflow, each ``shell`` that a task started, and each ``file``."""
        return [found for found in list(self._seen) if found[0].startswith(f"{kind} ")]

    def _run(self) -> None:
        while not self._ended.wait(INTERVAL_SECONDS):
            children = _children()
            airflow = _below(self._roots(), children)
            shells = _below((pid for pid in airflow if _is_shell(pid)), children)
            for pid in airflow | shells:
                self._look_at_process(pid, "shell" if pid in shells else "process")
            # A directory may go while it is looked into; the next round sees what is left.
            with suppress(FileNotFoundError):
                self._look_at_files()

    def _look_at_files(self) -> None:
        for path in self._temporary.rglob("*"):
            if content := _read(path):
                self._seen[f"file {path.name}", content] = None

    def _look_at_process(self, pid: int, kind: str) -> None:
        for part in ("cmdline", "environ"):
            content = _of_process(pid, part)
            if content and (f"{kind} {part}", content) not in self._seen:
                # What forked to become a shell may have become one since it was looked for.
                now = "shell" if _is_shell(pid) else kind
                self._seen[f"{now} {part}", content] = None


def descendants(roots: Iterable[int]) -> set[int]:
    """Return ``roots`` and the processes that they started, directly or not, whatever session these moved to."""
    return _below(roots, _children())


def _below(roots: Iterable[int], children: Mapping[int, Sequence[int]]) -> set[int]:
    found, new = set(), list(roots)
    while new:
        found.add(pid := new.pop())
        new += children.get(pid, [])
    return found


def _children() -> dict[int, list[int]]:
    """All processes of this machine, by their parents."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - see _of_process
        if name.isdigit() and (status := _of_process(name, "stat")):
            # The name stands in parentheses and may hold anything; the parent is the second field after it.
            parent = int(status.rpartition(b")")[2].split(None, 2)[1])
            children.setdefault(parent, []).append(int(name))
    return children


def _is_shell(pid: int) -> bool:
    return _of_process(pid, "comm") == SHELL


def environ(process: Path) -> bytes:
    """Return the environment that a process in /proc was started with; empty when it is gone."""
    return _read(process / "environ")


def _of_process(pid: int | str, name: str) -> bytes:
    """Read a file of /proc: a hundred of them twenty times a second, for which ``Path`` takes three times as long."""
    content = b""
    with suppress(OSError):
        file = os.open(f"/proc/{pid}/{name}", os.O_RDONLY)
        try:
            while piece := os.read(file, _PIECE_BYTES):
                content += piece
        finally:
            os.close(file)
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
