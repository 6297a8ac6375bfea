"""How the cost of a push and a pull grows: each shape at one size and at four times that, beside Airflow's own backend.

A growth of 4 is linear. Both backends run in turn in the same process; the medians of a few rounds are told.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from airflow.sdk.bases.xcom import BaseXCom

from benchmarks.backends import Backend, forget_masked

ROUNDS = 3
GROWTH = 4

Make = Callable[[int], object]


def _rows(count: int) -> object:
    return [{"id": number, "status": "ok", "name": f"row {number}"} for number in range(count)]


def _sealed_rows(count: int) -> object:
    return [{"id": number, "password": f"hunter2-{number:08d}"} for number in range(count)]


def _deep(count: int) -> object:
    value: object = _sealed_rows(count)
    for _ in range(200):
        value = {"level": value}
    return value


SHAPES: dict[str, tuple[Make, int]] = {
    "plain rows of three fields": (_rows, 25_000),
    "a dict of plain keys": (lambda count: {f"key-{number}": number for number in range(count)}, 50_000),
    "a plain text, MB": (lambda count: "word " * (count * 200_000), 10),
    "rows with a sealed field": (_sealed_rows, 1_250),
    "rows with a sealed field, 200 levels deep": (_deep, 1_250),
    "number keys, a sealed part under each": (
        lambda count: {number: {"password": f"hunter2-{number:08d}"} for number in range(count)},
        5_000,
    ),
    "one sealed list of texts": (
        lambda count: {"password": [f"hunter2-{number:08d}" for number in range(count)]},
        5_000,
    ),
}


@dataclass(frozen=True)
class Slope:
    """Seconds of one shape, at its size and at ``GROWTH`` times that: Airflow's own backend, then this one."""

    shape: str
    size: int
    pushes: tuple[float, float, float, float]
    pulls: tuple[float, float, float, float]


def measure(secure: Backend) -> Iterator[Slope]:
    """Measure each shape."""
    for shape, (make, size) in SHAPES.items():
        found = [
            _timed(kind, secure, make(size * factor)) for kind in (BaseXCom, secure.kind) for factor in (1, GROWTH)
        ]
        pushes, pulls = (tuple(pair[index] for pair in found) for index in (0, 1))
        yield Slope(shape, size, pushes, pulls)  # type: ignore[arg-type]  # four each


def _timed(kind: type, secure: Backend, value: object) -> tuple[float, float]:
    pushes, pulls = [], []
    for number in range(ROUNDS):
        forget_masked()
        secure.use()
        place = {"dag_id": "bench", "run_id": "slopes", "task_id": f"make-{number}"}
        start = time.perf_counter()
        kind.set("return_value", value, **place)
        pushed = time.perf_counter()
        kind.get_one(key="return_value", **place)
        pushes.append(pushed - start)
        pulls.append(time.perf_counter() - pushed)
    return statistics.median(pushes), statistics.median(pulls)


def table(slopes: Iterator[Slope]) -> list[str]:
    """Return a table in Markdown."""
    lines = [
        "| value | size | push, s | push / BaseXCom | growth of push | pull, s | pull / BaseXCom | growth of pull |",
        "|---" * 8 + "|",
    ]
    for slope in slopes:
        cells = [slope.shape, f"{slope.size * GROWTH:,}"]
        for _, base, small, large in (slope.pushes, slope.pulls):
            cells += [f"{large:.2f}", f"{large / base:.1f}", f"{large / small:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines
