"""What a look costs: ours, with and without ahocorasick-rs, beside Airflow's masker and detect-secrets, in one run.

Times are processor time of the process that looks, the best of some interleaved rounds: other work on the machine
does not count.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.detection.detectors import airflows_masker, policy
from secure_xcom.classify import scan

ROUNDS = 7
LONGEST = 60
"""Seconds after which the scanner is given up."""
PACKAGE = "ahocorasick_rs"
KEY = "return_value"

_LINE = (
    "[2024-11-28T12:00:00.123+0000] {{taskinstance.py:1157}} INFO - Marking task as SUCCESS. dag_id=sales, "
    "task_id=load_{}, run_id=manual__2024, path=/opt/airflow/dags/sales.py\n"
)
_ADVERSARIAL = (
    *("key=", "token=a ", "glpat- ", "sk-", "://a:", "eyJ" + "A" * 20 + ".", "Bearer a ", "MTA", "AKIA "),
    *("password: ", ":_auth", "x_key_", "password  a\n", "| token | a |\n", "(password ", "密码"),
)
"""Beginnings of what rules look for, which keep their verifiers busy when they stand again and again."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A value that is looked at ``times`` times a round; the budget is in seconds, with the package and without."""

    name: str
    value: object
    times: int
    budget: float | None = None
    fallback: float | None = None


def subjects() -> list[Subject]:
    """Return what is looked at: the smallest values, usual texts, and the slowest one."""
    log = "".join(map(_LINE.format, range(9_000)))[:1_000_000]
    base64 = b64encode(random.Random(1).randbytes(750_000)).decode()
    return [
        Subject(
            "a dict of three fields", {"rows": 42, "status": "ok", "path": "/data/2024-01-01.csv"}, 3_000, 6e-6, 25e-6
        ),
        Subject("a dict with a password", {"user": "anna", "password": "Tr0ub4dor&3", "host": "db"}, 3_000),
        Subject("1 KB of a log", log[:1024], 1_000, 10e-6),
        Subject("1 MB of a log", log, 1, 10e-3),
        Subject("1 MB of base64", base64, 1, 10e-3),
        Subject("1 MB, the worst of sixteen", _worst(), 1, 250e-3),
    ]


def section(directory: Path) -> Iterator[str]:
    """Yield the lines of the page; ``directory`` may hold the Python of detect-secrets."""
    yield "## What a look costs"
    yield ""
    yield f"Microseconds of processor time, the best of {ROUNDS} interleaved rounds. Airflow's masker looks at names"
    yield "alone here: nothing is registered. detect-secrets gets a dict as JSON, and a text line by line, and is"
    yield f"given up after {LONGEST} seconds."
    yield ""
    yield "| value | secure-xcom | budget | without `ahocorasick_rs` | budget | Airflow's masker | detect-secrets |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for subject in subjects():
        taken = _measured(subject, directory)
        figures = (
            taken["ours"],
            subject.budget,
            taken["fallback"],
            subject.fallback,
            taken["airflow"],
            taken["scanner"],
        )
        yield f"| {subject.name} | {' | '.join(map(_microseconds, figures))} |"


def _measured(subject: Subject, directory: Path) -> Mapping[str, float | None]:
    masker = airflows_masker()
    looks: dict[str, Callable[[], object]] = {
        "ours": _ours(subject),
        "fallback": _without_package(subject),
        "airflow": lambda: masker.redact(subject.value, KEY),
    }
    best = dict.fromkeys(looks, float("inf"))
    for _ in range(ROUNDS):
        for name, look in looks.items():
            best[name] = min(best[name], _seconds(look, subject.times))
    return {**best, "scanner": _scanner(subject, directory / "python")}


def _seconds(look: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        look()
    return (time.process_time() - start) / times


def _ours(subject: Subject) -> Callable[[], object]:
    judge = policy()
    scan(subject.value, KEY, judge)
    return lambda: scan(subject.value, KEY, judge)


def _without_package(subject: Subject) -> Callable[[], object]:
    with _hidden(PACKAGE):
        # The first look compiles the rules.
        return _ours(subject)


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    kept = sys.modules.get(package)
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]
        if kept is not None:
            sys.modules[package] = kept


_SCANNER = """
import json, sys, time
from detect_secrets.core.scan import scan_line
from detect_secrets.settings import default_settings

lines, times, rounds = json.load(sys.stdin)
best = float("inf")
with default_settings():
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            for line in lines:
                list(scan_line(line))
        best = min(best, (time.process_time() - start) / times)
print(best)
"""


def _scanner(subject: Subject, python: Path) -> float | None:
    if not python.exists():
        return None
    text = subject.value if isinstance(subject.value, str) else json.dumps(subject.value)
    asked = json.dumps([text.splitlines(), min(subject.times, 100), 2])
    command = [python, "-c", _SCANNER]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return float("inf")
    return float(done.stdout)


def _worst() -> str:
    """Return the slowest of the adversarial texts, by the second look at each: the first one compiles patterns."""
    judge = policy()
    texts = [unit * (1_000_000 // len(unit)) for unit in _ADVERSARIAL]
    scan(texts[0][:1024], KEY, judge)
    return max(texts, key=lambda text: min(_seconds(lambda: scan(text, KEY, judge), 1) for _ in range(2)))


def _microseconds(seconds: float | None) -> str:
    if seconds is None or seconds == float("inf"):
        return "" if seconds is None else "given up"
    return f"{seconds * 1e6:,.{0 if seconds > 1e-4 else 1}f}"


if __name__ == "__main__":
    print("\n".join(section(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("none"))))
