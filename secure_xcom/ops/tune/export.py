"""``Export``: XComs from a file of JSON lines, each ``{"dag_id", "task_id", "key", "value"}``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ops.tune.rows import MOST_CHARACTERS, Problem, Row, parsed_json

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

_FIELDS: Final = ("dag_id", "task_id", "key")

_LONGEST_LINE: Final = MOST_CHARACTERS
"""Bytes of a line beyond which it is skipped, a piece at a time."""


class Export:
    """Implements ``rows.Rows``: reads a line at a time. Empty lines are passed by, wrong ones are problems.

    ``every`` looks at one line in so many. ``limit`` ends the reading after so many of them.
    """

    def __init__(self, path: Path, *, limit: int | None = None, every: int = 1) -> None:
        self._path = path
        self._limit = limit
        self._every = every

    def total(self) -> int | None:
        """Only reading tells."""
        return None

    def __iter__(self) -> Iterator[Row | Problem]:
        """Yield the XComs. Raises ``ConfigurationError`` if the file cannot be read."""

        def unreadable(error: OSError) -> ConfigurationError:
            return ConfigurationError(f"--export {self._path}: cannot be read: {os.strerror(error.errno or 0)}")

        with translated(OSError, into=unreadable), self._path.open("rb") as file:
            last = None if self._limit is None else self._limit * self._every
            for line in islice(_lines(file), 0, last, self._every):
                yield line if isinstance(line, Problem) else _row_of(line)


def _lines(file: IO[bytes]) -> Iterator[bytes | Problem]:
    while line := file.readline(_LONGEST_LINE):
        if not line.endswith(b"\n") and _skip_rest(file):
            yield Problem.TOO_LARGE
        elif line.strip():
            yield line


def _skip_rest(file: IO[bytes]) -> bool:
    """Read on to the end of the line; return whether there was more of it."""
    rest = file.readline(_LONGEST_LINE)
    is_longer = bool(rest.strip())
    while rest and not rest.endswith(b"\n"):
        rest = file.readline(_LONGEST_LINE)
    return is_longer


def _row_of(line: bytes) -> Row | Problem:
    parsed = parsed_json(line)
    if isinstance(parsed, Problem):
        return parsed
    if not isinstance(parsed, dict) or "value" not in parsed:
        return Problem.NOT_A_ROW
    dag_id, task_id, key = (_text(parsed.get(name)) for name in _FIELDS)
    if dag_id is None or task_id is None or key is None:
        return Problem.NOT_A_ROW
    return Row(dag_id=dag_id, task_id=task_id, key=key, value=parsed["value"])


def _text(node: Node) -> str | None:
    return node if isinstance(node, str) else None
