"""A ``Lineage`` as JSON, Mermaid and DOT, and the words that the table shares with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event
from secure_xcom.ops.lineage import text
from secure_xcom.ops.lineage.graph import OF_OPERATORS, Access, Lineage, Task, Traffic

_PAST: Final = {
    Event.WRITE: "written",
    Event.READ: "read",
    Event.CLAIM: "claimed",
    Event.CONSUME: "consumed",
    Event.RELEASE: "released",
    Event.PURGE: "purged",
    Event.REVEAL: "revealed",
    Event.OVERRIDE: "overridden",
}
_OF_THE_KEY: Final = (Event.CLAIM, Event.CONSUME, Event.RELEASE, Event.PURGE, Event.REVEAL, Event.OVERRIDE)
"""What is shown of a key in numbers only."""

_SHOWN_INDEXES: Final = 4


def number(amount: int, what: str) -> str:
    """Return ``1 time``, ``2 times``."""
    return f"{amount} {what}" if amount == 1 else f"{amount} {what}s"


def name_of(access: Access, dag_id: str) -> str:
    """Return who did it, with its Dag if that is another one, and with the mapped instances."""
    if access.who is None:
        return "outside of a task"
    return _task_name(access.who, dag_id, _mapped(access))


def how_often(access: Access, traffic: Traffic) -> str:
    """Return how often, and in how many of the key's runs where it was not in all."""
    is_some = access.runs < traffic.runs and access.event not in OF_OPERATORS
    some = f" in {access.runs} of {traffic.runs} runs" if is_some else ""
    return number(access.times, "time") + some


def how_it_ended(access: Access, traffic: Traffic) -> str:
    """Return what did not succeed: what was tried, how it ended, and by which error."""
    error = f" ({access.error})" if access.error else ""
    return f"{access.event.value} {access.outcome.value}{error}, {how_often(access, traffic)}"


def states(traffic: Traffic) -> Iterator[str]:
    """Return how often values of the key were claimed, consumed, and so on."""
    for event in _OF_THE_KEY:
        times = sum(access.times for access in traffic.done(event))
        if times:
            yield f"{_PAST[event]} {times}"
    expired = sum(access.times for access in traffic.undone() if access.outcome is Outcome.EXPIRED)
    if expired:
        yield f"expired {expired}"


def to_json(lineage: Lineage) -> str:
    """Return an object with ``keys``, in ASCII."""
    keys = [_key_object(traffic) for traffic in lineage.keys]
    top = {"dag_id": lineage.dag_id, "run_id": lineage.run_id, "runs": lineage.runs, "keys": keys}
    return json.dumps(top, indent=2)


def to_mermaid(lineage: Lineage) -> str:
    """Return a flowchart: tasks are boxes, keys are rounded, and what did not succeed is dotted."""
    nodes, edges = _drawn(lineage)
    lines = ["flowchart LR"]
    for node in nodes:
        opening, closing = ('(["', '"])') if node.is_key else ('["', '"]')
        # No <br/>: a label with HTML in it is cleaned as HTML, and its character codes are read too early.
        label = text.mermaid(", ").join(map(text.mermaid, node.lines))
        lines.append(f"  {node.name}{opening}{label}{closing}")
    for edge in edges:
        arrow = "-.->" if edge.is_dotted else "-->"
        lines.append(f'  {edge.tail} {arrow}|"{text.mermaid(edge.label)}"| {edge.head}')
    return "\n".join(lines)


def to_dot(lineage: Lineage) -> str:
    """Return the same graph for Graphviz."""
    nodes, edges = _drawn(lineage)
    lines = ["digraph lineage {", "  rankdir=LR;"]
    for node in nodes:
        shape = "ellipse" if node.is_key else "box"
        label = "\\n".join(map(text.dot, node.lines))
        lines.append(f'  {node.name} [shape={shape}, label="{label}"];')
    for edge in edges:
        style = "dotted" if edge.is_dotted else "solid"
        lines.append(f'  {edge.tail} -> {edge.head} [style={style}, label="{text.dot(edge.label)}"];')
    return "\n".join([*lines, "}"])


FORMATS: Final[dict[str, Callable[[Lineage], str]]] = {"json": to_json, "mermaid": to_mermaid, "dot": to_dot}


def _task_name(who: Task, dag_id: str, mapped: str = "") -> str:
    return who.task_id + mapped + ("" if who.dag_id == dag_id else f" of Dag {who.dag_id}")


def _mapped(access: Access) -> str:
    indexes = [str(index) for index in access.map_indexes if index >= 0]
    if len(indexes) > _SHOWN_INDEXES:
        return f"[{len(indexes)} mapped]"
    return f"[{', '.join(indexes)}]" if indexes else ""


def _key_object(traffic: Traffic) -> dict[str, object]:
    shown: dict[str, object] = {"task_id": traffic.task_id, "key": traffic.key, "runs": traffic.runs}
    shown |= {_PAST[event]: [_access_object(access) for access in traffic.done(event)] for event in _PAST}
    for outcome in (Outcome.REFUSED, Outcome.EXPIRED, Outcome.FAILED):
        ended = (access for access in traffic.undone() if access.outcome is outcome)
        shown[outcome.value] = [
            _access_object(access) | {"event": access.event.value, "error": access.error} for access in ended
        ]
    return shown | {"read_once": traffic.read_once}


def _access_object(access: Access) -> dict[str, object]:
    who = {"dag_id": access.who and access.who.dag_id, "task_id": access.who and access.who.task_id}
    return {**who, "map_indexes": list(access.map_indexes), "times": access.times, "runs": access.runs}


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    lines: Sequence[str]
    is_key: bool


@dataclass(frozen=True, slots=True)
class _Edge:
    tail: str
    head: str
    label: str
    is_dotted: bool


def _drawn(lineage: Lineage) -> tuple[list[_Node], list[_Edge]]:
    """Return the graph. Its nodes are called by numbers, so that no name has to serve as an identifier."""
    numbers = count()
    nodes: dict[Task | None, _Node] = {}
    keys: list[_Node] = []
    edges: list[_Edge] = []
    for traffic in lineage.keys:
        about = ", ".join([f"of {traffic.task_id}", number(traffic.runs, "run"), *states(traffic)])
        key = _Node(f"k{len(keys)}", [traffic.key, about], is_key=True)
        keys.append(key)
        for access in (*traffic.done(Event.WRITE, Event.READ), *traffic.undone()):
            if access.who not in nodes:
                nodes[access.who] = _task_node(f"t{next(numbers)}", access.who, lineage.dag_id)
            edges.append(_edge(nodes[access.who].name, key.name, access, traffic))
    return [*nodes.values(), *keys], edges


def _task_node(name: str, who: Task | None, dag_id: str) -> _Node:
    return _Node(name, ["outside of a task" if who is None else _task_name(who, dag_id)], is_key=False)


def _edge(task: str, key: str, access: Access, traffic: Traffic) -> _Edge:
    tail, head = (task, key) if access.event is Event.WRITE else (key, task)
    if access.outcome is Outcome.DONE:
        return _Edge(tail, head, f"{_PAST[access.event]} {how_often(access, traffic)}", is_dotted=False)
    return _Edge(tail, head, how_it_ended(access, traffic), is_dotted=True)
