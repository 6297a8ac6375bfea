"""Inputs that are damaged, endless or gone half-way: each has its end, and none passes for a whole look."""

from __future__ import annotations

import bz2
import errno
import gzip
import json
import lzma
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import pytest

from secure_xcom.classify.content.invention import invent
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.ops.audit.finding import Scan, Source, State
from secure_xcom.ops.audit.scan import logs
from secure_xcom.ops.audit.scan.checkpoint import Checkpoint
from secure_xcom.ops.audit.scan.fingerprint import Fingerprints
from secure_xcom.ops.audit.scan.gather import Gathered
from secure_xcom.ops.audit.scan.log_text import BEYOND, OTHER_ENCODING, PACKED, text_of_log
from secure_xcom.ops.audit.scan.logs import LogFile, LogFiles, pieces
from secure_xcom.ops.audit.scan.rules import build_rules
from secure_xcom.ops.audit.scan.run import Run
from secure_xcom.ops.audit.scan.sources import Batch, Column, Cursor, Unscannable
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

RULES = build_rules(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
ROW = ("etl", "run", "make", -1, "return_value", None)


class Lost:
    """A table whose server goes away after ``given`` batches."""

    name = "xcom"
    columns = (Column(name="value"),)
    is_named = True
    is_told_by_name = False
    shortfall = ""

    def __init__(self, given: int) -> None:
        self._given = given

    def total(self) -> int | None:
        return 1_000

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        for number in range(self._given):
            yield Batch(rows=[(*ROW, '{"db_password": "kanarienvogel4711"}')], cursor=(number,))
        raise Unscannable("OperationalError 57P01")


@pytest.mark.parametrize(("given", "state"), [(0, State.UNREADABLE), (2, State.PARTLY)], ids=["at once", "half-way"])
def test_what_a_lost_connection_left_unread_is_reported_beside_what_was_found(given: int, state: State) -> None:
    gathered = Gathered(Fingerprints(b"k" * 32), RULES.excerpt)
    source = Run(RULES.judge, gathered, Checkpoint(asked="", began="")).scan(Lost(given))
    assert (source.state, source.looked_at, source.total, source.problem) == (
        *(state, given, 1_000),
        "OperationalError 57P01",
    )
    assert sum(one.count for one in gathered.findings) == given
    whole = Scan(began="", ended="", airflow="", product="", database="", sources=(source,), findings=gathered.findings)
    assert not whole.is_complete


def _missing(root: Path) -> Path:
    return root / "missing"


def _file(root: Path) -> Path:
    (root / "file").write_text("")
    return root / "file"


def _below_a_file(root: Path) -> Path:
    return _file(root) / "logs"


def _loop(root: Path) -> Path:
    (root / "loop").symlink_to("loop")
    return root / "loop"


def _link_to_nowhere(root: Path) -> Path:
    (root / "link").symlink_to("nowhere")
    return root / "link"


@pytest.mark.parametrize(
    ("make", "state"),
    [
        (_missing, State.ABSENT),
        (_file, State.UNREADABLE),
        (_below_a_file, State.UNREADABLE),
        (_loop, State.UNREADABLE),
        (_link_to_nowhere, State.UNREADABLE),
        (lambda root: root, State.SCANNED),
    ],
    ids=["missing", "file", "below-a-file", "loop", "link-to-nowhere", "folder"],
)
def test_a_folder_of_logs_that_is_there_and_cannot_be_read_is_unreadable(
    make: Callable[[Path], Path], state: State, tmp_path: Path
) -> None:
    assert _scanned(LogFiles(make(tmp_path))).state is state


def _scanned(source: LogFiles) -> Source:
    gathered = Gathered(Fingerprints(b"k" * 32), RULES.excerpt)
    return Run(RULES.judge, gathered, Checkpoint(asked="", began="")).scan(source)


def test_a_folder_of_logs_below_one_that_may_not_be_read_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "refused")

    # Root, as whom tests may run, may read each folder.
    monkeypatch.setattr(Path, "lstat", refused)
    source = _scanned(LogFiles(tmp_path))
    assert (source.state, source.problem) == (
        State.UNREADABLE,
        "the folder of logs cannot be reached: Permission denied",
    )


def test_a_folder_that_can_be_listed_no_further_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Folder):
        def __iter__(self) -> Iterator[SimpleNamespace]:
            raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(logs.os, "scandir", lambda _: Broken())
    source = _scanned(LogFiles(tmp_path))
    assert (source.state, source.passed_over) == (State.PARTLY, {"a folder that cannot be read": 1})


def test_a_file_that_grows_is_read_to_the_size_that_it_had() -> None:
    class Growing:
        read_so_far = 0

        def read(self, size: int, /) -> bytes:
            Growing.read_so_far += size
            return b"x" * (size - 1) + b"\n"

    found = list(pieces(Growing(), LogFile("a.log", 3_000_000, 0.0)))
    assert sum(len(str(batch.rows[0][-1])) for batch in found) == 3_000_000
    assert Growing.read_so_far == 3_000_000


def test_a_file_that_was_cut_meanwhile_ends() -> None:
    class Cut:
        parts = iter([b"one\n", b""])

        def read(self, size: int, /) -> bytes:
            return next(self.parts)

    assert [batch.rows[0][-1] for batch in pieces(Cut(), LogFile("a.log", 3_000_000, 0.0))] == ["one\n", ""]


LINE = "one\nDB_PASSWORD=kanarienvogel4711\n"


def _searched(content: bytes, tmp_path: Path) -> tuple[Source, int]:
    (tmp_path / "a.log").write_bytes(content)
    gathered = Gathered(Fingerprints(b"k" * 32), RULES.excerpt)
    source = Run(RULES.judge, gathered, Checkpoint(asked="", began="")).scan(LogFiles(tmp_path))
    return source, sum(one.count for one in gathered.findings)


@pytest.mark.parametrize(
    ("content", "passed_over", "found"),
    [
        (gzip.compress(LINE.encode()), {}, 1),
        (gzip.compress(LINE.encode()) * 2, {}, 2),
        (gzip.compress(b"x\n" * 9_000_000), {BEYOND: 1}, 0),
        (gzip.compress(LINE.encode())[:-4], {"the rest of a file that cannot be read": 1}, 0),
        (b"\x1f\x8b damaged", {"the rest of a file that cannot be read": 1}, 0),
        (bz2.compress(LINE.encode()), {PACKED: 1}, 0),
        (lzma.compress(LINE.encode()), {PACKED: 1}, 0),
        (LINE.encode("utf-16"), {OTHER_ENCODING: 1}, 1),
        (LINE.encode("utf-16-be"), {OTHER_ENCODING: 1}, 1),
        (LINE.encode("utf-32"), {OTHER_ENCODING: 1}, 1),
        (LINE.encode("utf-8-sig"), {}, 1),
    ],
    ids=["gzip", "gzips", "bomb", "cut", "damaged", "bzip2", "xz", "utf-16-le", "utf-16-be", "utf-32", "bom"],
)
def test_a_log_that_is_no_plain_text_is_read_or_counted(
    content: bytes, passed_over: dict[str, int], found: int, tmp_path: Path
) -> None:
    source, hits = _searched(content, tmp_path)
    assert (source.passed_over, hits) == (passed_over, found)
    assert source.state is (State.PARTLY if passed_over else State.SCANNED)


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mDB_PASSWORD\x1b[0m\x1b[1m=\x1b[0m\x1b[32mkanarienvogel4711\x1b[0m\n",
        "\x1b[1;38;5;208mDB_PASSWORD\x1b[m=kanarienvogel4711\n",
        "DB_PASS\x1b[KWORD=kanarienvogel4711\n",
        "\x9b31mDB_PASSWORD\x9b0m=kanarienvogel4711\n",
        json.dumps({"event": "\x1b[31mDB_PASSWORD\x1b[0m=\x1b[32mkanarienvogel4711\x1b[0m"}) + "\n",
    ],
    ids=["colours", "many-colours", "erase", "one-byte", "in-json"],
)
def test_a_colour_between_a_name_and_its_value_hides_no_secret(text: str, tmp_path: Path) -> None:
    assert _searched(text.encode(), tmp_path)[1] == 1


def test_a_token_behind_what_only_begins_like_a_colour_is_found(tmp_path: Path) -> None:
    token = invent("ghp_<30 base62><checksum>")
    assert _searched(f"\x1b[{token}\n".encode(), tmp_path)[1] == 1


def test_what_begins_like_a_colour_is_passed_in_one_go() -> None:
    text = "\x1b[" + "1" * 400_000 + "\x1b[" * 200_000
    assert text_of_log(text.encode()) == text


class Folder:
    """What ``os.scandir`` answers of a folder of many files."""

    passed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[SimpleNamespace]:
        for number in range(100_000):
            self.passed += 1
            # Of another Dag than is asked for, so that none has to be opened.
            name = f"dag_id=other{number}.log"
            yield SimpleNamespace(name=name, path=name, is_symlink=lambda: False, is_dir=lambda **_: False)


def test_the_names_of_a_hundred_thousand_files_are_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = Folder()
    with monkeypatch.context() as patch:
        patch.setattr(logs.os, "scandir", lambda _: folder)
        tracemalloc.start()
        found = list(LogFiles(tmp_path, ("etl",)).batches(None))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert (found, folder.passed, peak < 200_000) == ([], 100_000, True)


@pytest.mark.parametrize("rule", ["name-password", "contract", "large (list, 2,000 bytes)"])
def test_what_is_sealed_whole_is_counted_as_protected_whatever_its_rule_is_called(rule: str) -> None:
    row = Placeholder(rule=rule, store="file", ref=f"run/-1/{'0' * 32}").to_json()

    class Sealed(Lost):
        def batches(self, after: Cursor | None) -> Iterator[Batch]:
            yield Batch(rows=[(*ROW, json.dumps(row)), (*ROW, '{"rows": 3}')])

    gathered = Gathered(Fingerprints(b"k" * 32), RULES.excerpt)
    assert Run(RULES.judge, gathered, Checkpoint(asked="", began="")).scan(Sealed(1)).protected == 1
