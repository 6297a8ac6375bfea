"""The texts of a table's column, many in one, without a Python object for each cell.

A search for secrets reads a few long texts faster than many short ones, and Arrow joins them without Python.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

TOGETHER: Final = 1024
"""Texts that are searched at once."""

_AT_ONCE: Final = 64 * TOGETHER
"""Texts that are joined at once: their copy is all the memory that the search takes."""

_SAMPLE: Final = 10_000
"""Cells that tell whether a column repeats its texts."""

_MAY_HOLD_NAMES: Final = r"^[^0-9A-Za-z]*[{\[]"
"""Matches, besides some others, texts that begin with a brace or a bracket after white space of any alphabet."""


def texts_of(column: Any) -> Iterator[str] | None:  # noqa: ANN401 - pyarrow is not imported here
    """Return a column's texts, many in one, each that may hold names alone, and repeated ones mostly once.

    ``None`` for a column that is not of texts alone, and where pyarrow is not there yet: nobody's table needs it then.
    """
    if "pyarrow" not in sys.modules:
        return None
    import pyarrow as pa

    try:
        cells = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array(_arrays_of(column))
    except (pa.ArrowException, UnicodeError):
        return None
    is_text = pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)
    return _joined(cells) if is_text else None


def _arrays_of(column: Any) -> list[Any]:  # noqa: ANN401 - a column of pandas' or polars'
    import pyarrow as pa

    if hasattr(column, "to_arrow"):
        return [column.to_arrow()]
    array = pa.array(column, from_pandas=True)
    return array.chunks if isinstance(array, pa.ChunkedArray) else [array]


def _joined(cells: Any) -> Iterator[str]:  # noqa: ANN401 - a chunked array of texts
    import pyarrow as pa
    from pyarrow import compute

    if _repeats(cells):
        # Finding the different texts takes half as long as searching them all, and as much memory.
        cells = pa.chunked_array([compute.unique(cells)])
    for start in range(0, len(cells), _AT_ONCE):
        texts = cells.slice(start, _AT_ONCE).drop_null().combine_chunks()
        alone = compute.match_substring_regex(texts, _MAY_HOLD_NAMES)
        yield from texts.filter(alone).to_pylist()
        texts = texts.filter(compute.invert(alone)).cast(pa.large_string())
        edges = pa.array([*range(0, len(texts), TOGETHER), len(texts)], pa.int32())
        yield from compute.binary_join(pa.ListArray.from_arrays(edges, texts), pa.scalar("\n", texts.type)).to_pylist()


def _repeats(cells: Any) -> bool:  # noqa: ANN401 - a chunked array of texts
    from pyarrow import compute

    sample = cells.slice(0, _SAMPLE)
    return len(cells) > _SAMPLE and 4 * len(compute.unique(sample)) < 3 * len(sample)
