"""``kill -9`` of a rewrap at every step, and a rewrap beside others: no value is lost, and a second run completes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ops.lifecycle.rewrap.outcome import Fate
from secure_xcom.ports import private_file
from tests.unit.ops.lifecycle.rekeyed import Deployment, place

STEPS: dict[str, tuple[object, str, bool]] = {
    "before a head is read": (FileStore, "_head", False),
    "before a data key is moved": (LocalKeyring, "_unwrap", False),
    "after a data key was moved": (LocalKeyring, "_wrap", True),
    "before an object is written": (FileStore, "_replace", False),
    "before an object has its name": (private_file, "_rename", False),
    "after an object has its name": (private_file, "_rename", True),
    "after an object was written": (FileStore, "_replace", True),
    "before a chain key is written": (LazyLedger, "replace_key", False),
    "after a chain key was written": (LazyLedger, "replace_key", True),
}
"""What kills the process: a call, before or after it does its work."""


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path, {"key": f"local://{tmp_path}/first.json"})
    for where in (place(key="a"), place(key="b"), place(run_id="later"), place("report")):
        made.push(where)
    made.options |= {"previous_keys": made.options["key"], "key": f"local://{tmp_path}/second.json"}
    return made


@pytest.mark.parametrize("turn", [1, 2], ids=["the first", "the second"])
@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_every_value_opens_and_a_second_run_completes(
    deployment: Deployment, step: str, turn: int
) -> None:
    assert _killed(deployment, *STEPS[step], turn)
    assert deployment.opens()
    assert not [path for path in deployment.objects if b"correct horse" in path.read_bytes()]
    again = deployment.rewrap()
    assert again.failed == 0
    assert again.fates[Fate.REWRAPPED] + again.fates[Fate.CURRENT] == 4
    (deployment.home / "first.json").unlink()
    del deployment.options["previous_keys"]
    assert deployment.opens()
    assert deployment.ledger().verify().breaks == ()


def _killed(deployment: Deployment, owner: object, name: str, is_after: bool, turn: int) -> bool:
    """Rewrap in a process that is killed at the call of that turn; return whether it was."""
    child = os.fork()
    if not child:
        calls, real = [], getattr(owner, name)

        def deadly(*arguments: object) -> object:
            calls.append(name)
            if len(calls) == turn and not is_after:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = real(*arguments)
            if len(calls) == turn:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        setattr(owner, name, deadly)
        try:
            deployment.rewrap(parallel=1)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_two_rewraps_at_once_move_each_object_once(deployment: Deployment) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: deployment.rewrap(), range(2))
    assert first.failed == second.failed == 0
    assert first.fates[Fate.REWRAPPED] + second.fates[Fate.REWRAPPED] == 4
    assert deployment.opens()


def _purge(store: FileStore, names: list[str]) -> None:
    for name in names:
        store.delete(name)


def test_what_is_purged_during_a_rewrap_stays_purged(tmp_path: Path) -> None:
    store, root = FileStore(tmp_path / "store"), tmp_path / "store"
    names = [f"etl/r/t/-1/k/{number:032x}" for number in range(200)]
    for name in names:
        store.put(name, b"old")
    heads = {name: store.head(name) for name in names}
    replace: Callable[[str], bool] = lambda name: store.replace(name, heads[name], b"new")  # noqa: E731
    with ThreadPoolExecutor(4) as pool:
        purging = [pool.submit(_purge, store, names[start::2]) for start in range(2)]
        list(pool.map(replace, names))
        for one in purging:
            one.result()
    assert [path for path in root.rglob("*") if path.is_file()] == []
