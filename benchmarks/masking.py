"""What masking costs: tasks with many secrets and their supervisors, and plain texts beside many registered ones.

Both are measured with the optional package ahocorasick_rs and without it, and beside Airflow's own backend, in turn.
The wall clock of a busy machine tells little, so processor time stands beside it.
"""

from __future__ import annotations

import random
import resource
import secrets
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from airflow.sdk.bases.xcom import BaseXCom

from benchmarks.backends import forget_masked, secure
from benchmarks.supervised import PLACE, Ran, Worker, in_a_child, rows
from tests.airflow.supervisor import Database

SECRETS = {1_000: 7, 100_000: 2}
"""How many in a task, and rounds."""

SIZES = {"1 MB": (1_000_000, 15, 4), "50 MB": (50_000_000, 1, 1)}
"""Characters, rounds, and pushes in a round. Of 50 MB the first push is as long as all others."""

REGISTERED = 1_000
PACKAGES = {True: "with", False: "without"}
_TASK_COLUMNS = (
    "secrets",
    "`ahocorasick_rs`",
    "task",
    "BaseXCom, s",
    "secure-xcom, s",
    "adds, s",
    "BaseXCom, CPU s",
    "secure-xcom, CPU s",
    "adds, CPU s",
    "shown",
    "longest without a heartbeat, s",
)
_TEXT_COLUMNS = (
    "text",
    "`ahocorasick_rs`",
    "what",
    "BaseXCom, CPU s",
    "none registered, CPU s",
    "registered, CPU s",
    "registered / none",
    "none / BaseXCom",
)
_BLOCK = 1_000_000
_WORDS = ["row", "done", "received", "of", "the", "42", "ok"]

TEXTS: dict[str, Callable[[], str]] = {
    "words": lambda: secrets.choice(_WORDS),
    "words and hexadecimal numbers": lambda: secrets.choice([*_WORDS[:3], secrets.token_hex(8)]),
}
"""Words that make up a text. The registered texts are hexadecimal: in the other text they begin all the time."""


@dataclass
class Tasks:
    """What tasks of one kind took, a round each."""

    pushes: list[Ran] = field(default_factory=list)
    pulls: list[Ran] = field(default_factory=list)

    def run(self, worker: Worker, value: list[dict[str, Any]]) -> None:
        """Push and pull once."""
        self.pushes.append(worker.push(value))
        self.pulls.append(worker.pull())


def report(home: Path) -> list[str]:
    """Measure everything, and return it in Markdown. Call it before anything else that masks in this process."""
    return [
        "## What masking costs",
        "",
        "A task pushes or pulls a value with that many sealed texts, and then logs each of them. The task and",
        "Airflow's supervisor are two processes: the supervisor registers what the task sends, masks its log and",
        "writes it to a file. The API server is a file. Seconds are from before the task is forked until its log is",
        "closed, CPU seconds are those of both processes. `shown` counts secrets that stand in a log in plaintext.",
        "The last column has BaseXCom's supervisor first: the longest time in which it could send no heartbeat.",
        f"Medians of {' and '.join(map(str, SECRETS.values()))} interleaved rounds.",
        "",
        *_tasks_table(home),
        "",
        f"A plain text, pushed and pulled in one process, with {REGISTERED:,} hexadecimal texts registered or none.",
        "The first push also compiles what is registered. A later one is the fourth; of 50 MB it is the first too.",
        f"Medians of {' and '.join(str(rounds) for _, rounds, _ in SIZES.values())} interleaved rounds.",
        "",
        *_texts_table(home),
        "",
    ]


def _tasks_table(home: Path) -> list[str]:
    lines = [
        f"| {' | '.join(_TASK_COLUMNS)} |",
        "|---" * len(_TASK_COLUMNS) + "|",
    ]
    for count, rounds in SECRETS.items():
        measured = _tasks(home / str(count), count, rounds)
        airflows = measured["BaseXCom"]
        for has_package, name in PACKAGES.items():
            ours = measured[name]
            for task in ("pushes", "pulls"):
                mine, theirs = getattr(ours, task), getattr(airflows, task)
                cells = [f"{count:,}", PACKAGES[has_package], {"pushes": "push", "pulls": "pull"}[task]]
                for of in ("seconds", "cpu"):
                    base, own = (statistics.median(getattr(ran, of) for ran in runs) for runs in (theirs, mine))
                    cells += [f"{base:.2f}", f"{own:.2f}", f"{own - base:.2f}"]
                cells.append(f"{max(ran.shown for ran in mine):,}")
                cells.append(" and ".join(f"{max(ran.held_up for ran in runs):.2f}" for runs in (theirs, mine)))
                lines.append(f"| {' | '.join(cells)} |")
    return lines


def _tasks(home: Path, count: int, rounds: int) -> dict[str, Tasks]:
    workers = {"BaseXCom": Worker(home / "airflows", seals=False)}
    workers |= {name: Worker(home / name, seals=True, has_package=has) for has, name in PACKAGES.items()}
    measured = {name: Tasks() for name in workers}
    for worker in workers.values():
        worker.home.mkdir(parents=True)
        # The first use makes the key.
        Tasks().run(worker, rows(1))
    for _ in range(rounds):
        for name in random.sample(list(workers), len(workers)):
            measured[name].run(workers[name], rows(count))
    return measured


def _texts_table(home: Path) -> list[str]:
    lines = [
        f"| {' | '.join(_TEXT_COLUMNS)} |",
        "|---" * len(_TEXT_COLUMNS) + "|",
    ]
    for has_package, name in PACKAGES.items():
        for text, (title, (size, rounds, pushes)) in product(TEXTS, SIZES.items()):
            measured = partial(_texts, home, TEXTS[text], size, rounds, pushes)
            found = in_a_child(measured, has_package=has_package)
            for index, what in enumerate(("first push", "later push", "pull")):
                base, none, some = (
                    statistics.median(took[index] for took in found[case]) for case in ("BaseXCom", "none", "some")
                )
                cells = [f"{title} of {text}", name, what, f"{base:.4f}", f"{none:.4f}", f"{some:.4f}"]
                lines.append(f"| {' | '.join(cells)} | {some / none:.1f} | {none / base:.1f} |")
    return lines


def _texts(home: Path, word: Callable[[], str], size: int, rounds: int, pushes: int) -> dict[str, list[list[float]]]:
    Database().install()
    backend = secure("texts", {"store": f"file://{home}/texts", "key": f"local://{home}/texts.json"}, home)
    backend.use()
    kinds: dict[str, tuple[type[BaseXCom], int]] = {
        "BaseXCom": (BaseXCom, 0),
        "none": (backend.kind, 0),
        "some": (backend.kind, REGISTERED),
    }
    found: dict[str, list[list[float]]] = {name: [] for name in kinds}
    text = " ".join(word() for _ in range(_BLOCK // 2))[:_BLOCK] * (size // _BLOCK)
    for number in range(rounds + 1):
        for name in random.sample(list(kinds), len(kinds)):
            kind, registered = kinds[name]
            took = _text(kind, registered, text, f"{name}-{number}", pushes)
            if number:
                found[name].append(took)
    return found


def _text(kind: type[BaseXCom], registered: int, text: str, task_id: str, pushes: int) -> list[float]:
    from secure_xcom.airflow.internals.secrets_masker import register

    database = Database().install()
    forget_masked()
    register([secrets.token_hex(8) for _ in range(registered)])
    place = PLACE | {"task_id": task_id}
    pushes = [_cpu(lambda: kind.set("return_value", text, **place)) for _ in range(pushes)]
    assert text[:100] in str(next(iter(database.rows.values())))[:200], "the text was sealed"
    return [pushes[0], pushes[-1], _cpu(lambda: kind.get_one(key="return_value", **place))]


def _cpu(call: Callable[[], object]) -> float:
    def used() -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        return own.ru_utime + own.ru_stime

    start = used()
    call()
    return used() - start
