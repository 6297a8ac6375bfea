"""``StoredFrames``: the names and the cells of data frames that Airflow's own backend has stored in a row.

Airflow stores a frame of pandas' as Parquet in hexadecimal (``airflow.sdk.serde.serializers.pandas``), in which nothing
can be found. It is read here by pyarrow alone: no class is loaded, and no frame is built. What a row claims may be
anybody's, so only what Airflow writes is read, and what would take more memory than its size lets expect is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.errors import PayloadError, translated
from secure_xcom.model.value import CLASSNAME, DATA
from secure_xcom.payload.columns import texts_of
from secure_xcom.payload.tables import nodes_of_cells

if TYPE_CHECKING:
    from types import EllipsisType

    from secure_xcom.model.value import Node

_CLASSES: Final = frozenset({"pandas.DataFrame", "pandas.core.frame.DataFrame"})
"""The names that a frame's class has in pandas 3 and before."""

_ARROWS_SCHEMA: Final = b"ARROW:schema"
_HIDDEN_SCHEMA: Final = b"-hidden-from"
"""Of the same length. Arrow's own schema may name extension types, which a library's code would rebuild."""

_END: Final = 8
"""Bytes behind a file's metadata: their length, in four bytes, and ``PAR1`` (Parquet, "File Format")."""

_COMPRESSIONS: Final = frozenset({"SNAPPY", "UNCOMPRESSED"})
"""Airflow writes Snappy, which makes 64 bytes of three at most (its "Format description", 2.2)."""

_TEXTS: Final = frozenset({"BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"})
"""The physical types of Parquet in which there is something to find."""

_MOST_CELLS: Final = 1 << 26
"""Cells of text that a frame may have: a run of one cell takes a few bytes, and four for each cell once it is read."""

_MOST_NESTED: Final = 1 << 28
"""Bytes of text that the dicts and lists of one column may have: there a text is no longer shared once it is read."""

_LEVELS: Final = re.compile(r"'([^']*+)'|\"([^\"]*+)\"")
"""The texts in a tuple that Python wrote."""

_AT_ONCE: Final = 1024
"""Cells with dicts and lists that are built at once."""


class StoredFrames:
    """Implements ``classify.lost.LostOf`` with ``of``, for the frames in one tree, which must live as long."""

    def __init__(self, tree: Node) -> None:
        self._frames = {id(node): StoredFrame(node[DATA]) for node in _frames_in(tree)}

    def __bool__(self) -> bool:
        return bool(self._frames)

    def of(self, node: object) -> StoredFrame | None:
        """Return what a node holds that is a frame, ``None`` for any other."""
        return self._frames.get(id(node))

    def table_of(self, _: object) -> None:
        """No frame is built."""
        return


class StoredFrame:
    """Implements ``classify.lost.LostLike`` and ``HeldLike``. Nothing of it is read before it is asked for."""

    fields: Sequence[str] = ()
    aliases: Mapping[str, Sequence[str]] = {}

    def __init__(self, data: Node) -> None:
        self._data = data
        self.complete = True

    @property
    def held(self) -> Sequence[StoredFrame]:
        """All of it."""
        return (self,)

    @cached_property
    def names(self) -> dict[str, None]:
        """The labels of its columns and of its index. Raises ``PayloadError`` without pyarrow."""
        if self._file is None:
            return {}
        try:
            return dict.fromkeys(_names_in(self._file.schema_arrow))
        except Exception:
            self.complete = False
            return {}

    def contents(self) -> Iterator[Node | EllipsisType]:
        """Yield its cells but for numbers, and its ``attrs``; ``...`` for what cannot be looked at."""
        if self._file is None:
            yield ...
            return
        try:
            yield from _contents_of(self._file)
        except Exception:
            yield ...

    @cached_property
    def _file(self) -> Any | None:  # noqa: ANN401 - pyarrow is imported late
        with translated(ImportError, into=_without_pyarrow):
            from pyarrow import parquet
        try:
            return _opened(parquet, str(self._data))
        except Exception:
            return None


def rows_of(node: Mapping[str, Node]) -> list[dict[str, object]] | None:
    """Return a stored frame's rows with their index, each by its columns; ``None`` if they cannot be read."""
    try:
        file = StoredFrame(node[DATA])._file  # noqa: SLF001 - of this module
        return None if file is None else list(file.read().to_pylist())
    except Exception:
        return None


def is_stored_frame(node: Mapping[str, Node]) -> bool:
    """Whether a dict is what Airflow writes for a data frame."""
    return DATA in node and isinstance(name := node.get(CLASSNAME), str) and name in _CLASSES


def _without_pyarrow(_: ImportError) -> PayloadError:
    return PayloadError("the columns of a data frame of pandas' cannot be looked at: install pyarrow here")


def _frames_in(root: Node) -> Iterator[dict[str, Node]]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            if is_stored_frame(node):
                yield node
            else:
                waiting.extend(node.values())


def _opened(parquet: Any, text: str) -> Any:  # noqa: ANN401 - pyarrow's module, and its file
    """Return a file whose texts are read as Arrow's dictionaries, each once. Raises for what Airflow never wrote."""
    from pyarrow import BufferReader, py_buffer

    data = bytearray.fromhex(text)
    start = max(0, len(data) - _END - int.from_bytes(data[-_END:-4], "little"))
    data[start:] = data[start:].replace(_ARROWS_SCHEMA, _HIDDEN_SCHEMA)
    source = BufferReader(py_buffer(data))
    metadata = parquet.read_metadata(source)
    chunks = [
        metadata.row_group(group).column(column)
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    ]
    if not _COMPRESSIONS.issuperset(chunk.compression for chunk in chunks):
        raise ValueError
    if sum(chunk.num_values for chunk in chunks if chunk.physical_type in _TEXTS) > _MOST_CELLS:
        raise ValueError
    leaves = map(metadata.schema.column, range(metadata.num_columns))
    texts = [leaf.path for leaf in leaves if leaf.physical_type in _TEXTS]
    return parquet.ParquetFile(source, read_dictionary=texts)


def _names_in(schema: Any) -> Iterator[str]:  # noqa: ANN401 - a schema of Arrow's
    noted = _noted_by_pandas(schema)
    listed = (noted.get(part) for part in ("columns", "column_indexes", "index_columns"))
    described = [one for part in listed if isinstance(part, list) for one in part if isinstance(one, dict)]
    names = [*schema.names, *(str(one["name"]) for one in described if one.get("name") is not None)]
    for name in names:
        yield name
        if name.startswith("("):
            # A label of several levels: pandas notes it as Python writes a tuple.
            yield from (one or other for one, other in _LEVELS.findall(name))


def _noted_by_pandas(schema: Any) -> dict[str, Any]:  # noqa: ANN401 - a schema of Arrow's
    """Return pandas' notes on a frame, which pyarrow writes beside it; nothing for damaged ones."""
    try:
        noted = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    except (ValueError, RecursionError):
        return {}
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
    if sum(map(_size, _leaves_of(chunk))) > _MOST_NESTED:
        raise ValueError
    for start in range(0, len(chunk), _AT_ONCE):
        yield from nodes_of_cells(chunk.slice(start, _AT_ONCE).to_pylist())


def _leaves_of(array: Any) -> Iterator[Any]:  # noqa: ANN401 - arrays of Arrow's
    import pyarrow as pa

    if pa.types.is_struct(array.type):
        for position in range(array.type.num_fields):
            yield from _leaves_of(array.field(position))
    elif pa.types.is_map(array.type):
        yield from _leaves_of(array.keys)
        yield from _leaves_of(array.items)
    elif _is_nested(array.type):
        yield from _leaves_of(array.values)
    elif pa.types.is_dictionary(array.type):
        yield array


def _size(array: Any) -> int:  # noqa: ANN401 - an array of Arrow's
    """Return how many bytes the texts of a dictionary take where each cell has its own."""
    from pyarrow import compute

    return compute.sum(compute.binary_length(array.dictionary).take(array.indices)).as_py() or 0


def _is_nested(kind: Any) -> bool:  # noqa: ANN401 - a type of Arrow's
    from pyarrow import types

    return bool(types.is_nested(kind))


def _holds_text(kind: Any) -> bool:  # noqa: ANN401 - a type of Arrow's
    from pyarrow import types

    if _is_nested(kind):
        return any(_holds_text(kind.field(position).type) for position in range(kind.num_fields))
    return not types.is_primitive(kind) and not types.is_null(kind)
