"""A private file appears whole, under its name, for one user alone, and is on disk when the write returns."""

import errno
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secure_xcom.ports import private_file
from secure_xcom.ports.private_path import make_private_directory

WHAT = "the file"


def write_private_file(path: Path, content: bytes) -> None:
    private_file.write_private_file(path, content, WHAT)


def create_private_file(path: Path, content: bytes) -> None:
    private_file.create_private_file(path, content, WHAT)


Write = Callable[[Path, bytes], None]
writes = pytest.mark.parametrize("write", [write_private_file, create_private_file], ids=["write", "create"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


@writes
def test_one_user_alone_can_read_it_whatever_the_umask(write: Write, path: Path) -> None:
    before = os.umask(0)
    try:
        write(path, b"content")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"content"


@writes
def test_nothing_lies_beside_it_afterwards(write: Write, path: Path) -> None:
    write(path, b"content")
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("write", "owner", "step"),
    [
        (write_private_file, os, "fsync"),
        (write_private_file, os, "rename"),
        (create_private_file, os, "fsync"),
        (create_private_file, os, "link"),
    ],
)
def test_a_write_that_fails_leaves_nothing_and_says_why(
    write: Write, owner: object, step: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(owner, step, fail)
    with pytest.raises(OSError, match="full"):
        write(path, b"content")
    assert list(path.parent.iterdir()) == []


@writes
def test_the_content_is_synced_before_it_has_its_name_and_the_directory_after(
    write: Write, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, bool]] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        kind = "directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        steps.append((kind, path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    write(path, b"content")
    assert steps == [("file", False), ("directory", True)]


def test_writing_puts_the_file_in_the_place_of_another_and_of_its_mode(path: Path) -> None:
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_writing_replaces_a_link_and_not_what_it_leads_to(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"theirs")
    path.symlink_to(elsewhere)
    write_private_file(path, b"ours")
    assert elsewhere.read_bytes() == b"theirs"
    assert path.read_bytes() == b"ours"
    assert not path.is_symlink()


def test_creating_leaves_a_file_that_is_there(path: Path) -> None:
    path.write_bytes(b"first")
    create_private_file(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(path.parent.iterdir()) == [path]


def test_of_those_that_race_to_create_it_one_stands_whole(path: Path) -> None:
    contents = [str(number).encode() * 10_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: create_private_file(path, content), contents))
    assert path.read_bytes() in contents
    assert list(path.parent.iterdir()) == [path]


def test_all_directories_that_are_made_are_for_one_user_alone(tmp_path: Path) -> None:
    made = tmp_path / "a" / "b" / "c"
    make_private_directory(made, WHAT)
    make_private_directory(made, WHAT)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (made, made.parent, made.parent.parent)] == [0o700] * 3


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private_directory(tmp_path / "new", WHAT)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def write_new_private_file(path: Path, content: bytes) -> None:
    private_file.write_new_private_file(path, content, WHAT)


def test_a_new_file_is_for_one_user_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        write_new_private_file(path, b"content")
    finally:
        os.umask(before)
    assert (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) == (0o600, b"content")


@pytest.mark.parametrize("link", [False, True], ids=["a file", "a link that leads nowhere"])
def test_a_new_file_takes_no_other_ones_name(path: Path, link: bool) -> None:
    target = path.with_name("target")
    if link:
        path.symlink_to(target)
    else:
        path.write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        write_new_private_file(path, b"content")
    assert not target.exists()
    assert link or path.read_bytes() == b"theirs"


def test_a_new_file_that_cannot_be_written_whole_is_removed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_new_private_file(path, b"content")
    assert list(path.parent.iterdir()) == []


def test_a_new_file_has_its_own_name_from_the_first_byte_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is stopped there leaves the content under no name that its user does not know."""
    names: list[list[Path]] = []
    fsync = os.fsync

    def looks(descriptor: int) -> None:
        names.append(list(path.parent.iterdir()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", looks)
    write_new_private_file(path, b"content")
    assert names == [[path], [path]]
