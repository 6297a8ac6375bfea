"""What detection did not see, and what it saw twice: values that leaked, and pushes that failed for nothing."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import Policy, scan
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.value import JSON, Node, findings_of, node_of
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryStore, SingleRoute, unrecorded_runtime
from tests.unit.world import CANARY, PLACE, query


def _host() -> FakeHost:
    return FakeHost(listed=(), registered=[CANARY])


def _policy(**options: str) -> Policy:
    return build_policy(Settings.parse(options, Path("/nowhere")), _host())


def _exchange(**options: str) -> Exchange:
    routes = SingleRoute(InMemoryStore(), InMemoryKeyProvider())
    return Exchange(unrecorded_runtime(_host(), routes, lambda: 0.0), _policy(**options))


SEALED: dict[str, tuple[JSON, dict[str, str]]] = {
    "a Kubernetes secret": ({"kind": "Secret", "data": {"a": "Zm9v"}}, {}),
    "a marked output": ({"sensitive": True, "value": "x"}, {}),
    "a part of what looked harmless": ({"tokens": {"count": 3, "customer_pin": 1234}}, {}),
    "a word under a strong name": ({"auth": {"type": "basic", "password": "login"}}, {}),
    "a number under a weak name": ({"api_keys": {"enabled": True, "pin": 12}}, {}),
    "the operator's name below a weak one": ({"token": {"iban": True}}, {"sensitive_keys": "iban"}),
    "a name beside a harmless dict": ({"name": "token", "value": {"password": "active"}}, {}),
    "one of two lists of a row": ({"columns": ["a"], "data": [{"x": ["1"], "passwords": ["hunter2"]}]}, {}),
}


@pytest.mark.parametrize(("value", "options"), SEALED.values(), ids=SEALED.keys())
def test_a_value_that_is_sealed_in_part_passes_the_last_look_at_its_row(value: JSON, options: dict[str, str]) -> None:
    exchange = _exchange(**options)
    row = exchange.push(value, PLACE)
    assert "secure_xcom.Sealed" in json.dumps(row)
    assert exchange.pull(row, query(PLACE)) == value


def _found(value: object, policy: Policy) -> set[tuple[str | int, ...]]:
    return {finding.path for finding in findings_of(scan(value, "out", policy))}  # type: ignore[arg-type]


IGNORED: dict[str, tuple[JSON, dict[str, str], set[tuple[str | int, ...]]]] = {
    "a sensitive path below an ignored list": (
        {"items": [{"shoe": "red", "n": 1}]},
        {"ignored_keys": "items", "sensitive_keys": "**.items[*].shoe"},
        {("items", 0, "shoe")},
    ),
    "an item of an ignored list": (
        {"items": ["a", "b"]},
        {"ignored_keys": "items", "sensitive_keys": "out.items[1]"},
        {("items", 1)},
    ),
    "an ignored path below an ignored list": (
        {"items": [{"password": "x"}]},
        {"ignored_keys": "items, **.items[*].password"},
        set(),
    ),
    "pairs below an ignored name": (
        {"env": [["db_password", "x"], ["user", "x"]]},
        {"ignored_keys": "env"},
        {("env", 0, 1)},
    ),
    "a registered text below an ignored name": ({"items": [f"at {CANARY}"]}, {"ignored_keys": "items"}, {("items", 0)}),
}


@pytest.mark.parametrize(("value", "options", "paths"), IGNORED.values(), ids=IGNORED.keys())
def test_what_stands_below_an_ignored_list_has_names_and_paths_of_its_own(
    value: JSON, options: dict[str, str], paths: set[tuple[str | int, ...]]
) -> None:
    assert _found(value, _policy(**options)) == paths


def test_a_field_of_a_named_tuple_has_a_path_by_its_name_too() -> None:
    tree: Node = ["7", "red"]
    lost = SimpleNamespace(fields=("size", "shoe"), aliases={}, held=[])
    policy = _policy(sensitive_keys="out.shoe")
    assert scan(tree, "out", policy, lambda node: lost if node is tree else None) == {1: "name-configured"}


CELLS: dict[str, Node] = {
    "a dict with a registered text": {"note": f"at {CANARY}"},
    "a text that begins like a list": f"[info] {CANARY}",
    "JSON": '{"password": "hunter2-9fK"}',
    "JSON after a blank": ' {"name": "DB_PASSWORD", "value": "hunter2-9fK"}',
    "a URL in a list": ["postgres://ann:hunter2-9fK@db/x"],
}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS.keys())
def test_a_table_within_a_value_is_searched_like_one_at_the_top(cell: Node) -> None:
    table: Node = {"__classname__": "pandas.DataFrame", "__version__": 1, "__data__": "00ff"}
    tree: Node = {"df": table, "others": [{"n": number} for number in range(100)]}
    held = SimpleNamespace(names=(), complete=True, contents=lambda: iter([node_of(json.loads(json.dumps(cell)))]))
    lost = SimpleNamespace(fields=(), aliases={}, held=[held])
    selection = scan(tree, "out", _policy(), lambda node: lost if node is table else None)
    assert [finding.path for finding in findings_of(selection)] == [("df",)]


def test_a_key_of_combining_marks_costs_time_that_is_linear_in_its_length() -> None:
    key = "\u0301\u0323" * 200_000
    assert _found({key: "x"}, _policy(sensitive_keys="iban")) == set()
