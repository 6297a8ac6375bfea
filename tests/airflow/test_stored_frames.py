"""A data frame that Airflow's own backend has stored is judged as a push of the same frame would be."""

from __future__ import annotations

import io
import json
import os
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from airflow.sdk.serde import serialize
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from benchmarks.detection.detectors import policy
from secure_xcom.classify import scan
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.held import UNSEARCHED
from secure_xcom.errors import PayloadError
from secure_xcom.model.value import JSON, findings_of
from secure_xcom.ops.lifecycle.reveal.shown import shown
from secure_xcom.ops.tune.look import look_of
from secure_xcom.ops.tune.rows import Problem, row_of
from secure_xcom.ops.tune.steps import written
from secure_xcom.ops.tune.tally import Tally
from secure_xcom.payload import parquet_child, parquet_process, stored_frames
from secure_xcom.payload.encoding import adopt, encode
from secure_xcom.payload.parquet_process import PARQUET, ParquetProcess
from tests.airflow.test_beside_tables import FRAMES

pytestmark = pytest.mark.filterwarnings("ignore")

TOKEN = invent("ghp_<30 base62><checksum>")
POLICY = policy()


def _noted(**attrs: object) -> pd.DataFrame:
    frame = pd.DataFrame({"n": [1]})
    frame.attrs = attrs
    return frame


SECRET: dict[str, pd.DataFrame] = {
    "a column's name": pd.DataFrame({"user": ["ann"], "api_key": ["x7"]}),
    "a name of several levels": pd.DataFrame(
        [["a", "b"]], columns=pd.MultiIndex.from_tuples([("x", "y"), ("x", "pwd")])
    ),
    "the index's name": pd.DataFrame({"n": [1]}, index=pd.Index(["a"], name="password")),
    "the name of an index of numbers": pd.DataFrame({"n": [1]}, index=pd.RangeIndex(1, name="api_token")),
    "the name of the columns": pd.DataFrame({"a": [1]}).rename_axis(columns="secret_key"),
    "a cell": pd.DataFrame({"note": ["fine", f"use {TOKEN}"]}),
    "a cell among many": pd.DataFrame({"note": [f"row {n}" for n in range(20_000)] + [TOKEN]}),
    "a cell of the index": pd.DataFrame({"n": [1]}, index=[TOKEN]),
    "a column's name itself": pd.DataFrame({TOKEN: [1]}),
    "a category": pd.DataFrame({"a": pd.Categorical(["x", TOKEN])}),
    "bytes": pd.DataFrame({"a": [TOKEN.encode()]}),
    "a dict in a cell": pd.DataFrame({"a": [{"user": "ann", "password": "Hy6nB4cD1s"}, None]}),
    "a list in a cell": pd.DataFrame({"a": [["x", TOKEN]]}),
    "a pair of name and value": pd.DataFrame({"a": [[{"name": "DB_PASSWORD", "value": "Hy6nB4cD1s"}]]}),
    "JSON in a cell": pd.DataFrame({"a": ['{"client_secret": "Hy6nB4cD1sF0"}']}),
    "what its author noted": _noted(source={"password": "Hy6nB4cD1s"}),
}

PLAIN: dict[str, pd.DataFrame] = {
    **FRAMES,
    "names that only look so": pd.DataFrame({"next_page_token": ["x"], "token_count": [3], "secret_arn": ["a"]}),
    "dicts": pd.DataFrame({"a": [{"user": "ann", "max_tokens": 5}, {"user": "bob", "max_tokens": None}]}),
    "numbers in a dict": pd.DataFrame({"a": [{"pin_code": 4711}]}),
    "notes": _noted(source="etl"),
    "no columns": pd.DataFrame(),
}


def _stored(value: object) -> JSON:
    """What Airflow's own backend leaves in the row."""
    row: JSON = json.loads(json.dumps(serialize(value)))
    return row


def _judged_in_row(value: object) -> set[str]:
    encoding = adopt(_stored(value))
    return {one.rule for one in findings_of(scan(encoding.tree, "return_value", POLICY, encoding.lost_of))}


def _judged_by_push(value: object) -> set[str]:
    encoding = encode(value, serialize)
    return {one.rule for one in findings_of(scan(encoding.tree, "return_value", POLICY, encoding.lost_of))}


@pytest.mark.parametrize("frame", SECRET.values(), ids=SECRET)
def test_a_stored_frame_with_a_secret_is_sensitive_by_the_rule_of_a_push(frame: pd.DataFrame) -> None:
    assert _judged_in_row(frame) == _judged_by_push(frame) != set()


@pytest.mark.parametrize("frame", PLAIN.values(), ids=PLAIN)
def test_a_stored_frame_without_one_is_plain_as_in_a_push(frame: pd.DataFrame) -> None:
    assert _judged_in_row(frame) == _judged_by_push(frame) == set()


def test_of_several_frames_those_with_a_secret_are_sealed() -> None:
    row = adopt(_stored({"a": SECRET["a cell"], "b": [PLAIN["text"], SECRET["a column's name"]], "c": 1}))
    found = {one.path for one in findings_of(scan(row.tree, "return_value", POLICY, row.lost_of))}
    assert found == {("a",), ("b", 1)}


_CELLS = st.one_of(st.none(), st.text(max_size=8), st.just(TOKEN), st.dictionaries(st.sampled_from("ab"), st.text()))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["user", "api_key", "note", "token_count", "a"]),
        st.lists(_CELLS, min_size=2, max_size=2),
        max_size=3,
    )
)
def test_random_frames_are_judged_alike(columns: dict[str, list[object]]) -> None:
    frame = pd.DataFrame(columns, dtype=object)
    try:
        row = _stored(frame)
    except pa.ArrowException:
        return  # Airflow cannot store such a frame.
    encoding = adopt(row)
    judged = findings_of(scan(encoding.tree, "return_value", POLICY, encoding.lost_of))
    assert {one.rule for one in judged} == _judged_by_push(frame)


def _claimed(data: object) -> Any:
    return {"__classname__": "pandas.DataFrame", "__version__": 1, "__data__": data}


def _parquet(table: pa.Table, **how: Any) -> str:
    sink = io.BytesIO()
    parquet.write_table(table, sink, **how)
    return sink.getvalue().hex()


def _nested(cells: int, text: str) -> pa.Table:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * cells, pa.int32()), [text])
    return pa.table({"a": pa.ListArray.from_arrays([0, cells], texts)})


def _structs(values: int) -> pa.Table:
    """A run of numbers beside a text, which takes a few bytes in Parquet."""
    numbers = pa.ListArray.from_arrays([0, values], pa.array(np.zeros(values, "int64")))
    return pa.table({"a": pa.StructArray.from_arrays([pa.array(["x"]), numbers], ["s", "l"])})


FORGED: dict[str, Callable[[], object]] = {
    "not hexadecimal": lambda: "no",
    "no text": lambda: 7,
    "nothing": lambda: "",
    "no Parquet": lambda: "50415231",
    "cut": lambda: _parquet(pa.table({"a": ["x"]}))[:-40],
    "a length of its metadata beyond its beginning": lambda: (
        _parquet(pa.table({"a": ["x"]}))[:-16] + "ffffffff50415231"
    ),
    "texts that fill the memory once they are read": lambda: _parquet(_nested(20_000, "x" * 1_000_000)),
    "numbers that fill the memory once they are read": lambda: _parquet(_structs(80_000_000)),
}


@pytest.mark.parametrize("data", FORGED.values(), ids=FORGED)
def test_what_cannot_be_looked_at_is_sensitive_as_in_a_push(
    data: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_process, "_CHILD", "tests.airflow.small_parquet_child")
    monkeypatch.setattr(stored_frames, "PARQUET", process := ParquetProcess())
    encoding = adopt(_claimed(data()))
    assert scan(encoding.tree, "return_value", POLICY, encoding.lost_of) == UNSEARCHED
    # The next one is read all the same.
    encoding = adopt(_stored(SECRET["a cell"]))
    assert scan(encoding.tree, "return_value", POLICY, encoding.lost_of) == "content-github-token"
    process.end()


def test_a_damaged_byte_ends_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_frames, "PARQUET", process := ParquetProcess())
    whole = bytearray.fromhex(_parquet(pa.table({"a": ["x"], "n": [1]}), compression="snappy"))
    # The metadata stand at the end: pyarrow ends its process for some of them.
    for place in range(len(whole) - 340, len(whole)):
        data = bytearray(whole)
        data[place] ^= 0x15
        encoding = adopt(_claimed(data.hex()))
        assert scan(encoding.tree, "return_value", POLICY, encoding.lost_of) in (None, UNSEARCHED)
    process.end()


def test_a_frame_that_takes_too_long_is_sensitive_and_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_process, "_SECONDS", 0.001)
    monkeypatch.setattr(stored_frames, "PARQUET", process := ParquetProcess())
    encoding = adopt(_stored(SECRET["a cell"]))
    assert scan(encoding.tree, "return_value", POLICY, encoding.lost_of) == UNSEARCHED
    monkeypatch.setattr(parquet_process, "_SECONDS", 60)
    encoding = adopt(_stored(SECRET["a cell"]))
    assert scan(encoding.tree, "return_value", POLICY, encoding.lost_of) == "content-github-token"
    process.end()


def test_an_interrupted_request_leaves_no_answer_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    process = ParquetProcess()
    first, second = (bytes.fromhex(_parquet(pa.table({name: ["x"]}))) for name in ("first", "second"))
    assert process.contents(first) == (["first"], [None, "x"])
    with monkeypatch.context() as patch:
        patch.setattr(parquet_process, "_stream", lambda stream: _interrupted(stream))
        with pytest.raises(KeyboardInterrupt):
            process.contents(first)
    assert process.contents(second) == (["second"], [None, "x"])
    process.end()


def _interrupted(stream: Any) -> Any:
    """A pipe that takes a request, and is interrupted before the answer is read."""
    if stream.readable():
        raise KeyboardInterrupt
    return stream


def test_an_answer_that_is_too_large_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_process, "_LARGEST_ANSWER", 1000)
    monkeypatch.setattr(stored_frames, "PARQUET", process := ParquetProcess())
    encoding = adopt(_stored(pd.DataFrame({"a": ["x" * 2000]})))
    assert scan(encoding.tree, "return_value", POLICY, encoding.lost_of) == UNSEARCHED
    process.end()


def test_what_reads_frames_has_no_environment_and_one_process_reads_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", TOKEN)
    process = ParquetProcess()
    pids = set()
    for _ in range(3):
        assert process.contents(bytes.fromhex(_parquet(pa.table({"a": ["x"]})))) == (["a"], [None, "x"])
        assert process._process is not None
        pids.add(process._process.pid)
    (pid,) = pids
    assert TOKEN.encode() not in Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
    process.end()
    assert not Path(f"/proc/{pid}").exists()


def test_a_forked_process_begins_one_of_its_own_and_warns_of_nothing() -> None:
    data = bytes.fromhex(_parquet(pa.table({"a": ["x"]})))
    assert PARQUET.contents(data) is not None
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        child = os.fork()
        if child == 0:
            before = PARQUET._process
            found = PARQUET.contents(data)
            PARQUET.end()
            texts = [one for one in told if "multi-threaded" not in str(one.message)]
            os._exit(0 if before is None and found == (["a"], [None, "x"]) and not texts else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert PARQUET.contents(data) == (["a"], [None, "x"])


def test_threads_wait_for_one_another_and_each_gets_its_own() -> None:
    files = [bytes.fromhex(_parquet(pa.table({f"c{number}": [f"x{number}"]}))) for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(PARQUET.contents, files))
    assert found == [([f"c{number}"], [None, f"x{number}"]) for number in range(40)]


@pytest.mark.parametrize(
    "label",
    ["({[]: 1},)", f"({'9' * 400}+1j,)", f"(0x{'f' * 4000},)", f"{'(' * 500}1", "('", "(lambda: 0,)", "('a\\x00',)"],
)
def test_a_label_that_reads_like_code_is_a_name_and_nothing_else(label: str) -> None:
    encoding = adopt(_claimed(_parquet(pa.table({label: [1]}), compression="snappy")))
    assert scan(encoding.tree, "return_value", POLICY, encoding.lost_of) is None


class _Loud(pa.ExtensionType):
    """An extension type that tells when it is rebuilt."""

    rebuilt = 0

    def __init__(self) -> None:
        super().__init__(pa.string(), "secure_xcom.tests.loud")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: object, serialized: object) -> _Loud:
        cls.rebuilt += 1
        return cls()


def test_no_extension_type_is_rebuilt() -> None:
    array = pa.ExtensionArray.from_storage(_Loud(), pa.array([TOKEN]))
    data = bytes.fromhex(_parquet(pa.table({"a": array}), compression="snappy"))
    pa.register_extension_type(_Loud())
    try:
        # In this process, where the type is registered.
        assert json.loads(parquet_child._read(parquet_child.CONTENTS, bytearray(data))) == [["a"], [None, TOKEN]]
        assert _Loud.rebuilt == 0
        parquet.read_table(io.BytesIO(data))
        assert _Loud.rebuilt > 0
    finally:
        pa.unregister_extension_type("secure_xcom.tests.loud")


@pytest.mark.parametrize("key", [[], {}, 7, None])
def test_a_classname_of_any_type_is_no_frame(key: object) -> None:
    row: Any = {"__classname__": key, "__data__": "x"}
    assert not adopt(row).names


def test_without_pyarrow_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    row = _stored(SECRET["a cell"])
    encoding, named = adopt(row), adopt({"api_key": row})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(PayloadError, match="install pyarrow"):
        scan(encoding.tree, "return_value", POLICY, encoding.lost_of)
    # What its own key tells needs no look.
    assert scan(named.tree, "return_value", POLICY, named.lost_of) is not None


def test_a_revealed_frame_is_shown_by_its_rows_and_what_cannot_be_read_as_it_is() -> None:
    frame = pd.DataFrame({"user": ["ann"], "api_key": ["x7"], "n": [1]})
    assert json.loads(shown({"a": _stored(frame)})) == {"a": [{"user": "ann", "api_key": "x7", "n": 1}]}
    assert json.loads(shown(_claimed("50415231"))) == _claimed("50415231")


def test_tune_counts_a_frame_as_one_part_and_shows_nothing_of_its_parquet(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = {"first": SECRET["a column's name"], "plain": PLAIN["text"]}
    rows = [row_of("etl", "make", key, json.dumps(_stored(frame))) for key, frame in frames.items()]
    tally = Tally(POLICY, lambda _: False)
    for row in rows:
        tally.add(row)
    found = {written(group.pattern): (dict(group.sealed), dict(group.plain)) for group in tally.groups}
    look = look_of({})
    assert found == {"first": ({("name-key", look): 1}, {}), "plain": ({}, {look: 1})}
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    tally.add(rows[0])
    assert tally.problems == {Problem.NO_PYARROW: 1}
