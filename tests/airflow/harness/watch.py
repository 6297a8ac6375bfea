"""``Watch``: what other users of the machine could see while Airflow runs: processes and temporary files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

INTERVAL_SECONDS = 0.05
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
            airflow = descendants(self._roots())
            shells = descendants(pid for pid in airflow if _is_shell(pid))
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
            if content := _read(Path("/proc", str(pid), part)):
                # What forked to become a shell may have become one since it was looked for.
                now = "shell" if _is_shell(pid) else kind
                self._seen[f"{now} {part}", content] = None


def descendants(roots: Iterable[int]) -> set[int]:
    """Return ``roots`` and the processes that they started, directly or not, whatever session these moved to."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (status := _read(entry / "stat")):
            # The name stands in parentheses and may hold anything; the parent is the second field after it.
            parent = int(status.rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found, new = set(), list(roots)
    while new:
        found.add(pid := new.pop())
        new += children.get(pid, [])
    return found


def _is_shell(pid: int) -> bool:
    return _read(Path("/proc", str(pid), "comm")) == SHELL


def environ(process: Path) -> bytes:
    """Return the environment that a process in /proc was started with; empty when it is gone."""
    return _read(process / "environ")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
