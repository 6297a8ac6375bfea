"""Airflow's own runner with a task of the test's: what the wrapped execution does to it, and why no listener does (ADR
0021). The supervisor is played by a list of what the runner sends."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from secure_xcom.errors import ClaimLost

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Supervisor:
    """Remembers what the runner sends, and what the task and the test have noted, in their order."""

    def __init__(self) -> None:
        self.happened: list[str] = []

    def send(self, msg: object) -> object:
        from airflow.sdk.execution_time.comms import GetXCom, XComResult

        self.happened.append(type(msg).__name__)
        return XComResult(key=msg.key, value=None) if isinstance(msg, GetXCom) else None


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    from airflow.sdk.execution_time import task_runner

    from secure_xcom.airflow import end_of_task, task_instance

    played = Supervisor()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", played, raising=False)
    monkeypatch.setattr(task_runner, "_execute_task", task_runner._execute_task)
    monkeypatch.setattr(task_instance, "_remembered", None)
    monkeypatch.setattr(end_of_task, "_end", None)
    return played


@pytest.fixture
def listen() -> Iterator[Callable[[object], None]]:
    """Register listeners for the time of a test."""
    from secure_xcom.airflow.internals.compat import listener_manager

    registered: list[object] = []

    def register(listener: object) -> None:
        listener_manager().add_listener(listener)
        registered.append(listener)

    yield register
    for listener in registered:
        listener_manager().pm.unregister(listener)


def _run(supervisor: Supervisor) -> str:
    """Run a task that returns nothing, which had pushed a key in an earlier try; return how it ended."""
    import structlog
    from airflow.sdk import DAG, BaseOperator
    from airflow.sdk.api.datamodels._generated import DagRun, TIRunContext
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance, run

    class Operator(BaseOperator):
        def execute(self, context: object) -> None:
            supervisor.happened.append("executed")

    with DAG("etl", schedule=None):
        task = Operator(task_id="task")
    now = datetime.now(UTC)
    identity = {"dag_id": "etl", "run_id": "run", "start_date": now}
    dag_run = _made(DagRun, **identity, logical_date=now, run_after=now, conf={}, consumed_asset_events=[])
    server = _made(TIRunContext, dag_run=dag_run, max_tries=0, xcom_keys_to_clear=["key"], task_reschedule_count=0)
    ids = {"id": uuid.uuid4(), "dag_version_id": uuid.uuid4(), "task_id": "task", "try_number": 1, "map_index": -1}
    ti = RuntimeTaskInstance.model_construct(
        **identity, **ids, task=task, _ti_context_from_server=server, max_tries=0, is_mapped=False
    )
    state, _, _ = run(ti, ti.get_template_context(), structlog.get_logger())
    return str(state.value)


def _made(model: type, **fields: object) -> object:
    """Make one of Airflow's models, whose other fields make no difference here."""
    return model.model_construct(**dict.fromkeys(model.model_fields) | fields)  # type: ignore[attr-defined]


def _follow(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
    from secure_xcom.airflow import end_of_task, execution

    def before_success() -> None:
        supervisor.happened.append("pinned")
        if error is not None:
            raise error

    monkeypatch.setattr(end_of_task, "_end", SimpleNamespace(before_success=before_success))
    execution.follow_execution(lambda: None)


def test_claims_are_pinned_before_the_runner_reports_the_success(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _follow(supervisor, monkeypatch)
    assert _run(supervisor) == "success"
    assert supervisor.happened[-3:] == ["executed", "pinned", "SucceedTask"]


def test_a_claim_that_was_lost_fails_the_task(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    _follow(supervisor, monkeypatch, ClaimLost("lost"))
    assert _run(supervisor) == "failed"
    assert "SucceedTask" not in supervisor.happened


def _listener(supervisor: Supervisor, name: str, *, comes_first: bool = False) -> object:
    from airflow.listeners import hookimpl

    class Listener:
        @hookimpl(tryfirst=comes_first)
        def on_task_instance_running(self, previous_state: object, task_instance: object) -> None:
            supervisor.happened.append(name)
            raise ClaimLost("lost")

    return Listener()


def test_a_listener_cannot_fail_a_task_and_hears_of_it_after_its_xcoms_are_deleted(
    supervisor: Supervisor, listen: Callable[[object], None]
) -> None:
    listen(_listener(supervisor, "a listener"))
    assert _run(supervisor) == "success"
    assert supervisor.happened == ["GetXCom", "DeleteXCom", "a listener", "executed", "SucceedTask"]


def test_a_listener_that_raises_keeps_others_from_being_called(
    supervisor: Supervisor, listen: Callable[[object], None]
) -> None:
    listen(_listener(supervisor, "ours"))
    listen(_listener(supervisor, "another", comes_first=True))
    _run(supervisor)
    assert "another" in supervisor.happened
    assert "ours" not in supervisor.happened
