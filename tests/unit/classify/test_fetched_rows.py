"""Rows that a task fetched from a database, judged by the names of their columns."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan, scan_row
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import JSON, Node
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost, unrecorded_runtime
from tests.unit.world import PLACE, query, world

COLUMNS = ("id", "login", "password", "created")


def _selected(value: Node, *tables: tuple[str, ...], key: str = "return_value", **options: str) -> object:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))
    return scan(value, key, policy, origin=Origin(tables=tables))


def _tuple(*items: Node) -> Node:
    return {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [*items]}


LAURA: Node = _tuple(1, "laura", "perro-verde", "2026-11-30")
MIGUEL: Node = _tuple(2, "miguel", "Naranja", "2026-11-29")
AS_LISTS: Node = [[1, "laura", "perro-verde", "2026-11-30"], [2, "miguel", "Naranja", "2026-11-29"]]
SEALED = {"__data__": {2: "name-password"}}

FETCHED: dict[str, tuple[Node, object]] = {
    "tuples": ([LAURA, MIGUEL], {0: SEALED, 1: SEALED}),
    "lists": (AS_LISTS, {0: {2: "name-password"}, 1: {2: "name-password"}}),
    "one row": (LAURA, SEALED),
    "one row in a list": ([LAURA], {0: SEALED}),
    "what one of several statements fetched": ([[LAURA, MIGUEL]], {0: {0: SEALED, 1: SEALED}}),
    "a row that is too short": ([LAURA, _tuple(3)], {0: SEALED}),
    "a cell that is a list": (
        [_tuple(1, ["a", "b"], "perro-verde", None), _tuple(2, [], "Naranja", None)],
        {0: SEALED, 1: SEALED},
    ),
    "nothing": ([], None),
    "another width": ([["laura", "perro-verde"]], None),
    "a text": ("laura", None),
    "a number of rows": (2, None),
}


@pytest.mark.parametrize(("value", "selected"), FETCHED.values(), ids=FETCHED)
def test_a_cell_is_judged_by_its_column(value: Node, selected: object) -> None:
    assert _selected(value, COLUMNS) == selected


def test_without_the_columns_such_rows_say_nothing() -> None:
    assert _selected([LAURA, MIGUEL]) is None


def test_a_column_of_something_harmless_stays_readable() -> None:
    assert _selected([LAURA, MIGUEL], ("id", "login", "password_hint_count", "created")) is None


def test_each_statement_has_columns_of_its_own() -> None:
    value: Node = [[LAURA], [_tuple("eu", "zaunkoenig")]]
    assert _selected(value, ("a", "b", "c", "d"), ("region", "wifi_password")) == {
        1: {0: {"__data__": {1: "name-password"}}}
    }


def test_names_of_one_statement_do_not_count_in_another() -> None:
    value: Node = [[_tuple("ap", "zaunkoenig")], [_tuple("perro-verde", "ap")]]
    selected = _selected(value, ("place", "password"), ("password", "place"))
    assert selected == {at: {0: {"__data__": {1 - at: "name-password"}}} for at in (0, 1)}


@pytest.mark.parametrize("first", [(), ("id",)], ids=["no rows", "an empty result"])
def test_a_statement_that_fetched_nothing_does_not_hide_the_next_one(first: tuple[str, ...]) -> None:
    assert _selected([[], [LAURA]], first, COLUMNS) == {1: {0: SEALED}}


def test_a_text_alone_has_the_name_of_its_column() -> None:
    assert _selected("sommer", ("password",)) == "name-password"
    assert _selected("sommer", ("login",)) is None


NAMED_BY_THE_ROW: dict[str, tuple[list[Node], tuple[str, ...], int]] = {
    "a setting": (["smtp_password", "x4Tr-9kQz"], ("key", "value"), 1),
    "a setting with more": ([7, "smtp_password", "x4Tr-9kQz", "2024-05-05"], ("id", "name", "value", "updated"), 2),
    "a command": (["curl", "-u", "ann:Sommer1!"], ("a", "b", "c"), 2),
    "a login": (["sftp.acme.io", 22, "ann", "S0mmer!Regen"], ("host", "port", "usr", "x"), 3),
}


@pytest.mark.parametrize(("row", "columns", "at"), NAMED_BY_THE_ROW.values(), ids=NAMED_BY_THE_ROW)
def test_what_a_row_says_itself_counts_beside_its_columns(row: list[Node], columns: tuple[str, ...], at: int) -> None:
    assert _selected([row, row], columns) == {0: {at: "name-password"}, 1: {at: "name-password"}}
    assert _selected([_tuple(*row)], columns) == {0: {"__data__": {at: "name-password"}}}


@pytest.mark.parametrize(
    ("value", "tables"),
    [
        (
            [[["id", "int"], ["name", "text"]], [["ann", "Sommer1x"]]],
            (("column_name", "data_type"), ("login", "password")),
        ),
        ([[["user", "active"], ["host", "active"]], [["user", "Sommer1x"]]], (("name", "state"), ("name", "password"))),
        (
            [[["id", "--password"], ["AAAA", "smtp_password"]]],
            (("name", "id"), ("t", "token"), ("login", "password")),
        ),
        ([["id", "name"], ["Sommer1x", "Sommer1x"]], (("login", "password"),)),
    ],
)
def test_a_push_of_rows_succeeds_and_comes_back(value: JSON, tables: tuple[tuple[str, ...], ...]) -> None:
    there = world()
    there.host.made = Origin(tables=tables)
    policy = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    exchange = Exchange(unrecorded_runtime(there.host, there.routes, lambda: 0.0), policy)
    where = replace(PLACE, key="return_value")
    row = exchange.push(value, where)
    assert "Sommer1x" not in json.dumps(row)
    assert exchange.pull(row, query(where)) == value


def test_what_is_pushed_under_another_key_was_not_fetched() -> None:
    assert _selected([LAURA], COLUMNS, key="rows") is None


@pytest.mark.parametrize("ignored", ["return_value[*][2]", "password"])
def test_the_operator_has_the_last_word(ignored: str) -> None:
    assert _selected(AS_LISTS, COLUMNS, ignored_keys=ignored) is None


def test_a_row_that_still_holds_it_is_not_clean() -> None:
    policy = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    assert scan_row([LAURA], "return_value", policy, None, origin=Origin(tables=(COLUMNS,))) == {0: SEALED}
