"""``watched``: one process of the command from its start to its end, and its memory as it goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = ("-c", "from secure_xcom.cli import app; app()")


@dataclass(slots=True)
class Ran:
    """One process of the command: how it ended, and its memory, in megabytes, as it went on."""

    code: int
    seconds: float
    said: str = ""
    """What it wrote to standard error."""
    resident: list[float] = field(default_factory=list)
    peak: float = 0.0
    server: float = 0.0
    """The most private memory of the server's process for it."""

    @property
    def growth(self) -> float:
        """How much larger it was in the last quarter of its time than in the second."""
        quarter = max(1, len(self.resident) // 4)
        return max(self.resident[-quarter:], default=0.0) - max(self.resident[quarter : 2 * quarter], default=0.0)


def watched(
    command: Sequence[str], variables: Mapping[str, str], is_enough: Callable[[], bool], *, database: str = ""
) -> Ran:
    """Run a command of Python's; kill it once ``is_enough`` says so.

    With the name of a ``database`` on PostgreSQL, note the memory of the server's process for it too.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    ran = Ran(0, 0.0)
    while process.poll() is None:
        _measure(process.pid, ran)
        if is_enough():
            process.kill()
            break
        time.sleep(0.05)
        if database and len(ran.resident) % 100 == 0:
            ran.server = max(ran.server, _of_server(database))
    _, ran.said = process.communicate()
    ran.code, ran.seconds = process.returncode, time.perf_counter() - started
    return ran


def _measure(pid: int, ran: Ran) -> None:
    """Note how much memory a process has now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return
    values = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if "VmRSS" in values:
        ran.resident.append(int(values["VmRSS"].split()[0]) / 1024)
        ran.peak = max(ran.peak, int(values["VmHWM"].split()[0]) / 1024)


def _of_server(database: str) -> float:
    """Return the private memory of the server's largest process for a database: what it shares is its cache."""
    title = f"postgres: postgres {database} "
    found = [path.parent for path in Path("/proc").glob("[0-9]*/cmdline") if _read(path).startswith(title)]
    lines = (line for path in found for line in _read(path / "status").splitlines())
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon")), default=0.0)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        # The process has ended.
        return ""
