"""What travels with a value under contract, and what its writer needs to know besides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from secure_xcom.model.coordinates import TaskInstance

SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(days=3660)
"""What a lease or a lifetime may be."""

MAX_READERS: Final = 50
"""Readers of one key: with ids of Airflow's longest, 250 characters, they fit into a sealed object's header."""

ANY_TASK: Final = "*"
"""Stands for every task of a Dag. No task of Airflow has this id."""


@dataclass(frozen=True, slots=True, order=True)
class Reader:
    """A task that may read a value under contract, of the same Dag or of another one."""

    dag_id: str
    task_id: str

    def __str__(self) -> str:
        return f"{self.dag_id}.{self.task_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What travels with a value: who may read it, and whether only once. Its writer is the task of its coordinates."""

    readers: frozenset[Reader]
    once: bool = False

    def admits(self, reader: TaskInstance) -> bool:
        """Whether the task may read; ``ANY_TASK`` of its Dag stands for it too."""
        return not self.readers.isdisjoint({Reader(reader.dag_id, reader.task_id), Reader(reader.dag_id, ANY_TASK)})

    def __str__(self) -> str:
        names = ", ".join(map(str, sorted(self.readers))) or "nobody"
        return f"read by {names}{', once' if self.once else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for one key: the contract that travels with its value, and what the writer alone needs to know."""

    contract: Contract
    ttl: int = 0
    lease: int = 0
    keeps: bool = False
