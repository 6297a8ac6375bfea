"""``InsertedValues``: values of sensitive columns in SQL, as in ``INSERT INTO users (password) VALUES ('x')``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.named_values import ID
from secure_xcom.classify.content.values import is_secret_value, may_be_in_column

if TYPE_CHECKING:
    from secure_xcom.classify.spans import Span

_LONGEST_LIST: Final = 4096
"""Characters of the columns of a statement, and of a row."""

_LONGEST_HEAD: Final = 160
"""Characters of what stands before the columns."""

_MOST_LOOKS: Final = 2048
"""Statements of a text that are looked at: a text made for it has little else."""

_MOST_ROWS: Final = 64
"""Rows of a statement without a secret that are looked at."""


class InsertedValues:
    """Looks at one text, piece by piece; a column's name is judged by what it is given."""

    def __init__(self, text: str, is_sensitive_name: Callable[[str], bool]) -> None:
        self._text = text
        self._is_sensitive_name = is_sensitive_name
        self._looked_at = 0
        self._last = -1
        self._looks = _MOST_LOOKS if _may_be_statement(text) else 0

    def at(self, starts: Iterable[int]) -> Iterator[tuple[str, Span]]:
        """Yield the secrets of statements of which a column's name holds a word that begins at one of ``starts``."""
        text = self._text
        for start in starts if self._looks else ():
            if start < self._looked_at:
                continue
            begin = text.rfind("(", max(0, start - _LONGEST_LIST), start)
            if begin <= self._last:
                continue
            self._last = begin
            # Names in brackets stand everywhere, and to search a pattern takes longer than all else.
            if not _is_statement(text[max(0, begin - _LONGEST_HEAD) : begin]):
                continue
            self._looks -= 1
            if (found := _STATEMENT().match(text, begin)) is not None:
                self._looked_at = found.end()
                yield from ((ID, secret) for secret in self._secrets_of(found))
            if not self._looks:
                return

    def _secrets_of(self, found: re.Match[str]) -> Iterator[Span]:
        names = [name.strip(" \t\r\n\"`[]'") for name in found["columns"].split(",")]
        sensitive = [at for at, name in enumerate(names) if self._is_sensitive_name(name)]
        left = _MOST_ROWS
        for row in _rows(self._text, found.end()) if sensitive else ():
            if len(row) != len(names) or not left:
                return
            secrets = [row[at] for at in sensitive if self._is_secret(names[at], row[at])]
            left -= not secrets
            yield from secrets

    def _is_secret(self, name: str, cell: Span) -> bool:
        value = self._text[slice(*cell)]
        if may_be_in_column(name, value):
            return is_secret_value(name, value, is_quoted=True, is_line=True)
        return False


def _is_statement(head: str) -> bool:
    """Whether a text ends as a statement of SQL does that writes into columns."""
    return _may_be_statement(head) and _INTO().search(head) is not None


def _may_be_statement(text: str) -> bool:
    return any(word in text for word in ("INTO", "into", "Into", "NSERT"))


def _rows(text: str, start: int) -> Iterator[list[Span]]:
    """Yield the places of the texts in each row; what is in no quotes has a place too."""
    while (row := _ROW().match(text, start)) is not None:
        yield [_inner(cell) for cell in _CELL().finditer(text, row.start("cells"), row.end("cells"))]
        start = row.end()


def _inner(cell: re.Match[str]) -> Span:
    return cell.span("quoted") if cell["quoted"] is not None else cell.span("bare")


_INTO: Final = late(
    r"(?i:insert|replace|merge)\s{1,8}(?:\w{1,12}\s{1,8}){0,3}(?:(?i:into)\s{1,8})?[\w.\"`\[\]$-]{1,128}\s{0,8}$"
)

_STATEMENT: Final = late(
    rf"\((?P<columns>[^()']{{1,{_LONGEST_LIST}}}+)\)\s{{0,16}}+"
    r"(?:OUTPUT[^()]{0,128}+|OVERRIDING \w+ VALUE\s{0,8}+)?+"
    r"(?i:values?)\s{0,16}+(?=\()",
)

_ROW: Final = late(
    rf"\s{{0,16}}+,?\s{{0,16}}+\((?P<cells>(?>[^()']|'(?>[^'\\]|''|\\.){{0,2048}}+'|\([^()]{{0,256}}+\)){{1,{_LONGEST_LIST}}}+)\)",
    re.DOTALL,
)

_CELL: Final = late(
    r"\s{0,16}+(?:[A-Za-z]{0,8}'(?P<quoted>(?>[^'\\]|''|\\.){0,2048}+)'|"
    r"(?P<bare>(?>[^,()']|\([^()]{0,256}+\)){1,256}+))[^,]{0,64}+(?:,|$)",
    re.DOTALL,
)
