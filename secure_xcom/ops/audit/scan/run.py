"""``Run``: goes through the sources, one after the other, and keeps what was found and how far it came."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from secure_xcom.ops.audit.finding import Source, State
from secure_xcom.ops.audit.scan.checkpoint import Checkpoint, Reached
from secure_xcom.ops.audit.scan.judge import Judge
from secure_xcom.ops.audit.scan.sources import Batch, Scannable, Unscannable

if TYPE_CHECKING:
    from secure_xcom.ops.audit.scan.gather import Gathered

_EVERY: Final = 10.0
"""Seconds between two checkpoints."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Shows how far a source is; of a scan that nobody watches, nothing."""

    began: Callable[[str, int | None], None] = lambda _name, _total: None
    advanced: Callable[[str, int], None] = lambda _name, _rows: None
    ended: Callable[[str], None] = lambda _name: None
    closed: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Run:
    """One scan. ``scan`` may be called by several threads, each with sources of its own."""

    judge: Callable[[], Judge]
    gathered: Gathered
    checkpoint: Checkpoint
    save: Callable[[Checkpoint], None] = lambda _: None
    progress: Progress = field(default_factory=Progress)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _saved: float = field(default_factory=time.monotonic)

    def scan(self, source: Scannable) -> Source:
        """Look at a source, from where an earlier scan was interrupted; what fails becomes its state."""
        if (done := self.checkpoint.done.get(source.name)) is not None:
            return done
        looked = _Looked(source, self.judge(), self.checkpoint.reached.get(source.name))
        if looked.before is None:
            # What was found of it without a cursor to go on from would be counted twice.
            self.gathered.drop(source.name)
        result = self._looked_at(source, looked)
        with self._lock:
            self.checkpoint.done[source.name] = result
            self.checkpoint.reached.pop(source.name, None)
            self._save()
        self.progress.ended(source.name)
        return result

    def keep(self) -> None:
        """Save the checkpoint now, as an interrupted scan does."""
        with self._lock:
            self._save()

    def _looked_at(self, source: Scannable, looked: _Looked) -> Source:
        try:
            looked.total = source.total()
            self.progress.began(source.name, looked.total)
            self.progress.advanced(source.name, looked.rows)
            for batch in source.batches(looked.before.cursor if looked.before else None):
                self._add(source, looked, batch)
            return looked.result(State.SCANNED, source.shortfall)
        except Unscannable as problem:
            is_begun = problem.state is State.UNREADABLE and looked.rows > 0
            return looked.result(State.PARTLY if is_begun else problem.state, problem.reason)

    def _add(self, source: Scannable, looked: _Looked, batch: Batch) -> None:
        hits = list(looked.judge.hits(source, batch))
        with self._lock:
            for hit, place, when in hits:
                self.gathered.add(hit, place, when, is_named=source.is_told_by_name)
            looked.add(batch)
            if batch.cursor is not None and not looked.judge.holds_secret(batch.cursor):
                self.checkpoint.reached[source.name] = looked.reached(batch.cursor)
            if time.monotonic() - self._saved >= _EVERY:
                self._save()
        self.progress.advanced(source.name, len(batch.rows) if batch.counts is None else batch.counts)

    def _save(self) -> None:
        self.checkpoint.findings = list(self.gathered.findings)
        self.save(self.checkpoint)
        self._saved = time.monotonic()


class _Looked:
    """What was looked at of one source so far."""

    def __init__(self, source: Scannable, judge: Judge, before: Reached | None) -> None:
        self.judge = judge
        self.before = before
        self.rows = before.looked_at if before else 0
        self.total: int | None = None
        self._name = source.name
        self._passed_over = Counter(before.passed_over if before else {})

    def add(self, batch: Batch) -> None:
        self.rows += len(batch.rows) if batch.counts is None else batch.counts
        self._passed_over.update(batch.passed_over)

    def reached(self, cursor: object) -> Reached:
        return Reached(
            cursor=list(cursor),  # type: ignore[call-overload]  # a cursor is a sequence
            looked_at=self.rows,
            protected=self._protected,
            passed_over=self._all_passed_over,
        )

    def result(self, state: State, problem: str) -> Source:
        passed_over = self._all_passed_over
        is_partly = state is State.SCANNED and (passed_over or problem)
        return replace(
            Source(name=self._name, state=State.PARTLY if is_partly else state, passed_over=passed_over),
            looked_at=self.rows,
            total=self.total,
            problem=problem,
            protected=self._protected,
        )

    @property
    def _protected(self) -> int:
        return self.judge.protected + (self.before.protected if self.before else 0)

    @property
    def _all_passed_over(self) -> dict[str, int]:
        return dict(self._passed_over + self.judge.passed_over)
