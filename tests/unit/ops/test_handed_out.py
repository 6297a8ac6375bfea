"""What a migration masks where consumers have rendered it."""

from __future__ import annotations

import pytest

from secure_xcom.model.value import JSON, Selection
from secure_xcom.ops.lifecycle.migrate.handed_out import HandedOut

SECRET = "4r7-hunter-x2"
LONG = "9fK2xQ7LmZpR4vTb9fK2"

CASES: dict[str, tuple[JSON, Selection, JSON, JSON]] = {
    "amid a text": ({"p": SECRET}, {"p": "name-password"}, [f"echo {SECRET};"], ["echo ***;"]),
    "as a key": ({"p": SECRET}, {"p": "name-password"}, {SECRET: 1}, {"***": 1}),
    "in a list": ([["a", SECRET]], {0: {1: "name-token"}}, f"a {SECRET}", "a ***"),
    "as the name of a table that goes on": (
        {"p": "orders_2024"},
        {"p": "name-pass"},
        "orders_2024_v2",
        "orders_2024_v2",
    ),
    "a long one amid a word": ({"p": LONG}, {"p": "name-pass"}, f"x{LONG}x", "x***x"),
    "a part that is no secret": (
        {"p": SECRET, "h": "db-17.internal"},
        {"p": "name-pass"},
        "db-17.internal",
        "db-17.internal",
    ),
    "where all is sealed": ({"table": "orders-2024-x9"}, "all", "from orders-2024-x9", "from orders-2024-x9"),
    "numbers": ({"p": 4711}, {"p": "name-pass"}, ["4711", 4711, None], ["4711", 4711, None]),
}


@pytest.mark.parametrize(("tree", "selection", "rendered", "masked"), CASES.values(), ids=CASES.keys())
def test_a_secret_of_the_dag_is_masked_where_it_stands_whole(
    tree: JSON, selection: Selection, rendered: JSON, masked: JSON
) -> None:
    handed_out = HandedOut(5)
    handed_out.note("etl", tree, selection)
    assert handed_out.masked("etl", rendered) == masked
    assert handed_out.masked("other", rendered) == rendered
