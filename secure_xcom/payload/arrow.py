"""Tables as Arrow's IPC stream, without a copy of their columns, and back.

pyarrow is imported when a value is such a table, and never before. Extension types are refused on both sides: Arrow
would rebuild one by code that whatever library has registered.

What Airflow's own backend hands out for a data frame has been through Parquet, which has fewer types than Arrow. A
frame of other types than ``_AS_IN_PARQUET`` goes through Parquet here too, so that the consumer sees no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from secure_xcom.errors import PayloadError, Tampered
from secure_xcom.model.pieces import Bytes, Pieces
from secure_xcom.payload.arrow_messages import is_compressed

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXTENSION: Final = b"ARROW:extension:"
"""How the keys of a field's metadata begin that name an extension type (Arrow's columnar format, "Extension types")."""

_UNBACKED_CELLS: Final = 1 << 27
"""Cells that a table may have without a bit for each: 1 GiB, as the largest value, at eight bytes a cell."""

_AS_IN_PARQUET: Final = (
    "is_boolean",
    "is_integer",
    "is_float32",
    "is_float64",
    "is_string",
    "is_large_string",
    "is_date32",
)
"""Types that Parquet gives back as they were (``tests/unit/payload/test_arrow.py`` compares them)."""


class _Sink:
    """A file that keeps what is written to it as it is: Arrow hands over its own buffers."""

    closed = False

    def __init__(self) -> None:
        self.pieces: list[Bytes] = []
        self._size = 0

    def write(self, data: Any) -> int:  # noqa: ANN401 - bytes, or a buffer of Arrow's
        view = memoryview(data)
        self.pieces.append(view)
        self._size += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""


def pieces_of(table: Any) -> Pieces:  # noqa: ANN401 - pyarrow is imported late
    """Return a table's IPC stream, which refers to the table's memory. Raises ``PayloadError`` for extension types."""
    import pyarrow as pa

    schema = bytes(table.schema.serialize())
    if _EXTENSION in schema or any(map(_is_extension, _types_of(table.schema))):
        raise PayloadError("a table with a column of an extension type of Arrow's cannot be sealed: cast the column")
    sink = _Sink()
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), table.schema) as writer:
        writer.write_table(table)
    pieces = Pieces(sink.pieces)
    if not _is_backed(table, pieces.size):
        raise PayloadError(f"a table with {table.num_rows} rows that hold nothing cannot be sealed: drop the columns")
    return pieces


def table_of(stream: memoryview) -> Any:  # noqa: ANN401 - pyarrow is imported late
    """Return the table of an IPC stream, which refers to the stream's memory.

    Raises ``Tampered`` for one that names an extension type, before any is built; and what pyarrow raises.
    """
    import pyarrow as pa

    messages = pa.ipc.MessageReader.open_stream(pa.BufferReader(pa.py_buffer(stream)))
    schema = messages.read_next_message()
    if schema.type != "schema" or _EXTENSION in bytes(schema.metadata):
        raise Tampered("the sealed object's table has another type than this version writes")
    for message in messages:
        if is_compressed(bytes(message.metadata)):
            raise Tampered("the sealed object's table is compressed, which this version does not write")
    table = pa.ipc.open_stream(pa.BufferReader(pa.py_buffer(stream))).read_all()
    if not _is_backed(table, len(stream)):
        raise Tampered("the sealed object's table has more cells than its bytes can hold")
    table.validate(full=True)
    return table


def _is_backed(table: Any, size: int) -> bool:  # noqa: ANN401 - a table of Arrow's
    """Whether a table has no more cells than its bytes have bits, or no more than would fill the largest value.

    Columns of nothing, and runs of one cell, take no bytes, and all the more memory once they are a frame.
    """
    return bool(table.num_rows * max(table.num_columns, 1) <= max(8 * size, _UNBACKED_CELLS))


def table_of_frame(frame: Any) -> Any:  # noqa: ANN401 - neither library is imported before
    """Return what Airflow's own backend would read of a data frame: a table from which ``to_pandas`` makes it."""
    import pyarrow as pa

    table = pa.Table.from_pandas(frame)
    is_empty = not table.num_rows
    others = [number for number, kind in enumerate(table.schema.types) if not _is_as_in_parquet(kind, is_empty)]
    if not others:
        return table
    # Without the notes on the frame, which go with the whole table.
    through = _through_parquet(table.select(others).replace_schema_metadata(None))
    columns, fields = table.columns, [*table.schema]
    for position, column, field in zip(others, through.columns, through.schema, strict=True):
        columns[position], fields[position] = column, field
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=table.schema.metadata))


def _through_parquet(table: Any) -> Any:  # noqa: ANN401 - tables of Arrow's
    import pyarrow as pa
    from pyarrow import parquet

    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink, compression="none")
    return parquet.read_table(pa.BufferReader(sink.getvalue()))


def _is_as_in_parquet(kind: Any, is_empty: bool) -> bool:  # noqa: ANN401 - a type of Arrow's
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return bool(kind.unit != "s")
    if pa.types.is_dictionary(kind):
        # Parquet loses the categories of a column without rows, and keeps no categories but texts.
        return not is_empty and (pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
    return any(getattr(pa.types, name)(kind) for name in _AS_IN_PARQUET)


def _is_extension(kind: Any) -> bool:  # noqa: ANN401 - a type of Arrow's
    import pyarrow as pa

    return isinstance(kind, pa.BaseExtensionType)


def _types_of(schema: Any) -> Iterator[Any]:  # noqa: ANN401 - a schema of Arrow's
    import pyarrow as pa

    waiting = [field.type for field in schema]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting.extend(kind.field(position).type for position in range(kind.num_fields))
        if pa.types.is_dictionary(kind):
            waiting.append(kind.value_type)
