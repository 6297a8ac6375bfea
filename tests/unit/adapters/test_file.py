"""``file://``: objects appear whole, are readable by one user alone, and leave no empty directories behind."""

import errno
import os
import stat
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
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, CANARY)

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(StoreUnavailable, match="No space left on device") as caught:
        store.put(_fresh(), CANARY.encode())
    assert_tells_nothing(caught.value)
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_the_object_is_on_disk_before_it_has_its_name(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, os.rename

    def noting_fsync(descriptor: int) -> None:
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def noting_rename(source: str, target: str, **directories: int) -> None:
        steps.append("rename")
        rename(source, target, **directories)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "rename", noting_rename)
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
    name, opened, purged = _fresh(), os.open, []

    def purge_first(path: str, flags: int, *arguments: int, **directory: int) -> int:
        if flags & os.O_CREAT and not purged:
            purged.append(path)
            for above in (root / name).parents[:4]:
                above.rmdir()
        return opened(path, flags, *arguments, **directory)

    monkeypatch.setattr(os, "open", purge_first)
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
    def fail(*_: object, **__: object) -> int:
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


DEPTHS = [0, 1, 2, 3]
"""How far below the root: an object lies in four directories."""


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    made = tmp_path / "outside"
    made.mkdir()
    return made


def _link_at(root: Path, name: str, depth: int, outside: Path) -> Path:
    """Put a link in the place of a directory of the object; return where the object would be behind it."""
    parts = name.split("/")
    link = root.joinpath(*parts[: depth + 1])
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside)
    behind = outside.joinpath(*parts[depth + 1 :])
    behind.parent.mkdir(parents=True, exist_ok=True)
    return behind


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_put_does_not_follow_a_directory_link_out_of_the_store(
    store: FileStore, root: Path, outside: Path, depth: int
) -> None:
    name = _fresh()
    behind = _link_at(root, name, depth, outside)
    with pytest.raises(
        ConfigurationError, match=r"a link or a file stands where a directory must be:\sremove"
    ) as caught:
        store.put(name, CANARY.encode())
    assert_tells_nothing(caught.value)
    assert not behind.exists()


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("read", ["get", "head", "delete"])
def test_nothing_is_read_or_deleted_behind_a_directory_link(
    store: FileStore, root: Path, outside: Path, depth: int, read: str
) -> None:
    name = _fresh()
    behind = _link_at(root, name, depth, outside)
    behind.write_bytes(b"theirs")
    with pytest.raises(ConfigurationError, match="a link or a file stands"):
        getattr(store, read)(name)
    assert behind.read_bytes() == b"theirs"


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_directory_of_the_store_that_others_may_write_to_is_refused(store: FileStore, root: Path, depth: int) -> None:
    name = _fresh()
    store.put(name, b"data")
    root.joinpath(*name.split("/")[:depth]).chmod(0o777)
    for use in (store.get, store.delete, lambda name: store.put(name, b"more")):
        with pytest.raises(ConfigurationError, match=r"(?s)store: the file store.*mode 0777.*chmod o-w"):
            use(name)
    assert (root / name).read_bytes() == b"data"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_store_of_another_user_is_refused_by_root_too(store: FileStore, root: Path) -> None:
    name = _fresh()
    store.put(name, b"data")
    os.chown(root, 4321, 4322)
    for use in (store.get, store.delete, lambda name: store.put(name, b"more")):
        with pytest.raises(ConfigurationError, match="user 4321"):
            use(name)


def test_a_put_leaves_no_descriptor_open(store: FileStore) -> None:
    name = _fresh()
    before = len([*Path("/proc/self/fd").iterdir()])
    store.put(name, b"data")
    store.get(name)
    store.delete(name)
    assert len([*Path("/proc/self/fd").iterdir()]) == before
