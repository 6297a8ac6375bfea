"""``cells_of``: the texts of a table, which its encoding does not tell: Airflow writes Parquet, in hexadecimal."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from secure_xcom.payload.foreign import asked_for_names, hint, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CELLS: Final = 1_000_000
"""Cells of a table that are looked at: more of them would take longer than the task has."""

_WIDEST: Final = 46
"""Characters of a longer cell that pandas prints before three dots, at its default of ``display.max_colwidth``."""

_PRINTED: Final = str.maketrans({"\t": r"\t", "\r": r"\r", "\n": r"\n"})
"""What pandas escapes in a cell; a backslash it leaves as it is."""


def cells_of(value: object) -> list[str] | None:
    """Return the cells of a table or an array of numpy's kind, ``None`` for any other object."""
    return hint(lambda: _cells(value), None)


def is_table(value: object) -> bool:
    """Whether an object has rows and columns, so that its encoding need not show its texts."""
    return hint(lambda: callable(getattr(value, "to_numpy", None)), default=False)


def printed_cells(value: object) -> Iterator[str] | None:
    """Yield the texts that a table or an array prints, in whole and as far as they are printed; ``None`` as above."""
    cells = cells_of(value)
    if cells is None:
        return None
    names = (*asked_for_names(value, "columns"), *asked_for_names(value, "index"))
    return (form for text in (*cells, *names) for form in _printed(text))


def _printed(text: str) -> Iterator[str]:
    yield text
    escaped = text.translate(_PRINTED)
    if escaped != text:
        yield escaped
    if len(escaped) > _WIDEST:
        yield escaped[:_WIDEST]


def _cells(value: object) -> list[str] | None:
    to_numpy = getattr(value, "to_numpy", None)
    array = to_numpy() if callable(to_numpy) else value
    ravel = getattr(array, "ravel", None)
    return [text_of(cell) for cell in islice(ravel(), MOST_CELLS)] if callable(ravel) else None
