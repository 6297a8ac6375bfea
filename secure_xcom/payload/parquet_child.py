"""What reads Parquet for ``payload.parquet_process``, in a process of its own that is begun for nothing else.

A row's Parquet may be anybody's, and pyarrow is a large library in C++. So what makes it fail, fill the memory or run
for ever ends this process alone, which has no key, no setting and no environment. It takes requests on its standard
input and answers each on its standard output: a number of eight bytes, and so many bytes.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from secure_xcom.payload.columns import texts_of
from secure_xcom.payload.tables import nodes_of_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secure_xcom.model.value import Node

CONTENTS: Final = b"c"
ROWS: Final = b"r"
"""What is asked for: the names and the cells that may be sensitive, or all rows as they are."""

SIZE: Final = 8

MOST_MEMORY: Final = 4 << 30
"""Bytes of address space. The largest row that is read has 64 MiB, and Arrow takes some times that for it."""

_ARROWS_SCHEMA: Final = b"ARROW:schema"
_HIDDEN_SCHEMA: Final = b"-hidden-from"
"""Of the same length. Arrow's own schema may name extension types, which a library's code would rebuild."""

_END: Final = 8
"""Bytes behind a file's metadata: their length, in four bytes, and ``PAR1`` (Parquet, "File Format")."""

_TEXT: Final = "BYTE_ARRAY"
"""The physical type of Parquet for texts of any length, which are read as Arrow's dictionaries: each text once."""

_LEVELS: Final = re.compile(r"'([^']*+)'|\"([^\"]*+)\"")
"""The texts in a tuple that Python wrote."""

_AT_ONCE: Final = 1024
"""Cells with dicts and lists that are built at once."""


def main() -> None:
    """Answer until there is no further request. An answer without a byte says that something cannot be read."""
    _limit()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while kind := source.read(1):
        data = bytearray(source.read(int.from_bytes(source.read(SIZE))))
        _answer(sink, _read(kind, data))


def _limit() -> None:
    import pyarrow as pa

    # Arrow's other pools reserve more address space than they use.
    pa.set_memory_pool(pa.system_memory_pool())
    pa.set_cpu_count(1)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        # Neither a crash nor a library may leave a secret in a file.
        resource.setrlimit(kind, (0, 0))


def _answer(sink: BinaryIO, answer: bytes) -> None:
    sink.write(len(answer).to_bytes(SIZE))
    sink.write(answer)
    sink.flush()


def _read(kind: bytes, data: bytearray) -> bytes:
    try:
        file = _opened(data)
        if kind == ROWS:
            return json.dumps(file.read(use_threads=False).to_pylist(), default=str).encode()
        return json.dumps([list(_names_in(file.schema_arrow)), list(_contents_of(file))]).encode()
    except Exception:
        return b""


def _opened(data: bytearray) -> Any:  # noqa: ANN401 - a file of pyarrow's
    from pyarrow import BufferReader, parquet, py_buffer

    start = max(0, len(data) - _END - int.from_bytes(data[-_END:-4], "little"))
    data[start:] = data[start:].replace(_ARROWS_SCHEMA, _HIDDEN_SCHEMA)
    source = BufferReader(py_buffer(data))
    metadata = parquet.read_metadata(source)
    leaves = map(metadata.schema.column, range(metadata.num_columns))
    return parquet.ParquetFile(source, read_dictionary=[leaf.path for leaf in leaves if leaf.physical_type == _TEXT])


def _names_in(schema: Any) -> Iterator[str]:  # noqa: ANN401 - a schema of Arrow's
    noted = _noted_by_pandas(schema)
    listed = (noted.get(part) for part in ("columns", "column_indexes", "index_columns"))
    described = [one for part in listed if isinstance(part, list) for one in part if isinstance(one, dict)]
    for name in (*schema.names, *(str(one["name"]) for one in described if one.get("name") is not None)):
        yield name
        if name.startswith("("):
            # A label of several levels: pandas notes it as Python writes a tuple.
            yield from (one or other for one, other in _LEVELS.findall(name))


def _noted_by_pandas(schema: Any) -> dict[str, Any]:  # noqa: ANN401 - a schema of Arrow's
    """Return pandas' notes on a frame, which pyarrow writes beside it."""
    noted = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    return noted if isinstance(noted, dict) else {}


def _contents_of(file: Any) -> Iterator[Node]:  # noqa: ANN401 - a file of pyarrow's
    yield _noted_by_pandas(file.schema_arrow).get("attributes")
    names = [field.name for field in file.schema_arrow if _holds_text(field.type)]
    for group in range(file.num_row_groups):
        for name in names:
            # One column at a time: all of a frame's texts may take much.
            for column in file.read_row_group(group, columns=[name], use_threads=False).columns:
                for chunk in column.chunks:
                    yield from _cells_of(chunk)


def _cells_of(chunk: Any) -> Iterator[Node]:  # noqa: ANN401 - an array of Arrow's
    import pyarrow as pa

    if pa.types.is_dictionary(chunk.type):
        cells = chunk.dictionary
        texts = texts_of(pa.chunked_array([cells]))
        yield from nodes_of_cells(cells.to_pylist()) if texts is None else texts
        return
    for start in range(0, len(chunk), _AT_ONCE):
        yield from nodes_of_cells(chunk.slice(start, _AT_ONCE).to_pylist())


def _holds_text(kind: Any) -> bool:  # noqa: ANN401 - a type of Arrow's
    from pyarrow import types

    if types.is_nested(kind):
        return any(_holds_text(kind.field(position).type) for position in range(kind.num_fields))
    return not types.is_primitive(kind) and not types.is_null(kind)


if __name__ == "__main__":
    main()
