"""A data frame of a million rows on each backend, and the memory that sealing and opening a large value take.

``python -m benchmarks.large`` prints the section of the results with both tables. Times are medians of interleaved
rounds, over stores on one disk. Memory is the peak of a process of its own (``VmHWM``, on Linux) beyond what it had
when the value was there.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROWS = 1_000_000
ROUNDS = 3
MEGABYTE = 1_000_000
PLACE = {"dag_id": "bench", "run_id": "run", "task_id": "make"}
FLOOR = "Arrow IPC and AES-GCM"
GOAL = 1.5
"""What a frame may take, as a multiple of the floor."""
MEMORY_BYTES = 64 * MEGABYTE


def numbers() -> object:
    """Eight columns of random numbers, which no compression makes smaller."""
    import numpy as np
    import pandas as pd

    generator = np.random.default_rng(1)
    return pd.DataFrame({f"column_{number}": generator.random(ROWS) for number in range(8)})


def readings() -> object:
    """What a table of measurements looks like: a time, a few categories, counters and rounded numbers."""
    import numpy as np
    import pandas as pd

    generator = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "at": pd.date_range("2026-01-01", periods=ROWS, freq="s"),
            "sensor": pd.Categorical.from_codes(generator.integers(0, 50, ROWS), [f"s-{n}" for n in range(50)]),
            "count": generator.integers(0, 1000, ROWS),
            "celsius": generator.normal(20, 5, ROWS).round(1),
            "valid": generator.random(ROWS) > 0.1,
        }
    )


def texts() -> object:
    """A number and a short text a row: each text is looked at for secrets."""
    import numpy as np
    import pandas as pd

    generator = np.random.default_rng(1)
    names = generator.integers(0, 10_000, ROWS)
    return pd.DataFrame({"id": np.arange(ROWS), "name": [f"customer {name}" for name in names]})


FRAMES: dict[str, Callable[[], object]] = {
    "8 columns of random numbers": numbers,
    "readings": readings,
    "a number and a text": texts,
}


def arrow_and_aes(frame: object, path: Path) -> tuple[float, float]:
    """What nobody can do without: Arrow's IPC stream, AES-GCM in segments, and a durable file. Returns both times."""
    import pandas as pd
    import pyarrow as pa
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    assert isinstance(frame, pd.DataFrame)
    aead, segment = AESGCM(bytes(32)), 1 << 20
    started = time.perf_counter()
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pandas(frame)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    stream = memoryview(sink.getvalue()).cast("B")
    with path.open("wb") as file:
        for number, start in enumerate(range(0, len(stream), segment)):
            file.write(aead.encrypt(number.to_bytes(12, "big"), stream[start : start + segment], None))
        file.flush()
        os.fsync(file.fileno())
    written = time.perf_counter()
    sealed, plain = memoryview(path.read_bytes()), bytearray()
    for number, start in enumerate(range(0, len(sealed), segment + 16)):
        plain += aead.decrypt(number.to_bytes(12, "big"), sealed[start : start + segment + 16], None)
    pa.ipc.open_stream(pa.py_buffer(plain)).read_all().to_pandas()
    return written - started, time.perf_counter() - written


def speed() -> list[str]:
    """Return the table of times."""
    from benchmarks.backends import forget_masked, object_storage, plain, secure
    from tests.airflow.supervisor import Database

    lines = [
        "| data frame of 1,000,000 rows | backend | push ms | pull ms | both, of ours | both, of the floor |",
        "|---|---|--:|--:|--:|--:|",
    ]
    of_floor: list[str] = []
    ours_of_floor: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        backends = [
            secure("large", {"large_threshold": "100000"}, root / "ours"),
            plain(),
            object_storage("on a disk", f"file://{root}/airflow"),
        ]
        for title, make in FRAMES.items():
            frame = make()
            times: dict[str, list[tuple[float, float]]] = {}
            for _ in range(ROUNDS):
                runs: list[tuple[str, Callable[[], tuple[float, float]]]] = [
                    (FLOOR, lambda: arrow_and_aes(frame, root / "plain"))  # noqa: B023
                ]
                for backend in backends:

                    def run(backend=backend) -> tuple[float, float]:  # type: ignore[no-untyped-def]
                        Database(limits=False).install()
                        backend.use()
                        forget_masked()
                        started = time.perf_counter()
                        backend.kind.set("value", frame, **PLACE)  # noqa: B023
                        pushed = time.perf_counter()
                        backend.kind.get_one(key="value", **PLACE)
                        return pushed - started, time.perf_counter() - pushed

                    runs.append((backend.name, run))
                random.shuffle(runs)
                for name, run_one in runs:
                    times.setdefault(name, []).append(run_one())
            medians = {name: tuple(map(statistics.median, zip(*found, strict=True))) for name, found in times.items()}
            ours, floor = sum(medians[backends[0].name]), sum(medians[FLOOR])
            for name in [FLOOR, *(backend.name for backend in backends)]:
                push, pull = medians[name]
                lines.append(
                    f"| {title} | {name} | {push * 1000:.0f} | {pull * 1000:.0f} | {(push + pull) / ours:.2f} | "
                    f"{(push + pull) / floor:.2f} |"
                )
            of_floor.append(f"{sum(medians[backends[-1].name]) / floor:.1f}")
            ours_of_floor[title] = ours / floor
    missed = [f"{title} ({times:.2f})" for title, times in ours_of_floor.items() if times > GOAL]
    return [*lines, "", *reach(of_floor), f"The goal of {GOAL} times is missed for: {', '.join(missed) or 'nothing'}."]


def reach(of_floor: Sequence[str]) -> list[str]:
    """Say what no backend that seals can reach, by the times of ``XComObjectStorageBackend``."""
    return [
        f"{FLOOR} are the floor: a backend that seals has to encode, encrypt and write, and we know no faster way.",
        f"`XComObjectStorageBackend` takes {', '.join(of_floor[:-1])} and {of_floor[-1]} times the floor.",
        "So a tenth of its time is out of reach for these frames, whatever a backend does besides.",
    ]


def memory() -> list[str]:
    """Return the table of peaks."""
    lines = ["| value | bytes | push takes beyond it | pull takes beyond it |", "|---|--:|--:|--:|"]
    for kind in VALUES:
        with tempfile.TemporaryDirectory() as folder:
            found = {}
            for step in ("push", "pull"):
                done = subprocess.run(
                    [sys.executable, "-m", "benchmarks.large", step, kind, folder],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                found[step] = json.loads(done.stdout.splitlines()[-1])
        size = found["push"]["bytes"]
        push, pull = (found[step]["beyond"] / size for step in ("push", "pull"))
        lines.append(f"| {kind} | {size / MEGABYTE:.0f} MB | {push:.2f} | {pull:.2f} |")
    return lines


def _frame() -> tuple[object, int]:
    import numpy as np
    import pandas as pd

    rows = MEMORY_BYTES // 64
    return pd.DataFrame(np.random.default_rng(1).random((8, rows)).T, columns=list("abcdefgh"), copy=False), rows * 64


def _alike() -> tuple[object, int]:
    import numpy as np
    import pandas as pd

    rows = MEMORY_BYTES // 64
    return pd.DataFrame(np.zeros((8, rows)).T + 1, columns=list("abcdefgh"), copy=False), rows * 64


def _array() -> tuple[object, int]:
    import numpy as np

    return np.random.default_rng(1).random(MEMORY_BYTES // 8), MEMORY_BYTES


def _bytes() -> tuple[object, int]:
    return os.urandom(MEMORY_BYTES), MEMORY_BYTES


def _text() -> tuple[object, int]:
    return "the same words again " * (MEMORY_BYTES // 21), MEMORY_BYTES // 21 * 21


VALUES: dict[str, Callable[[], tuple[object, int]]] = {
    "a data frame of random numbers": _frame,
    "a data frame that compresses": _alike,
    "an array of random numbers": _array,
    "random bytes": _bytes,
    "a text": _text,
}


def _peak() -> int:
    # Not ``ru_maxrss``, which begins with what the process had that started this one.
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def one_process(step: str, kind: str, folder: str) -> None:
    """Push a value, or pull it, and print how the peak grew beyond the value."""
    from benchmarks.backends import secure
    from tests.airflow.supervisor import Database

    database = Database(limits=False).install()
    backend = secure("large", {"large_threshold": "100000"}, Path(folder) / "home")
    backend.use()
    row = Path(folder) / "row"
    # What any push and pull loads is no part of it.
    backend.kind.set("small", list(range(40_000)), **PLACE)
    backend.kind.get_one(key="small", **PLACE)
    import numpy as np
    import pandas as pd

    backend.kind.set("small", pd.DataFrame({"a": np.arange(40_000)}), **PLACE)
    backend.kind.get_one(key="small", **PLACE)
    if step == "push":
        value, size = VALUES[kind]()
        before = _peak()
        backend.kind.set("value", value, **PLACE)
        beyond = _peak() - before
        row.write_text(json.dumps([size, *(text for place, text in database.rows.items() if place[3] == "value")]))
    else:
        size, text = json.loads(row.read_text())
        database.rows = {("bench", "run", "make", "value", -1): text}
        before = _peak()
        backend.kind.get_one(key="value", **PLACE)
        beyond = _peak() - before - size
    print(json.dumps({"bytes": size, "beyond": beyond}))


def report() -> list[str]:
    """Return the section of the results."""
    return [
        "## Large values",
        "",
        "`python -m benchmarks.large` measures this alone. A pandas data frame that holds no secret, with",
        "`large_threshold = 100000`, on files of one disk, with a ledger. Wall-clock medians of",
        f"{ROUNDS} interleaved rounds. The last column is push and pull together, as a multiple of ours. The goals are",
        "a tenth of `XComObjectStorageBackend`'s and `BaseXCom`'s time, and at most 1.5 times that of Arrow IPC and",
        "AES-GCM into one durable file. That one compresses nothing, looks for no secret and keeps no ledger.",
        "",
        *speed(),
        "",
        "Peak memory of a process of its own beyond the value that is pushed, or was pulled, as a multiple of the",
        "value's size. The goal is at most 1.3.",
        "",
        *memory(),
    ]


def main() -> None:
    """Print both tables, or run one step."""
    if len(sys.argv) == 4:
        one_process(*sys.argv[1:])
    else:
        print("\n".join(report()))


if __name__ == "__main__":
    main()
