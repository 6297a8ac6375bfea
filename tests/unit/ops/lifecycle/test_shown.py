"""An encoded value as text: JSON where JSON has a form, and nothing in it that drives a terminal."""

from __future__ import annotations

import json
from datetime import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.model.value import Extension, ExtensionKind, Node
from secure_xcom.ops.lifecycle.reveal.shown import shown

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(TREES)
def test_what_json_can_hold_is_that_json_on_printable_lines(tree: Node) -> None:
    text = shown(tree)
    assert json.loads(text) == tree
    assert all(line.isprintable() for line in text.split("\n"))


def test_each_member_stands_on_a_line_of_its_own() -> None:
    assert shown({"a": [1, {}], "b": []}) == '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}\n'


TEXTS = {
    "a colour": ("\x1b[31mred", r'"\u001b[31mred"'),
    "an 8-bit control": ("\x9b2J", r'"\u009b2J"'),
    "a bell and a backspace": ("\x07\x08", r'"\u0007\b"'),
    "a direction": ("a\u202eb", r'"a\u202eb"'),
    "what has no width": ("a\u200bb", r'"a\u200bb"'),
    "a line separator": ("\u2028", r'"\u2028"'),
    "a lone surrogate": ("\ud800", r'"\ud800"'),
    "a tag beyond the first plane": ("\U000e0041", r'"\udb40\udc41"'),
    "letters": ("Grüße 中文", '"Grüße 中文"'),
    "a line break": ("a\nb", r'"a\nb"'),
    "quotes": ('"\\', r'"\"\\"'),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS.keys())
def test_a_text_cannot_drive_the_terminal(text: str, expected: str) -> None:
    assert shown(text) == expected + "\n"
    assert shown({text: 1}) == f"{{\n  {expected}: 1\n}}\n"


def test_a_table_has_a_line_for_each_row_and_all_of_it() -> None:
    frame = pd.DataFrame({"token": [f"{number:03d}{'x' * 100}" for number in range(200)], "rows": range(200)})
    text = shown(Extension(ExtensionKind.FRAME, frame))
    lines = text.splitlines()
    assert len(lines) == 201
    assert all(f"{number:03d}{'x' * 100}" in line for number, line in enumerate(lines[1:]))


def test_a_table_within_a_value_begins_on_a_line_of_its_own() -> None:
    text = shown({"a": Extension(ExtensionKind.SERIES, pd.Series(["one", "two"])), "b": 1})
    assert text == '{\n  "a": \n    0    one\n    1    two,\n  "b": 1\n}\n'


TABLES = {
    ExtensionKind.FRAME: pd.DataFrame({"\x1b[31m": ["\x1b[0m", "a\nb"]}),
    ExtensionKind.SERIES: pd.Series(["\x1b[0m", "a\nb"]),
    ExtensionKind.ARRAY: np.array([["\x1b[0m"], ["a\nb"]]),
    ExtensionKind.ARROW: pa.table({"a": ["\x1b[0m", "a\nb"]}),
}


@pytest.mark.parametrize("kind", TABLES)
def test_no_cell_drives_the_terminal(kind: ExtensionKind) -> None:
    text = shown(Extension(kind, TABLES[kind]))
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.count("\n") > 1


EXTENSIONS: dict[str, tuple[Node, str]] = {
    "bytes": (Extension(ExtensionKind.BYTES, b"\x1b[0m\xff"), r"b'\x1b[0m\xff'"),
    "a bytearray": (Extension(ExtensionKind.BYTEARRAY, bytearray(b"a")), "bytearray(b'a')"),
    "a complex number": (Extension(ExtensionKind.COMPLEX, 1 + 2j), "(1+2j)"),
    "a time": (Extension(ExtensionKind.TIME, time(12, 30)), "datetime.time(12, 30)"),
    "pairs": (Extension(ExtensionKind.PAIRS, [[1, "a"], [[2], {}]]), '{\n  1: "a",\n  [\n    2\n  ]: {}\n}'),
    "a number of many digits": (1 << 20_000, hex(1 << 20_000)),
    "what is no number": (float("nan"), "NaN"),
}


@pytest.mark.parametrize(("tree", "expected"), EXTENSIONS.values(), ids=EXTENSIONS.keys())
def test_what_json_has_no_form_for_is_shown_as_python_writes_it(tree: Node, expected: str) -> None:
    assert shown(tree) == expected + "\n"


LISTED: dict[str, tuple[ExtensionKind, object, str, str]] = {
    "an array": (ExtensionKind.ARRAY, np.arange(999), "0,", "998"),
    "an array of complex numbers": (ExtensionKind.ARRAY, np.arange(999) * 1j, "0j,", "998j"),
    "a table of arrow": (ExtensionKind.ARROW, pa.table({"n": range(999)}), "{", "}"),
}


@pytest.mark.parametrize(("kind", "value", "first", "last"), LISTED.values(), ids=LISTED)
def test_all_of_an_array_and_of_another_table_is_listed(
    kind: ExtensionKind, value: object, first: str, last: str
) -> None:
    lines = shown({"t": Extension(kind, value)}).splitlines()
    assert (lines[:2], lines[-2:]) == (["{", '  "t": ['], ["  ]", "}"])
    assert (lines[2].strip(), lines[-3].strip()) == (first, last)
    assert len(lines) >= 999 + 4
    assert all(line.isprintable() for line in lines)


def test_a_tree_that_is_too_deep_is_not_shown_in_part() -> None:
    tree: Node = 1
    for _ in range(100_000):
        tree = [tree]
    with pytest.raises(RecursionError):
        shown(tree)
