"""``Key`` and ``Declaration``: what a Dag file says; ``resolve`` matches it with the Dag."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePath
from typing import Literal, get_args

from secure_xcom.contracts.enforce import DagContract, TaskContract
from secure_xcom.errors import InvalidContract
from secure_xcom.model.contract import ANY_TASK, LONGEST, MAX_READERS, SHORTEST, Contract, Reader, Terms
from secure_xcom.model.coordinates import RETURN_VALUE, is_airflows

Consume = Literal["many", "once"]
OnFailure = Literal["release", "keep"]


def line_above(depth: int) -> str:
    """Return the file and line that is being executed ``depth`` functions above the caller, as errors name it."""
    frame = sys._getframe(depth + 1)  # noqa: SLF001 - finds the line of the declaration
    return f"{PurePath(frame.f_code.co_filename).name}:{frame.f_lineno}"


@dataclass(frozen=True, slots=True)
class Key:
    """A key under contract.

    ``readers`` are tasks of the same Dag, or ``Reader`` of another one; ``None`` is the task's direct downstream tasks.
    ``consume="once"`` gives the value to the first task instance that claims it, and to no other; ``lease`` is how long
    its claim outlives its process, and ``on_failure`` what becomes of it when that task fails for good. ``ttl`` ends
    the value's lifetime, no later than the configured one does.
    """

    name: str
    readers: Sequence[str | Reader] | None = None
    consume: Consume = "many"
    ttl: timedelta | None = None
    on_failure: OnFailure = "release"
    lease: timedelta | None = None
    declared_at: str = field(default="", kw_only=True, repr=False, compare=False)
    """The file and line for errors to name: the one that makes the key, unless said."""

    def __post_init__(self) -> None:
        if not self.declared_at:
            # Past here and the generated __init__.
            object.__setattr__(self, "declared_at", line_above(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a Dag file says of one task. ``declared_at`` is the file and line that says it."""

    task_id: str
    keys: tuple[Key, ...]
    strict: bool = False
    declared_at: str = ""


def resolve(dag_id: str, downstream: Mapping[str, Iterable[str]], declarations: Sequence[Declaration]) -> DagContract:
    """Match declarations with the Dag's graph: each task and its direct downstream tasks.

    Raises one ``InvalidContract`` with all that is wrong, each with the line to change.
    """
    graph = {task_id: frozenset(below) for task_id, below in downstream.items()}
    problems = list(_contradictions(dag_id, graph, declarations))
    tasks: dict[str, TaskContract] = {}
    if not problems:
        for said in declarations:
            before = tasks.get(said.task_id)
            keys = {key.name: _terms(dag_id, key, graph[said.task_id]) for key in said.keys}
            tasks[said.task_id] = TaskContract(
                keys={**(before.keys if before else {}), **keys},
                upstream=frozenset(above for above in graph if said.task_id in _reach(graph, above)),
                strict=said.strict or bool(before and before.strict),
                declared_at=said.declared_at,
            )
        return DagContract(dag_id=dag_id, tasks=tasks)
    raise InvalidContract(f"the contracts of Dag {dag_id} contradict it or each other:\n" + "\n".join(problems))


def _contradictions(
    dag_id: str, graph: Mapping[str, frozenset[str]], declarations: Sequence[Declaration]
) -> Iterator[str]:
    writers: dict[str, tuple[Declaration, Key]] = {}
    for said in declarations:
        if said.task_id not in graph:
            yield f"  - {said.declared_at}: the Dag has no task {said.task_id!r}"
            continue
        for key in said.keys:
            what = f"  - {key.declared_at}: task {said.task_id!r}, key {key.name!r}"
            for problem in (*_mistakes(key), *_unreachable(dag_id, graph, said.task_id, key)):
                yield f"{what}: {problem}"
            first, earlier = writers.setdefault(key.name, (said, key))
            if first is said and earlier is key:
                continue
            if first.task_id == said.task_id:
                yield f"{what}: declared in {earlier.declared_at} already"
            elif key.name != RETURN_VALUE:
                yield f"{what}: a second writer, after {first.task_id!r} ({earlier.declared_at})"


def _mistakes(key: Key) -> Iterator[str]:
    if not isinstance(key.name, str) or not key.name or len(key.name) > 512:
        yield "a key is a text of 1 to 512 characters"
    elif key.name in (".", ".."):
        yield "no store keeps an object of that name"
    elif is_airflows(key.name):
        yield "Airflow's scheduler and UI read it from the database: it can be under no contract"
    if key.consume not in get_args(Consume):
        yield 'consume is "many" or "once"'
    if key.on_failure not in get_args(OnFailure):
        yield 'on_failure is "release" or "keep"'
    for name, span in (("ttl", key.ttl), ("lease", key.lease)):
        if span is not None and not (isinstance(span, timedelta) and SHORTEST <= span <= LONGEST):
            yield f"{name} is a timedelta from a second to ten years"
    if key.consume == "many" and (key.lease is not None or key.on_failure != "release"):
        yield 'lease and on_failure belong to consume="once"'


def _unreachable(dag_id: str, graph: Mapping[str, frozenset[str]], task_id: str, key: Key) -> Iterator[str]:
    if key.readers is None:
        if not graph[task_id]:
            yield "no task is downstream of it to read the key: name readers=[...]"
        return
    if isinstance(key.readers, str) or len(key.readers) > MAX_READERS:
        yield f"readers is a list of at most {MAX_READERS} tasks"
        return
    below = _reach(graph, task_id)
    for named in key.readers:
        reader = named.task_id if isinstance(named, Reader) and named.dag_id == dag_id else named
        if reader == ANY_TASK:
            continue
        if isinstance(reader, Reader):
            if not reader.dag_id or not reader.task_id:
                yield "a Reader names a Dag and a task"
        elif not isinstance(reader, str) or reader not in graph:
            yield f"the Dag has no task {reader!r} to read it"
        elif reader not in below:
            yield f"the reader {reader!r} is not downstream of the task"


def _reach(graph: Mapping[str, frozenset[str]], task_id: str) -> frozenset[str]:
    """Return all tasks downstream of ``task_id``, without itself."""
    found: set[str] = set()
    waiting = [task_id]
    while waiting:
        below = graph.get(waiting.pop(), frozenset()) - found
        found |= below
        waiting.extend(below)
    return frozenset(found)


def _terms(dag_id: str, key: Key, below: frozenset[str]) -> Terms:
    readers = below if key.readers is None else key.readers
    named = frozenset(one if isinstance(one, Reader) else Reader(dag_id, one) for one in readers)
    return Terms(
        contract=Contract(readers=named, once=key.consume == "once"),
        ttl=int(key.ttl.total_seconds()) if key.ttl else 0,
        lease=int(key.lease.total_seconds()) if key.lease else 0,
        keeps=key.on_failure == "keep",
    )
