"""Tables of polars come back equal, and their names and texts are searched."""

from __future__ import annotations

import datetime as dt

import pytest

from secure_xcom.model.value import Extension
from secure_xcom.payload.binary import kind_of
from secure_xcom.payload.names import LostNames
from secure_xcom.payload.parts import Part
from tests.unit.payload.branches import decode_parts, encode_parts

pl = pytest.importorskip("polars", reason="opt-in: needs polars, which nothing else here needs")

VALUES = {
    "numbers": pl.DataFrame({"a": [1, None], "f": [1.5, 2.5]}),
    "text": pl.DataFrame({"s": ["x", None]}),
    "categories": pl.DataFrame({"c": pl.Series(["a", "b"], dtype=pl.Categorical)}),
    "an enumeration": pl.DataFrame({"c": pl.Series(["a", "b"], dtype=pl.Enum(["b", "a"]))}),
    "times": pl.DataFrame({"t": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)], "d": [dt.date(2026, 1, 1)]}),
    "nested": pl.DataFrame({"l": [[1, 2]], "s": [{"a": 1}], "b": [b"x"]}),
    "nothing": pl.DataFrame(),
    "a series": pl.Series("n", [1, None], dtype=pl.Int8),
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_a_table_comes_back_equal(value: pl.DataFrame | pl.Series) -> None:
    kind = kind_of(type(value))
    assert kind is not None
    parts, _ = decode_parts(encode_parts(Part(Extension(kind, value))))
    result = parts.content.content  # type: ignore[union-attr]
    assert result.equals(value)
    described = [(one.schema if isinstance(one, pl.DataFrame) else (one.name, one.dtype)) for one in (result, value)]
    assert described[0] == described[1]


def test_names_and_texts_are_searched() -> None:
    value, names = pl.DataFrame({"n": [1, 2], "s": ["x", "y"]}), LostNames()
    kind = kind_of(type(value))
    assert kind is not None
    node = Extension(kind, value)
    names.note_binary(value, node)
    lost = names.of(node)
    assert lost is not None
    (held,) = lost.held
    assert ([*held.names], [*held.contents()]) == (["n", "s"], ["x\ny"])
