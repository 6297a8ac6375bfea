"""What is done around a task's execution, with a runner of the test's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from secure_xcom.airflow.internals import end_of_task as ending
from secure_xcom.airflow.internals import execution as executing
from secure_xcom.errors import ClaimLost

Run = Callable[[BaseException | None], list[str]]


class TaskDeferred(BaseException):
    """As Airflow's, which is no ``Exception``."""


class TaskAwaitingInput(BaseException):
    pass


class AirflowRescheduleException(Exception):  # noqa: N818 - Airflow's name
    pass


class DownstreamTasksSkipped(Exception):  # noqa: N818 - Airflow's name
    pass


class End:
    """Remembers what it is told, and fails if it is to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.error: Exception | None = None

    def before_success(self) -> None:
        self._tell("through")

    def before_pausing(self) -> None:
        self._tell("pauses")

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if self.error is not None:
            raise self.error


@pytest.fixture
def end(monkeypatch: pytest.MonkeyPatch) -> End:
    told = End()
    monkeypatch.setattr(ending, "_end", told)
    monkeypatch.setattr(executing, "came_back", lambda: False)
    return told


def execute(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException | None = None, *, forks: bool = False, try_number: int = 1
) -> object:
    """Run a task that raises, or returns 7."""

    def _execute_task(context: object, ti: object, log: object) -> int:
        if forks and os.fork() == 0:
            os._exit(0)
        if raised is not None:
            raise raised
        return 7

    runner = ModuleType("runner")
    runner._execute_task = _execute_task  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, executing.RUNNER, runner)
    executing.follow_execution(lambda: ending._end.told.append("adopt"))  # type: ignore[union-attr]
    return runner._execute_task({}, SimpleNamespace(try_number=try_number), None)


def test_a_return_is_told_and_handed_on(monkeypatch: pytest.MonkeyPatch, end: End) -> None:
    assert execute(monkeypatch) == 7
    assert end.told == ["through"]


TOLD = {
    DownstreamTasksSkipped: ["through"],
    TaskDeferred: ["pauses"],
    TaskAwaitingInput: ["pauses"],
    AirflowRescheduleException: ["pauses"],
    ValueError: [],
    KeyboardInterrupt: [],
}


@pytest.mark.parametrize(("kind", "told"), TOLD.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_what_the_task_raises_is_told_by_its_kind_and_raised_again(
    monkeypatch: pytest.MonkeyPatch, end: End, kind: type[BaseException], told: list[str]
) -> None:
    raised = kind()
    with pytest.raises(kind) as caught:
        execute(monkeypatch, raised)
    assert caught.value is raised
    assert end.told == told


@pytest.mark.parametrize("raised", [None, TaskDeferred(), AirflowRescheduleException(), DownstreamTasksSkipped()])
def test_a_claim_that_was_lost_fails_the_task_and_carries_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch, end: End, raised: BaseException | None
) -> None:
    end.error = ClaimLost("lost")
    with pytest.raises(ClaimLost) as caught:
        execute(monkeypatch, raised)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({}, ["through"]),
        ({"try_number": 2}, ["adopt", "through"]),
        ({"forks": True}, ["adopt", "through"]),
    ],
    ids=["first process", "second try", "forked"],
)
def test_what_other_processes_of_the_task_had_read_is_adopted(
    monkeypatch: pytest.MonkeyPatch, end: End, how: dict[str, int], told: list[str]
) -> None:
    execute(monkeypatch, **how)  # type: ignore[arg-type]
    assert end.told == told
