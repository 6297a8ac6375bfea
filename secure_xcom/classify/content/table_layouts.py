"""How lines of a table that is written as text are cut into cells: by signs, by where names end, or by a ruled line.

A layout is made of the line of names, and then cuts the lines below it. Cells are places in a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.classify.content.late import late

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

_DRAWN: Final = ("\u2506", "\u2502", "\u2503", "\u2551", "|")
"""What separates cells in a table that is drawn; the first two are polars'."""

_SIGNS: Final = ("\t", *_DRAWN, ";", ",")
"""What separates cells, by how rarely it stands in prose."""

_EDGES: Final = "|\u2502\u2503\u2551"

_IN_PROSE: Final = frozenset(";,")
"""What separates cells only where no space stands beside it."""

_MOST_COLUMNS: Final = 256

_NAME: Final = late(r"(?=[^\W\d]|[#@]|\d{1,3}[^\W\d])(?![^:]*+:(?!\w| ?\d))[^={}<>\\\"`]{1,64}")
"""A column's name: no code, setting or message. A number may stand behind a colon, as in pandas' ``Unnamed: 0``."""

_RULE: Final = late(r"[-+|:= \t\u2500-\u257f]+")
"""A line without a cell."""

_RULED: Final = late(r" {0,4}-{2,}+(?: {1,4}-{2,}+)+ {0,4}")
"""A line below the names that shows how wide each column is: tabulate's, SQLite's and sqlcmd's."""

_PRINTED: Final = late(r"[(\[]{0,2} {2}")
"""How the line of names begins that pandas prints: the names of rows stand below it."""

_AFTER: Final = " ])"
"""What stands behind a value that pandas prints, also in the text of a list or a tuple."""


class Layout(Protocol):
    """Cuts the lines of one table."""

    def cells(self, line: str) -> Sequence[Span] | None:
        """Return a place for each column; none for a line without cells, and ``None`` for no line of this table."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Cells with a sign between them, in quotes or not."""

    sign: str
    width: int

    def cells(self, line: str) -> Sequence[Span] | None:
        """As ``Layout`` says."""
        if is_rule(line):
            return ()
        found = _cut(line, self.sign)
        return found if len(found) == self.width else None


@dataclass(frozen=True, slots=True)
class Printed:
    """What pandas prints: each cell ends where the name above it ends, and each row begins with its own name."""

    ends: tuple[int, ...]

    def cells(self, line: str) -> Sequence[Span] | None:
        """As ``Layout`` says."""
        if 0 < len(line.rstrip()) < self.ends[0] and not line[:1].isspace():
            # The name of the index, and no cell.
            return ()
        if line[:1].isspace() or len(line.rstrip(_AFTER)) > self.ends[-1]:
            return None
        if any(line[end - 1 : end].strip() == "" or line[end : end + 1] not in _AFTER for end in self.ends):
            return None
        first = line.rfind(" ", 0, self.ends[0]) + 1
        starts = (first, *self.ends[:-1])
        return [_stripped(line, start, end) for start, end in zip(starts, self.ends, strict=True)]


@dataclass(frozen=True, slots=True)
class Ruled:
    """Cells that begin where the parts of a ruled line begin."""

    starts: tuple[int, ...]

    def cells(self, line: str) -> Sequence[Span] | None:
        """As ``Layout`` says."""
        if is_rule(line):
            return ()
        if not line.strip() or any(line[start - 1 : start].strip() for start in self.starts[1:]):
            return None
        ends = (*self.starts[1:], max(len(line), self.starts[-1]))
        return [_stripped(line, start, end) for start, end in zip(self.starts, ends, strict=True)]


def is_rule(line: str) -> bool:
    """Whether a line is drawn, and has no cell."""
    return _RULE().fullmatch(line) is not None


def layout_of(line: str, before: str, below: str) -> tuple[Layout, Sequence[str]] | None:
    """Return the layout of a table, and its names, if ``line`` may be the first of one; the lines around it tell."""
    if _RULED().fullmatch(below) and (starts := tuple(found.start() for found in re.finditer("-+", below))):
        ruled = Ruled(starts)
        return _named(ruled, line, ruled.cells(line) or ())
    sign = next((sign for sign in _SIGNS if sign in line), "")
    if not sign:
        return _printed(line)
    cells = _cut(line, sign) if line.count(sign) < _MOST_COLUMNS else []
    if sign in _IN_PROSE and any(line[start:end] != line[start:end].strip() for start, end in cells):
        return None
    signed = Signed(sign, len(cells))
    # What has a row of the table above it is a row itself.
    return None if before.strip() and signed.cells(before) else _named(signed, line, cells)


def _printed(line: str) -> tuple[Layout, Sequence[str]] | None:
    if not _PRINTED().match(line):
        return None
    # In the text of a list, a bracket stands before the first line alone; a wide table goes on below.
    line = line.lstrip("([").rstrip("\\ ")
    cells = [found.span() for found in re.finditer(r"\S+", line)]
    return _named(Printed(tuple(end for _, end in cells)), line, cells, least=1) if cells else None


def _named(layout: Layout, line: str, cells: Sequence[Span], least: int = 2) -> tuple[Layout, Sequence[str]] | None:
    names = [line[start:end] for start, end in cells]
    filled = [name for name in names if name]
    # The index that pandas writes has no name.
    are_enough = len(filled) >= least and len(filled) >= len(names) - 1
    return (layout, names) if are_enough and all(map(_is_name, filled)) else None


def _is_name(text: str) -> bool:
    return _NAME().fullmatch(text) is not None and text.count("(") == text.count(")") and "://" not in text


def _cut(line: str, sign: str) -> list[Span]:
    """Return the places of a line's cells; none if its quotes are not those of CSV."""
    if sign in _DRAWN:
        return _cut_drawn(line, sign)
    line = line.rstrip("\r")
    if '"' in line:
        return _cut_quoted(line, sign)
    cells, start = [], 0
    for cell in line.split(sign):
        cells.append((start, start + len(cell)))
        start += len(cell) + 1
    return cells


def _cut_drawn(line: str, sign: str) -> list[Span]:
    start, end = _stripped(line, 0, len(line))
    # polars has another sign at both edges.
    if end - start > 1 and line[start] in _EDGES and line[end - 1] in _EDGES:
        start, end = start + 1, end - 1
    cells = []
    for cell in line[start:end].split(sign):
        cells.append(_stripped(line, start, start + len(cell)))
        start += len(cell) + 1
    return cells


def _cut_quoted(line: str, sign: str) -> list[Span]:
    match = _cell_in_quotes(sign).match
    cells, at = [], 0
    while (found := match(line, at)) is not None:
        cells.append(found.span("quoted" if found["quoted"] is not None else "bare"))
        if not found["sign"]:
            return cells
        at = found.end()
    return []


@cache
def _cell_in_quotes(sign: str) -> re.Pattern[str]:
    return re.compile(rf'(?:"(?P<quoted>(?:[^"]|"")*+)"|(?P<bare>[^{sign}"]*+))(?P<sign>{sign}|$)')


def _stripped(line: str, start: int, end: int) -> Span:
    cell = line[start:end]
    text = cell.strip()
    first = start + len(cell) - len(cell.lstrip()) if text else start
    return first, first + len(text)
