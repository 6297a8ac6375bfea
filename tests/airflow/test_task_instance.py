"""Who runs, where Airflow has no current context."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from secure_xcom.airflow import task_instance
from secure_xcom.airflow.internals import task_runner
from secure_xcom.airflow.task_instance import remember, running_instance

TI = SimpleNamespace(name="the task instance of the test")
STEP = "def {step}(ti, call):\n    return call()"


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_instance, "_remembered", None)


def _step(name: str, module: str) -> object:
    made: dict[str, object] = {"__name__": module}
    exec(STEP.format(step=name), made)
    return made[name]


def _in_a_thread() -> object:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(running_instance()))
    thread.start()
    thread.join()
    return found[0]


def test_code_outside_a_task_is_no_task_instances() -> None:
    assert running_instance() is None
    assert _in_a_thread() is None


@pytest.mark.parametrize("step", ["run", "finalize"])
def test_the_runners_steps_tell_who_runs(step: str) -> None:
    assert _step(step, task_runner._RUNNER)(TI, running_instance) is TI  # type: ignore[operator]


@pytest.mark.parametrize(("step", "module"), [("run", "a.module.of.the.task"), ("main", task_runner._RUNNER)])
def test_another_functions_variable_does_not(step: str, module: str) -> None:
    assert _step(step, module)(TI, running_instance) is None  # type: ignore[operator]


@pytest.fixture
def executed() -> None:
    """The task was executed in this thread."""
    remember(TI)


@pytest.mark.usefixtures("executed")
def test_a_thread_of_the_task_is_the_tasks() -> None:
    assert _in_a_thread() is TI


@pytest.mark.usefixtures("executed")
def test_the_thread_that_executed_the_task_is_not_the_tasks_when_the_runner_has_ended() -> None:
    assert running_instance() is None
