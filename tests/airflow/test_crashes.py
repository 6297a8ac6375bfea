"""``kill -9`` at every step of push, pull and purge: nothing lies open, the last committed value opens, a retry works.

The steps are the changes that the process makes to its disk, as Python's audit events tell of them, and what it sends
to its supervisor and its ledger. The metadata database is a file that changes in one step, as a transaction does.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import pytest

pytest.importorskip("airflow.sdk")

from tests.airflow.supervisor import Database, Row

if TYPE_CHECKING:
    from secure_xcom.model.entry import Entry

CANARY = "canary-of-a-killed-task"
PLACE: Final[dict[str, Any]] = {"dag_id": "etl", "run_id": "run-1", "task_id": "make"}
INSTANCE: Final = SimpleNamespace(**PLACE, map_index=-1, try_number=1, id="try-1")
FIRST: Final = {"user": "ann", "password": f"{CANARY}-first"}
SECOND: Final = {"user": "bob", "password": f"{CANARY}-second"}

_CHANGES: Final = frozenset({"os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "os.chmod", "test.step"})


class StoredDatabase(Database):
    """A metadata database in a file. Each message is two steps of the process that sends it: before and after."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if path.exists():
            self.rows: dict[Row, str] = {tuple(row): value for row, value in json.loads(path.read_text())}

    def send(self, msg: object) -> object:
        """Answer a message, and keep what it changed."""
        sys.audit("test.step", "a message is sent")
        answer = super().send(msg)
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps(list(self.rows.items())))
        # Not os.replace: the change and the answer are two steps of the server's.
        temporary.rename(self._path)
        sys.audit("test.step", "a message was answered")
        return answer


def _push(value: object) -> None:
    from secure_xcom.airflow.backend import SecureXComBackend

    SecureXComBackend.set("return_value", value, **PLACE)


def _pull() -> object:
    from secure_xcom.airflow.backend import SecureXComBackend

    return SecureXComBackend.get_one(key="return_value", **PLACE)


def _tried_again() -> object:
    _purge()
    _push(SECOND)
    return _pull()


def _purge() -> None:
    from secure_xcom.airflow.backend import SecureXComBackend

    SecureXComBackend.delete("return_value", **PLACE)


def _pushed_again() -> None:
    """Push as the process does that has pushed ``FIRST``, so that this push supersedes it."""
    from secure_xcom.airflow import backend
    from secure_xcom.model.coordinates import Coordinates

    backend._pushed.add(Coordinates(**PLACE, key="return_value"))
    _push(SECOND)


WAYS: Final[dict[str, tuple[bool, Callable[[], object]]]] = {
    "the first push": (False, lambda: _push(FIRST)),
    "a push that supersedes": (True, _pushed_again),
    "a pull": (True, _pull),
    "a purge": (True, _purge),
}
"""What is killed, and whether ``FIRST`` was pushed before."""


def _in_child(home: Path, act: Callable[[], object], kill_at: int | None = None) -> tuple[int, int]:
    """Do something as a task does, in a process of its own that dies before its change number ``kill_at``.

    Return how the process ended, and how many changes it made.
    """
    counted = home / "counted"
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), len(counted.read_bytes()) if counted.exists() else 0
    code = 3
    try:
        _enter(home)
        _count_changes(counted, kill_at)
        act()
        code = 0
    except BaseException as error:
        (home / "error").write_text(f"{type(error).__name__}: {error}")
    finally:
        os._exit(code)


def _enter(home: Path) -> None:
    from secure_xcom.airflow import backend
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.ledger.ledger import SqlLedger
    from secure_xcom.model.coordinates import TaskInstance

    for name, value in {
        "STORE": f"file://{home}/store",
        "KEY": f"local://{home}/keyring.json",
        "LEDGER": f"sqlite:///{home}/ledger.db",
    }.items():
        os.environ[f"AIRFLOW__SECURE_XCOM__{name}"] = value
    backend._pushed.clear()
    setattr(backend, "running_instance", lambda: INSTANCE)  # noqa: B010 - the process ends with the test
    setattr(AirflowHost, "running", lambda _: TaskInstance(**PLACE))  # noqa: B010
    StoredDatabase(home / "metadata.json").install()
    append = SqlLedger.append

    def appended(self: SqlLedger, new: Sequence[Entry]) -> None:
        sys.audit("test.step", "an entry is appended")
        append(self, new)
        sys.audit("test.step", "an entry was appended")

    setattr(SqlLedger, "append", appended)  # noqa: B010


def _count_changes(counted: Path, kill_at: int | None) -> None:
    file, made = counted.open("wb", buffering=0), 0

    def note(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal made
        is_write = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if event not in _CHANGES and not is_write:
            return
        if made == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        made += 1
        file.write(b".")

    sys.addaudithook(note)


def _made(home: Path, *, is_pushed: bool) -> Path:
    home.mkdir(mode=0o700)
    if is_pushed:
        assert _in_child(home, lambda: _push(FIRST))[0] == 0, (home / "error").read_text()
    return home


def _stored(home: Path) -> dict[Row, str]:
    return StoredDatabase(home / "metadata.json").rows


def _seen(home: Path, act: Callable[[], object]) -> object:
    """Return what ``act`` returns in a fresh process, which stores it beside the deployment and not in it."""
    answer = home.with_suffix(".answer")
    code, _ = _in_child(home, lambda: answer.write_text(json.dumps(act())))
    assert code == 0, (home / "error").read_text()
    found = json.loads(answer.read_text())
    answer.unlink()
    return found


@pytest.mark.parametrize(("is_pushed", "act"), WAYS.values(), ids=WAYS.keys())
def test_a_task_that_is_killed_anywhere_leaves_a_state_that_the_next_try_goes_on_from(
    tmp_path: Path, is_pushed: bool, act: Callable[[], object]
) -> None:
    template = _made(tmp_path / "template", is_pushed=is_pushed)
    code, steps = _in_child(Path(shutil.copytree(template, tmp_path / "whole")), act)
    assert code == 0, (tmp_path / "whole" / "error").read_text()
    assert steps > 3
    for step in range(steps):
        home = Path(shutil.copytree(template, tmp_path / f"killed-{step}"))
        assert _in_child(home, act, kill_at=step)[0] == -signal.SIGKILL
        assert _leaks(home) == [], f"step {step}"
        if rows := _stored(home):
            expected = SECOND if "bob" in next(iter(rows.values())) else FIRST
            assert _seen(home, _pull) == expected, f"step {step}"
        assert _seen(home, _tried_again) == SECOND, f"step {step}"
        assert _leaks(home) == [], f"step {step}"
        shutil.rmtree(home)


def _leaks(home: Path) -> list[str]:
    return [str(path) for path in home.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
