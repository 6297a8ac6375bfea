"""The texts of columns: none is lost, those that may hold names stand alone, and other columns are left to others."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secure_xcom.payload.columns import TOGETHER, texts_of

TEXTS = ["plain", None, '{"password": "x"}', "\u2003[1]", "(a, {b}", "", "l\u00fcck"]

COLUMNS = {
    "pandas, text": pd.Series(TEXTS, dtype="str"),
    "pandas, objects": pd.Series(TEXTS, dtype=object),
    "an index": pd.Index(TEXTS, dtype=object),
    "Arrow": pa.chunked_array([TEXTS[:3], TEXTS[3:]]),
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS.keys())
def test_what_may_hold_names_stands_alone(column: object) -> None:
    texts = texts_of(column)
    assert texts is not None
    assert [*texts] == ['{"password": "x"}', "\u2003[1]", "plain\n(a, {b}\n\nl\u00fcck"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=20), st.integers(1, 2000))
@settings(max_examples=50, deadline=None)
def test_each_text_is_yielded(texts: list[str], times: int) -> None:
    found = texts_of(pd.Series(texts * times, dtype="str"))
    assert found is not None
    held = "\n".join(found)
    assert all(text in held for text in texts)


@pytest.mark.parametrize("different", [3, 12_000], ids=["repeated", "different"])
def test_repeated_texts_are_yielded_once(different: int) -> None:
    texts = texts_of(pd.Series([f"text {number % different}" for number in range(12_000)]))
    assert texts is not None
    joined = [*texts]
    assert sum(text.count("text") for text in joined) == different
    assert all(text.count("\n") < TOGETHER for text in joined)


OTHERS = {
    "numbers": pd.Series([1, 2]),
    "bytes": pd.Series([b"x"]),
    "a mixture": pd.Series(["x", 1], dtype=object),
    "lists": pd.Series([["x"]]),
    "lone surrogates": pd.Series(["\ud800"], dtype=object),
    "nothing": pd.Series([None], dtype=object),
    "structs": pa.chunked_array([[{"a": "x"}]]),
}


@pytest.mark.parametrize("column", OTHERS.values(), ids=OTHERS.keys())
def test_a_column_of_anything_else_is_left_to_others(column: object) -> None:
    assert texts_of(column) is None
