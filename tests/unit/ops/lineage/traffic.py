"""Entries for tests, one short line each."""

from __future__ import annotations

from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event


def task(task_id: str, *, dag: str = "dag", run: str = "run", index: int = -1, attempt: int = 1) -> TaskInstance:
    return TaskInstance(dag_id=dag, run_id=run, task_id=task_id, map_index=index, try_number=attempt)


def write(who: TaskInstance, key: str) -> Entry:
    """A task pushes a key of its own."""
    return access(Event.WRITE, who, source=who, key=key)


def read(who: TaskInstance | None, source: TaskInstance, key: str) -> Entry:
    return access(Event.READ, who, source=source, key=key)


def access(event: Event, who: TaskInstance | None, *, source: TaskInstance, key: str, error: str = "") -> Entry:
    """What somebody does, or is refused by ``error``, with a key that ``source`` has pushed."""
    where = Coordinates(
        dag_id=source.dag_id, run_id=source.run_id, task_id=source.task_id, map_index=source.map_index, key=key
    )
    outcome = Outcome.DONE
    if error:
        outcome = Outcome.EXPIRED if error == "Expired" else Outcome.REFUSED
    return Entry(at=0, event=event, outcome=outcome, where=where, actor=who, error=error)


HOSTILE = [
    'quo"te',
    "apos'trophe",
    "both'\"",
    "back\\slash\\",
    "new\nline",
    "return\rfeed\f",
    "\x1b[31mred\x1b]0;title\x07",
    "\x9b31m",
    "\x00",
    "[bold]rich[/bold]",
    "[/]",
    ":bomb:",
    "brackets]])}>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; #lt; #60;",
    "%%{init: {'theme': 'x'}}%%",
    '"]; click t0 "javascript:alert(1)"',
    "`**markdown**`",
    "1. list",
    "- list",
    "$$x^2$$",
    "fa:fa-bomb",
    "end",
    "a --> b",
    "|pipe|",
    '"; } digraph x {',
    "\\N\\G\\l",
    "# comment",
    "){import os}",
    '", readers=["any"]), Key("',
    "${env}{{ jinja }}",
    "\u202edesrever",
    "\u2028separator",
    "\ud800lone",
    "Größe 大きさ 🍒",
    "ﬂ°°60¶ßb",
    " ",
    "",
    "x" * 250,
]
"""Names that somebody could wish were more than names."""
