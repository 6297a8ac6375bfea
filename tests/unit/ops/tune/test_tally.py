"""Parts of XComs, counted by Dag and pattern."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace

import pytest

from secure_xcom.classify import Policy
from secure_xcom.classify.names import EVERYTHING, REGISTERED, substring_of
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.ops.tune.observed import Observation
from secure_xcom.ops.tune.parts import SEALED_BEFORE
from secure_xcom.ops.tune.rows import Problem, row_of
from secure_xcom.ops.tune.steps import written
from secure_xcom.ops.tune.tally import Group, Tally
from tests.unit.ops.tune.deployment import AIRFLOWS, CANARY, RANDOM, policy, tallied

PLACEHOLDER = Placeholder(rule="name", store="vault", ref="x/y").to_json()
JUDGE = policy(judged=["password"])


def by_path(tally: Tally) -> dict[str, Group]:
    return {written(group.pattern): group for group in tally.groups}


def counts(tally: Tally) -> dict[str, tuple[int, int]]:
    """Sealed and plain values of each path."""
    return {path: (group.sealed.total(), group.plain.total()) for path, group in by_path(tally).items()}


def test_values_are_counted_by_path_with_the_positions_of_lists_alike() -> None:
    value = {"items": [{"password": "x", "n": 1}, {"password": "y", "n": None}], "ok": True}
    assert counts(tallied([value, value], JUDGE)) == {
        "return_value.items[*].password": (4, 0),
        "return_value.items[*].n": (0, 2),
        "return_value.ok": (0, 2),
    }


def test_what_a_task_hands_out_counts_as_sealed() -> None:
    tally = Tally(replace(policy(), shapes=True), substring_of(AIRFLOWS))
    for task_id in ("get_token", "extract"):
        tally.add(row_of("etl", task_id, "return_value", json.dumps(RANDOM)))
    assert counts(tally) == {"return_value": (1, 1)}


def test_a_sealed_structure_counts_the_values_in_it() -> None:
    assert counts(tallied([{"password": {"a": [1, "x", None], "b": True}}], JUDGE)) == {"return_value.password": (3, 0)}


def test_an_empty_sealed_structure_counts_as_one() -> None:
    assert counts(tallied([{"password": {}}], JUDGE)) == {"return_value.password": (1, 0)}


def test_a_placeholder_counts_as_sealed_before_and_its_fields_do_not_count() -> None:
    tally = tallied([{"user": "ann", "key": PLACEHOLDER}, PLACEHOLDER, [PLACEHOLDER]], JUDGE)
    assert counts(tally) == {
        "return_value.user": (0, 1),
        "return_value.key": (1, 0),
        "return_value": (1, 0),
        "return_value[*]": (1, 0),
    }
    rules = {rule for group in tally.groups for rule, _ in group.sealed}
    assert rules == {SEALED_BEFORE}


def test_an_object_counts_by_its_data() -> None:
    encoded = {"__classname__": "a.B", "__version__": 1, "__data__": {"password": "x", "host": "h"}}
    assert counts(tallied([encoded], JUDGE)) == {"return_value.password": (1, 0), "return_value.host": (0, 1)}


def test_rules_are_counted() -> None:
    (group,) = tallied([{"note": f"it is {CANARY}"}], JUDGE).groups
    assert [rule for rule, _ in group.sealed] == [REGISTERED]
    everything = Policy(names=JUDGE.names, holds_registered_secret=lambda _: False, everything=True)
    (group,) = tallied([{"note": 1}], everything).groups
    assert [rule for rule, _ in group.sealed] == [EVERYTHING]


@pytest.mark.parametrize(
    ("values", "constant"),
    [(["a", "a"], True), (["a", "b"], False), (["a"], False), ([{}, {}], False), (["x" * 500] * 2, False)],
)
def test_sealed_values_that_are_always_the_same_are_told(values: list[object], constant: bool) -> None:
    (group,) = tallied([{"password": value} for value in values], JUDGE).groups
    assert group.is_constant is constant


def test_no_group_shows_a_value() -> None:
    tally = tallied([{"password": CANARY, "user": CANARY + "2"}] * 3, JUDGE)
    assert CANARY not in repr(list(tally.groups))


def test_a_key_that_is_a_secret_is_in_no_path() -> None:
    assert list(counts(tallied([{RANDOM: {"n": 1}}], JUDGE))) == ["return_value.*.n"]


def test_keys_without_end_are_counted_together_in_bounded_memory() -> None:
    tally = Tally(JUDGE, substring_of(AIRFLOWS), most_groups=50)
    names = [
        f"{chr(97 + number // 676 % 26)}{chr(97 + number // 26 % 26)}{chr(97 + number % 26)}" for number in range(9999)
    ]
    for dag in ("a", "b"):
        tally.add(row_of(dag, "t", "k", "{" + ",".join(f'"{name}{name}": 1' for name in names) + "}"))
    assert len(list(tally.groups)) == 52
    assert counts(tally)["*.**"][1] > 9000
    assert sum(group.plain.total() for group in tally.groups) == 2 * len({*names})


def test_dags_without_end_are_counted_together() -> None:
    tally = Tally(JUDGE, substring_of(AIRFLOWS), most_groups=10)
    for number in range(500):
        tally.add(row_of(f"dag-{number}", "t", "k", "1"))
    assert len(list(tally.groups)) <= 21
    assert tally.rows == 500


@pytest.mark.parametrize("depth", [400, 900])
def test_a_value_that_is_nested_too_deeply_is_counted_and_no_part_of_it(depth: int) -> None:
    tally = Tally(JUDGE, substring_of(AIRFLOWS))
    tally.add(row_of("etl", "t", "k", '{"user": 1, "a": ' + '{"a":' * depth + "1" + "}" * depth + "}"))
    assert tally.problems == {Problem.TOO_DEEP: 1} or counts(tally).keys() == {"k.user", "k" + ".a" * 11}
    assert tally.rows == 1


def test_problems_are_counted() -> None:
    tally = Tally(JUDGE, substring_of(AIRFLOWS))
    for text in ("1", "{", "}", "[" * 100_000):
        tally.add(row_of("etl", "t", "k", text))
    assert (tally.rows, dict(tally.problems)) == (4, {Problem.NOT_JSON: 2, Problem.TOO_DEEP: 1})


# It walks the same lines again and again, which smaller tests trace.
@pytest.mark.no_cover
def test_a_long_list_of_numbers_takes_no_more_than_a_pointer_for_each() -> None:
    tally = Tally(JUDGE, substring_of(AIRFLOWS))
    row = row_of("etl", "t", "k", "[" + ",".join(["1"] * 300_000) + "]")
    tracemalloc.start()
    tally.add(row)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300_000 * 10
    assert counts(tally) == {"k[*]": (0, 300_000)}


def test_observations_are_counted_beside_the_values() -> None:
    tally = tallied([{"token": RANDOM}], JUDGE)
    tally.observe(Observation(dag_id="etl", path="return_value.token", rule="content-x", count=7))
    tally.observe(Observation(dag_id="etl", path="other[3]", rule="content-y"))
    groups = by_path(tally)
    assert dict(groups["return_value.token"].observed) == {"content-x": 7}
    assert (groups["return_value.token"].sealed.total(), groups["return_value.token"].plain.total()) == (0, 1)
    assert dict(groups["other[*]"].observed) == {"content-y": 1}


def test_a_name_that_airflow_hides_is_known() -> None:
    groups = by_path(tallied([{"tokens": ["a"], "user": "b"}], JUDGE))
    assert {path: group.airflow_hides for path, group in groups.items()} == {
        "return_value.tokens[*]": True,
        "return_value.user": False,
    }
