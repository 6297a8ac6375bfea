"""CSV (RFC 4180): a header and a row an entry, of which no spreadsheet takes a cell for a formula.

A cell that would begin with what begins a formula begins with an apostrophe instead (OWASP, CSV injection). Control
characters are written as escapes, so that a row is a line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from secure_xcom.ops.audit.events.fields import NAMES, Field, fields
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.ledger.reading import Recorded

_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""The last four are the full-width forms of the first four, which spreadsheets in some languages take too."""


def encode(batch: Sequence[Recorded]) -> str:
    """Return a row for each entry, with all cells quoted."""
    return _rows([cell(field) for field in fields(one).values()] for one in batch)


def cell(field: Field) -> str:
    """Return a field as a cell: a text that begins no formula, and an index of no mapped task as an empty one."""
    if field is None or field == "" or field == -1:
        return ""
    if not isinstance(field, str):
        return str(field).lower()
    text = visible(field)
    return f"'{text}" if text.lstrip(" '").startswith(_FORMULA) else text


def _rows(cells: object) -> str:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(cells)  # type: ignore[arg-type]
    return written.getvalue()


HEAD: Final = _rows([NAMES])
