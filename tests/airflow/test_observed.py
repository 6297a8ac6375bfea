"""What a task would have sealed stands in its log once, at its end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

pytest.importorskip("airflow.sdk")

from secure_xcom.airflow import listener, observed
from secure_xcom.airflow.host import AirflowHost
from secure_xcom.airflow.internals.compat import listener_manager

TASK = SimpleNamespace(state="failed", map_index=-1)

ENDS = {
    "success": lambda: listener.on_task_instance_success(previous_state=None, task_instance=TASK),
    "failure": lambda: listener.on_task_instance_failed(previous_state=None, task_instance=TASK, error=None),
    "skipped": lambda: listener.on_task_instance_skipped(previous_state=None, task_instance=TASK),
    "deferral": lambda: listener.before_stopping(component=None),
}


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    listener_manager().clear()
    observed._counts.clear()


@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_a_task_tells_once_what_it_would_have_sealed(end: str, caplog: pytest.LogCaptureFixture) -> None:
    host = AirflowHost()
    with caplog.at_level(logging.WARNING, "airflow.task.secure_xcom"):
        host.report({("return_value.token", "name-token"): 1})
        host.report({("return_value.token", "name-token"): 2, ("out.items[*].pwd", "name-password"): 1})
        assert caplog.messages == []
        assert listener_manager().pm.is_registered(listener)
        ENDS[end]()
        ENDS["deferral"]()
    places = "return_value.token by name-token (3), out.items[*].pwd by name-password (1)"
    assert caplog.messages == [f"secure-xcom: would seal 4 value(s): {places}"]


def test_many_places_are_cut_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "airflow.task.secure_xcom"):
        observed.add({(f"out.token_{number}", "name-token"): 1 for number in range(100)})
        observed.summarise()
    assert "would seal 100 value(s)" in caplog.text
    assert "and 80 other places" in caplog.text
