"""What a value costs that is sealed in thousands of places: the size of its row, and its push and pull.

Beside Airflow's own backend with the same value, in turn, in processor time, since other things run on a machine.
"""

from __future__ import annotations

import random
import secrets
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.backends import Backend, forget_masked, plain
from tests.airflow.supervisor import Database

ROUNDS = 7
PLACE = {"dag_id": "bench", "run_id": "run", "task_id": "rows"}

VALUES: dict[str, Callable[[], list[dict[str, object]]]] = {
    "10,000 users with a password each": lambda: [
        {"user": f"user-{number:05d}", "password": secrets.token_hex(5)} for number in range(10_000)
    ],
    "20,000 rows with a token each": lambda: [
        {"id": number, "name": f"user-{number:05d}", "email": f"u{number}@example.org", "token": secrets.token_hex(16)}
        for number in range(20_000)
    ],
}

_COLUMNS = ("value", "row / BaseXCom", "push, CPU ms", "push / BaseXCom", "pull, CPU ms", "pull / BaseXCom")


@dataclass
class Took:
    """What one backend took, in seconds of processor time a round."""

    pushes: list[float] = field(default_factory=list)
    pulls: list[float] = field(default_factory=list)
    characters: int = 0

    def run(self, backend: Backend, value: object) -> None:
        """Push and pull once, as a task would that starts anew."""
        database = Database().install()
        forget_masked()
        self.pushes.append(_cpu(lambda: backend.kind.set("return_value", value, **PLACE)))
        self.characters = len(next(iter(database.rows.values())))
        self.pulls.append(_cpu(lambda: backend.kind.get_one(key="return_value", **PLACE)))


def report(sealing: Backend) -> list[str]:
    """Measure, and return a table in Markdown."""
    sealing.use()
    lines = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    for name, make in VALUES.items():
        value, backends = make(), (plain(), sealing)
        took = {backend.name: Took() for backend in backends}
        for backend in backends:
            # The first use makes keys and compiles rules.
            Took().run(backend, value)
        for _ in range(ROUNDS):
            for backend in random.sample(backends, len(backends)):
                took[backend.name].run(backend, value)
        lines.append(_line(name, took[plain().name], took[sealing.name]))
    return lines


def _line(name: str, theirs: Took, ours: Took) -> str:
    cells = [name, f"{ours.characters / theirs.characters:.2f}"]
    for own, base in ((ours.pushes, theirs.pushes), (ours.pulls, theirs.pulls)):
        mine, other = statistics.median(own), statistics.median(base)
        cells += [f"{mine * 1000:.0f}", f"{mine / other:.1f}"]
    return f"| {' | '.join(cells)} |"


def _cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
