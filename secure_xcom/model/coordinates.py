"""Where an XCom stands, who runs, and what a pull asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

RETURN_VALUE: Final = "return_value"
"""The key under which Airflow pushes what a task returns."""

POOL_KEY: Final = "pool:"
"""Begins the key under which a pool's values are sealed: they are no XComs, and have no row."""

_BRANCH: Final = frozenset({"skipped", "followed"})
"""What a branch notes under ``skipmixin_key``: lists of the ids of tasks."""

READ_BY_AIRFLOW: Final = ("skipmixin_key", "trigger_run_id")
"""Keys whose values, ids of tasks and runs, Airflow's scheduler and server read from the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates:
    """What identifies an XCom. ``map_index`` is -1 for a task that is not mapped."""

    dag_id: str
    run_id: str
    task_id: str
    key: str
    map_index: int = -1

    def as_query(self) -> XComQuery:
        """Return the request that names all of them."""
        return XComQuery(
            dag_id=self.dag_id, run_id=self.run_id, task_id=self.task_id, key=self.key, map_index=self.map_index
        )

    def __str__(self) -> str:
        return (
            f"dag_id={self.dag_id!r} run_id={self.run_id!r} task_id={self.task_id!r} "
            f"map_index={self.map_index} key={self.key!r}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInstance:
    """Who runs: the first four identify it through all its tries, as Airflow's task instance."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1
    try_number: int = 1
    try_id: str = field(default="", compare=False)
    """Airflow's own id of this try, another one for each; empty where none is known."""

    def is_at(self, where: Coordinates) -> bool:
        """Whether the coordinates are its own."""
        own = (self.dag_id, self.run_id, self.task_id, self.map_index)
        return own == (where.dag_id, where.run_id, where.task_id, where.map_index)

    def __str__(self) -> str:
        mapped = "" if self.map_index < 0 else f"[{self.map_index}]"
        return f"task {self.task_id}{mapped} of Dag {self.dag_id}, run {self.run_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class XComQuery:
    """The coordinates that a reader asked for; ``None`` stands for a part that the request left open."""

    dag_id: str
    run_id: str | None
    task_id: str | None = None
    key: str | None = None
    map_index: int | None = None

    def admits(self, found: Coordinates) -> bool:
        """Whether ``found`` is among what was asked for."""
        wanted = (self.dag_id, self.run_id, self.task_id, self.key, self.map_index)
        actual = (found.dag_id, found.run_id, found.task_id, found.key, found.map_index)
        return all(want is None or want == have for want, have in zip(wanted, actual, strict=True))


def is_airflows(key: str) -> bool:
    """Whether Airflow itself reads the key: which tasks a branch skips, which run a trigger started, a link.

    Its scheduler and its UI read these values from the database. If they were sealed, a branch that was not taken
    could run.
    """
    return key in READ_BY_AIRFLOW or key.startswith("_link_")


def is_read_by_airflow(value: object) -> bool:
    """Whether a value has a form that Airflow itself reads under one of its keys: an id, a URL, a list, a branch."""
    if isinstance(value, dict):
        return value.keys() <= _BRANCH and all(_is_text_or_texts(item) for item in value.values())
    return _is_text_or_texts(value)


def _is_text_or_texts(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))
