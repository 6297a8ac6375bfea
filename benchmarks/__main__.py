"""Push and pull on each backend, all in one interleaved run, and a mapped pull over a simulated round trip.

In each round every case is run once, in an order shuffled anew, so that a machine that slows down slows all of them.
Figures are medians; ratios are of medians of the same run. Nothing here is asserted: tests count requests instead.
"""

from __future__ import annotations

import logging
import os
import platform
import random
import re
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from benchmarks import large, masking, rows
from benchmarks.backends import (
    BUCKET,
    Backend,
    SlowStore,
    aws,
    forget_masked,
    object_storage,
    plain,
    secure,
    use_exchange,
)
from benchmarks.slopes import ROUNDS as SLOPE_ROUNDS
from benchmarks.slopes import measure, table
from tests.airflow.supervisor import Database

ROUNDS = 15
SIZES = {"100 B": 100, "1 KB": 1_000, "1 MB": 1_000_000}
MAPPED = 1_000
FEW = 100
ROUND_TRIP_SECONDS = 0.010
RESULTS = Path(__file__).parent / "RESULTS.md"
PLACE = {"dag_id": "bench", "run_id": "run", "task_id": "make"}


@dataclass
class Case:
    """One backend with one size, and what it took, in seconds a round."""

    backend: Backend
    size: str
    sealed: bool
    pushes: list[float] = field(default_factory=list)
    pulls: list[float] = field(default_factory=list)

    def run(self, number: int) -> None:
        """Push a fresh value and pull it back."""
        forget_masked()
        self.backend.use()
        name = "password" if self.sealed else "payload"
        value = {name: secrets.token_hex(SIZES[self.size] // 2)}
        place = PLACE | {"task_id": f"make-{id(self)}-{number}"}
        self.pushes.append(_timed(lambda: self.backend.kind.set("return_value", value, **place)))
        pulled: list[object] = []
        self.pulls.append(_timed(lambda: pulled.append(self.backend.kind.get_one(key="return_value", **place))))
        if pulled != [value]:
            sys.exit(f"{self.backend.name} gave back another value")


def main() -> None:
    # Of a text that is too long to be masked the task log warns, each time.
    logging.getLogger("airflow.task.secure_xcom").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as directory:
        # First, while nothing in this process masks otherwise than Airflow does.
        masked = masking.report(Path(directory) / "masking")
    Database().install()
    with tempfile.TemporaryDirectory() as directory, aws():
        cases = _cases(Path(directory))
        for case in cases:
            case.run(-1)
            case.pushes.clear()
            case.pulls.clear()
        for number in range(ROUNDS):
            for case in random.sample(cases, len(cases)):
                case.run(number)
        mapped = _mapped_pull(Path(directory))
        sealed_rows = rows.report(secure("rows", _files(Path(directory) / "rows"), Path(directory) / "rows"))
        slopes = table(measure(secure("slopes", _files(Path(directory)) | {"ledger_mode": "off"}, Path(directory))))
    later = [*masked, "", *large.report()]
    RESULTS.write_text(_report(cases, mapped, sealed_rows, slopes, later))
    sys.stdout.write(RESULTS.read_text())


def _files(home: Path) -> dict[str, str]:
    return {"store": f"file://{home}/store", "key": f"local://{home}/keyring.json"}


def _cases(home: Path) -> list[Case]:
    files = _files(home)
    buckets = {"store": f"s3://{BUCKET}/sealed", "key": "aws-kms://alias/bench"}
    sealing = [
        secure("file + local", dict(files), home),
        secure("file + local, no ledger", files | {"ledger_mode": "off"}, home),
        # The ledger's key is sealed like a value: one ledger has one way of sealing.
        secure("S3 + KMS", dict(buckets), home / "s3"),
    ]
    others = [
        plain(),
        object_storage("file", f"file://{home}/objects"),
        object_storage("S3", f"s3://{BUCKET}/objects"),
    ]
    return [
        Case(backend, size, sealed)
        for size in SIZES
        for backend, sealed in [
            *((backend, False) for backend in others),
            (sealing[0], False),
            *((backend, True) for backend in sealing),
        ]
    ]


def _mapped_pull(home: Path) -> dict[str, float]:
    """Pull the values of 1,000 mapped instances, each in an object a round trip away; seconds by way of pulling."""
    from secure_xcom.adapters.local.keyring import LocalKeyring
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.build import build_policy
    from secure_xcom.exchange.exchange import Exchange
    from secure_xcom.settings.settings import Settings
    from secure_xcom.testing.fakes import SingleRoute, unrecorded_runtime

    host = AirflowHost()
    exchange = Exchange(
        unrecorded_runtime(
            host, SingleRoute(SlowStore(ROUND_TRIP_SECONDS), LocalKeyring(home / "keyring.json")), time.time
        ),
        build_policy(Settings.parse({}, home), host),
    )
    use_exchange(exchange)
    from secure_xcom.airflow.backend import SecureXComBackend as Backend

    place = PLACE | {"task_id": "mapped"}
    values = [{"password": secrets.token_hex(16)} for _ in range(MAPPED)]
    for index, value in enumerate(values):
        forget_masked()
        Backend.set("return_value", value, map_index=index, **place)
    forget_masked()
    together: list[object] = []
    seconds = {"together (get_all)": _timed(lambda: together.extend(Backend.get_all(key="return_value", **place)))}
    if together != values:
        sys.exit("the mapped pull gave back other values")
    forget_masked()
    seconds[f"one by one (get_one), the first {FEW}"] = _timed(
        lambda: [Backend.get_one(key="return_value", map_index=index, **place) for index in range(FEW)]
    )
    return seconds


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


_COLUMNS = (
    "value",
    "backend",
    "push, ms",
    "pull, ms",
    "push / BaseXCom",
    "pull / BaseXCom",
    "push / object storage",
    "pull / object storage",
)


def _report(
    cases: list[Case], mapped: dict[str, float], sealed_rows: list[str], slopes: list[str], later: list[str]
) -> str:
    lines = [
        "# Results",
        "",
        f"`make bench` on {_machine()}; {platform.python_implementation()} {platform.python_version()},",
        f"Airflow {version('apache-airflow-core')}; medians of {ROUNDS} interleaved rounds. The machine is shared and",
        "noisy: compare within a table, not between runs. S3 and KMS are moto's server in the same process, so their",
        "figures hold its work too. Except under the last title, the supervisor and the database are a dict: what",
        "Airflow itself spends on a push or pull is in none of the figures. The ledger is SQLite on the same disk, and",
        "waits for it at each entry, except where a row says `no ledger`.",
        "",
        "Ratios are to `BaseXCom` with the same value, and to `XComObjectStorageBackend` on the same kind of store.",
        "",
        f"| {' | '.join(_COLUMNS)} |",
        "|---" * len(_COLUMNS) + "|",
        *(_row(case, cases) for case in cases),
        "",
        f"A pull of {MAPPED:,} mapped values, each sealed, with {ROUND_TRIP_SECONDS * 1000:.0f} ms a store read:",
        "",
        "| how | seconds |",
        "|---|---|",
        *(f"| {how} | {seconds:.2f} |" for how, seconds in mapped.items()),
        "",
        "## Values that are sealed in thousands of places",
        "",
        f"On files, with a ledger. Processor time, medians of {rows.ROUNDS} interleaved rounds. The goals are a row of",
        "at most 1.3 times `BaseXCom`'s, and a push of at most 2 times.",
        "",
        *sealed_rows,
        "",
        "## How the cost grows",
        "",
        "Each value at four times a smaller size, depth, or number of parts or of registered texts, on files without a",
        "ledger. Of what grows, a growth of 4 is linear. `BaseXCom` has the same value in the same run. Figures are",
        f"medians of {SLOPE_ROUNDS} rounds.",
        "",
        *slopes,
        "",
        *later,
    ]
    return "\n".join(lines)


def _machine() -> str:
    """Describe this machine: the figures are its own."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[2]
    return f"{os.cpu_count()} cores ({model[1] if model else 'unknown'}), {memory:.0f} GiB, a load of {load:.0f}"


def _row(case: Case, cases: list[Case]) -> str:
    def median(of: Case, kind: str) -> float:
        return statistics.median(getattr(of, kind))

    def other(start: str) -> Case | None:
        return next((one for one in cases if one.size == case.size and one.backend.name.startswith(start)), None)

    storage = other("XComObjectStorageBackend " + ("S3" if "S3" in case.backend.name else "file"))
    cells = [case.size, case.backend.name + (", sealed" if case.sealed else ", plain")]
    cells += [f"{median(case, kind) * 1000:.2f}" for kind in ("pushes", "pulls")]
    for reference in (other("BaseXCom"), storage if "secure" in case.backend.name and case.sealed else None):
        for kind in ("pushes", "pulls"):
            cells.append(f"{median(case, kind) / median(reference, kind):.1f}" if reference else "")
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
