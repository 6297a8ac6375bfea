"""Values that travel as buffers: which they are, what is written of them, and how they are rebuilt.

A value is known by its exact class, of a library that its author has imported already. What is written is a buffer and
a few words beside it; there is no pickle, so an array or a column of Python objects is refused.
"""

from __future__ import annotations

import re
import sys
from math import prod
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.errors import MissingDependency, PayloadError, Tampered
from secure_xcom.model.pieces import Pieces
from secure_xcom.model.value import ExtensionKind
from secure_xcom.payload.foreign import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KINDS: Final = (
    ("pandas", "DataFrame", ExtensionKind.FRAME),
    ("pandas", "Series", ExtensionKind.SERIES),
    ("numpy", "ndarray", ExtensionKind.ARRAY),
    ("pyarrow", "Table", ExtensionKind.ARROW),
    ("polars", "DataFrame", ExtensionKind.POLARS),
    ("polars", "Series", ExtensionKind.POLARS_SERIES),
)

_DTYPE: Final = re.compile(r"[<>|][biufcSUmM][1-9][0-9]{0,8}(?:\[(?:[1-9][0-9]{0,8})?[A-Za-zμ]{1,7}\])?")
"""numpy's notation of types that are numbers, times and fixed texts (its "array interface"); none holds an object.

None has a size of 0: of such items a shape could name any number, and numpy would take memory for each.
"""

_COLUMN: Final = "0"
"""The one column of a series, whose own name stands beside the buffer."""

_NAMES: Final = (str, int, float, bool, type(None))

_SIMPLE: Final = frozenset({"string", "empty"})
"""What a column of Python objects may hold (pandas.api.types.infer_dtype)."""


def kind_of(kind: type) -> ExtensionKind | None:
    """Return as what values of a class travel; ``None`` for all other classes, those that inherit from one included."""
    return next((found for module, name, found in _KINDS if kind is _class_of(module, name)), None)


def travels(kind: ExtensionKind, value: object) -> bool:
    """Whether a value travels as a buffer. A frame that Arrow has no types for is left to Airflow's serialiser."""
    return kind is not ExtensionKind.FRAME or _is_simple(value)


def _class_of(module: str, name: str) -> object:
    return getattr(sys.modules.get(module), name, None)


def _is_simple(frame: Any) -> bool:  # noqa: ANN401 - the producer of a frame has imported pandas
    """Whether Arrow has a type of its own for each column and index of a data frame."""
    indexes = (getattr(axis, "levels", (axis,)) for axis in frame.axes)
    columns = (frame.iloc[:, position] for position in range(frame.shape[1]))
    return all(map(_has_simple_type, [*columns, *(level for levels in indexes for level in levels)]))


def _has_simple_type(column: Any) -> bool:  # noqa: ANN401 - a series or an index
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _has_simple_type(dtype.categories)
    if isinstance(dtype, (pd.StringDtype, pd.DatetimeTZDtype)):
        return True
    kind = getattr(dtype, "kind", "O")
    if type(dtype).__module__.partition(".")[0] == "numpy" and kind == "O":
        return pd.api.types.infer_dtype(column, skipna=True) in _SIMPLE
    return kind in "biufmM" and not isinstance(dtype, (pd.SparseDtype, pd.PeriodDtype))


def written(kind: ExtensionKind, value: Any) -> tuple[Pieces, tuple[object, ...]]:  # noqa: ANN401 - of one of the kinds
    """Return a value's buffer, and what stands beside it: nodes. Raises ``PayloadError``, and what a library raises."""
    return _WRITERS[kind](value)


def _write_frame(frame: Any) -> tuple[Pieces, tuple[object, ...]]:  # noqa: ANN401
    from secure_xcom.payload.arrow import pieces_of, table_of_frame

    return pieces_of(table_of_frame(frame)), ()


def _write_series(series: Any) -> tuple[Pieces, tuple[object, ...]]:  # noqa: ANN401
    import pyarrow as pa

    from secure_xcom.payload.arrow import pieces_of

    if type(series.name) not in _NAMES:
        raise PayloadError(f"a Series with a name of {name_of(type(series.name))} cannot be sealed: use text")
    if not _has_simple_type(series):
        raise PayloadError(f"a Series of {series.dtype} cannot be sealed: give it a type that Arrow has")
    return pieces_of(pa.Table.from_pandas(series.to_frame(_COLUMN))), (series.name,)


def _write_array(array: Any) -> tuple[Pieces, tuple[object, ...]]:  # noqa: ANN401
    import numpy as np

    dtype = array.dtype.str
    if not _DTYPE.fullmatch(dtype):
        raise PayloadError(
            f"an array of numpy's type {array.dtype.kind!r} cannot be sealed: use numbers, times or text"
        )
    # Bytes: a memoryview knows neither times nor texts.
    flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return Pieces((memoryview(flat),)), (dtype, [*array.shape])


def _write_arrow(table: Any) -> tuple[Pieces, tuple[object, ...]]:  # noqa: ANN401
    from secure_xcom.payload.arrow import pieces_of

    return pieces_of(table), ()


def _write_polars(frame: Any) -> tuple[Pieces, tuple[object, ...]]:  # noqa: ANN401
    import polars as pl

    return _write_arrow(frame.to_arrow(compat_level=pl.CompatLevel.newest()))


def _write_polars_series(series: Any) -> tuple[Pieces, tuple[object, ...]]:  # noqa: ANN401
    return _write_polars(series.to_frame())


def read(kind: ExtensionKind, buffer: memoryview, beside: list[object]) -> object:
    """Rebuild a value. Raises ``Tampered``, ``MissingDependency``, and what a library raises for malformed bytes."""
    try:
        return _READERS[kind](buffer, *beside)
    except ImportError as error:
        missing = (error.name or "a library").partition(".")[0]
    raise MissingDependency(f"the value needs {missing}, which is not installed on this worker: install it")


def _read_frame(buffer: memoryview) -> object:
    from secure_xcom.payload.arrow import table_of

    return table_of(buffer).to_pandas()


def _read_series(buffer: memoryview, name: object) -> object:
    from secure_xcom.payload.arrow import table_of

    frame = table_of(buffer).to_pandas()
    if [*frame.columns] != [_COLUMN] or type(name) not in _NAMES:
        raise Tampered("the sealed object's series is not in the format that this version reads")
    return frame[_COLUMN].rename(name)


def _read_array(buffer: memoryview, dtype: object, shape: object) -> object:
    import numpy as np

    if not (isinstance(dtype, str) and _DTYPE.fullmatch(dtype) and isinstance(shape, list)):
        raise Tampered("the sealed object's array is of a type that this version does not read")
    if not all(type(length) is int and length >= 0 for length in shape):
        raise Tampered("the sealed object's array has no such shape")
    kind = np.dtype(dtype)
    if prod(shape) * kind.itemsize != len(buffer):
        raise Tampered("the sealed object's array has another size than its shape")
    return (
        np.frombuffer(bytearray(buffer), np.uint8).view(kind).reshape(shape) if len(buffer) else np.empty(shape, kind)
    )


def _read_arrow(buffer: memoryview) -> object:
    from secure_xcom.payload.arrow import table_of

    return table_of(buffer)


def _read_polars(buffer: memoryview) -> Any:  # noqa: ANN401 - a DataFrame
    import polars as pl

    return pl.from_arrow(_read_arrow(buffer))


def _read_polars_series(buffer: memoryview) -> object:
    return _read_polars(buffer).to_series()


_WRITERS: Final[Mapping[ExtensionKind, Callable[[Any], tuple[Pieces, tuple[object, ...]]]]] = {
    ExtensionKind.FRAME: _write_frame,
    ExtensionKind.SERIES: _write_series,
    ExtensionKind.ARRAY: _write_array,
    ExtensionKind.ARROW: _write_arrow,
    ExtensionKind.POLARS: _write_polars,
    ExtensionKind.POLARS_SERIES: _write_polars_series,
}

_READERS: Final[Mapping[ExtensionKind, Callable[..., object]]] = {
    ExtensionKind.FRAME: _read_frame,
    ExtensionKind.SERIES: _read_series,
    ExtensionKind.ARRAY: _read_array,
    ExtensionKind.ARROW: _read_arrow,
    ExtensionKind.POLARS: _read_polars,
    ExtensionKind.POLARS_SERIES: _read_polars_series,
}
