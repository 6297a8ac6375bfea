"""What happens when the ledger does not take its entries."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.errors import (
    Expired,
    KeyDenied,
    LedgerSchema,
    LedgerTampered,
    LedgerUnavailable,
    NotGranted,
    PayloadError,
    SecureXComError,
    StoreUnavailable,
    Tampered,
)
from secure_xcom.exchange.recorder import Recorder, failed
from secure_xcom.ledger.spool import Spool
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from tests.unit.world import NOW, RememberingLedger

WHERE = Coordinates(dag_id="d", run_id="r\0\ud800", task_id="t", key="k ✓\\n")
ACTOR = TaskInstance(dag_id="d", run_id="r", task_id="reader", map_index=3, try_number=2)


class Deployment:
    """A recorder, its ledger and what it warns of."""

    def __init__(self, spool: Spool | None) -> None:
        self.ledger, self.warnings = RememberingLedger(), list[str]()
        self.recorder = Recorder(
            ledger=self.ledger,
            clock=lambda: NOW,
            host="w",
            warn=self.warnings.append,
            spool=spool,
            best_effort=spool is not None,
        )

    def entry(self, key: str = WHERE.key) -> Entry:
        """An entry of this moment."""
        where = Coordinates(dag_id=WHERE.dag_id, run_id=WHERE.run_id, task_id=WHERE.task_id, key=key)
        return self.recorder.entry(Event.READ, where, ACTOR, object_id="a" * 32)


@pytest.fixture
def spooling(tmp_path: Path) -> Deployment:
    return Deployment(Spool(tmp_path / "spool"))


def test_required_means_that_what_cannot_be_recorded_fails() -> None:
    deployment = Deployment(None)
    deployment.ledger.error = LedgerUnavailable("down")
    with pytest.raises(LedgerUnavailable):
        deployment.recorder.record(deployment.entry())


def test_best_effort_keeps_entries_on_disk_warns_and_replays_them_first(spooling: Deployment, tmp_path: Path) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    kept = [spooling.entry("one"), spooling.entry()]
    for entry in kept:
        spooling.recorder.record(entry)
    assert spooling.ledger.entries == []
    assert len(spooling.warnings) == 2
    spooling.ledger.error = None
    last = spooling.entry("last")
    spooling.recorder.record(last)
    assert spooling.ledger.entries[-1] == last
    assert sorted(map(str, spooling.ledger.entries[:-1])) == sorted(map(str, kept))
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_is_required_is_not_kept_for_later(spooling: Deployment, tmp_path: Path) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    with pytest.raises(LedgerUnavailable):
        spooling.recorder.record(spooling.entry(), required=True)
    assert not (tmp_path / "spool").exists()


def test_what_waits_is_written_though_the_mode_is_required_again(spooling: Deployment) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    waiting, new = spooling.entry("waiting"), spooling.entry("new")
    spooling.recorder.record(waiting)
    spooling.ledger.error = None
    replace(spooling.recorder, best_effort=False).record(new)
    assert [entry.where.key for entry in spooling.ledger.entries] == ["waiting", "new"]


def test_what_is_kept_is_for_the_workers_user_alone(spooling: Deployment, tmp_path: Path) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    spooling.recorder.record(spooling.entry())
    directory = tmp_path / "spool"
    (file,) = directory.iterdir()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_replay_that_fails_half_way_loses_nothing(spooling: Deployment, tmp_path: Path) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    for number in range(3):
        spooling.recorder.record(spooling.entry(f"k{number}"))
    spooling.ledger.error = None
    append, calls = spooling.ledger.append, list[int]()

    def second_fails(new: Sequence[Entry]) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise LedgerUnavailable("down again")
        append(new)

    spooling.ledger.append = second_fails  # type: ignore[method-assign]
    spooling.recorder.record(spooling.entry("k3"))
    spooling.recorder.record(spooling.entry("k4"))
    assert sorted(entry.where.key for entry in spooling.ledger.entries) == ["k0", "k1", "k2", "k3", "k4"]


def test_what_another_process_is_replaying_is_left_to_it(spooling: Deployment, tmp_path: Path) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    spooling.recorder.record(spooling.entry("theirs"))
    spooling.ledger.error = None
    (file,) = (tmp_path / "spool").iterdir()
    with file.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        spooling.recorder.record(spooling.entry("mine"))
    assert [entry.where.key for entry in spooling.ledger.entries] == ["mine"]
    assert file.exists()


def test_when_neither_ledger_nor_disk_takes_it_the_task_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    deployment = Deployment(Spool(tmp_path / "file" / "spool"))
    deployment.ledger.error = LedgerUnavailable("down")
    with pytest.raises(LedgerUnavailable, match="neither the ledger nor the disk"):
        deployment.recorder.record(deployment.entry())


@pytest.mark.parametrize(
    ("error", "outcome", "step"),
    [
        (None, Outcome.DONE, ""),
        (NotGranted("x"), Outcome.REFUSED, "authorise"),
        (Expired("x"), Outcome.EXPIRED, "authorise"),
        (PayloadError("x"), Outcome.FAILED, "encode"),
        (Tampered("x"), Outcome.FAILED, "open"),
        (KeyDenied("x"), Outcome.FAILED, "key"),
        (StoreUnavailable("x"), Outcome.FAILED, "store"),
        (LedgerUnavailable("x"), Outcome.FAILED, "ledger"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_entry_says_how_it_ended_and_at_which_step(
    error: SecureXComError | None, outcome: Outcome, step: str
) -> None:
    done = Deployment(None).recorder.entry(Event.READ, WHERE, ACTOR)
    entry = failed(done, error) if error else done
    assert (entry.outcome, entry.step, entry.error) == (outcome, step, type(error).__name__ if error else "")


def _garbage(spool: Path) -> None:
    (spool / f"{0:016d}-x.json").write_bytes(b"\xff{[")


def _no_rows(spool: Path) -> None:
    (spool / f"{0:016d}-x.json").write_text('[{"at": "soon"}]')


def _nested(spool: Path) -> None:
    (spool / f"{0:016d}-x.json").write_text("[" * 100_000)


def _pipe(spool: Path) -> None:
    os.mkfifo(spool / f"{0:016d}-x.json")


def _directory(spool: Path) -> None:
    (spool / f"{0:016d}-x.json").mkdir()


def _huge(spool: Path) -> None:
    with (spool / f"{0:016d}-x.json").open("wb") as file:
        file.truncate(1 << 30)


@pytest.mark.parametrize("plant", [_garbage, _no_rows, _nested, _pipe, _directory, _huge])
def test_what_is_no_batch_is_set_aside_and_holds_up_nothing(
    spooling: Deployment, tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    spooling.recorder.record(spooling.entry("kept"))
    spooling.ledger.error = None
    plant(tmp_path / "spool")
    spooling.recorder.record(spooling.entry("now"))
    assert [entry.where.key for entry in spooling.ledger.entries] == ["kept", "now"]
    assert [path.suffix for path in (tmp_path / "spool").iterdir()] == [".rejected"]
    assert "set aside" in spooling.warnings[-1]


def test_a_link_in_the_spool_is_not_followed(spooling: Deployment, tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "elsewhere.json").write_text("[]")
    (tmp_path / "spool" / "0-x.json").symlink_to(tmp_path / "elsewhere.json")
    spooling.recorder.record(spooling.entry("now"))
    assert (tmp_path / "elsewhere.json").exists()
    assert [entry.where.key for entry in spooling.ledger.entries] == ["now"]


def test_a_batch_that_the_ledger_refuses_for_good_is_set_aside(spooling: Deployment, tmp_path: Path) -> None:
    spooling.ledger.error = LedgerTampered("its chain was cut")
    spooling.recorder.record(spooling.entry("of a broken run"))
    append = spooling.ledger.append
    spooling.ledger.error = None

    def refuses(new: Sequence[Entry]) -> None:
        if new[0].where.key == "of a broken run":
            raise LedgerTampered("its chain was cut")
        append(new)

    spooling.ledger.append = refuses  # type: ignore[method-assign]
    spooling.recorder.record(spooling.entry("of another"))
    assert [entry.where.key for entry in spooling.ledger.entries] == ["of another"]
    assert [path.suffix for path in (tmp_path / "spool").iterdir()] == [".rejected"]


@pytest.mark.parametrize("error", [KeyDenied("x"), StoreUnavailable("x"), LedgerSchema("newer")])
def test_a_batch_that_fails_for_what_may_pass_waits_and_holds_up_nothing(
    spooling: Deployment, tmp_path: Path, error: SecureXComError
) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    spooling.recorder.record(spooling.entry("waits"))
    spooling.ledger.error = None
    append = spooling.ledger.append

    def refuses(new: Sequence[Entry]) -> None:
        if new[0].where.key == "waits":
            raise error
        append(new)

    spooling.ledger.append = refuses  # type: ignore[method-assign]
    spooling.recorder.record(spooling.entry("now"))
    assert [path.suffix for path in (tmp_path / "spool").iterdir()] == [".json"]
    spooling.ledger.append = append  # type: ignore[method-assign]
    later = replace(spooling.recorder, spool=Spool(tmp_path / "spool"))
    later.record(spooling.entry("later"))
    assert [entry.where.key for entry in spooling.ledger.entries] == ["now", "waits", "later"]


def test_a_batch_that_waits_is_tried_once_by_each_process(spooling: Deployment) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    spooling.recorder.record(spooling.entry("waits"))
    spooling.ledger.error = None
    append, tried = spooling.ledger.append, list[str]()

    def refuses(new: Sequence[Entry]) -> None:
        tried.append(new[0].where.key)
        if new[0].where.key == "waits":
            raise KeyDenied("x")
        append(new)

    spooling.ledger.append = refuses  # type: ignore[method-assign]
    for _ in range(3):
        spooling.recorder.record(spooling.entry("now"))
    assert tried == ["waits", "now", "now", "now"]


@pytest.mark.parametrize("call", ["unlink", "rename", "glob"])
def test_a_disk_that_fails_is_warned_of_and_fails_no_task(
    spooling: Deployment, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    spooling.recorder.record(spooling.entry("waits"))
    spooling.ledger.error = LedgerTampered("x") if call == "rename" else None

    def fails(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, call, fails)
    with suppress(LedgerTampered):
        replace(spooling.recorder, best_effort=False).record(spooling.entry("now"))
    assert "Read-only file system" in spooling.warnings[-1]


def test_a_directory_that_cannot_be_written_is_not_appended_from(
    spooling: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    spooling.recorder.record(spooling.entry("waits"))
    spooling.ledger.error = None
    monkeypatch.setattr("os.access", lambda path, mode: False)
    spooling.recorder.record(spooling.entry("now"))
    assert [entry.where.key for entry in spooling.ledger.entries] == ["now"]
    assert "Permission denied" in spooling.warnings[-1]


def test_what_is_another_users_is_left_to_his_workers(
    spooling: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooling.ledger.error = LedgerUnavailable("down")
    spooling.recorder.record(spooling.entry("waits"))
    spooling.ledger.error = None
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    spooling.recorder.record(spooling.entry("now"))
    assert [path.suffix for path in (tmp_path / "spool").iterdir()] == [".json"]
