"""A private path is one that only this user, root and the members of its groups can change."""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError
from secure_xcom.ports.private_file import write_private_file
from secure_xcom.ports.private_path import (
    make_private_directory,
    private_directories,
    read_private_file,
    real_path,
    require_closed,
)
from tests.unit.world import CANARY, assert_tells_nothing

WHAT = "key: the keyring"
OTHER, OTHERS = 4321, 4322
"""A user and a group that this process is not."""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A private file, two directories below a private one."""
    path = tmp_path / "home" / "secure_xcom" / "file"
    make_private_directory(path.parent, WHAT)
    write_private_file(path, CANARY.encode(), WHAT)
    return path


def _set(path: Path, *, mode: int = 0o700, user: int | None = None, group: int | None = None) -> None:
    os.chown(path, -1 if user is None else user, -1 if group is None else group)
    path.chmod(mode)


def _behind_link(path: Path, *, user: int = 0) -> None:
    moved = path.with_name(path.name + " of somebody")
    path.rename(moved)
    path.symlink_to(moved.name)
    os.chown(path, user, -1, follow_symlinks=False)


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "others may write to its directory": (lambda file: _set(file.parent, mode=0o777), "mode 0777.*chmod o-w"),
    "others may write above its directory": (lambda file: _set(file.parents[1], mode=0o707), "mode 0707.*chmod o-w"),
    "another group may write to its directory": (
        lambda file: _set(file.parent, mode=0o770, group=OTHERS),
        "mode 0770.*chmod g-w",
    ),
    "both may": (lambda file: _set(file.parent, mode=0o777, group=OTHERS), "chmod o-w,g-w"),
    "another user owns its directory": (lambda file: _set(file.parent, user=OTHER), "user 4321, .*chown 0"),
    "another user owns a directory above": (lambda file: _set(file.parents[1], user=OTHER), "user 4321"),
    "another user of our group owns it, and alone may write": (
        lambda file: _set(file.parent, mode=0o750, user=OTHER, group=0),
        "user 4321",
    ),
    "another user owns a directory in a sticky one": (
        lambda file: (_set(file.parents[1], mode=0o1777), _set(file.parent, mode=0o770, user=OTHER, group=0))[0],
        "user 4321",
    ),
    "another user owns the file": (lambda file: _set(file, mode=0o600, user=OTHER), "user 4321"),
    "another user owns the file in a sticky directory": (
        lambda file: (_set(file.parent, mode=0o1777), _set(file, mode=0o600, user=OTHER))[0],
        "user 4321",
    ),
    "another user's link leads to the file": (lambda file: _behind_link(file, user=OTHER), "user 4321"),
    "another user's link leads to its directory": (lambda file: _behind_link(file.parent, user=OTHER), "user 4321"),
    "others may read the file": (lambda file: file.chmod(0o604), "mode 0604.*chmod 600"),
    "a group may read the file": (lambda file: file.chmod(0o640), "mode 0640.*chmod 600"),
}


@as_root
@pytest.mark.parametrize(("attack", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_others_can_change_is_refused_with_its_cure(file: Path, attack: Callable[[Path], None], said: str) -> None:
    attack(file)
    with pytest.raises(ConfigurationError, match=f"(?s){WHAT}.*{said}") as caught:
        read_private_file(file, WHAT)
    assert_tells_nothing(caught.value)


TAKEN: dict[str, Callable[[Path], object]] = {
    "as it is made": lambda file: None,
    "others may read its directory": lambda file: _set(file.parent, mode=0o755),
    "a sticky directory above": lambda file: _set(file.parents[1], mode=0o1777),
    "its directory is sticky": lambda file: _set(file.parent, mode=0o1777),
    "our own group may write to its directory": lambda file: _set(file.parent, mode=0o775, group=os.getegid()),
    "an image's user owns the home, and our group may write to it": (
        lambda file: _set(file.parents[1], mode=0o2775, user=OTHER, group=os.getegid())
    ),
    "our own link leads to the file": lambda file: _behind_link(file),
    "our own link leads to its directory": lambda file: _behind_link(file.parent),
}


@as_root
@pytest.mark.parametrize("prepare", TAKEN.values(), ids=TAKEN.keys())
def test_what_only_we_our_groups_and_root_can_change_is_taken(file: Path, prepare: Callable[[Path], object]) -> None:
    prepare(file)
    assert read_private_file(file, WHAT) == CANARY.encode()


@as_root
@pytest.mark.parametrize("where", ["file", "directory"])
def test_where_an_own_link_leads_is_checked_too(file: Path, tmp_path: Path, where: str) -> None:
    link = tmp_path / "link"
    link.symlink_to(file if where == "file" else file.parent)
    file.parent.chmod(0o777)
    with pytest.raises(ConfigurationError, match="mode 0777"):
        read_private_file(link if where == "file" else link / file.name, WHAT)


@pytest.fixture
def as_worker() -> Iterator[Callable[[int], None]]:
    """Take on another user, of one more group, as a pod's ``fsGroup`` gives it."""
    groups = os.getgroups()

    def become(group: int) -> None:
        os.setgroups([group])
        os.setegid(OTHERS + 1)
        os.seteuid(OTHER)

    yield become
    os.seteuid(0)
    os.setegid(0)
    os.setgroups(groups)


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory of root's that another user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def mounted(open_directory: Path) -> Path:
    """A Kubernetes secret with ``fsGroup``: links to a file of root's, in a sticky directory of root's."""
    volume = open_directory / "volume"
    made = volume / "..2026_11_28"
    made.mkdir(parents=True)
    (made / "keyring.json").write_bytes(CANARY.encode())
    _set(made / "keyring.json", mode=0o440, group=OTHERS)
    _set(made, mode=0o2755, group=OTHERS)
    _set(volume, mode=0o3777, group=OTHERS)
    (volume / "..data").symlink_to(made.name)
    (volume / "keyring.json").symlink_to("..data/keyring.json")
    return volume / "keyring.json"


@as_root
def test_a_kubernetes_secret_is_read_through_its_links(mounted: Path, as_worker: Callable[[int], None]) -> None:
    as_worker(OTHERS)
    assert read_private_file(mounted, WHAT) == CANARY.encode()


@as_root
@pytest.mark.parametrize("mode", [0o444, 0o460, 0o644], ids=oct)
def test_a_kubernetes_secret_with_a_wider_mode_is_refused(
    mounted: Path, as_worker: Callable[[int], None], mode: int
) -> None:
    mounted.chmod(mode)
    as_worker(OTHERS)
    with pytest.raises(ConfigurationError, match=f"(?s)mode {mode:04o}.*chmod 640"):
        read_private_file(mounted, WHAT)


@as_root
def test_a_worker_does_not_use_what_another_worker_owns(open_directory: Path, as_worker: Callable[[int], None]) -> None:
    home = open_directory / "home"
    home.mkdir()
    _set(home, mode=0o755, user=OTHER + 1)
    as_worker(OTHERS)
    with pytest.raises(ConfigurationError, match=f"(?s)user {OTHER + 1}, .*runs as user {OTHER}"):
        real_path(home / "file", WHAT)


@pytest.mark.parametrize("umask", [0, 0o002, 0o022, 0o077], ids=oct)
def test_each_directory_that_is_made_is_for_one_user_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    made = tmp_path / "a" / "b" / "c"
    before = os.umask(umask)
    try:
        make_private_directory(made, WHAT)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (made, *made.parents[:2])] == [0o700] * 3


def test_nothing_is_made_below_a_directory_that_others_may_write_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigurationError, match="mode 0777"):
        make_private_directory(tmp_path / "a" / "b", WHAT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_takes_a_directorys_place_below_the_root_is_not_followed(tmp_path: Path, kind: str) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / "a").symlink_to(outside) if kind == "link" else (root / "a").touch()
    with (
        pytest.raises(ConfigurationError, match=r"a link or a file stands where a directory must be:\sremove"),
        private_directories(root, ("a", "b"), WHAT, make=True),
    ):
        pass
    assert list(outside.iterdir()) == []


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        real_path(tmp_path / "a" / "x", WHAT)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("up/../file", "file"), ("link/file", "outside/in/file"), ("link/../file", "outside/file"), ("no/x", "no/x")],
)
def test_a_path_leads_where_the_system_says(tmp_path: Path, path: str, leads_to: str) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "outside" / "in").mkdir(parents=True)
    (tmp_path / "link").symlink_to("outside/in")
    assert real_path(tmp_path / path, WHAT) == tmp_path / leads_to


def test_a_path_that_turns_back_from_what_is_missing_leads_nowhere(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        real_path(tmp_path / "no" / ".." / "file", WHAT)


def test_a_file_that_others_may_write_to_is_not_closed(file: Path) -> None:
    require_closed(file, file.stat(), WHAT)
    file.chmod(0o666)
    with pytest.raises(ConfigurationError, match=r"(?s)mode 0666.*chmod o-w"):
        require_closed(file, file.stat(), WHAT)


def test_no_descriptor_stays_open(file: Path, tmp_path: Path) -> None:
    before = len([*Path("/proc/self/fd").iterdir()])
    read_private_file(file, WHAT)
    make_private_directory(tmp_path / "x" / "y", WHAT)
    (tmp_path / "x" / "link").symlink_to("y")
    with pytest.raises(ConfigurationError), private_directories(tmp_path, ("x", "link"), WHAT, make=True):
        pass
    assert len([*Path("/proc/self/fd").iterdir()]) == before
