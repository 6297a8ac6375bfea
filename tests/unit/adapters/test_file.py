"""``file://``: objects appear whole, are readable by one user alone, and leave no empty directories behind."""

import errno
import os
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.errors import ConfigurationError, ObjectNotFound, StoreDenied, StoreError, StoreUnavailable
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.settings.uri import AdapterUri
from tests.unit.world import CANARY, PLACE, assert_tells_nothing


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "a" / "store"


@pytest.fixture
def store(root: Path) -> FileStore:
    store = FileStore(root)
    store.deadline_seconds = 0.0
    return store


def _fresh() -> str:
    return object_name(PLACE, new_object_id())


def test_an_object_and_the_directories_made_for_it_belong_to_one_user_alone(store: FileStore, root: Path) -> None:
    name = _fresh()
    store.put(name, b"data")
    assert stat.S_IMODE((root / name).stat().st_mode) == 0o600
    made = [directory for directory in (root / name).parents if directory.is_relative_to(root)]
    assert {str(directory): stat.S_IMODE(directory.stat().st_mode) for directory in made} == {
        str(directory): 0o700 for directory in made
    }


def test_a_put_leaves_the_object_alone_behind(store: FileStore, root: Path) -> None:
    name = _fresh()
    store.put(name, b"data")
    assert [path for path in root.rglob("*") if path.is_file()] == [root / name]


@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_a_put_that_fails_leaves_nothing_behind(
    store: FileStore, root: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, CANARY)

    monkeypatch.setattr(os, step, fail)
    monkeypatch.setattr(Path, "rename", fail if step == "rename" else Path.rename)
    with pytest.raises(StoreUnavailable, match="No space left on device") as caught:
        store.put(_fresh(), CANARY.encode())
    assert_tells_nothing(caught.value)
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_the_object_is_on_disk_before_it_has_its_name(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def noting_fsync(descriptor: int) -> None:
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def noting_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "rename", noting_rename)
    store.put(_fresh(), b"data")
    assert steps == ["file", "rename", "directory"]


def test_deleting_the_last_object_removes_its_directories_up_to_the_root(store: FileStore, root: Path) -> None:
    name = _fresh()
    store.put(name, b"data")
    store.delete(name)
    assert root.exists()
    assert list(root.iterdir()) == []


def test_deleting_leaves_directories_that_hold_another_object(store: FileStore, root: Path) -> None:
    first, second = _fresh(), _fresh()
    store.put(first, b"1")
    store.put(second, b"2")
    store.delete(first)
    assert [path for path in root.rglob("*") if path.is_file()] == [root / second]


def test_a_put_survives_a_purge_that_removes_its_empty_directory(
    store: FileStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two mapped instances share their task's directory; the purge of the one empties it while the other writes.
    make, purged = tempfile.mkstemp, []

    def purge_first(*, dir: Path, prefix: str) -> tuple[int, str]:  # noqa: A002
        if not purged:
            purged.append(dir)
            for directory in (Path(dir), *Path(dir).parents[:3]):
                directory.rmdir()
        return make(dir=dir, prefix=prefix)

    monkeypatch.setattr(tempfile, "mkstemp", purge_first)
    name = _fresh()
    store.put(name, b"data")
    assert purged
    assert store.get(name) == b"data"


def test_puts_and_purges_of_one_task_do_not_disturb_each_other(store: FileStore) -> None:
    def come_and_go(_: int) -> None:
        for _ in range(20):
            name = _fresh()
            store.put(name, b"data")
            assert store.get(name) == b"data"
            store.delete(name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, range(4)))


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (FileNotFoundError(errno.ENOENT, CANARY), ObjectNotFound),
        (PermissionError(errno.EACCES, CANARY), StoreDenied),
        (OSError(errno.EIO, CANARY), StoreUnavailable),
        (OSError(CANARY), StoreError),
        (ValueError(CANARY), StoreError),
    ],
    ids=["missing", "denied", "input/output", "no number", "foreign"],
)
def test_a_foreign_error_is_told_by_its_kind_alone(
    store: FileStore, foreign: Exception, ours: type[StoreError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise foreign

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(ours) as caught:
        store.get(_fresh())
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize("uri", ["file://host/path", "file://", "file:///", "file:///x?mode=0777"])
def test_takes_an_absolute_path_and_nothing_else(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="store: "):
        FileStore.from_uri(AdapterUri.parse(uri, option="store"))


def test_from_uri_writes_nothing_before_the_first_put(root: Path) -> None:
    store = FileStore.from_uri(AdapterUri.parse(f"file://{root}", option="store"))
    assert not root.exists()
    store.put(_fresh(), b"data")
    assert root.exists()


@pytest.mark.parametrize("kind", ["pipe", "link", "directory"])
def test_what_is_no_file_is_neither_read_nor_waited_for(kind: str, store: FileStore, root: Path) -> None:
    name = _fresh()
    path = root / name
    path.parent.mkdir(parents=True)
    make = {"pipe": os.mkfifo, "link": lambda path: path.symlink_to("/etc/hostname"), "directory": Path.mkdir}
    make[kind](path)
    with pytest.raises(StoreError):
        store.get(name)


def test_a_file_over_the_limit_is_not_read(store: FileStore, root: Path) -> None:
    name = _fresh()
    store.put(name, b"")
    os.truncate(root / name, store.max_object_bytes + 1)
    with pytest.raises(StoreError):
        store.get(name)
