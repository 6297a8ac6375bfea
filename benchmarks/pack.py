"""The memory of ``audit report`` while it reads a ledger: ``python -m benchmarks.pack [ENTRIES]``, on SQLite.

All entries are about one Dag, so that reading a Dag at a time does not help. A process of its own reads a tenth of
them first, as a ledger by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.ledger.site import Site
from tests.ledger.test_chain import entry

ENTRIES = 1_000_000
RUN = 1_000

READ = """
import sys, time
from pathlib import Path
from secure_xcom.ops.audit.report.gather import recorded
from tests.ledger.site import Site
site = Site(sys.argv[1], Path(sys.argv[2]))
class Ledger:
    verify = staticmethod(lambda anchor=None: site.verify())
    stream = site.ledger.stream
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
before, started, used = peak(), time.perf_counter(), time.process_time()
found = recorded(Ledger(), ["etl"], None)
print(found.history.all.times, before, peak(), round(time.perf_counter() - started), round(time.process_time() - used))
"""


def fill(site: Site, entries: int) -> None:
    """Append reads of one Dag, a thousand in a run."""
    for run in range(entries // RUN):
        site.ledger.append([entry(at=run * RUN + at, run_id=f"run-{run}") for at in range(RUN)])


def measured(entries: int) -> str:
    """Fill a ledger, read it in another process, and return what that took."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/ledger.db"
        started = time.perf_counter()
        fill(Site(url, Path(directory)), entries)
        written = time.perf_counter() - started
        command = [sys.executable, "-c", READ, url, directory]
        found = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ)).stdout
    read, before, after, seconds, processor = map(int, found.split())
    return (
        f"{read:,} entries: {before} MB before, at most {after} MB, {seconds} s, "
        f"{processor} s of processor time (written in {written:.0f} s)"
    )


def main() -> None:
    """Print the figures of a tenth and of all."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    for entries in (most // 10, most):
        print(measured(entries), flush=True)


if __name__ == "__main__":
    main()
