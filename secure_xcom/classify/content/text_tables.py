"""``TableSearch``: values below a sensitive name in a table that is written as text.

Such are CSV, also with tabs or semicolons, tables of Markdown and of database shells, and what pandas and polars print.
The names stand on a line of their own, and the first lines below it tell whether there are secrets in the column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.table_layouts import Layout, is_rule, layout_of
from secure_xcom.classify.content.values import is_pin, is_secret_value, may_be_in_column
from secure_xcom.classify.name_words import words

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

ID: Final = "text-table"

_LONGEST_LINE: Final = 2048
"""Characters of a line, beyond which it is not looked at as one of a table."""

_MOST_LINES: Final = 1024
_MOST_TABLES: Final = 16
"""Lines of a piece of text that are looked at as lines of names, and tables in it without a secret: a text made for it
has little else."""

_MOST_CELLS: Final = 64
"""Cells of a table without a secret that are looked at: types of columns and empty cells stand before the values."""

_MOST_GAPS: Final = 3
"""Lines in a row that may be of another form once a secret was found: a cell may have several, and a row be damaged."""

_CODE: Final = late(r"[={}<>\\]")
"""Characters of code, settings and messages that stand in no line of names, but for the end of a wide one."""

_NOTE: Final = late(r" ?\[[A-Za-z ]{1,24}\]$")
"""What a form says of a column behind its name: ``Password [Required]``."""

_LOGINS: Final = words(
    """
    user username msisdn iccid imsi ssid login loginname userid email mail host hostname server
    usuario identifiant utilisateur benutzer benutzername gebruiker gebruikersnaam utente
    """
)
"""Names, without signs, beside which a password may be a word or a number: the table is one of accounts."""

_RESULTS: Final = frozenset("fail failed failures skip skipped status total test tests suite check result".split())  # noqa: SIM905
"""Names beside which ``pass`` counts what passed."""


class TableSearch:
    """Looks at one text, piece by piece; a column's name is judged by what it is given.

    No line is looked at twice, and few of those without a secret: the time is linear in the text.
    """

    def __init__(self, text: str, is_sensitive_name: Callable[[str], bool]) -> None:
        self._text = text
        self._is_sensitive_name = is_sensitive_name
        self._looked_at = 0

    def at(self, starts: Iterable[int]) -> Iterator[tuple[str, Span]]:
        """Yield the secrets of tables of which a name holds a word that begins at one of ``starts``, in their order."""
        text, lines, tables = self._text, _MOST_LINES, _MOST_TABLES
        for start in starts:
            if start < self._looked_at:
                continue
            begin, end = _line_of(text, start)
            self._looked_at = max(end, start + 1)
            if end >= len(text) or end - begin > _LONGEST_LINE or _CODE().search(text, begin, end - 1):
                continue
            lines -= 1
            if (table := self._table(begin, end)) is not None:
                found = 0
                for stop, secrets in _rows_below(text, end, table):
                    self._looked_at = stop
                    found += len(secrets)
                    yield from ((ID, secret) for secret in secrets)
                tables -= not found
            if not lines or tables <= 0:
                return

    def _table(self, begin: int, end: int) -> _Table | None:
        """Return the table that a line of names begins; ``None`` for another line, and without a sensitive name."""
        text = self._text
        before = _line_above(text, begin)
        if is_rule(text[slice(*before)]):
            before = _line_above(text, before[0])
        below = next(_lines_below(text, end), (end, end))
        line = text[begin:end].removeprefix("\ufeff")
        # What is said of a table may stand on its first line, as in Airflow's "Returned value was:".
        lines = (line, line.rpartition(": ")[2]) if ": " in line else (line,)
        around = text[slice(*before)], text[slice(*below)]
        found = next(filter(None, (layout_of(each, *around) for each in lines)), None)
        if found is None:
            return None
        layout, names = found
        spelled = {re.sub(r"[\W_]+", "", name).lower() for name in names}
        counts = not spelled.isdisjoint(_RESULTS)
        sensitive = {
            at: name
            for at, name in enumerate(_NOTE().sub("", each) for each in names)
            if name and self._is_sensitive_name(name) and not (counts and name.lower() in ("pass", "passed"))
        }
        return _Table(layout, sensitive, not spelled.isdisjoint(_LOGINS)) if sensitive else None


@dataclass(frozen=True, slots=True)
class _Table:
    layout: Layout
    sensitive: dict[int, str]
    is_of_logins: bool

    def secrets(self, line: str, start: int) -> Sequence[Span] | None:
        """Return the secrets of a line that begins at ``start``, ``None`` for no line of the table."""
        cells = self.layout.cells(line)
        if not cells:
            return cells
        found = ((name, cells[at]) for at, name in self.sensitive.items())
        return [
            (start + first, start + last) for name, (first, last) in found if self._is_secret(name, line[first:last])
        ]

    def _is_secret(self, name: str, value: str) -> bool:
        value = value.strip("`*")
        if not may_be_in_column(name, value):
            return False
        if self.is_of_logins:
            return is_secret_value(name, value, is_quoted=True, is_line=True)
        if is_pin(name, value):
            return True
        return value.upper() != value.lower() and is_secret_value(name, value, is_quoted=False, is_line=False)


def _rows_below(text: str, end: int, table: _Table) -> Iterator[tuple[int, Sequence[Span]]]:
    """Yield the end of each row below a line of names, and its secrets, until enough cells were none."""
    left, gaps = min(_MOST_CELLS, 24 + 2 * len(table.sensitive)), 0
    for start, stop in _lines_below(text, end):
        secrets = table.secrets(text[start:stop], start)
        if secrets is None:
            gaps -= 1
            if gaps < 0:
                return
            continue
        if secrets:
            left, gaps = -1, _MOST_GAPS
        elif left > 0:
            left = max(0, left - len(table.sensitive))
        yield stop, secrets
        if not left:
            return


def _line_of(text: str, at: int) -> Span:
    """Return where the line begins and ends that holds a place; a part of it, if it is too long."""
    begin = text.rfind("\n", max(0, at - _LONGEST_LINE - 1), at) + 1
    end = text.find("\n", at, at + _LONGEST_LINE)
    return begin, end if end >= 0 else min(len(text), at + _LONGEST_LINE)


def _line_above(text: str, begin: int) -> Span:
    """Return where the line stands before one that begins at a place, without what is too much of it."""
    end = max(0, begin - 1)
    return text.rfind("\n", max(0, end - _LONGEST_LINE), end) + 1, end


def _lines_below(text: str, end: int) -> Iterator[Span]:
    """Yield where the lines behind a place begin and end; one that is too long ends as it were empty."""
    while (start := end + 1) < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end if end - start <= _LONGEST_LINE else start
