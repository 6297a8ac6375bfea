"""``local://``: a keyring is made once, readable by one user alone, and opens what any of its keys wrapped."""

import base64
import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.errors import ConfigurationError, KeyDenied, KeyProviderError, WrongKey
from secure_xcom.settings.uri import AdapterUri
from tests.unit.world import CANARY, assert_tells_nothing

CONTEXT = {"dag_id": "etl", "run_id": "one", "fmt": "sxc1"}
KEYS = {"old": base64.b64encode(b"o" * 32).decode(), "new": base64.b64encode(b"n" * 32).decode()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keyring.json"


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(0o600)


def test_makes_a_keyring_on_first_use_that_one_user_alone_can_read(path: Path) -> None:
    LocalKeyring(path).generate(CONTEXT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["keyring.json"]


def test_what_it_makes_is_as_documented(path: Path) -> None:
    key = LocalKeyring(path).generate(CONTEXT)
    content = json.loads(path.read_text())
    assert content["version"] == 1
    assert content["primary"] == key.kek_id
    assert [len(base64.b64decode(encoded)) for encoded in content["keys"].values()] == [32]


def test_a_wide_umask_does_not_widen_the_keyring(path: Path) -> None:
    before = os.umask(0)
    try:
        LocalKeyring(path).generate(CONTEXT)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_of_processes_that_race_all_use_one_keyring(path: Path) -> None:
    rings = [LocalKeyring(path) for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        keys = list(pool.map(lambda ring: ring.generate(CONTEXT), rings))
    assert len({key.kek_id for key in keys}) == 1
    assert [LocalKeyring(path).unwrap(key.wrapped, key.kek_id, CONTEXT) for key in keys] == [k.plaintext for k in keys]


def test_opening_makes_no_keyring(path: Path) -> None:
    with pytest.raises(KeyDenied, match="Restore the one that sealed this object"):
        LocalKeyring(path).unwrap(b"", "old", CONTEXT)
    assert not path.exists()


def test_a_new_primary_wraps_and_the_old_key_still_opens(path: Path) -> None:
    _write(path, {"version": 1, "primary": "old", "keys": {"old": KEYS["old"]}})
    before = LocalKeyring(path).generate(CONTEXT)
    _write(path, {"version": 1, "primary": "new", "keys": KEYS})
    ring = LocalKeyring(path)
    assert ring.generate(CONTEXT).kek_id == "new"
    assert ring.unwrap(before.wrapped, before.kek_id, CONTEXT) == before.plaintext


def test_a_key_that_is_gone_is_the_wrong_key(path: Path) -> None:
    _write(path, {"version": 1, "primary": "new", "keys": KEYS})
    key = LocalKeyring(path).generate(CONTEXT)
    _write(path, {"version": 1, "primary": "old", "keys": {"old": KEYS["old"]}})
    with pytest.raises(WrongKey, match="restore the keyring"):
        LocalKeyring(path).unwrap(key.wrapped, key.kek_id, CONTEXT)


def test_a_key_does_not_open_under_the_id_of_another(path: Path) -> None:
    _write(path, {"version": 1, "primary": "new", "keys": KEYS})
    key = LocalKeyring(path).generate(CONTEXT)
    with pytest.raises(WrongKey):
        LocalKeyring(path).unwrap(key.wrapped, "old", CONTEXT)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601, 0o610])
@pytest.mark.parametrize("use", [lambda ring: ring.generate(CONTEXT), lambda ring: ring.unwrap(b"", "old", CONTEXT)])
def test_a_keyring_that_others_can_read_is_refused(
    path: Path, mode: int, use: Callable[[LocalKeyring], object]
) -> None:
    _write(path, {"version": 1, "primary": "old", "keys": KEYS})
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"(?s)mode {mode:04o}.*chmod 600") as caught:
        use(LocalKeyring(path))
    assert_tells_nothing(caught.value, KEYS["old"])


MALFORMED = {
    "nothing": "",
    "no JSON": f"{{{CANARY}",
    "a list": [CANARY],
    "no version": {"primary": "old", "keys": KEYS},
    "another version": {"version": 2, "primary": "old", "keys": KEYS},
    "no primary": {"version": 1, "keys": KEYS},
    "a primary that is not there": {"version": 1, "primary": CANARY, "keys": KEYS},
    "a primary of None": {"version": 1, "primary": None, "keys": KEYS},
    "no keys": {"version": 1, "primary": "old", "keys": {}},
    "keys in a list": {"version": 1, "primary": "old", "keys": ["old"]},
    "a key that is too short": {"version": 1, "primary": "old", "keys": {"old": base64.b64encode(b"x" * 31).decode()}},
    "a key that is too long": {"version": 1, "primary": "old", "keys": {"old": base64.b64encode(b"x" * 33).decode()}},
    "one key of two that is too short": {"version": 1, "primary": "old", "keys": {**KEYS, "x": "eA=="}},
    "a key that is no base64": {"version": 1, "primary": "old", "keys": {"old": f"!{CANARY}"}},
    "a key that is no ASCII": {"version": 1, "primary": "old", "keys": {"old": f"\u00fc{CANARY}"}},
    "a key of numbers": {"version": 1, "primary": "old", "keys": {"old": 1}},
    "a key of None": {"version": 1, "primary": "old", "keys": {"old": None}},
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_keyring_is_refused_and_not_quoted(path: Path, content: object) -> None:
    _write(path, content)
    with pytest.raises(ConfigurationError, match="is not a keyring") as caught:
        LocalKeyring(path).generate(CONTEXT)
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


def test_bytes_that_are_no_text_are_no_keyring(path: Path) -> None:
    _write(path, "")
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(ConfigurationError, match="is not a keyring"):
        LocalKeyring(path).generate(CONTEXT)


def test_a_directory_is_no_keyring(path: Path) -> None:
    path.mkdir(parents=True, mode=0o700)
    with pytest.raises(KeyProviderError):
        _impatient(path).generate(CONTEXT)


def test_a_keyring_that_may_not_be_read_says_who_should_own_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(path, {"version": 1, "primary": "old", "keys": KEYS})

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, CANARY)

    monkeypatch.setattr(os, "open", deny)
    with pytest.raises(KeyDenied, match="Make the worker's user its owner") as caught:
        LocalKeyring(path).generate(CONTEXT)
    assert_tells_nothing(caught.value)


def _impatient(path: Path) -> LocalKeyring:
    ring = LocalKeyring(path)
    ring.deadline_seconds = 0.0
    return ring


@pytest.mark.parametrize("uri", ["local://host/keyring.json", "local://", "local:///", "local:///k?x=1"])
def test_takes_an_absolute_path_and_nothing_else(uri: str) -> None:
    with pytest.raises(ConfigurationError, match="key: "):
        LocalKeyring.from_uri(AdapterUri.parse(uri, option="key"))


def test_from_uri_reads_nothing(path: Path) -> None:
    ring = LocalKeyring.from_uri(AdapterUri.parse(f"local://{path}", option="key"))
    assert not path.exists()
    ring.generate(CONTEXT)
    assert path.exists()


@pytest.mark.parametrize(
    ("mode", "user", "said"),
    [
        (0o777, 0, "mode 0777.*chmod o-w"),
        (0o770, 4321, "user 4321"),
        (0o700, 4321, "user 4321"),
    ],
    ids=["open to all", "another user's, with our group's", "another user's"],
)
@pytest.mark.parametrize("made", [True, False], ids=["made", "to be made"])
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_keyring_in_a_directory_that_others_can_change_is_refused_by_root_too(
    path: Path, mode: int, user: int, said: str, made: bool
) -> None:
    _write(path, {"version": 1, "primary": "old", "keys": KEYS})
    if not made:
        path.unlink()
    os.chown(path.parent, user, 4322 if user else 0)
    path.parent.chmod(mode & ~0o020 if user else mode)
    with pytest.raises(ConfigurationError, match=f"(?s)key: the keyring.*{said}") as caught:
        LocalKeyring(path).generate(CONTEXT)
    assert_tells_nothing(caught.value, KEYS["old"])
    assert path.exists() is made


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_keyring_of_another_user_is_refused_by_root_too(path: Path, kind: str) -> None:
    _write(path, {"version": 1, "primary": "old", "keys": KEYS})
    if kind == "link":
        path.rename(path.with_name("theirs"))
        path.symlink_to("theirs")
    os.chown(path, 4321, -1, follow_symlinks=False)
    with pytest.raises(ConfigurationError, match="user 4321") as caught:
        LocalKeyring(path).generate(CONTEXT)
    assert_tells_nothing(caught.value, KEYS["old"])


def test_under_a_wide_umask_each_directory_above_the_keyring_is_for_one_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "keyring.json"
    before = os.umask(0)
    try:
        LocalKeyring(path).generate(CONTEXT)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(above.stat().st_mode) for above in path.parents[:2]] == [0o700] * 2
