"""Rows that a task fetched from a database, judged by the names of their columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan, scan_row
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import Node
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

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
    "what several statements fetched": ([[LAURA], [MIGUEL]], {0: {0: SEALED}, 1: {0: SEALED}}),
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


def test_of_two_statements_with_as_many_columns_the_names_of_both_count() -> None:
    value: Node = [[_tuple("ap", "zaunkoenig")], [_tuple("perro-verde", "ap")]]
    selected = _selected(value, ("place", "password"), ("password", "place"))
    assert selected == {at: {0: {"__data__": {0: "name-password", 1: "name-password"}}} for at in (0, 1)}


def test_what_is_pushed_under_another_key_was_not_fetched() -> None:
    assert _selected([LAURA], COLUMNS, key="rows") is None


@pytest.mark.parametrize("ignored", ["return_value[*][2]", "password"])
def test_the_operator_has_the_last_word(ignored: str) -> None:
    assert _selected(AS_LISTS, COLUMNS, ignored_keys=ignored) is None


def test_a_row_that_still_holds_it_is_not_clean() -> None:
    policy = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    assert scan_row([LAURA], "return_value", policy, None, origin=Origin(tables=(COLUMNS,))) == {0: SEALED}
