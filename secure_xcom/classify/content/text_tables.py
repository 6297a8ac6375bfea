"""``TextTables``: values below a sensitive name in a table that is written as text.

Such are CSV, also with tabs or semicolons, tables of Markdown and of ``psql``, and what pandas and polars print. The
names stand on a line of their own, and the first lines below it tell whether there are secrets in the column.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.values import is_secret_value

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

ID: Final = "text-table"

_LONGEST_LINE: Final = 2048
"""Characters of a line, beyond which it is not looked at as one of a table."""

_MOST_LINES: Final = 1024
_MOST_TABLES: Final = 32
"""Lines of a piece of text that are looked at as lines of names, and tables in it without a secret: a text made for it
has little else."""

_MOST_COLUMNS: Final = 256

_MOST_CELLS: Final = 64
"""Cells of a table without a secret that are looked at: types of columns and empty cells stand before the values."""

_DRAWN: Final = ("\u2506", "\u2502", "|")
"""What separates cells in a table that is drawn; the first two are polars'."""

_SIGNS: Final = ("\t", *_DRAWN, ";", ",")
"""What separates cells, by how rarely it stands in prose."""

_IN_CSV: Final = frozenset("\t;,")
"""What separates cells that may be in quotes."""

_IN_PROSE: Final = frozenset(";,")
"""What separates cells only where no space stands beside it."""

_NO_NAMES: Final = late(r"[={}<>\\@$%]|(?<!Unnamed):")
"""Characters of code, settings and messages that stand in no name of a column."""

_NAME: Final = late(r"[^\W\d][\w .()/#-]{0,63}|Unnamed: \d{1,4}")
"""A column's name; the last is what pandas calls one that has none."""

_PRINTED: Final = late(r"[(\[]{0,2} {2}")
"""How the line of names begins that pandas prints: the names of rows stand below it."""

_AFTER: Final = " ])"
"""What stands behind a value that pandas prints, also in the text of a list or a tuple."""

_RULE: Final = late(r"[-+|:= \t\u2500-\u257f]+")
"""A line without a cell."""


@dataclass(frozen=True, slots=True)
class _Header:
    """The names of a table's columns, and which of them are sensitive.

    ``sign`` separates them. Without a sign pandas printed the table: a name stands in ``names`` behind the place where
    it ends, and the values below it end there too.
    """

    sign: str
    names: Mapping[int, str]
    sensitive: frozenset[int]

    @property
    def is_drawn(self) -> bool:
        """Whether lines are drawn between its cells, as in documents."""
        return self.sign in _DRAWN

    def cells(self, text: str, start: int, stop: int) -> Sequence[tuple[str, Span]] | None:
        """Return the sensitive names, and where their cells in a line stand; ``None`` for no line of the table."""
        line = text[start:stop]
        if not self.sign:
            return self._printed_cells(line, start)
        if _RULE().fullmatch(line):
            return ()
        cells = _cells(line, self.sign)
        if len(cells) != len(self.names):
            return None
        return [(self.names[column], _span_of(text, cells[column], start, stop)) for column in self.sensitive]

    def _printed_cells(self, line: str, start: int) -> Sequence[tuple[str, Span]] | None:
        ends = [*self.names]
        # Each row begins with its own name, and ends with its last cell.
        if line[:1].isspace() or len(line.rstrip(_AFTER)) > ends[-1]:
            return None
        if any(line[end - 1 : end].strip() == "" or line[end : end + 1] not in _AFTER for end in ends):
            return None
        found = []
        for before, end in zip((0, *ends), ends, strict=False):
            cell = line[before:end]
            value = cell.strip() if before else cell.rpartition(" ")[2]
            if end in self.sensitive:
                found.append((self.names[end], (start + end - len(value), start + end)))
        return found


class TextTables:
    """Finds values by the names of their columns; a name is judged by what it is given."""

    def __init__(self, is_sensitive_name: Callable[[str], bool]) -> None:
        self._is_sensitive_name = is_sensitive_name

    def at(self, text: str, starts: Iterable[int]) -> Iterator[tuple[str, Span]]:
        """Yield the secrets of tables of which a name holds a word that begins at one of ``starts``, in their order.

        No line is looked at twice, and of those without a secret so many at most: the time is linear in the text.
        """
        looked_at, lines, tables = 0, _MOST_LINES, _MOST_TABLES
        for start in starts:
            if start < looked_at:
                continue
            begin, end = _line_of(text, start)
            looked_at = max(end, start + 1)
            if end >= len(text) or end - begin > _LONGEST_LINE or _NO_NAMES().search(text, begin, end):
                continue
            lines -= 1
            if (header := self._header(text[begin:end])) is not None:
                found = 0
                for stop, secrets in _rows_below(text, end, header):
                    looked_at = stop
                    found += len(secrets)
                    yield from ((ID, secret) for secret in secrets)
                tables -= not found
            if not lines or tables <= 0:
                return

    def _header(self, line: str) -> _Header | None:
        """Return the names of a line; ``None`` for one without a sensitive name, or with what no column is called."""
        sign = next((sign for sign in _SIGNS if sign in line), "")
        names = _names(line, sign) if sign else _printed_names(line)
        sensitive = frozenset(at for at, name in names.items() if name and self._is_sensitive_name(name))
        return _Header(sign, names, sensitive) if sensitive else None


def _rows_below(text: str, end: int, header: _Header) -> Iterator[tuple[int, Sequence[Span]]]:
    """Yield the end of each row below a line of names, and its secrets, until enough cells were none."""
    left = min(_MOST_CELLS, 24 + 2 * len(header.sensitive))
    for start, stop in _lines_below(text, end):
        if (cells := header.cells(text, start, stop)) is None:
            return
        secrets = [span for name, span in cells if _is_secret(name, text[slice(*span)], is_drawn=header.is_drawn)]
        yield stop, secrets
        left -= 0 if secrets else max(1, len(cells))
        if left <= 0:
            return


def _is_secret(name: str, value: str, *, is_drawn: bool) -> bool:
    """Whether a cell is a secret; a word may be one in data alone, and not in a table that is drawn for people."""
    if is_drawn:
        value = value.strip('`*"')
        return value.upper() != value.lower() and is_secret_value(name, value, is_quoted=False, is_line=False)
    return is_secret_value(name, value, is_quoted=True, is_line=True)


def _line_of(text: str, at: int) -> Span:
    """Return where the line begins and ends that holds a place; a part of it, if it is too long."""
    begin = text.rfind("\n", max(0, at - _LONGEST_LINE - 1), at) + 1
    end = text.find("\n", at, at + _LONGEST_LINE)
    return begin, end if end >= 0 else min(len(text), at + _LONGEST_LINE)


def _lines_below(text: str, end: int) -> Iterator[Span]:
    """Yield where the lines behind a place begin and end, up to the first that is too long."""
    while (start := end + 1) < len(text):
        end = text.find("\n", start, start + _LONGEST_LINE)
        if end < 0:
            if len(text) - start <= _LONGEST_LINE:
                yield start, len(text)
            return
        yield start, end


def _cells(line: str, sign: str) -> Sequence[str]:
    if sign in _IN_CSV:
        if '"' not in line:
            return line.rstrip("\r").split(sign)
        try:
            return next(csv.reader([line.rstrip("\r")], delimiter=sign), [])
        except csv.Error:
            return []
    # polars has another sign at both edges.
    return [cell.strip() for cell in line.strip(" \r|\u2502").split(sign)]


def _names(line: str, sign: str) -> Mapping[int, str]:
    """Return the names of a line by their position; none if one of its cells is no name."""
    cells = _cells(line, sign) if line.count(sign) < _MOST_COLUMNS else ()
    filled = [cell for cell in cells if cell]
    # The index that pandas writes has no name.
    is_of_names = len(filled) > 1 and len(filled) >= len(cells) - 1 and all(map(_is_name, filled))
    is_prose = sign in _IN_PROSE and any(cell != cell.strip() for cell in cells)
    return dict(enumerate(cells)) if is_of_names and not is_prose else {}


def _printed_names(line: str) -> Mapping[int, str]:
    if not _PRINTED().match(line):
        return {}
    # In the text of a list or a tuple, a bracket stands before the first line alone.
    found = list(re.finditer(r"\S+", line.lstrip("([")))
    return {one.end(): one[0] for one in found} if all(_is_name(one[0]) for one in found) else {}


def _is_name(text: str) -> bool:
    return _NAME().fullmatch(text) is not None


def _span_of(text: str, value: str, start: int, stop: int) -> Span:
    """Return where a cell stands in a line; the whole line for one in quotes that has quotes of its own."""
    at = text.find(value, start, stop)
    return (start, stop) if at < 0 else (at, at + len(value))
