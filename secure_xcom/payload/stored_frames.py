"""``StoredFrames``: the names and the cells of data frames that Airflow's own backend has stored in a row.

Airflow stores a frame of pandas' as Parquet in hexadecimal (``airflow.sdk.serde.serializers.pandas``), in which nothing
can be found. It is read by pyarrow, in a process of its own: no class is loaded, and no frame is built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import PayloadError
from secure_xcom.model.value import CLASSNAME, DATA, node_of
from secure_xcom.payload.parquet_process import PARQUET

if TYPE_CHECKING:
    from types import EllipsisType

    from secure_xcom.model.value import JSON, Node

CLASSES: Final = frozenset({"pandas.DataFrame", "pandas.core.frame.DataFrame"})
"""The names that a frame's class has in pandas 3 and before."""


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

    @property
    def held(self) -> Sequence[StoredFrame]:
        """All of it."""
        return (self,)

    @property
    def names(self) -> Sequence[str]:
        """The labels of its columns and of its index. Raises ``PayloadError`` without pyarrow."""
        return self._read[0] if self._read else ()

    @property
    def complete(self) -> bool:
        """Whether it can be read."""
        return self._read is not None

    def contents(self) -> Iterator[Node | EllipsisType]:
        """Yield its cells but for numbers, and its ``attrs``; ``...`` for what cannot be looked at."""
        if self._read is None:
            yield ...
            return
        yield from map(node_of, self._read[1])

    @cached_property
    def _read(self) -> tuple[list[str], list[JSON]] | None:
        if find_spec("pyarrow") is None:
            raise PayloadError("the columns of a data frame of pandas' cannot be looked at: install pyarrow here")
        data = _bytes_of(self._data)
        return None if data is None else PARQUET.contents(data)


def rows_of(node: Mapping[str, Node]) -> list[JSON] | None:
    """Return a stored frame's rows with their index, each by its columns; ``None`` if they cannot be read."""
    data = _bytes_of(node[DATA])
    return None if data is None or find_spec("pyarrow") is None else PARQUET.rows(data)


def is_stored_frame(node: Mapping[str, Node]) -> bool:
    """Whether a dict is what Airflow writes for a data frame."""
    return DATA in node and isinstance(name := node.get(CLASSNAME), str) and name in CLASSES


def _bytes_of(data: Node) -> bytes | None:
    try:
        return bytes.fromhex(data) if isinstance(data, str) else None
    except ValueError:
        return None


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
