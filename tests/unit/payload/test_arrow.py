"""Arrow's streams: what Parquet would change goes through it, and what is malformed or of another type is refused."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from secure_xcom.errors import PayloadError, Tampered
from secure_xcom.model.value import Extension, ExtensionKind
from secure_xcom.payload import arrow, binary
from secure_xcom.payload.arrow import pieces_of, table_of
from secure_xcom.payload.parts import Part
from tests.unit.payload.branches import decode_parts, encode_parts

TYPES = [
    pa.bool_(),
    *(pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
    *(pa.float32(), pa.float64(), pa.string(), pa.large_string(), pa.date32()),
    *(pa.timestamp(unit, zone) for unit in ("ms", "us", "ns") for zone in (None, "UTC", "Europe/Berlin", "+02:00")),
]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_parquet_gives_back_the_types_that_do_not_go_through_it(kind: pa.DataType) -> None:
    assert arrow._is_as_in_parquet(kind, is_empty=False)
    table = pa.table(
        {"a": pa.array([None, 1], pa.int64()).cast(pa.int32()).cast(kind) if _is_cast(kind) else _texts(kind)}
    )
    file = io.BytesIO()
    parquet.write_table(table, file, compression="snappy")
    file.seek(0)
    again = parquet.read_table(file)
    assert again.schema.types == table.schema.types
    assert again.equals(table)


def _is_cast(kind: pa.DataType) -> bool:
    return not (pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def _texts(kind: pa.DataType) -> pa.Array:
    return pa.array([None, 1], pa.int32() if pa.types.is_date(kind) else pa.int64()).cast(kind)


@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.time32("s"), pa.null(), pa.list_(pa.int8())], ids=str)
def test_other_types_go_through_parquet(kind: pa.DataType) -> None:
    assert not arrow._is_as_in_parquet(kind, is_empty=False)


CATEGORIES = {
    "of text": pd.Categorical(["x", "y", None], categories=["z", "y", "x"], ordered=True),
    "that no row has": pd.Categorical([None, None], categories=["z"]),
    "of several row groups": pd.Categorical.from_codes([0] * 1_048_576 + [1], ["b", "a", "c"]),
    "more than a page": pd.Categorical.from_codes(
        range(120_000), [f"a category {number}" for number in range(120_000)]
    ),
}


@pytest.mark.parametrize("column", CATEGORIES.values(), ids=CATEGORIES.keys())
def test_parquet_gives_back_categories_of_text(column: pd.Categorical) -> None:
    table = pa.Table.from_pandas(pd.DataFrame({"a": column}))
    assert arrow._is_as_in_parquet(table.schema.types[0], is_empty=False)
    through = arrow._through_parquet(table.replace_schema_metadata(None))
    again = through.replace_schema_metadata(table.schema.metadata).to_pandas()
    pd.testing.assert_frame_equal(again, table.to_pandas(), check_exact=True)


def test_categories_without_a_row_go_through_parquet() -> None:
    assert not arrow._is_as_in_parquet(pa.dictionary(pa.int8(), pa.string()), is_empty=True)


def test_a_stream_refers_to_the_memory_of_its_table() -> None:
    table = pa.table({"a": pa.array(range(10_000))})
    address = table.column(0).chunk(0).buffers()[1].address
    assert any(pa.py_buffer(piece).address == address for piece in pieces_of(table))


def test_a_table_refers_to_the_memory_of_its_stream() -> None:
    stream = bytearray(bytes(pieces_of(pa.table({"a": pa.array(range(10_000))}))))
    address = table_of(memoryview(stream)).column(0).chunk(0).buffers()[1].address
    assert 0 <= address - pa.py_buffer(stream).address < len(stream)


class Running(pa.ExtensionType):
    """A type that would run code when a stream is read."""

    ran = False

    def __init__(self) -> None:
        super().__init__(pa.int64(), "tests.running")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type: pa.DataType, serialized: bytes) -> Running:
        Running.ran = True
        return cls()


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _running() -> pa.Table:
    return pa.table({"a": pa.ExtensionArray.from_storage(Running(), pa.array([1]))})


def _unregistered(name: str) -> pa.Table:
    field = pa.field("a", pa.int64(), metadata={"ARROW:extension:name": name, "ARROW:extension:metadata": "x"})
    return pa.table([pa.array([1])], schema=pa.schema([field]))


def test_no_extension_type_is_built_from_a_stream() -> None:
    pa.register_extension_type(Running())
    try:
        with pytest.raises(Tampered):
            table_of(memoryview(_stream(_running())))
        assert not Running.ran
        with pytest.raises(PayloadError):
            pieces_of(_running())
    finally:
        pa.unregister_extension_type("tests.running")


@pytest.mark.parametrize("name", ["arrow.py_extension_type", "pandas.period", "x"])
def test_a_stream_that_names_an_extension_type_is_refused(name: str) -> None:
    with pytest.raises(Tampered):
        table_of(memoryview(_stream(_unregistered(name))))


@pytest.mark.parametrize("kind", ["list", "struct"])
def test_an_extension_type_within_another_type_is_not_written(kind: str) -> None:
    inner = pa.ExtensionArray.from_storage(Running(), pa.array([1]))
    outer = pa.ListArray.from_arrays([0, 1], inner) if kind == "list" else pa.StructArray.from_arrays([inner], ["a"])
    with pytest.raises(PayloadError):
        pieces_of(pa.table({"a": outer}))


KINDS = {
    ExtensionKind.ARROW: pa.table({"a": ["x", "yy", None], "b": [1, 2, 3]}),
    ExtensionKind.FRAME: pd.DataFrame({"a": ["x", "yy", None], "b": [1, 2, 3]}),
    ExtensionKind.SERIES: pd.Series(["x", "yy"], name="s"),
}


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
@pytest.mark.parametrize(
    "column", [pa.array(range(5000)), pa.array(["x", "y"] * 50).dictionary_encode()], ids=["numbers", "a dictionary"]
)
def test_a_stream_that_pyarrow_would_unpack_is_refused(column: pa.Array, compression: str) -> None:
    with pytest.raises(Tampered, match="compressed"):
        table_of(memoryview(_stream_of(pa.table({"a": column}), compression)))


@pytest.mark.parametrize(
    "column", [pa.array(range(5000)), pa.array(["x", "y"] * 50).dictionary_encode()], ids=["numbers", "a dictionary"]
)
def test_a_stream_with_plain_buffers_is_read(column: pa.Array) -> None:
    table = pa.table({"a": column})
    assert table_of(memoryview(_stream_of(table))).equals(table)


def _stream_of(table: pa.Table, compression: str | None = None) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _runs(length: int) -> pa.Table:
    """Return one run of a cell, which takes a few bytes whatever its length."""
    return pa.table({"a": pa.RunEndEncodedArray.from_arrays(pa.array([length], pa.int64()), pa.array([1]))})


def test_a_table_of_more_cells_than_its_bytes_hold_is_neither_written_nor_read() -> None:
    table = _runs(1 << 30)
    with pytest.raises(PayloadError):
        pieces_of(table)
    with pytest.raises(Tampered, match="cells"):
        table_of(memoryview(_stream_of(table)))


def test_a_table_of_a_million_rows_of_nothing_is_read() -> None:
    table = pa.table({"a": pa.nulls(1_000_000)})
    assert table_of(memoryview(bytes(pieces_of(table)))).equals(table)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_cut_of_a_payload_is_refused(kind: ExtensionKind) -> None:
    payload = encode_parts(Part(Extension(kind, KINDS[kind])))
    for length in range(0, len(payload), 7):
        with pytest.raises(Tampered) as caught:
            decode_parts(payload[:length])
        assert caught.value.__context__ is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_changed_byte_of_a_stream_gives_a_value_or_is_refused(kind: ExtensionKind) -> None:
    payload = bytearray(encode_parts(Part(Extension(kind, KINDS[kind]))))
    for position in range(24, len(payload), 13):
        payload[position] ^= 0xFF
        try:
            decode_parts(bytes(payload))
        except Tampered:
            pass
        finally:
            payload[position] ^= 0xFF


def test_a_series_with_another_column_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(binary, "_COLUMN", "1")
        payload = encode_parts(Part(Extension(ExtensionKind.SERIES, pd.Series([1]))))
    with pytest.raises(Tampered):
        decode_parts(payload)


def test_offsets_beyond_the_data_are_refused() -> None:
    stream = _stream(pa.table({"a": pa.array(["abc", "def"])}))
    offsets = b"\0\0\0\0\3\0\0\0\6\0\0\0"
    assert offsets in stream
    with pytest.raises(pa.ArrowInvalid):
        table_of(memoryview(stream.replace(offsets, b"\0\0\0\0\3\0\0\0\xff\xff\xff\x7f")))
