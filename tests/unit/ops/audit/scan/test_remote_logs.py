"""``RemoteLogs``: what a storage fails at is counted, and none of its words are repeated."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest

from secure_xcom.ops.audit.scan.logs import LogFile, Readable
from secure_xcom.ops.audit.scan.remote_logs import RemoteLogs
from secure_xcom.ops.audit.scan.sources import Unscannable

CANARY = "canary-in-a-clients-words"
OLD, NEW = 1_000.0, 2_000.0


class Cut(io.BytesIO):
    """A file whose connection breaks after its first read."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise RuntimeError(CANARY)
        return super().read(2)


class Storage:
    """A folder of two files and a folder that cannot be listed."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers

    def list(self, below: str) -> tuple[Sequence[LogFile], Sequence[str]]:
        if below or not self.answers:
            raise RuntimeError(CANARY)
        files = [LogFile("old.log", 4, OLD), LogFile("cut.log", 4, NEW), LogFile("gone.log", 4, 0.0)]
        return files, ["dag_id=etl"]

    def open(self, path: str) -> AbstractContextManager[Readable]:
        if path == "gone.log":
            raise FileNotFoundError(CANARY)
        return Cut(b"text") if path == "cut.log" else io.BytesIO(b"text")


def test_what_cannot_be_read_is_counted_and_the_rest_is_looked_at() -> None:
    storage = Storage()
    batches = list(RemoteLogs(lambda: storage).batches(None))
    counted = [reason for batch in batches for reason in batch.passed_over]
    assert sorted(counted) == [
        "a file that cannot be read",
        "a folder that cannot be listed: the remote storage of logs does not list them (RuntimeError)",
        "the rest of a file that cannot be read",
    ]
    assert [row[-1] for batch in batches for row in batch.rows if row[4] == "old.log"] == ["text"]
    assert CANARY not in repr(batches)


def test_a_file_that_was_changed_earlier_is_left_out_and_one_without_a_time_is_not() -> None:
    storage = Storage()
    asked: list[str] = []
    open_ = storage.open
    storage.open = lambda path: asked.append(path) or open_(path)  # type: ignore[method-assign, func-returns-value]
    list(RemoteLogs(lambda: storage, since=datetime.fromtimestamp(1_500, UTC)).batches(None))
    assert asked == ["cut.log", "gone.log"]


def test_a_storage_that_does_not_answer_cannot_be_scanned() -> None:
    with pytest.raises(Unscannable) as raised:
        RemoteLogs(lambda: Storage(answers=False)).total()
    assert CANARY not in raised.value.reason
    assert raised.value.__context__ is None
