"""Contracts, claims and pools in a real Airflow: what tasks get, what they are refused, and what is left behind."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.airflow.deployment.deployed import CONTRACT_RUN as RUN
from tests.airflow.deployment.deployed import Deployment

pytestmark = pytest.mark.airflow

RUN_SECONDS = 300
DAGS = ["fraud_detection", "violations", "once", "places", "pool"]


@dataclass
class Played:
    """What a run of all Dags left behind."""

    home: Path
    canary: str
    verdicts: dict[str, list]
    states: dict[tuple[str, str, int], str]
    import_errors: list[str]
    returned: object

    def contents(self) -> Iterator[tuple[Path, bytes]]:
        """Every file below the home."""
        for path in self.home.rglob("*"):
            # Airflow goes on, and removes files of its own.
            with suppress(FileNotFoundError):
                if path.is_file() and not path.is_symlink():
                    yield path, path.read_bytes()

    def objects(self, dag_id: str) -> set[str]:
        """The keys whose objects are still in the store, of one Dag."""
        return set(self.counted(dag_id))

    def counted(self, dag_id: str) -> Counter[str]:
        """How many objects each key of a Dag has in the store."""
        store = self.home / "secure_xcom" / "store" / dag_id
        return Counter(path.parent.name for path in store.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def played(deployment: Deployment) -> Played:
    stack = deployment.stack
    stack.wait_for_dags({*DAGS, "outsiders"})
    with stack.client("admin") as client:
        for dag_id in DAGS:
            client.trigger(dag_id, RUN)
        client.wait_for_runs({(dag_id, RUN) for dag_id in DAGS}, RUN_SECONDS)
        client.trigger("outsiders", RUN)
        client.wait_for_runs({("outsiders", RUN)}, RUN_SECONDS)
        states = {(one["dag_id"], one["task_id"], one["map_index"]): one["state"] for one in client.task_instances()}
        errors = [one["stack_trace"] for one in client.list("/api/v2/importErrors", "import_errors")]
        path = f"/api/v2/dags/fraud_detection/dagRuns/{RUN}/taskInstances/score/xcomEntries/return_value"
        returned = client.http.get(path).json()["value"]
    told = {
        path.stem: [json.loads(line) for line in path.read_text().splitlines()]
        for path in deployment.verdicts.glob("*.jsonl")
    }
    return Played(stack.home, deployment.canary, told, states, errors, returned)


def test_the_example_runs_under_contract(played: Played) -> None:
    tasks = ["fetch_transactions", "validate", "build_features", "score"]
    assert [played.states["fraud_detection", task, -1] for task in tasks] == ["success"] * 4
    assert json.loads(str(played.returned).replace("'", '"')) == {"suspicious": ["2"], "unreadable": 1}


def test_what_was_read_once_is_gone_from_the_store_and_the_rest_is_not(played: Played) -> None:
    assert played.objects("fraud_detection") == {"valid_txns", "error_count", "features"}


def test_a_reader_under_contract_gets_what_is_declared_and_what_is_returned(played: Played) -> None:
    assert played.verdicts["reader"] == [[True, "free"]]


VIOLATIONS = {
    "pushes_anothers_key": ("ContractViolation", "(?s)only task source may push it.*may not push key 'declared'"),
    "pushes_undeclared_key": ("ContractViolation", "(?s)the task declares own.*may not push key 'undeclared'"),
    "pulls_without_being_named": ("ContractViolation", "(?s)read by.*may not read key 'declared' of task 'source'"),
    "pulls_undeclared_key": ("ContractViolation", "only what its upstream tasks declare"),
    "pulls_without_task_ids": ("ContractViolation", "names the task_ids that it pulls from"),
    "pulls_from_beside": ("ContractViolation", "may not read key 'told' of task 'reader'"),
    "takes_all_parts": ("ContractViolation", "(?s)takes_a_part.*may not read key 'return_value' of task 'in_parts'"),
    "gathers_unnamed": (
        "ContractViolation",
        "(?s)violations.gathers.*may not read key 'return_value' of task 'spread'",
    ),
    "gathers_undeclared": ("ContractViolation", "only what its upstream tasks declare"),
    "deletes_anothers_key": ("ContractViolation", "(?s)only task source may delete it.*may not delete key 'declared'"),
    "forges": ("NotGranted", "may push and delete only values of its own Dag, and 'violations' is another one"),
    "second": ("ClaimRefused", "read once"),
    "intruder": ("ContractViolation", "(?s)outsiders.welcome.*may not read key 'for_other_dag'"),
}


@pytest.mark.parametrize("task_id", VIOLATIONS)
def test_a_violation_is_refused_with_its_error_and_fails_the_task(played: Played, task_id: str) -> None:
    kind, words = VIOLATIONS[task_id]
    ((found, message),) = played.verdicts[task_id]
    assert found == kind
    assert re.search(words, message)
    dag_id = "outsiders" if task_id in ("intruder", "forges") else "violations"
    assert played.states[dag_id, task_id, -1] == "failed"


def test_what_a_task_returns_is_under_its_contract_too(played: Played) -> None:
    """Airflow pushes it when the task's own context is over."""
    assert played.states["violations", "returns_though_strict", -1] == "failed"
    assert played.states["violations", "in_parts", -1] == "success"
    assert played.verdicts["part"] == [True]


def test_a_reader_of_mapped_results_gets_them_one_by_one(played: Played) -> None:
    assert played.verdicts["gathers"] == [[1, 2]]


def test_a_callback_is_its_tasks(played: Played) -> None:
    ((kind, message),) = played.verdicts["callback"]
    assert kind == "ContractViolation"
    assert "\ntask pulls_in_a_callback of Dag violations" in message
    ((kind, message),) = played.verdicts["callback_in_a_thread"]
    assert kind == "ContractViolation"


def test_the_first_reader_gets_what_is_read_once(played: Played) -> None:
    assert played.verdicts["first"] == [True]


def test_a_task_of_another_dag_that_the_contract_names_reads(played: Played) -> None:
    assert played.verdicts["welcome"] == [True]


def test_a_contract_that_contradicts_its_dag_is_an_import_error_with_the_line_to_change(played: Played) -> None:
    (error,) = played.import_errors
    assert "contract_broken.py:24" in error
    assert "the reader 'beside' is not downstream of the task" in error


def test_a_task_reads_again_on_its_retry(played: Played) -> None:
    assert played.verdicts["retried"] == [True, True]


def test_a_task_that_was_killed_reads_again(played: Played) -> None:
    assert played.verdicts["killed"] == [True, True]


def test_a_failed_task_gives_back_what_it_had_or_keeps_it_as_the_contract_says(played: Played) -> None:
    assert played.verdicts["failed"] == [[True, True]]
    assert played.verdicts["released"] == [True]
    assert played.verdicts["kept"][0][0] == "ClaimRefused"


def test_what_a_first_try_read_ends_with_the_task_though_its_next_try_reads_nothing(played: Played) -> None:
    assert played.verdicts["first_try"] == [True]
    assert played.states["once", "reads_in_its_first_try", -1] == "success"


def test_what_a_sensor_read_before_it_was_rescheduled_ends_with_it(played: Played) -> None:
    assert played.verdicts["rescheduled"] == [True]
    assert played.states["once", "reads_in_its_first_poke", -1] == "success"


def test_what_a_child_of_the_tasks_process_read_ends_with_the_task(played: Played) -> None:
    assert played.verdicts["child"] == [True]
    assert played.states["once", "reads_in_a_child", -1] == "success"


def test_a_task_that_succeeds_by_skipping_consumes_what_it_read(played: Played) -> None:
    assert played.verdicts["skipping"] == [True]
    assert played.states["once", "is_skipped", -1] == "skipped"


def test_a_template_reads_what_is_read_once(played: Played) -> None:
    assert played.states["once", "reads_in_a_template", -1] == "success"


def test_only_what_is_kept_is_left_of_what_is_read_once(played: Played) -> None:
    assert played.objects("once") == {"kept"}


def test_what_tasks_write_at_the_place_of_another_leaves_one_object_across_tries_pokes_and_writers(
    played: Played,
) -> None:
    assert played.verdicts["places"] == [[f"{played.canary}-another", f"{played.canary}-second"]]
    assert played.counted("places") == {"password": 1, "token": 1}


def test_each_value_of_a_pool_goes_to_one_task_and_one_that_was_given_back_to_another_try(played: Played) -> None:
    taken = played.verdicts["taken"]
    assert all(exact for *_, exact in taken)
    given_back = [number for index, try_number, number, _ in taken if (index, try_number) == (2, 1)]
    assert sorted(number for *_, number, _ in taken) == sorted([0, 1, 2, 3, *given_back])
    assert len(given_back) == 1
    assert played.verdicts["empty"] == ["PoolEmpty"]


def test_a_shard_is_taken_by_its_own_map_index(played: Played) -> None:
    assert sorted(played.verdicts["shards"]) == [[0, 0], [1, 1], [2, 2], [3, 3]]


def test_a_value_under_contract_is_nowhere_but_in_the_store_and_sealed_there(played: Played) -> None:
    assert [path for path, content in played.contents() if played.canary.encode() in content] == []
