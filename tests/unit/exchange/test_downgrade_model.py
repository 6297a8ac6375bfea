"""Any sequence of pushes, tries, crashes and deletions: what a task pushed is handed out, what was put there is not."""

import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from secure_xcom.errors import ObjectNotFound, SealedValueReplaced, Superseded
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.value import JSON
from tests.unit.exchange.downgrade import Deployment, Producer, is_sealed, place

# It walks the same lines again and again, which smaller tests trace.
pytestmark = pytest.mark.no_cover

INDEXES = st.sampled_from([0, 1])


class Attacks(RuleBasedStateMachine):
    """Honest tasks, and a writer to the database who undoes what they try after each look."""

    @initialize()
    def deploy(self) -> None:
        self.deployment = Deployment()
        self.tries: dict[int, Producer] = {}
        self.values: dict[Coordinates, object] = {}
        """What each row that is there stands for."""
        self.dead: list[tuple[Coordinates, JSON]] = []
        """Rows that tasks have replaced or deleted."""
        self.earlier: list[tuple[Coordinates, JSON, Producer]] = []
        """Rows that were written, and by which try."""
        self.doubtful: set[Coordinates] = set()
        """Where a push died between the ledger's entry and the row: the ledger knows of a value that nobody has."""
        self.count = 0

    @rule(index=INDEXES)
    def begin(self, index: int) -> None:
        """Run a task, try it again, or clear it."""
        self._bury(place(index), self.deployment.rows.get(place(index)))
        self.tries[index] = self.deployment.begin(index)
        self.values.pop(place(index), None)
        self.doubtful.discard(place(index))

    @rule(index=INDEXES, sealed=st.booleans(), dies_after=st.sampled_from(["", "", "object", "row"]))
    def push(self, index: int, sealed: bool, dies_after: str) -> None:
        if index not in self.tries:
            self.begin(index)
        self.count += 1
        value = {"password" if sealed else "user": f"value-{self.count}"}
        where, producer = place(index), self.tries[index]
        before = self.deployment.rows.get(where)
        producer.push(value, dies_after=dies_after)
        if dies_after:
            del self.tries[index]
        if dies_after != "object":
            self.values[where] = value
            self.doubtful.discard(where)
        elif before is not None and is_sealed(before) != sealed:
            self.doubtful.add(where)
        if not dies_after:
            self._bury(where, before)
            for there, row, writer in self.earlier:
                if there == where and writer is not producer:
                    self._bury(there, row)
        if dies_after != "object":
            self.earlier.append((where, self.deployment.rows[where], producer))

    @rule(index=INDEXES)
    def delete_by_rest(self, index: int) -> None:
        self.deployment.rows.pop(place(index), None)
        self.values.pop(place(index), None)
        self.doubtful.discard(place(index))

    @rule()
    def delete_the_run(self) -> None:
        """Its tasks end, and it is triggered again under the same id."""
        self.deployment.rows.clear()
        self.values.clear()
        self.doubtful.clear()
        self.tries.clear()

    @rule(fails=st.booleans())
    def let_deletions_fail(self, fails: bool) -> None:
        self.deployment.store.keeps = fails

    @invariant()
    def what_tasks_pushed_is_handed_out(self) -> None:
        for where, value in self.values.items():
            if where not in self.doubtful:
                assert self.deployment.pull(where) == value
        if not self.doubtful:
            assert self.deployment.pull_all() == [self.values[where] for where in sorted(self.values, key=_index)]

    @precondition(lambda self: self._sealed())
    @rule(data=st.data(), forged=st.sampled_from([{"user": "mallory"}, "***", 0, [], {}]))
    def put_a_plain_value_there(self, data: st.DataObject, forged: JSON) -> None:
        where = data.draw(st.sampled_from(self._sealed()))
        with self._written(where, forged):
            with pytest.raises(SealedValueReplaced):
                self.deployment.pull(where)
            with pytest.raises(SealedValueReplaced):
                self.deployment.pull_all()

    @invariant()
    def no_old_row_opens(self) -> None:
        for where, row in self.dead:
            with self._written(where, row), pytest.raises((Superseded, ObjectNotFound)):
                self.deployment.pull(where)

    def _sealed(self) -> list[Coordinates]:
        rows = self.deployment.rows.items()
        return [where for where, row in rows if is_sealed(row) and where not in self.doubtful]

    def _bury(self, where: Coordinates, row: JSON) -> None:
        if row is not None and is_sealed(row):
            self.dead.append((where, row))

    @contextlib.contextmanager
    def _written(self, where: Coordinates, row: JSON) -> Iterator[None]:
        before = dict(self.deployment.rows)
        self.deployment.rows[where] = row
        yield
        self.deployment.rows.clear()
        self.deployment.rows.update(before)


def _index(where: Coordinates) -> int:
    return where.map_index


Attacks.TestCase.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
TestAttacks = Attacks.TestCase
