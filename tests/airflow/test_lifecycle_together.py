"""``reap`` beside ``rewrap``, after a killed one or a killed ``move``, on a full disk, or with an encrypt-only key."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.errors import KeyDenied
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ops.lifecycle.move.mover import Leg, Mover
from secure_xcom.ops.lifecycle.reap.run import Place
from secure_xcom.ops.lifecycle.rewrap.objects import Rewrap
from secure_xcom.ops.lifecycle.rewrap.outcome import Fate
from secure_xcom.ports import private_file
from secure_xcom.ports.routes import Route
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.rewrapping import Rewrapping
from tests.airflow.reaped import CANARY, OLD, Deployment, Routes, at, counted

VALUE = {"user": "ann", "password": CANARY}


class Keyed(Deployment):
    """A deployment whose key is changed by ``change_key``."""

    def change_key(self) -> None:
        self.old, self.new = (LocalKeyring(self.directory / f"{name}.json") for name in ("keyring", "second"))
        self.routes._data_keys = DataKeys(self.new, previous=[self.old])

    def rewrap(self) -> list[Fate]:
        rewrap = Rewrap(lambda domain: Rewrapping(domain, self.new, [self.old]), dry_run=False)
        return [rewrap.object(self.store, one.name).fate for one in self.store.listing()]


@pytest.fixture
def local(tmp_path: Path) -> Keyed:
    made = Keyed(f"sqlite:///{tmp_path / 'airflow.db'}", tmp_path)
    made.make()
    return made


def test_a_reap_and_a_rewrap_at_once_lose_nothing_live_and_bring_nothing_back(local: Keyed) -> None:
    live = {local.push(at(key=f"live-{number}")) for number in range(15)}
    orphans = {local.push(at(key=f"orphan-{number}"), row=False) for number in range(15)}
    local.change_key()
    with ThreadPoolExecutor(2) as pool:
        reaping, rewrapping = pool.submit(local.reap, batch=2), pool.submit(local.rewrap)
        summary, fates = reaping.result(), rewrapping.result()
    assert set(fates) <= {Fate.REWRAPPED, Fate.CHANGED}
    assert counted(summary).keys() <= {"LIVE", "ROW_GONE", "YOUNG"}
    # What was written anew a moment ago is young, and goes with the next run.
    for name in local.names():
        local.backdate(name, OLD)
    local.reap()
    assert set(local.names()) == live
    assert not orphans & set(local.names())
    assert set(local.rewrap()) <= {Fate.CURRENT, Fate.REWRAPPED}
    assert [local.pull(at(key=f"live-{number}")) for number in range(15)] == [VALUE] * 15


def _killed_at(owner: object, name: str, work: Callable[[], object], *, is_after: bool) -> bool:
    """Work in a process that is killed before or after a call; return whether it came so far."""
    child = os.fork()
    if not child:
        real = getattr(owner, name)

        def deadly(*arguments: object) -> None:
            if is_after:
                real(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(owner, name, deadly)
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


KILLS = pytest.mark.parametrize(
    ("owner", "name", "is_after"),
    [(private_file, "_rename", False), (private_file, "_rename", True)],
    ids=["before the object has its name", "after it"],
)


@KILLS
def test_a_reap_after_a_killed_rewrap_leaves_what_the_rows_refer_to(
    local: Keyed, owner: object, name: str, is_after: bool
) -> None:
    live = local.push(at())
    local.change_key()
    assert _killed_at(owner, name, local.rewrap, is_after=is_after)
    for one in local.names():
        local.backdate(one, OLD)
    local.reap()
    assert local.names() == [live]
    assert local.pull(at()) == VALUE
    assert local.missing().missing == 0
    assert set(local.rewrap()) == {Fate.CURRENT if is_after else Fate.REWRAPPED}


class Moving(Routes):
    """Routes to a store, and to the previous one."""

    previous: FileStore

    def route(self, owner: str, running: str | None) -> Route:
        own = super().route(owner, running)
        return replace(own, elsewhere=(replace(own, store=self.previous),))


def _moving(local: Keyed) -> Callable[[], None]:
    """Name another store, and return what moves all objects there."""
    previous, now = local.store, FileStore(local.directory / "now")
    local.routes = Moving(now, LocalKeyring(local.directory / "keyring.json"))
    local.routes.previous = previous  # type: ignore[assignment]  # a store of files
    local.store = now
    local.ledger = LazyLedger(local.ledger_url, local.routes, time.time)
    local.exchange = local._exchange(time.time)

    def move() -> None:
        target = local.routes.route("etl", None)
        leg = Leg(source=target.elsewhere[0], target=target)
        never = lambda _: False  # noqa: E731
        mover = Mover(was_deleted=never, is_chain_key=never, clock=time.time, clock_skew=60, deletes=True)
        for one in list(previous.listing()):
            mover.move(one.name, leg)

    return move


def _names(local: Keyed) -> tuple[list[str], list[str]]:
    previous = [one.name for one in local.routes.previous.listing()]  # type: ignore[attr-defined]  # those of ``Moving``
    return previous, local.names()


STEPS = {
    "before the copy has its name": (private_file, "_rename", False),
    "after the copy has its name": (private_file, "_rename", True),
    "before the object is deleted": (FileStore, "_delete", False),
    "after the object was deleted": (FileStore, "_delete", True),
}


@pytest.mark.parametrize(("owner", "name", "is_after"), STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("purged", [False, True], ids=["the value stays", "the value is purged"])
def test_a_reap_after_a_killed_move_leaves_no_orphan_in_either_store(
    local: Keyed, owner: object, name: str, is_after: bool, purged: bool
) -> None:
    live = local.push(at())
    move = _moving(local)
    assert _killed_at(owner, name, move, is_after=is_after)
    if purged:
        local.drop(at())
    for root in ("store", "now"):
        for path in (local.directory / root).rglob("*"):
            os.utime(path, (time.time() - OLD,) * 2)
    previous = local.routes.previous  # type: ignore[attr-defined]  # that of ``Moving``
    places = [Place(label=label, store=store) for label, store in (("previous", previous), ("now", local.store))]
    local.reaping(places=places).delete()
    if purged:
        assert _names(local) == ([], [])
        return
    assert local.pull(at()) == VALUE
    assert local.missing().missing == 0
    move()
    assert _names(local) == ([], [live])
    assert local.pull(at()) == VALUE


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _database_is_full(*_: object) -> None:
    from secure_xcom.errors import LedgerUnavailable

    raise LedgerUnavailable("the ledger's disk is full")


FULL: dict[str, tuple[object, str, Callable[..., None]]] = {
    "the ledger's": (LazyLedger, "append", _database_is_full),
    "the store's, as it deletes": (FileStore, "_delete", _full),
}


@pytest.mark.parametrize(("owner", "name", "full"), FULL.values(), ids=FULL)
def test_a_full_disk_fails_each_orphan_and_the_next_run_deletes_it(
    local: Keyed, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, full: Callable[..., None]
) -> None:
    live = local.push(at())
    orphans = {local.push(at(key=f"orphan-{number}"), row=False) for number in range(3)}
    local.store.deadline_seconds = 0
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, full)
        assert counted(local.reap()) == {"LIVE": 1, "FAILED": 3}
    assert set(local.names()) == {live, *orphans}
    assert counted(local.reap()) == {"LIVE": 1, "ROW_GONE": 3}
    assert local.names() == [live]
    assert local.pull(at()) == VALUE


def test_a_checkpoint_that_cannot_be_written_ends_the_run_and_loses_nothing_live(local: Keyed) -> None:
    live = local.push(at())
    local.push(at(key="orphan"), row=False)
    with pytest.raises(OSError, match="No space left"):
        local.reap(save=_full, every=0.0, batch=1)
    assert live in local.names()
    local.reap()
    assert local.names() == [live]


@pytest.fixture
def encrypt_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that seal and open nothing."""

    def denied(*_: object) -> bytes:
        raise KeyDenied("this identity may not decrypt")

    monkeypatch.setattr(LocalKeyring, "_unwrap", denied)


@pytest.mark.usefixtures("encrypt_only")
def test_a_rewrap_with_a_key_that_only_encrypts_fails_each_object_and_changes_none(
    local: Keyed,
) -> None:
    name = local.push(at())
    before = local.store.get(name)
    local.change_key()
    assert local.rewrap() == [Fate.FAILED]
    assert local.store.get(name) == before


@pytest.mark.usefixtures("encrypt_only")
def test_a_reap_with_a_key_that_only_encrypts_deletes_what_it_can_record_and_counts_the_rest(
    local: Keyed,
) -> None:
    """The keys of the ledger are opened with the same key; a value's own is not asked for."""
    live = local.push(at())
    local.push(at(key="orphan"), row=False)
    again = Deployment(local.url, local.directory)
    assert counted(again.reap()) == {"LIVE": 1, "FAILED": 1}
    assert len(again.names()) == 2
    assert live in again.names()
