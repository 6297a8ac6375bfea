"""What tasks reported with ``mode = observe``, from the entries of a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from secure_xcom.model.entry import Entry
from secure_xcom.model.event import Event
from secure_xcom.ops.tune.observed import LedgerObservations, Observation, observation_of


def entry(detail: str, event: Event = Event.OBSERVE, dag: str = "etl") -> Entry:
    made = SimpleNamespace(event=event, detail=detail, where=SimpleNamespace(dag_id=dag))
    return cast("Entry", made)


def test_an_observation_is_read() -> None:
    found = observation_of(entry('{"path": "out.items[*].token", "rule": "name-token", "count": 7}'))
    assert found == Observation(dag_id="etl", path="out.items[*].token", rule="name-token", count=7)


@pytest.mark.parametrize(
    "detail",
    [
        *("", "x", "[]", "{}", '{"path": 1, "rule": "r", "count": 1}', '{"path": "p", "rule": "r", "count": 0}'),
        *('{"path": "p", "rule": "r"}', '{"path": "p", "rule": "r", "count": "1"}', "[" * 100_000),
    ],
    ids=map(str, range(9)),
)
def test_a_detail_of_another_form_is_passed_by(detail: str) -> None:
    assert observation_of(entry(detail)) is None


def test_another_event_is_passed_by() -> None:
    assert observation_of(entry('{"path": "p", "rule": "r", "count": 1}', event=Event.WRITE)) is None


class FakeReads:
    """A ledger with entries of two Dags."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, dag_id: str, run_id: str | None = None) -> Sequence[Entry]:
        self.asked.append(dag_id)
        detail = f'{{"path": "{dag_id}", "rule": "r", "count": 2}}'
        return [entry(detail, dag=dag_id), entry("", event=Event.WRITE), entry(detail, dag=dag_id)]


def test_the_ledger_is_read_a_dag_at_a_time() -> None:
    reads = FakeReads()
    found = list(LedgerObservations(reads).of({"b", "a"}))
    assert [(one.dag_id, one.count) for one in found] == [("a", 2), ("a", 2), ("b", 2), ("b", 2)]
    assert reads.asked == ["a", "b"]
