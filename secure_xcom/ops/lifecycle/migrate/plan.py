"""``Plan``: which tables a migration goes through, what it does in each, and its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secure_xcom.assembly.migration import build_migration
from secure_xcom.ops.audit.scan.rules import Rules, build_rules
from secure_xcom.ops.audit.scan.run import Progress
from secure_xcom.ops.lifecycle.migrate.budget import Budget
from secure_xcom.ops.lifecycle.migrate.cells import Table
from secure_xcom.ops.lifecycle.migrate.checkpoint import Checkpoint
from secure_xcom.ops.lifecycle.migrate.collecting import Collecting
from secure_xcom.ops.lifecycle.migrate.handed_out import HandedOut
from secure_xcom.ops.lifecycle.migrate.masking import Masking
from secure_xcom.ops.lifecycle.migrate.reversing import Reversing
from secure_xcom.ops.lifecycle.migrate.run import Handler, Part, Run
from secure_xcom.ops.lifecycle.migrate.sealing import Objects, Sealing
from secure_xcom.ops.lifecycle.migrate.tally import CHANGES, NOTHING_LEFT, Done, Problem, Tally

if TYPE_CHECKING:
    from secure_xcom.ports.host import Host
    from secure_xcom.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a migration did, or would do. ``stopped`` says what ended it before its end; it is empty otherwise."""

    rows: dict[str, int]
    """Rows of each table that were looked at."""
    done: dict[Done, int]
    groups: Sequence[tuple[str, str, int]]
    """A Dag, a rule, and how many parts of its values are sensitive by it, most frequent first."""
    problems: Sequence[Problem]
    stopped: str = ""
    is_interrupted: bool = False
    is_limited: bool = False
    """Whether as many values were changed as were to be changed at most."""
    absent: Sequence[str] = ()
    """Dags that were asked for, of which none of the tables has a row."""

    @property
    def is_incomplete(self) -> bool:
        """Whether something was left that should not have been. What is gone anyway is counted, and is no failure."""
        left = any(problem.left not in NOTHING_LEFT for problem in self.problems)
        return left or bool(self.stopped) or self.is_interrupted

    @property
    def changes(self) -> int:
        """How many values were changed, or would be."""
        return sum(self.done.get(kind, 0) for kind in CHANGES)


class Plan:
    """Collects the parts of a migration; without ``is_real`` it only counts what there is to do."""

    def __init__(
        self, settings: Settings, host: Host, operator: str, *, is_real: bool, limit: int | None = None
    ) -> None:
        self._waiting = Collecting()
        self._assembled = build_migration(settings, host, self._waiting, operator)
        self._rules: Callable[[], Rules] = lambda: build_rules(settings, host)
        self._handed_out = HandedOut(host.shortest_maskable)
        self._is_real = is_real
        self._budget = Budget() if limit is None else Budget(limit)
        self.parts: list[Part] = []

    def seal(self, table: Table, objects: Objects | None) -> None:
        """Have the plaintext rows of a table sealed."""
        tally = Tally()
        migration = self._assembled.migration
        self._add(table, Sealing(migration, tally, objects, self._recording, self._budget, self._handed_out), tally)

    def reverse(self, table: Table) -> None:
        """Have the sealed rows of a table written back in plaintext."""
        tally = Tally()
        assembled = self._assembled
        self._add(table, Reversing(assembled.migration, tally, self._recording, self._budget, assembled.ended), tally)

    def look_for_pickles(self, tables: Sequence[Table]) -> None:
        """Have the pickled rows of tables reported."""
        for table in tables:
            tally = Tally()
            self._add(table, Sealing(self._assembled.migration, tally, None, None, self._budget), tally)

    def mask(self, tables: Sequence[Table], *, is_xcom: bool = False) -> None:
        """Have what is sensitive in tables of JSON masked, and of rendered fields what the Dag's XComs handed out."""
        # Where each XCom is sealed whatever it is, only those of an archive are secrets.
        policy = self._assembled.policy if is_xcom else replace(self._assembled.policy, everything=False)
        for table in tables:
            tally = Tally()
            handed_out = None if is_xcom else self._handed_out
            masking = Masking(policy, tally, self._budget, handed_out=handed_out, is_real=self._is_real)
            self._add(table, masking, tally)

    def mask_text(self, tables: Sequence[Table]) -> None:
        """Have what is sensitive in tables of texts masked, whether they are JSON or not."""
        searcher, policy = self._rules().searcher, replace(self._assembled.policy, everything=False)
        for table in tables:
            tally = Tally()
            masking = Masking(policy, tally, self._budget, in_text=searcher.in_unnamed, is_real=self._is_real)
            self._add(table, masking, tally)

    def run(self, state: Checkpoint, save: Callable[[Checkpoint], None], progress: Progress) -> Run:
        """Return what goes through the parts."""
        policy = self._assembled.policy
        return Run(
            checkpoint=state,
            budget=self._budget,
            save=save,
            is_secret=lambda text: policy.rule_of_text(text) is not None,
            progress=progress,
        )

    def absent(self, dags: Sequence[str]) -> list[str]:
        """Return those of the Dags of which no table has a row. Raises ``MigrationStopped``."""
        return sorted({*dags}.difference(*(part.table.dags() for part in self.parts))) if dags else []

    def report(self, stopped: BaseException | None = None, absent: Sequence[str] = ()) -> Report:
        """Return what became of the parts so far."""
        done: Counter[Done] = Counter()
        groups: Counter[tuple[str, str]] = Counter()
        for part in self.parts:
            done.update(part.tally.done)
            groups.update(part.tally.groups)
        is_interrupted = isinstance(stopped, KeyboardInterrupt)
        return Report(
            rows={part.table.name: part.tally.rows for part in self.parts},
            done={kind: done[kind] for kind in Done if done[kind]},
            groups=[(dag_id, rule, parts) for (dag_id, rule), parts in groups.most_common()],
            problems=[problem for part in self.parts for problem in part.tally.problems],
            stopped="" if stopped is None or is_interrupted else f"{type(stopped).__name__}: {stopped}",
            is_interrupted=is_interrupted,
            is_limited=self._budget.is_spent,
            absent=absent,
        )

    @property
    def _recording(self) -> Callable[[], None] | None:
        return self._record if self._is_real else None

    def _record(self) -> None:
        self._assembled.recorder.record(*self._waiting.taken())

    def _add(self, table: Table, handler: Handler, tally: Tally) -> None:
        self.parts.append(Part(table=table, handler=handler, tally=tally))
