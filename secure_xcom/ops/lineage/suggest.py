"""``suggest``: the ``exclusive(...)`` declaration that a Dag's observed traffic would satisfy, as Python.

What succeeded must go on succeeding; what was refused or failed grants nothing. A task that declares a key may push
only what it declares, and may pull only what is declared. So a task with a key that cannot be declared is left out
whole, and so is each task that pulls from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from secure_xcom.model.contract import MAX_READERS
from secure_xcom.model.coordinates import POOL_KEY, RETURN_VALUE, is_airflows
from secure_xcom.model.event import Event
from secure_xcom.ops.lineage.graph import Lineage, Task, Traffic
from secure_xcom.secret import MASK

_WIDTH: Final = 88
"""The narrowest line length in use: what fits here, or is split with a final comma, no formatter changes."""


_INCOMPLETE: Final = (
    "# NOT COMPLETE: the ledger has sealed values only, and a contract refuses what is missing here. First",
    "# set [secure_xcom] ledger_records = all, let the Dag run, and ask again.",
)

_CONTRACTED: Final = (
    "# This Dag pushes under contract already. What that says of consume, ttl, lease and on_failure, and of",
    '# Reader(dag, "*"), is not repeated here: keep it.',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The keys to declare, by task, and why other tasks are left out, causes first."""

    declared: Mapping[str, tuple[Traffic, ...]]
    left_out: Mapping[str, str]


def plan(lineage: Lineage) -> Plan:
    """Decide what can be declared: the largest set of tasks whose traffic a declaration admits."""
    keys = [key for key in lineage.keys if not (key.key.startswith(POOL_KEY) or is_airflows(key.key))]
    used = [traffic for traffic in keys if list(_users(traffic, Event.WRITE, Event.READ, Event.CLAIM))]
    absent = [traffic for traffic in used if _is_absent(traffic, used)]
    present = [traffic for traffic in used if traffic not in absent]
    tasks = {task_id: tuple(keys) for task_id, keys in groupby(present, key=lambda traffic: traffic.task_id)}
    pullers = _pulled(lineage.dag_id, present)
    obstacles = {
        task_id: [*_obstacles(lineage.dag_id, keys, present), *_pulls_in_vain(Task(lineage.dag_id, task_id), absent)]
        for task_id, keys in tasks.items()
    }
    left_out = {task_id: "; ".join(why) for task_id, why in obstacles.items() if why}
    waiting = list(left_out)
    while waiting:
        source = waiting.pop(0)
        for reader, key in pullers.get(source, ()):
            if reader in tasks and reader not in left_out:
                left_out[reader] = f"it pulls {literal(key)} of {literal(source)}, which is left out"
                waiting.append(reader)
    return Plan(declared={task: keys for task, keys in tasks.items() if task not in left_out}, left_out=left_out)


def suggest(lineage: Lineage, *, complete: bool = True) -> str:
    """Return a Python module's part: comments, imports and one call, the same for the same traffic.

    ``complete`` says that the ledger records plain values too; if it does not, the comments tell what may be missing.
    """
    decided = plan(lineage)
    lines = [
        f"# Satisfied by what the ledger has of Dag {literal(lineage.dag_id)}, {_runs(lineage)}.",
        "# It goes below the Dag's tasks. What the ledger does not tell, and a contract refuses: pulls without",
        "# task_ids, and what these tasks pull from other Dags, unless it is under a contract there.",
        *(() if complete else _INCOMPLETE),
        *(_CONTRACTED if lineage.under_contract else ()),
    ]
    if decided.declared:
        lines += _call(lineage.dag_id, decided.declared)
    else:
        lines.append("# No task can be put under contract as it is.")
    lines += [f"# Left out is {literal(task_id)}: {why}." for task_id, why in decided.left_out.items()]
    return "\n".join(lines)


def literal(text: str) -> str:
    """Return the Python literal of ``text`` on one line, quoted as formatters do."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_quoted(character, quote) for character in text) + quote


def _is_absent(traffic: Traffic, used: Iterable[Traffic]) -> bool:
    """Whether tasks looked for the key here and found nothing, and it is another task's: that makes no writer."""
    if traffic.key == RETURN_VALUE or traffic.is_there:
        return False
    return any(other.key == traffic.key and other.task_id != traffic.task_id for other in used)


def _pulls_in_vain(task: Task, absent: Iterable[Traffic]) -> Iterator[str]:
    """Say which pulls of a task a contract would refuse, because what they ask for is not pushed there."""
    for traffic in absent:
        if task in _readers(traffic):
            own = traffic.task_id == task.task_id
            where = ", which is its own" if own else f" of {literal(traffic.task_id)}, which does not push it"
            yield f"it pulls {literal(traffic.key)}{where}"


def _obstacles(dag_id: str, keys: Iterable[Traffic], used: Iterable[Traffic]) -> Iterator[str]:
    """Say why keys of one task cannot be declared."""
    for traffic in keys:
        name, readers = literal(traffic.key), _readers(traffic)
        others = [other.task_id for other in used if other.key == traffic.key and other.task_id != traffic.task_id]
        if others and traffic.key != RETURN_VALUE:
            yield f"{name} is pushed by {', '.join(map(literal, others))} too, and a contract has one writer"
        if MASK in (traffic.task_id, traffic.key, *(who.task_id for who in readers if who)):
            yield f"{name} has a name that is a secret itself, its own, its task's or a reader's, and is masked here"
        if not traffic.is_own:
            yield f"{name} was pushed by another than the task itself"
        if None in readers:
            yield f"{name} was pulled outside of a task"
        if Task(dag_id, traffic.task_id) in readers:
            yield f"it pulls {name}, which is its own"
        if len(readers) > MAX_READERS:
            yield f"{name} has {len(readers)} readers, and a contract takes {MAX_READERS}"


def _pulled(dag_id: str, used: Iterable[Traffic]) -> dict[str, list[tuple[str, str]]]:
    """Return of each task who in the Dag pulls which of its keys, but for what any task may pull."""
    found: dict[str, list[tuple[str, str]]] = {}
    for traffic in used:
        if traffic.key != RETURN_VALUE:
            here = (who for who in _readers(traffic) if who is not None and who.dag_id == dag_id)
            found.setdefault(traffic.task_id, []).extend((who.task_id, traffic.key) for who in here)
    return found


def _readers(traffic: Traffic) -> list[Task | None]:
    # To claim a value is to have the right to read it.
    return list(dict.fromkeys(_users(traffic, Event.READ, Event.CLAIM)))


def _users(traffic: Traffic, *events: Event) -> Iterator[Task | None]:
    return (access.who for access in traffic.done(*events))


def _call(dag_id: str, declared: Mapping[str, tuple[Traffic, ...]]) -> Iterator[str]:
    body = [line for task_id, keys in declared.items() for line in _task(dag_id, task_id, keys)]
    abroad = any(who and who.dag_id != dag_id for keys in declared.values() for key in keys for who in _readers(key))
    yield f"from secure_xcom import Key, {'Reader, ' if abroad else ''}exclusive"
    yield from ("", "exclusive(", "    dag,", "    {", *body, "    },", ")")


def _task(dag_id: str, task_id: str, keys: Iterable[Traffic]) -> Iterator[str]:
    yield f"        {literal(task_id)}: ["
    for traffic in keys:
        readers = [_reader(who, dag_id) for who in sorted(who for who in _readers(traffic) if who)]
        if not readers:
            yield "            # Nobody pulled it."
        elif traffic.read_once:
            yield '            # One task instance pulled it in every run: consume="once" would hold, too.'
        yield from _key(literal(traffic.key), readers)
    yield "        ],"


def _key(name: str, readers: list[str]) -> Iterator[str]:
    short = f"            Key({name}, readers=[{', '.join(readers)}]),"
    if len(short) <= _WIDTH:
        yield short
        return
    yield from ("            Key(", f"                {name},")
    short = f"                readers=[{', '.join(readers)}],"
    if len(short) <= _WIDTH:
        yield short
    else:
        yield "                readers=["
        yield from (f"                    {one}," for one in readers)
        yield "                ],"
    yield "            ),"


def _reader(who: Task, dag_id: str) -> str:
    return literal(who.task_id) if who.dag_id == dag_id else f"Reader({literal(who.dag_id)}, {literal(who.task_id)})"


def _runs(lineage: Lineage) -> str:
    if lineage.run_id is not None:
        return f"run {literal(lineage.run_id)}"
    return "1 run" if lineage.runs == 1 else f"{lineage.runs} runs"


def _quoted(character: str, quote: str) -> str:
    if character in "'\"":
        return f"\\{character}" if character == quote else character
    return repr(character)[1:-1]
