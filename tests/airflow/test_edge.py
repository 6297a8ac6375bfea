"""What holds on every supported Airflow; ``make test-airflow VERSION=3.1.8`` runs this module on another one."""

from __future__ import annotations

import os

import pytest

from tests.airflow.cases import CASES, FAILING_TASK
from tests.airflow.facts import REFUSES_IN_WORDS
from tests.airflow.harness.sweep import Outcome

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.skipif(
        "SECURE_XCOM_EDGE" not in os.environ,
        reason="opt-in: make test-airflow VERSION=3.1.8 (or 3.2.2) runs the edge tests on another Airflow",
    ),
]


def test_every_consumer_gets_the_exact_value(edge: Outcome) -> None:
    assert edge.verdicts == dict.fromkeys(CASES, "ok")


def test_only_the_task_that_is_meant_to_fail_does(edge: Outcome) -> None:
    assert [task for task, state in edge.tasks.items() if state != "success"] == [FAILING_TASK], edge.told


@pytest.mark.parametrize(
    "channel", ["database", "database file", "task logs", "component output", "rest", "store", "ledger"]
)
def test_no_canary_is_in(channel: str, edge: Outcome) -> None:
    assert edge.hits[channel] == []
    assert edge.searched[channel] > 0


def test_the_api_shows_a_placeholder(edge: Outcome) -> None:
    assert "secure_xcom.Sealed" in edge.shown
    assert "name-token" in edge.shown


def test_the_public_api_refuses_a_placeholder(edge: Outcome) -> None:
    assert set(edge.refusals.values()) <= ({400, 422} if REFUSES_IN_WORDS else {500})
    assert "canary_giver/first/give/-1/forged" not in edge.rows
