"""What happens around a task's execution, with a runner of the test's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace

import pytest

from secure_xcom.airflow import end_of_task, execution, task_instance
from secure_xcom.airflow.host import AirflowHost
from secure_xcom.airflow.internals import task_runner
from secure_xcom.airflow.internals.compat import PAUSES, SUCCESSES
from secure_xcom.errors import ClaimLost, ClaimRefused, PayloadError
from secure_xcom.secret import Secret


class End:
    """Remembers what it is told, and fails if it is to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.error: Exception | None = None

    def before_success(self) -> None:
        self._tell("success")

    def before_pausing(self) -> None:
        self._tell("pause")

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if self.error is not None:
            raise self.error


@pytest.fixture
def end(monkeypatch: pytest.MonkeyPatch) -> End:
    told = End()
    monkeypatch.setattr(end_of_task, "_end", told)
    monkeypatch.setattr(task_instance, "_remembered", None)
    return told


class Runner:
    """A runner whose tasks raise, or return 7 unless another result is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, end: End) -> None:
        self.module = ModuleType("runner")
        self.module._execute_task = self._execute_task  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, task_runner._RUNNER, self.module)
        execution.follow_execution(lambda: end.told.append("adopt"))
        self.task: Callable[[], None] = lambda: None
        self.result: object = 7
        self.expanded_over = False

    def _execute_task(self, context: object, ti: object, log: object) -> object:
        self.task()
        return self.result

    def execute(self, *, try_number: int = 1, **from_server: object) -> object:
        server = {"next_method": None, "task_reschedule_count": 0} | from_server
        dependants = [object()] if self.expanded_over else []
        task = SimpleNamespace(task_id="make", iter_mapped_dependants=lambda: iter(dependants))
        ti = SimpleNamespace(try_number=try_number, task=task, _ti_context_from_server=SimpleNamespace(**server))
        # As Airflow calls it.
        return self.module._execute_task(context={}, ti=ti, log=None)


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, end: End) -> Runner:
    return Runner(monkeypatch, end)


def _raises(error: BaseException) -> Callable[[], None]:
    def task() -> None:
        raise error

    return task


def _made(kind: type[BaseException]) -> BaseException:
    # Airflow's have arguments that make no difference here.
    return kind.__new__(kind)


def test_a_task_that_returns_has_succeeded_and_its_value_is_handed_on(runner: Runner, end: End) -> None:
    assert runner.execute() == 7
    assert end.told == ["success"]


class TriggersAnotherRun(SUCCESSES[1]):  # type: ignore[name-defined, misc]
    """A provider's own kind of an exception of Airflow."""


ENDS = {
    **{kind: ["success"] for kind in SUCCESSES},
    **{kind: ["pause"] for kind in PAUSES},
    TriggersAnotherRun: ["success"],
    ValueError: [],
    KeyboardInterrupt: [],
}


@pytest.mark.parametrize(("kind", "told"), ENDS.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_what_a_task_raises_decides_how_it_ends_and_is_raised_again(
    runner: Runner, end: End, kind: type[BaseException], told: list[str]
) -> None:
    raised = _made(kind)
    runner.task = _raises(raised)
    with pytest.raises(kind) as caught:
        runner.execute()
    assert caught.value is raised
    assert end.told == told


def test_an_exception_of_the_same_name_is_not_airflows(runner: Runner, end: End) -> None:
    class TaskDeferred(Exception):  # noqa: N818 - Airflow's name
        pass

    runner.task = _raises(TaskDeferred())
    with pytest.raises(TaskDeferred):
        runner.execute()
    assert end.told == []


@pytest.mark.parametrize("kind", [None, *SUCCESSES, *PAUSES])
def test_a_claim_that_was_lost_fails_the_task_and_carries_nothing_of_it(
    runner: Runner, end: End, kind: type[BaseException] | None
) -> None:
    end.error = ClaimLost("lost")
    if kind is not None:
        runner.task = _raises(_made(kind))
    with pytest.raises(ClaimLost) as caught:
        runner.execute()
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({}, ["success"]),
        ({"try_number": 2}, ["adopt", "success"]),
        ({"next_method": "execute_complete"}, ["adopt", "success"]),
        ({"task_reschedule_count": 1}, ["adopt", "success"]),
    ],
    ids=["first process", "second try", "deferred", "rescheduled"],
)
def test_a_task_takes_over_what_its_earlier_processes_had_claimed(
    runner: Runner, end: End, how: dict[str, object], told: list[str]
) -> None:
    runner.execute(**how)  # type: ignore[arg-type]
    assert end.told == told


def test_a_task_takes_over_what_its_child_processes_have_claimed(runner: Runner, end: End) -> None:
    def task() -> None:
        if os.fork() == 0:
            os._exit(0)

    runner.task = task
    runner.execute()
    assert end.told == ["adopt", "success"]


def test_the_runner_is_wrapped_once(runner: Runner, end: End) -> None:
    execution.follow_execution(lambda: end.told.append("adopt twice"))
    runner.execute(try_number=2)
    assert end.told == ["adopt", "success"]


def test_a_process_that_follows_no_task_holds_no_claim(monkeypatch: pytest.MonkeyPatch, end: End) -> None:
    monkeypatch.setitem(sys.modules, task_runner._RUNNER, ModuleType("runner"))
    with pytest.raises(ClaimRefused, match="does not follow its tasks"):
        AirflowHost().follow(end)  # type: ignore[arg-type]


def test_a_process_that_follows_its_tasks_holds_claims(runner: Runner, end: End) -> None:
    AirflowHost().follow(end)  # type: ignore[arg-type]
    assert end_of_task.followed() is end


def test_a_secret_that_a_task_expands_over_is_refused_with_what_to_do(runner: Runner, end: End) -> None:
    runner.result, runner.expanded_over = Secret([1, 2]), True
    with pytest.raises(PayloadError, match=r"return a list with a Secret for each item"):
        runner.execute()
    assert end.told == []


@pytest.mark.parametrize(("result", "expanded"), [(Secret([1]), False), ([Secret(1)], True)], ids=["alone", "a list"])
def test_any_other_secret_is_handed_on(runner: Runner, result: object, expanded: bool) -> None:
    runner.result, runner.expanded_over = result, expanded
    assert runner.execute() is result
