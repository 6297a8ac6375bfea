"""How the cost of a push and a pull grows: with size, with depth, with sealed parts and with registered texts.

Each shape is measured at one size and at four times that, beside Airflow's own backend. A growth of 4 is linear. Both
backends run in turn in the same process. Figures are medians of processor time, and there is no ledger.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from airflow.sdk.bases.xcom import BaseXCom

from benchmarks.backends import Backend, forget_masked
from secure_xcom.airflow.internals.secrets_masker import register
from tests.airflow.supervisor import Database

ROUNDS = 3
GROWTH = 4
DEEPEST = 200

Make = Callable[[int], object]


def _rows(count: int) -> object:
    return [{"id": number, "status": "ok", "name": f"row {number}"} for number in range(count)]


def _sealed_rows(count: int) -> object:
    return [{"id": number, "password": f"hunter2-{number:08d}"} for number in range(count)]


def _nested(value: object, depth: int) -> object:
    for _ in range(depth):
        value = {"level": value}
    return value


@dataclass(frozen=True)
class Shape:
    """A value that grows, or one value while the texts that are registered grow."""

    name: str
    unit: str
    make: Make
    size: int
    registers: bool = False


SHAPES = [
    Shape("plain rows of three fields", "rows", _rows, 10_000),
    Shape("a dict of plain keys", "keys", lambda count: {f"key-{number}": number for number in range(count)}, 20_000),
    Shape("a plain text", "MB", lambda count: "word " * (count * 200_000), 10),
    Shape("a sealed text", "MB", lambda count: {"password": "word " * (count * 200_000)}, 10),
    Shape("200 plain values, each in dicts", "levels", lambda depth: [_nested(1, depth) for _ in range(200)], 50),
    Shape(
        "200 sealed values, each in dicts",
        "levels",
        lambda depth: [_nested({"password": f"hunter2-{number:08d}"}, depth) for number in range(200)],
        50,
    ),
    Shape("rows with a sealed field", "parts", _sealed_rows, 1_250),
    Shape(
        f"rows with a sealed field, {DEEPEST} levels deep",
        "parts",
        lambda count: _nested(_sealed_rows(count), DEEPEST),
        1_250,
    ),
    Shape(
        "number keys, a sealed part under each",
        "parts",
        lambda count: {number: {"password": f"hunter2-{number:08d}"} for number in range(count)},
        5_000,
    ),
    Shape(
        "one sealed list of texts",
        "texts",
        lambda count: {"password": [f"hunter2-{number:08d}" for number in range(count)]},
        5_000,
    ),
    Shape("10,000 plain rows", "registered", lambda _: _rows(10_000), 1_000, registers=True),
    Shape("a plain text of 10 MB", "registered", lambda _: "word " * 2_000_000, 1_000, registers=True),
    Shape("1,000 rows with a sealed field", "registered", lambda _: _sealed_rows(1_000), 1_000, registers=True),
]


@dataclass(frozen=True)
class Slope:
    """Seconds of one shape, at its size and at ``GROWTH`` times that: Airflow's own backend, then this one."""

    shape: Shape
    pushes: tuple[float, float, float, float]
    pulls: tuple[float, float, float, float]


def measure(secure: Backend) -> Iterator[Slope]:
    """Measure each shape; what is compared is measured in turn."""
    for shape in SHAPES:
        cases = [(kind, factor) for kind in (BaseXCom, secure.kind) for factor in (1, GROWTH)]
        values = {factor: shape.make(shape.size * factor) for factor in (1, GROWTH)}
        found: list[list[tuple[float, float]]] = [[] for _ in cases]
        for number in range(ROUNDS):
            for index, (kind, factor) in enumerate(cases):
                registered = shape.size * factor if shape.registers else 0
                found[index].append(_timed(kind, secure, values[factor], registered, number))
        pushes, pulls = (tuple(statistics.median(pair[part] for pair in pairs) for pairs in found) for part in (0, 1))
        yield Slope(shape, pushes, pulls)  # type: ignore[arg-type]  # four each


def _timed(kind: type, secure: Backend, value: object, registered: int, number: int) -> tuple[float, float]:
    Database().install()
    forget_masked()
    secure.use()
    # What is registered is compiled by the first search, which is in the time.
    register([f"registered-{one:08d}" for one in range(registered)])
    place = {"dag_id": "bench", "run_id": "slopes", "task_id": f"make-{kind.__name__}-{registered}-{number}"}
    start = time.process_time()
    kind.set("return_value", value, **place)
    pushed = time.process_time()
    kind.get_one(key="return_value", **place)
    return pushed - start, time.process_time() - pushed


_COLUMNS = (
    "value",
    "grows to",
    "push, CPU s",
    "push / BaseXCom",
    "growth of push",
    "of BaseXCom's",
    "pull, CPU s",
    "pull / BaseXCom",
    "growth of pull",
    "of BaseXCom's",
)


def table(slopes: Iterable[Slope]) -> list[str]:
    """Return a table in Markdown."""
    lines = [
        f"| {' | '.join(_COLUMNS)} |",
        "|---" * len(_COLUMNS) + "|",
    ]
    for slope in slopes:
        cells = [slope.shape.name, f"{slope.shape.size * GROWTH:,} {slope.shape.unit}"]
        for first, base, small, large in (slope.pushes, slope.pulls):
            cells += [f"{large:.3f}", f"{large / base:.1f}", f"{large / small:.1f}", f"{base / first:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines
