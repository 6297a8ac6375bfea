"""Task logs with this backend and with Airflow's own, line by line: they differ by distinctive secrets, and in no more.

A sealed value holds words, dates and counts beside its secrets. Masked, they would make every log unreadable, and a
line whose level or time is masked would be lost to Airflow's log reader.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.airflow.deployment.deployed import Deployment
from tests.airflow.harness import places
from tests.airflow.harness.stack import Stack

pytestmark = pytest.mark.airflow

DAG = "log_answers"
RUN = "logged"
RUN_SECONDS = 300
AIRFLOWS = "airflow.sdk.bases.xcom.BaseXCom"
CONSUMERS = ["log_at_each_level", "print_counts", "print_pair", "print_account", "log_fields"]
PRODUCERS = ["authorise", "complete", "make_pair", "make_account"]
MASK = "***"


@dataclass
class Logged:
    """What one run left behind."""

    files: dict[str, str]
    """The log file of each task, as it is."""
    answers: dict[str, list[dict]]
    """What the API shows of it."""
    rows: dict[str, object]
    states: dict[str, str]


@dataclass
class Both:
    """The same run with each backend."""

    said: dict[str, object]
    ours: Logged
    airflows: Logged

    @property
    def secrets(self) -> list[str]:
        """The texts that must not show; the longer one first, of two that begin alike."""
        return [str(self.said[name]) for name in ("token", "longer", "shorter", "number")]


@pytest.fixture(scope="module")
def both(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Both:
    ours = _play(deployment.stack)
    directory = tmp_path_factory.mktemp("logs")
    extra = {"AIRFLOW__CORE__XCOM_BACKEND": AIRFLOWS, "LOG_SAID": json.dumps(deployment.said)}
    dags = Path(__file__).parent / "log_dags"
    with Stack(home=directory / "home", database=f"sqlite:///{directory}/airflow.db", dags=dags, extra=extra) as stack:
        airflows = _play(stack)
    return Both(deployment.said, ours, airflows)


def _play(stack: Stack) -> Logged:
    stack.wait_for_dags({DAG})
    with stack.client("admin") as client:
        client.trigger(DAG, RUN)
        client.wait_for_runs({(DAG, RUN)}, RUN_SECONDS)
        states = {one["task_id"]: one["state"] for one in client.task_instances() if one["dag_id"] == DAG}
        of_run = f"/api/v2/dags/{DAG}/dagRuns/{RUN}/taskInstances"
        answers = {
            task_id: client.http.get(f"{of_run}/{task_id}/logs/1").json()["content"]
            for task_id in (*PRODUCERS, *CONSUMERS)
        }
    paths = (stack.logs / f"dag_id={DAG}" / f"run_id={RUN}").glob("task_id=*/attempt=1.log")
    files = {path.parent.name.removeprefix("task_id="): path.read_text() for path in paths}
    return Logged(files, answers, places.xcom_rows(stack.database), states)


def test_all_tasks_succeed_with_either_backend(both: Both) -> None:
    for run in (both.ours, both.airflows):
        assert run.states == dict.fromkeys([*PRODUCERS, *CONSUMERS], "success")


@pytest.mark.parametrize("task_id", [*PRODUCERS, *CONSUMERS])
def test_a_log_is_that_of_airflows_own_backend_but_for_its_secrets(both: Both, task_id: str) -> None:
    expected = both.airflows.files[task_id]
    for secret in both.secrets:
        expected = expected.replace(secret, MASK)
    # What two secrets cover together is one stretch.
    expected = expected.replace(MASK * 2, MASK)
    assert _normal(both.ours.files[task_id]) == _normal(expected)


@pytest.mark.parametrize("task_id", CONSUMERS)
def test_airflows_own_log_has_what_is_compared(both: Both, task_id: str) -> None:
    """Otherwise two empty logs would be equal, and equal for the wrong reason."""
    text = both.airflows.files[task_id]
    expected = {
        "log_at_each_level": ["token", "today"],
        "print_pair": ["shorter", "longer"],
        "print_account": ["number", "today"],
        "log_fields": ["token", "today", "number"],
    }
    for name in expected.get(task_id, []):
        assert str(both.said[name]) in text
    assert MASK not in text or task_id == "log_fields"


@pytest.mark.parametrize("task_id", CONSUMERS)
def test_no_secret_stands_in_a_log(both: Both, task_id: str) -> None:
    text = both.ours.files[task_id] + json.dumps(both.ours.answers[task_id])
    assert [secret for secret in both.secrets if secret in text] == []


@pytest.mark.parametrize("task_id", [*PRODUCERS, *CONSUMERS])
def test_each_line_of_a_log_has_a_time_a_level_and_a_logger(both: Both, task_id: str) -> None:
    lines = [json.loads(line) for line in both.ours.files[task_id].splitlines()]
    assert lines
    for line in lines:
        datetime.fromisoformat(line["timestamp"])
        assert line["level"].upper() in logging.getLevelNamesMapping(), line
        assert re.fullmatch(r"\w+(\.\w+)*", line.get("logger", "none")), line
    known = {line.get("logger") for line in map(json.loads, both.airflows.files[task_id].splitlines())}
    assert {line.get("logger") for line in lines} - known <= {"airflow.task.secure_xcom"}


def test_the_api_shows_each_line_at_its_level_and_time(both: Both) -> None:
    said = [line for line in both.ours.answers["log_at_each_level"] if line.get("logger") == "error"]
    assert Counter(line["level"] for line in said) == {"info": 4, "warning": 4, "error": 4}
    for run in (both.ours, both.airflows):
        for lines in run.answers.values():
            assert all(datetime.fromisoformat(line["timestamp"]) for line in lines if line.get("logger"))


def test_a_count_that_stood_below_a_sensitive_name_shows_in_a_log(both: Both) -> None:
    printed = [line["event"] for line in both.ours.answers["print_counts"] if line.get("logger") == "task.stdout"]
    assert "processed 12690 rows" in printed
    assert "12690 tokens, 12000 of them the prompt's" in printed


def test_a_count_or_a_word_that_stood_below_a_sensitive_name_does_not_seal_what_a_consumer_returns(both: Both) -> None:
    for task_id, key, value in (
        ("print_counts", "return_value", {"rows": 12690}),
        ("print_counts", "failures", {"error": 1}),
        ("log_at_each_level", "return_value", {"error": 1, "since": both.said["today"]}),
    ):
        stored = both.ours.rows[f"{DAG}/{RUN}/{task_id}/-1/{key}"]
        assert (json.loads(stored) if isinstance(stored, str) else stored) == value
        assert stored == both.airflows.rows[f"{DAG}/{RUN}/{task_id}/-1/{key}"]


_DIFFERS = {
    r'"timestamp":"[^"]*"': '"timestamp":"T"',
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "UUID",
    r"00-[0-9a-f]{32}-[0-9a-f]{16}-": "TRACE-",
    r"datetime\.datetime\([0-9, ]*": "datetime.datetime(",
    r'_ms":\d+': '_ms":0',
    r"in PID \d+": "in PID",
    r"/[\w/.-]*/home/": "/HOME/",
    r"/[\w/.-]*/log_answers\.py": "/DAGS/log_answers.py",
    r"/[\w/.-]*/(log_)?dags\b": "/DAGS",
}
"""What differs in any two runs."""

_CONTEXT = ("ti_id", "dag_id", "task_id", "run_id", "try_number", "map_index")
"""Fields that Airflow binds to each line, in the order of a set."""


def _normal(text: str) -> list[str]:
    """Return the lines without what differs in any two runs; first those from standard output.

    It comes to the supervisor through another pipe than the rest, so the two are in any order.
    """
    lines = [json.loads(line) for line in text.splitlines()]
    lines = [line for line in lines if line.get("logger") != "airflow.task.secure_xcom"]
    lines.sort(key=lambda line: line.get("logger") != "task.stdout")
    return [_same(json.dumps(_in_order(line), separators=(",", ":"))) for line in lines]


def _in_order(line: dict[str, object]) -> dict[str, object]:
    bound = {name: line.pop(name) for name in _CONTEXT if name in line}
    return line | bound


def _same(line: str) -> str:
    for pattern, same in _DIFFERS.items():
        line = re.sub(pattern, same, line)
    return line
