"""``Judge``: the findings of a batch of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.task_names import hands_out_a_secret
from secure_xcom.model.coordinates import RETURN_VALUE
from secure_xcom.ops.audit.finding import Place
from secure_xcom.ops.audit.scan.fernet import is_encrypted
from secure_xcom.ops.audit.scan.hits import Hit, Searcher, Unparsed
from secure_xcom.ops.audit.scan.parsing import decompressed, holds_sealed
from secure_xcom.ops.audit.scan.sources import FIRST_VALUE, TOO_LARGE, Batch, Column, Form, Row, Scannable
from secure_xcom.secret import MASK

if TYPE_CHECKING:
    from secure_xcom.ops.audit.scan.prefilter import Prefilter

LARGER: Final = "larger than what is read"

_MOST_DECOMPRESSED: Final = 64 * 1024 * 1024
"""Bytes of compressed JSON beyond which it is passed over: Dags have a hundredth of it."""

_MOST_REMEMBERED: Final = 50_000
"""Names, and short values, whose verdict is remembered."""

_LONGEST_REMEMBERED: Final = 128

_TEXTS: Final = ("dag_id", "run_id", "task_id", "name")
"""The fields of a row that people write, and that may hold a secret themselves."""


class Judge:
    """Judges batches, and counts what is sealed and what could not be looked at."""

    def __init__(self, searcher: Searcher, prefilter: Prefilter | None) -> None:
        self._searcher = searcher
        self._prefilter = prefilter
        self._names: dict[str, bool] = {}
        self._ids: dict[str, str | None] = {}
        self._harmless: set[tuple[str, str, str, str]] = set()
        self.passed_over: Counter[str] = Counter()
        self.protected = 0

    def hits(self, source: Scannable, batch: Batch) -> Iterator[tuple[Hit, Place, str]]:
        """Yield each secret with its place, and when its row was written."""
        for field in _TEXTS:
            yield from self._in_ids(source, batch, field)
        for position, column in enumerate(source.columns, FIRST_VALUE):
            cells = list(self._cells(batch.rows, position, column))
            # Of all of them: what is sealed whole gives no other reason for a look.
            self.protected += sum(_is_protected(text, column) for _, text in cells)
            for index in (
                range(len(cells)) if column.form is Form.PASSWORD else self._suspects(source, batch.rows, cells)
            ):
                number, text = cells[index]
                row = batch.rows[number]
                name = str(row[4]) if source.is_named else column.name
                for hit in self._in_value(text, column, name, _task_of(row) if source.is_named else ""):
                    line = hit.line and hit.line + max(0, batch.first_line - 1)
                    yield hit, self._place(source, row, column.name, hit.part, line), _when(row)

    def holds_secret(self, texts: Sequence[object]) -> bool:
        """Whether one of these ids holds a secret itself."""
        return any(self._rule_of_id(text) is not None for text in texts)

    def _cells(self, rows: Sequence[Sequence[object]], position: int, column: Column) -> Iterator[tuple[int, str]]:
        for number, row in enumerate(rows):
            value = row[position]
            if value is None or value == "":
                continue
            if value == TOO_LARGE:
                self.passed_over[LARGER] += 1
            elif isinstance(value, str):
                yield number, value
            elif (text := self._text_of(value, column)) is not None:
                yield number, text

    def _text_of(self, value: object, column: Column) -> str | None:
        if isinstance(value, (int, float)):
            # SQLite makes numbers of JSON that is one.
            return repr(value)
        if isinstance(value, memoryview):
            value = bytes(value)
        if not isinstance(value, bytes):
            self.passed_over["of an unknown type"] += 1
            return None
        try:
            return decompressed(value, _MOST_DECOMPRESSED)
        except ValueError:
            self.passed_over[f"{column.name} is damaged or too large"] += 1
            return None

    def _suspects(
        self, source: Scannable, rows: Sequence[Sequence[object]], cells: Sequence[tuple[int, str]]
    ) -> Sequence[int]:
        if self._prefilter is None:
            return range(len(cells))
        found = set(self._prefilter.suspects([text for _, text in cells]))
        if source.is_named:
            found.update(index for index, (number, _) in enumerate(cells) if self._is_named_so(rows[number]))
        return sorted(found)

    def _is_named_so(self, row: Sequence[object]) -> bool:
        name = str(row[4])
        return self._is_suspicious(name) or (name == RETURN_VALUE and hands_out_a_secret(_task_of(row)))

    def _is_suspicious(self, name: str) -> bool:
        if (known := self._names.get(name)) is None:
            _forget(self._names)
            known = self._names[name] = self._searcher.is_suspicious_name(name)
        return known

    def _in_value(self, text: str, column: Column, name: str, task_id: str) -> list[Hit]:
        case = (column.name, name, task_id if name == RETURN_VALUE else "", text)
        if case in self._harmless:
            return []
        try:
            found = list(self._searcher.in_value(text, column, name, task_id))
        except Unparsed as problem:
            self.passed_over[f"{column.name} is {problem.reason}, and was looked at as text"] += 1
            return list(self._searcher.in_text(text, ""))
        if not found and len(text) <= _LONGEST_REMEMBERED:
            if len(self._harmless) >= _MOST_REMEMBERED:
                self._harmless.clear()
            self._harmless.add(case)
        return found

    def _in_ids(self, source: Scannable, batch: Batch, field: str) -> Iterator[tuple[Hit, Place, str]]:
        position = Row._fields.index(field)
        rules = {text: rule for text in {row[position] for row in batch.rows} if (rule := self._rule_of_id(text))}
        for row in batch.rows if rules else ():
            if (rule := rules.get(row[position])) is not None:
                yield Hit(rule=rule, secret=str(row[position])), self._place(source, row, field, "", 0), _when(row)

    def _rule_of_id(self, text: object) -> str | None:
        if not isinstance(text, str) or not text:
            return None
        if text not in self._ids:
            _forget(self._ids)
            self._ids[text] = self._searcher.rule_of_name(text)
        return self._ids[text]

    def _place(self, source: Scannable, row: Sequence[object], column: str, part: str, line: int) -> Place:
        dag_id, run_id, task_id, name = (self._shown(row[Row._fields.index(field)]) for field in _TEXTS)
        index = row[3]
        return Place(
            source=source.name,
            dag_id=dag_id,
            run_id=run_id,
            task_id=task_id,
            map_index=index if isinstance(index, int) else -1,
            name=name,
            column=column,
            part=part,
            line=line,
        )

    def _shown(self, text: object) -> str:
        """Return an id, or a mark for one that holds a secret itself."""
        # SQLite has bytes where somebody wrote bytes, whatever the column's type is.
        return "" if text is None else shown if self._rule_of_id(shown := str(text)) is None else MASK


def _task_of(row: Sequence[object]) -> str:
    task_id = row[Row._fields.index("task_id")]
    return task_id if isinstance(task_id, str) else ""


def _is_protected(text: str, column: Column) -> bool:
    """Whether a value holds what this backend sealed, or is what Airflow encrypted. Logs and sources hold no value."""
    if column.form in (Form.LOG, Form.PYTHON):
        return False
    return holds_sealed(text) or (column.is_encryptable and is_encrypted(text))


def _forget(kept: dict[str, bool] | dict[str, str | None]) -> None:
    if len(kept) >= _MOST_REMEMBERED:
        kept.clear()


def _when(row: Sequence[object]) -> str:
    """Return a time in ISO 8601; Airflow stores UTC, and some databases forget that it is."""
    when = row[Row._fields.index("when")]
    if isinstance(when, str):
        try:
            when = datetime.fromisoformat(when)
        except ValueError:
            return ""
    if not isinstance(when, datetime):
        return ""
    return (when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)).isoformat(timespec="seconds")
