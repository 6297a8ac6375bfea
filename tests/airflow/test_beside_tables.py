"""A consumer gets of a data frame what Airflow's own backend hands out, and an equal one of other tables and arrays."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from secure_xcom.errors import PayloadError
from tests.airflow.beside import Backends, Way
from tests.unit.world import refusal

pytestmark = pytest.mark.filterwarnings("ignore")

SEALED = [Way.PART, Way.WHOLE, Way.CONTRACT, Way.ALL, Way.LARGE]

_DAYS = pd.date_range("2026-01-01", periods=3, tz="Europe/Berlin")
_NOTED = pd.DataFrame({"n": [1, 2]})
_NOTED.attrs = {"source": "etl", "levels": [1, 2]}

FRAMES: dict[str, pd.DataFrame] = {
    "numbers": pd.DataFrame({"a": np.arange(3, dtype="int8"), "b": [1.5, None, -0.0], "c": np.array([1, 2, 3], "u4")}),
    "half floats": pd.DataFrame({"a": np.array([1.5, 2], "f2")}),
    "booleans": pd.DataFrame({"a": [True, False]}),
    "text": pd.DataFrame({"a": ["x", None, "\u00fc"]}),
    "objects that are text": pd.DataFrame({"a": pd.Series(["x", None], dtype=object)}),
    "objects that are dates": pd.DataFrame({"a": [dt.date(2026, 1, 1), None]}),
    "objects that are decimals": pd.DataFrame({"a": [Decimal("1.10"), Decimal("2.00")]}),
    "objects that are lists": pd.DataFrame({"a": [[1, 2], None]}),
    "objects that are bytes": pd.DataFrame({"a": [b"\xff", b""]}),
    "objects that are nothing": pd.DataFrame({"a": [None, None]}),
    "times": pd.DataFrame({"a": _DAYS, "b": _DAYS.tz_localize(None), "c": _DAYS - _DAYS[0]}),
    "times in seconds": pd.DataFrame({"a": _DAYS.tz_localize(None).as_unit("s")}),
    "times at an offset": pd.DataFrame({"a": _DAYS.tz_convert("+02:00")}),
    "categories": pd.DataFrame({"a": pd.Categorical(["x", "y", "x"], categories=["z", "y", "x"], ordered=True)}),
    "categories without rows": pd.DataFrame({"a": pd.Categorical([], categories=["z", "y"])}),
    "categories that no row has": pd.DataFrame({"a": pd.Categorical([None], categories=["z", "y"])}),
    "categories of numbers": pd.DataFrame({"a": pd.Categorical([3, 1, None])}),
    "types with missing values": pd.DataFrame(
        {"a": pd.array([1, None], "Int64"), "b": pd.array([True, None], "boolean")}
    ),
    "periods": pd.DataFrame({"a": pd.period_range("2026-01", periods=2, freq="M")}),
    "intervals": pd.DataFrame({"a": pd.interval_range(0, 2)}),
    "a type of Arrow's": pd.DataFrame({"a": pd.array([1, None], "int64[pyarrow]")}),
    "an index of text": pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="key")),
    "an index of times": pd.DataFrame({"a": [1, 2, 3]}, index=_DAYS),
    "a range that does not begin at 0": pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(5, 9, 2, name="r")),
    "an index of several levels": pd.DataFrame(
        {"v": [1, 2]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", None])
    ),
    "an index of categories": pd.DataFrame({"a": [1, 2]}, index=pd.CategoricalIndex(["x", "y"])),
    "columns that are numbers": pd.DataFrame([[1, 2]], columns=[7, 9]),
    "columns of several levels": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])),
    "columns with a name": pd.DataFrame({"a": [1]}).rename_axis(columns="what"),
    "notes": _NOTED,
    "no rows": pd.DataFrame({"a": np.array([], "i8"), "b": pd.array([], "str")}),
    "no columns": pd.DataFrame(index=[1, 2]),
    "nothing at all": pd.DataFrame(),
    "many rows": pd.DataFrame({"a": np.arange(70_000), "s": ["x"] * 70_000}),
}


@pytest.mark.parametrize("way", SEALED)
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_a_frame_comes_back_as_airflow_hands_it_out(frame: pd.DataFrame, way: Way, backends: Backends) -> None:
    pushed = way.around(frame)
    _, expected = backends.airflow_result(pushed)
    row, result = backends.our_result(pushed, way)
    assert "secure_xcom.Sealed" in row
    if way is Way.PART:
        expected, result = expected["password"], result["password"]
    pd.testing.assert_frame_equal(result, expected, check_freq=True, check_exact=True)
    assert result.attrs == expected.attrs
    assert [*map(type, result.dtypes)] == [*map(type, expected.dtypes)]
    assert all(array.flags.writeable == other.flags.writeable for array, other in _arrays(result, expected))


def _arrays(left: pd.DataFrame, right: pd.DataFrame) -> list[tuple[np.ndarray, np.ndarray]]:
    plain = [name for name in left.columns if isinstance(left.dtypes[name], np.dtype)] if left.columns.is_unique else []
    return [(left[name].to_numpy(), right[name].to_numpy()) for name in plain]


def test_a_frame_that_stays_in_the_row_is_written_as_airflow_writes_it(backends: Backends) -> None:
    value = {"a": [pd.DataFrame({"n": [1]})], "password": "hunter2-hunter2"}
    airflows, _ = backends.airflow_result({**value, "password": ""})
    row, result = backends.our_result(value, Way.NAMES)
    assert airflows.partition('"password"')[0] == row.partition('"password"')[0]
    assert result["a"][0].equals(value["a"][0])  # type: ignore[index,union-attr]


def test_a_frame_in_an_old_encoding_is_what_airflow_makes_of_it(backends: Backends) -> None:
    value = {"__type": "dict", "__var": {"a": pd.DataFrame({"n": [1]})}}
    _, expected = backends.airflow_result(value)
    _, result = backends.our_result(value, Way.ALL)
    assert repr(result) == repr(expected)


MIXED = {
    "a frame of anything": pd.DataFrame({"a": [1, "CANARY-x", object()]}),
    "a sparse column": pd.DataFrame({"a": pd.arrays.SparseArray([0, 0, 1])}),
    "columns of one name": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "a series of anything": pd.Series([1, "CANARY-x"], dtype=object),
    "an array of objects": np.array([1, "CANARY-x"], dtype=object),
    "an array of records": np.zeros(2, dtype=[("a", "i4"), ("b", "O")]),
}


@pytest.mark.parametrize("way", SEALED)
@pytest.mark.parametrize("value", MIXED.values(), ids=MIXED.keys())
def test_what_only_pickle_would_hold_is_refused(value: object, way: Way, backends: Backends) -> None:
    error = refusal(lambda: backends.push(way.around(value), way))
    assert isinstance(error, PayloadError)
    assert "CANARY" not in str(error)
    assert error.__context__ is None


SERIES = {
    "numbers": pd.Series([1.5, None], name="x"),
    "without a name": pd.Series([1, 2]),
    "a number for a name": pd.Series(["a", None], name=7, index=["k", "l"]),
    "times": pd.Series(_DAYS, index=_DAYS, name="t"),
    "categories": pd.Series(pd.Categorical(["x"], categories=["y", "x"]), name="c"),
}


@pytest.mark.parametrize("way", SEALED)
@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES.keys())
def test_a_series_comes_back_equal(series: pd.Series, way: Way, backends: Backends) -> None:
    result = _result(series, way, backends)
    pd.testing.assert_series_equal(result, series, check_freq=False, check_exact=True)


ARRAYS = {
    "numbers": np.arange(12, dtype="<i4").reshape(3, 4),
    "of the other byte order": np.arange(3, dtype=">f8"),
    "in columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "cut": np.arange(10)[::-3],
    "complex": np.array([1 + 2j]),
    "booleans": np.array([True, False]),
    "times": np.array(["2026-01-01", "NaT"], dtype="M8[ns]"),
    "spans": np.array([1, 2], dtype="m8[s]"),
    "text": np.array(["a", "\u00fc"]),
    "bytes": np.array([b"a", b"bc"]),
    "one number": np.array(1.5),
    "nothing": np.empty((0, 3)),
}


@pytest.mark.parametrize("way", SEALED)
@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS.keys())
def test_an_array_comes_back_equal_and_can_be_written_to(array: np.ndarray, way: Way, backends: Backends) -> None:
    result = _result(array, way, backends)
    assert (result.dtype, result.shape) == (array.dtype, array.shape)
    assert result.tobytes() == array.tobytes()
    assert result.flags.writeable


TABLES = {
    "columns": pa.table({"a": [1, None], "s": ["x", None], "l": [[1], []], "t": pa.array([0, 1], pa.time32("s"))}),
    "notes": pa.table({"a": [1]}).replace_schema_metadata({"k": "v"}),
    "chunks": pa.concat_tables([pa.table({"a": [1]}), pa.table({"a": [2, 3]})]),
    "a part": pa.table({"a": list(range(100))}).slice(10, 5),
    "no columns": pa.table({}),
}


@pytest.mark.parametrize("way", SEALED)
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_a_table_of_arrows_comes_back_equal(table: pa.Table, way: Way, backends: Backends) -> None:
    assert _result(table, way, backends).equals(table, check_metadata=True)


@pytest.mark.parametrize("way", SEALED)
def test_long_bytes_come_back_exact(way: Way, backends: Backends) -> None:
    data = bytes(range(256)) * 40
    assert _result({"a": [data, data[1:], b"x"]}, way, backends) == {"a": [data, data[1:], b"x"]}


def _result(value: object, way: Way, backends: Backends) -> object:
    row, result = backends.our_result(way.around(value), way)
    assert "secure_xcom.Sealed" in row
    return result["password"] if way is Way.PART else result  # type: ignore[index]
