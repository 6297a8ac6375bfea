"""``Walk``: one chain while its entries pass by, and the first thing that is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from secure_xcom.ledger import chain
from secure_xcom.ledger.beginnings import Start
from secure_xcom.ledger.db.text import digest, original
from secure_xcom.ledger.extending import REGISTER
from secure_xcom.ledger.rows import place_of
from secure_xcom.model.coordinates import Coordinates

End = tuple[int, str, str, str]
"""A chain's length and its last MAC, and the Dag and run that it is of, as the database writes them."""


FOREIGN: Final = "in the name of another run or domain than the one that signs here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first thing wrong with a run's chain. ``number`` is the entry's, counted from 1."""

    dag_id: str
    run_id: str
    number: int
    problem: str

    @property
    def is_register(self) -> bool:
        """Whether it is about a domain's register, and not about a run."""
        return self.run_id == REGISTER

    def __str__(self) -> str:
        run = "the register of runs" if self.is_register else f"run {self.run_id}"
        return f"Dag {self.dag_id}, {run}, entry {self.number}: {self.problem}"


@dataclass(slots=True)
class Walk:
    """One chain while its entries pass by."""

    dag_id: str
    run_id: str
    domain: str
    generation: int
    end: End
    end_mac: str
    secret: bytes | None = field(repr=False)
    """``None`` where the domain's key cannot be had: nothing is then called good."""
    anchored: End | None = None
    is_register: bool = False
    length: int = 0
    last: str = chain.START
    problem: Break | None = None
    unverified: Any = field(default_factory=hashlib.sha256)
    """What stands here of a chain whose key is lost: who accepts that it cannot be verified accepts this much."""
    seen: int = 0
    start: Start | None = None
    """Where the chain begins, if its first entries were pruned."""

    def begin(self, name: str, start: Start) -> None:
        """Begin after entries that were pruned, if the record of them is authentic."""
        self.start = start
        if self.secret is None:
            self.unverified.update(repr(start).encode("utf-8", "surrogatepass"))
        elif not start.is_authentic(self.secret, name):
            self.fail(1, "the record of its pruned entries was changed")
        else:
            self.length, self.last = start.number, start.last_mac
            if self.anchored and self.anchored[0] == start.number and not chain.same(self.anchored[1], start.last_mac):
                self.fail(start.number, "another than at the last verification: the chain was set back and went on")

    def see(self, name: str, row: Mapping[str, Any]) -> None:
        self.seen += 1
        if self.secret is None:
            self.unverified.update(repr(sorted(row.items())).encode("utf-8", "surrogatepass"))
        if self.problem or self.secret is None:
            return
        number = self.length + 1
        if row["number"] != number:
            self.fail(number, f"missing: entry {row['number']} comes next")
            return
        if not chain.is_entry(row):
            self.fail(number, "changed: it holds what no entry holds")
            return
        expected = chain.entry_mac(self.secret, self.last, name, number, row)
        if not chain.same(row["mac"], expected) or not _is_found(row):
            self.fail(number, "changed, or not in its place: it does not follow from the entry before it")
            return
        # Whose key signed it may say nothing in the name of another run or domain.
        if not (self.is_register or self._is_of_run(row)):
            self.fail(number, FOREIGN)
            return
        self.length, self.last = number, expected
        if self.anchored and self.anchored[0] == number and not chain.same(self.anchored[1], expected):
            self.fail(number, "another than at the last verification: the chain was set back and went on")

    def finish(self, name: str) -> None:
        length, last, *_ = self.end
        if self.secret is None:
            self._compare_with_anchor()
        if self.problem or self.secret is None:
            return
        if not chain.same(self.end_mac, chain.end_mac(self.secret, name, length, last)):
            self.fail(self.length, "the run's end was changed")
        elif length > self.length:
            self.fail(self.length + 1, f"cut off: the run had {length} entries")
        elif length < self.length or not chain.same(last, self.last):
            self.fail(length + 1, "more than the run's end says")
        elif self.anchored and self.anchored[0] > length:
            self.fail(length + 1, f"cut off: there were {self.anchored[0]} entries at the last verification")

    def _compare_with_anchor(self) -> None:
        if self.anchored and not self.problem and self.end[:2] != self.anchored[:2]:
            self.fail(self.seen, "another end than at the last verification, and its key cannot be opened")

    def _is_of_run(self, row: Mapping[str, Any]) -> bool:
        prefix = "" if row["actor_dag_id"] is None else "actor_"
        names = (row[f"{prefix}dag_id"], row[f"{prefix}run_id"])
        return tuple(map(original, names)) == (self.dag_id, self.run_id)

    def fail(self, number: int, problem: str) -> None:
        self.problem = Break(dag_id=self.dag_id, run_id=self.run_id, number=number, problem=problem)


def _is_found(row: Mapping[str, Any]) -> bool:
    """Whether the columns that find an entry follow from what is signed: changed ones would hide it from its Dag."""
    names = ("dag_id", "run_id", "task_id", "key")
    where = Coordinates(**{name: original(row[name]) for name in names}, map_index=row["map_index"])
    return bool(row["dag"] == digest(where.dag_id) and row["place"] == place_of(row["event"], row["object_id"], where))
