"""A move between directories: what goes along, what stays, what is counted, and what stops nothing."""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.adapters.local import file as file_store
from secure_xcom.adapters.local.file import FileStore
from secure_xcom.errors import (
    ConfigurationError,
    LedgerUnavailable,
    ObjectNotFound,
    ObjectTooLarge,
    StoreDenied,
    StoreError,
    WrongCoordinates,
    WrongKey,
)
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.model.seal import DataKey, SealContext
from secure_xcom.model.value import node_of
from secure_xcom.ops.lifecycle.move import outcome
from secure_xcom.ops.lifecycle.move.mover import Leg, Mover, opened_above
from secure_xcom.ops.lifecycle.move.outcome import Outcome, Summary
from secure_xcom.ops.lifecycle.move.places import Scope
from secure_xcom.ops.lifecycle.probe import PROBE
from secure_xcom.payload.parts import find_placeholder
from secure_xcom.ports.listing import Listed
from secure_xcom.ports.routes import Route
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.native import NativeSealer
from secure_xcom.seal.sealer import EnvelopeSealer
from secure_xcom.testing.fakes import InMemoryKeyProvider, InMemoryStore
from tests.unit.ops.lifecycle.deployment import Deployment, place
from tests.unit.world import CANARY, NOW, PLACE

ROUTES = """
[namespace.payments]
dags = ["settlement"]

[dag.vip]
store = "file://{home}/vip"
previous_stores = ["file://{home}/old"]

[dag.own]
previous_stores = ["file://{home}/own"]
"""


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path, {"store": f"file://{tmp_path}/old"})
    made.push(*(place(run_id=f"r{number}") for number in range(5)))
    made.change(f"file://{tmp_path}/new")
    return made


def _files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_value_is_read_where_it_lies_before_during_and_after_a_move(deployment: Deployment) -> None:
    deployment.pull()
    assert deployment.move(deletes=False).objects == {Outcome.COPIED: 5}
    deployment.pull()
    assert deployment.move().objects == {Outcome.MOVED: 5}
    del deployment.options["previous_stores"]
    deployment.pull()


LARGE_STORES = {
    "from one to another": ("old-large", "new-large"),
    "out of one": ("old-large", ""),
    "into one": ("", "new-large"),
}


@pytest.mark.parametrize(("source", "target"), LARGE_STORES.values(), ids=LARGE_STORES)
def test_a_value_that_is_large_alone_goes_into_the_large_store_and_a_large_secret_does_not(
    tmp_path: Path, source: str, target: str
) -> None:
    def uri(name: str) -> str:
        return f"file://{tmp_path}/{name}" if name else ""

    made = Deployment(tmp_path, {"store": uri("old"), "large_store": uri(source), "large_threshold": "1000"})
    made.push(place())
    made.push_value([*range(3000)], place(key="rows"))
    made.push_value({"password": "s3cr3t-" * 1000}, place(key="all"))
    previous = f"{uri('old')} {uri(source)}".strip()
    made.options |= {"store": uri("new"), "large_store": uri(target), "previous_stores": previous}
    made.pull()
    assert made.move(deletes=False).objects == {Outcome.COPIED: 3}
    made.pull()
    assert made.move().is_through
    del made.options["previous_stores"]
    made.pull()
    assert [len(_files(tmp_path / name)) for name in ("old", "new")] == [0, 2 if target else 3]
    if target:
        assert [path.parent.name for path in _files(tmp_path / target)] == ["rows"]
    made.purge(place(key="rows"))
    assert len(_files(tmp_path / "new")) == 2
    assert not target or _files(tmp_path / target) == []


@pytest.fixture
def first_large(tmp_path: Path) -> Deployment:
    return _to_a_first_large_store(tmp_path)


def _to_a_first_large_store(tmp_path: Path) -> Deployment:
    """Return a store with a large value, a secret and a large secret, and a first ``large_store`` beside it."""
    made = Deployment(tmp_path, {"store": f"file://{tmp_path}/store", "large_threshold": "1000"})
    made.push(place())
    made.push_value([*range(3000)], place(key="rows"))
    made.push_value({"password": "s3cr3t-" * 1000}, place(key="all"))
    made.options |= {"large_store": f"file://{tmp_path}/large", "previous_stores": f"file://{tmp_path}/store"}
    return made


def test_into_a_first_large_store_go_the_large_values_of_the_store_alone(first_large: Deployment) -> None:
    home = first_large.home
    first_large.pull()
    copied = first_large.move(deletes=False)
    assert copied.objects == {Outcome.COPIED: 1, Outcome.STAYS: 2}
    assert copied.left == {f"file://{home}/store": True}
    first_large.pull()
    assert first_large.move(dry_run=True).objects == {Outcome.LISTED: 2, Outcome.STAYS: 1}
    moved = first_large.move()
    assert (moved.objects, moved.is_through) == ({Outcome.MOVED: 1, Outcome.STAYS: 2}, True)
    assert [path.parent.name for path in _files(home / "large")] == ["rows"]
    first_large.pull()
    assert first_large.move().objects == {Outcome.STAYS: 2}
    del first_large.options["previous_stores"]
    first_large.pull()
    first_large.purge(place(key="rows"))
    assert (len(_files(home / "store")), _files(home / "large")) == (2, [])


def test_a_large_value_that_is_purged_between_two_moves_is_in_neither_store(first_large: Deployment) -> None:
    first_large.move(deletes=False)
    first_large.purge(place(key="rows"))
    assert (len(_files(first_large.home / "store")), _files(first_large.home / "large")) == (2, [])
    assert first_large.move().objects == {Outcome.STAYS: 2}


def test_a_large_value_that_cannot_be_opened_stays_and_holds_up_the_end_of_the_move(first_large: Deployment) -> None:
    (path,) = (path for path in _files(first_large.home / "store") if path.parent.name == "rows")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    found = first_large.move()
    assert ([failure.error for failure in found.failures], found.is_through) == (["Tampered"], False)
    assert path.exists()


def test_the_store_is_no_previous_store_without_a_large_store(tmp_path: Path) -> None:
    made = Deployment(tmp_path, {"store": f"file://{tmp_path}/store"})
    made.push()
    made.options["previous_stores"] = made.options["store"]
    with pytest.raises(ConfigurationError, match=r"is\s+the\s+current\s+store:\s+take\s+it\s+out"):
        made.pull()


def test_a_large_value_that_was_compressed_below_the_threshold_goes_there_too(tmp_path: Path) -> None:
    old, new, large = (f"file://{tmp_path}/{name}" for name in ("old", "new", "large"))
    made = Deployment(tmp_path, {"store": old, "large_threshold": "200000"})
    made.push_value([f"{'row ' * 50}{number * number}" for number in range(4000)], place(key="rows"))
    (path,) = _files(tmp_path / "old")
    assert opened_above(200_000) < path.stat().st_size < 200_000
    made.options |= {"store": new, "large_store": large, "previous_stores": old}
    made.move()
    assert len(_files(tmp_path / "large")) == 1


def test_a_value_that_cannot_be_opened_stays_and_holds_up_no_other(tmp_path: Path) -> None:
    old, new, large = (f"file://{tmp_path}/{name}" for name in ("old", "new", "large"))
    made = Deployment(tmp_path, {"store": old, "large_threshold": "1000"})
    made.push(place())
    made.push_value([*range(3000)], place(key="rows"))
    (path,) = (path for path in _files(tmp_path / "old") if path.parent.name == "rows")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    made.options |= {"store": new, "large_store": large, "previous_stores": old}
    found = made.move()
    assert [(failure.error, path.name in failure.name) for failure in found.failures] == [("Tampered", True)]
    assert path.exists()
    assert found.objects == {Outcome.MOVED: 1}


def test_the_large_store_under_another_name_is_refused_as_a_previous_one(tmp_path: Path) -> None:
    (tmp_path / "large").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "large")
    made = Deployment(tmp_path, {"store": f"file://{tmp_path}/link", "large_threshold": "1000"})
    made.push(place())
    made.options |= {
        "store": f"file://{tmp_path}/new",
        "large_store": f"file://{tmp_path}/large",
        "previous_stores": f"file://{tmp_path}/link",
    }
    with pytest.raises(ConfigurationError, match=r"the\s+current\s+store\s+under\s+another\s+name"):
        made.move()
    made.pull()


def test_the_sums_say_what_was_done_and_whether_the_previous_store_is_empty(deployment: Deployment) -> None:
    size = sum(path.stat().st_size for path in _files(deployment.home / "old"))
    copied = deployment.move(deletes=False)
    assert (copied.bytes[Outcome.COPIED], copied.is_through) == (size, False)
    assert deployment.move(deletes=False).objects == {Outcome.THERE: 5}
    moved = deployment.move()
    assert (moved.bytes[Outcome.MOVED], moved.is_through, moved.failed) == (size, True, 0)
    assert deployment.move().objects == {}


def test_a_dry_run_changes_nothing(deployment: Deployment) -> None:
    assert deployment.move(dry_run=True).objects == {Outcome.LISTED: 5}
    assert not (deployment.home / "new").exists()
    assert len(_files(deployment.home / "old")) == 5


def test_what_is_not_ours_is_left_alone_and_counted(deployment: Deployment) -> None:
    for name in ("README", "etl/r0/t/-1/password/short", f"a/{'b' * 200}/c/d/e/{'0' * 32}"):
        (deployment.home / "old" / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (deployment.home / "old" / name).write_text("theirs")
    found = deployment.move()
    assert found.objects == {Outcome.MOVED: 5, Outcome.FOREIGN: 3}
    assert found.is_through
    assert len(_files(deployment.home / "old")) == 3


def test_an_object_of_our_name_and_other_content_fails_and_stops_no_other(deployment: Deployment) -> None:
    name = object_name(place(), new_object_id())
    (deployment.home / "old" / name).parent.mkdir(parents=True, mode=0o700)
    (deployment.home / "old" / name).write_text("theirs")
    found = deployment.move()
    assert [(one.name, one.error) for one in found.failures] == [(name, "Tampered")]
    assert found.objects == {Outcome.MOVED: 5}
    assert not found.is_through


def test_a_purge_deletes_in_both_stores(deployment: Deployment) -> None:
    deployment.move(deletes=False)
    for where in list(deployment.rows):
        deployment.purge(where)
    assert _files(deployment.home / "old") == _files(deployment.home / "new") == []


def test_only_the_dag_that_is_named_is_moved(deployment: Deployment) -> None:
    deployment.options["store"], before = f"file://{deployment.home}/old", dict(deployment.options)
    del deployment.options["previous_stores"]
    deployment.push(place("report"))
    deployment.options = before | {"store": f"file://{deployment.home}/new"}
    found = deployment.move("report")
    assert (found.objects, found.left, found.is_through) == ({Outcome.MOVED: 1}, {}, False)
    assert len(_files(deployment.home / "old")) == 5
    deployment.pull()


def test_each_domain_goes_to_its_own_store_and_a_store_that_it_does_not_name_stays(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, {"store": f"file://{tmp_path}/old"})
    file = tmp_path / "routes.toml"
    file.write_text('[namespace.payments]\ndags = ["settlement"]\n')
    deployment.options["routes"] = str(file)
    deployment.push(place("settlement"), place("vip"), place("own"), place("other"))
    deployment.change(f"file://{tmp_path}/new")
    file.write_text(ROUTES.replace("{home}", str(tmp_path)))
    own = deployment.rows.pop(place("own"))
    assert deployment.move().objects == {Outcome.MOVED: 3, Outcome.FOREIGN: 1}
    deployment.pull()
    assert [path.relative_to(tmp_path).parts[1] for path in _files(tmp_path / "vip")] == ["vip"]
    assert sorted(path.relative_to(tmp_path).parts[1] for path in _files(tmp_path / "new")) == ["@payments", "other"]
    deployment.rows = {place("own"): own}
    with pytest.raises(ObjectNotFound):
        deployment.pull()


def test_a_store_for_each_domain_is_listed_for_the_dags_that_airflow_knows(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, {"store": f"file://{tmp_path}/old/{{domain}}"})
    deployment.push(place("etl"), place("report"))
    deployment.change(f"file://{tmp_path}/new/{{domain}}")
    assert deployment.move(known=["etl", "report"]).objects == {Outcome.MOVED: 2}
    deployment.pull()


def test_without_a_previous_store_there_is_nothing_to_move(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="previous_stores"):
        Deployment(tmp_path).move()


def test_two_names_of_one_place_are_refused_before_anything_is_deleted(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = FileStore.__init__

    def one_place(self: FileStore, _: Path) -> None:
        original(self, deployment.home / "old")

    monkeypatch.setattr(FileStore, "__init__", one_place)
    with pytest.raises(ConfigurationError, match=r"is\s+the\s+current\s+store"):
        deployment.move()
    assert len(_files(deployment.home / "old")) == 5


def test_a_full_disk_fails_each_object_and_loses_none(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    write = file_store.write_private_file_in
    left = [3]

    def full(directory: int, name: str, data: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(directory, name, data)

    deployment.options["retry_deadline"] = "0"
    monkeypatch.setattr(file_store, "write_private_file_in", full)
    found = deployment.move()
    assert (found.objects, found.failed) == ({Outcome.MOVED: 2}, 3)
    assert {one.error for one in found.failures} == {"StoreUnavailable"}
    monkeypatch.undo()
    deployment.pull()
    assert deployment.move().is_through
    deployment.pull()


_PROVIDER = InMemoryKeyProvider()
_KEYS = DataKeys(_PROVIDER)
_CONTEXT = {"dag_id": PLACE.dag_id, "run_id": PLACE.run_id, "fmt": "sxc1"}


class _Target(InMemoryStore):
    """Refuses what a test says, and remembers lifetimes."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal: StoreError | None = None
        self.lifetimes: list[int] = []

    def _put(self, name: str, data: bytes, expires: int) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.lifetimes.append(expires)
        super()._put(name, data, expires)


class _One:
    """One object, and its leg."""

    def __init__(self, *, expires: int = 0, native: bool = False, keys: DataKeys = _KEYS) -> None:
        self.previous, self.now = InMemoryStore(), _Target()
        domain, envelopes = Domain(PLACE.dag_id), EnvelopeSealer(keys, Domain(PLACE.dag_id))
        source = Route(domain=domain, store=self.previous, sealer=NativeSealer() if native else envelopes)
        self.target = Route(domain=domain, store=self.now, sealer=envelopes, elsewhere=(source,))
        self.leg = Leg(source=source, target=self.target)
        self.context = SealContext(coordinates=PLACE, object_id=new_object_id(), created=NOW, expires=expires)
        self.name = object_name(PLACE, self.context.object_id)
        self.previous.objects[self.name] = source.sealer.seal(CANARY.encode(), self.context)

    def move(self, *, now: float = NOW, deletes: bool = True, **changes: object) -> Outcome:
        mover = Mover(
            was_deleted=lambda _: False,
            is_chain_key=lambda _: False,
            clock=lambda: now,
            clock_skew=60,
            deletes=deletes,
        )
        return replace(mover, **changes).move(self.name, self.leg).outcome  # type: ignore[arg-type]  # a test's


def test_a_lifetime_goes_along() -> None:
    one = _One(expires=NOW + 10)
    assert one.move() is Outcome.MOVED
    assert one.now.lifetimes == [NOW + 10 + 60]


@pytest.mark.parametrize(("deletes", "left"), [(True, 0), (False, 1)], ids=["deletes", "copies"])
def test_what_is_past_its_lifetime_is_not_copied(deletes: bool, left: int) -> None:
    one = _One(expires=NOW + 10)
    assert one.move(now=NOW + 71, deletes=deletes) is Outcome.EXPIRED
    assert (len(one.now.objects), len(one.previous.objects)) == (0, left)


def test_a_frame_is_sealed_on_the_way_and_keeps_what_it_says_of_itself() -> None:
    one = _One(native=True, expires=NOW + 10)
    assert one.move() is Outcome.MOVED
    found, head = one.target.find(one.name)
    unopened = found.sealer.read(head)
    assert unopened.context == one.context
    assert found.sealer.unlock(unopened).open(head.data) == CANARY.encode()
    assert CANARY.encode() not in head.data


def test_a_frame_that_was_sealed_on_the_way_before_is_known_again() -> None:
    one = _One(native=True)
    assert one.move(deletes=False) is Outcome.COPIED
    copies = dict(one.now.objects)
    assert one.move() is Outcome.MOVED
    assert one.now.objects == copies


def _with_key(one: _One, wrapped: bytes) -> bytes:
    """Return the object with other bytes in the place of its wrapped key."""
    blob = one.previous.objects[one.name]
    changed = blob.replace(_data_key().wrapped, wrapped)
    assert changed != blob
    return changed


def _data_key() -> DataKey:
    return _KEYS.for_sealing(_CONTEXT)


def test_a_copy_whose_key_was_wrapped_anew_meanwhile_is_the_same_object() -> None:
    one = _One()
    again = _PROVIDER.wrap(_data_key().plaintext, _CONTEXT)
    one.now.objects[one.name] = _with_key(one, again.wrapped)
    assert one.move() is Outcome.MOVED


def test_a_copy_with_a_damaged_key_is_a_failure_and_its_original_stays() -> None:
    one = _One()
    one.now.objects[one.name] = _with_key(one, bytes(len(_data_key().wrapped)))
    with pytest.raises(WrongKey):
        one.move()
    assert one.previous.objects


@pytest.mark.parametrize("there", [b"", b"theirs", b"SXC1"], ids=["empty", "theirs", "cut"])
@pytest.mark.parametrize("native", [False, True], ids=["envelopes", "sealed on the way"])
def test_another_object_of_the_name_is_a_failure_and_both_stay(there: bytes, native: bool) -> None:
    one = _One(native=native)
    one.now.objects[one.name] = there
    with pytest.raises(StoreError, match="another object"):
        one.move()
    assert one.now.objects[one.name] == there
    assert one.previous.objects


def test_an_altered_copy_is_a_failure() -> None:
    one = _One()
    blob = one.previous.objects[one.name]
    one.now.objects[one.name] = blob[:-1] + bytes([blob[-1] ^ 1])
    with pytest.raises(StoreError, match="another object"):
        one.move()


def test_an_object_under_another_name_than_its_own_is_a_failure() -> None:
    one = _One()
    other = object_name(PLACE, new_object_id())
    one.previous.objects = {other: one.previous.objects[one.name]}
    one.name = other
    with pytest.raises(WrongCoordinates):
        one.move()


@pytest.mark.parametrize("error", [StoreDenied("no"), ObjectTooLarge("no")], ids=lambda error: type(error).__name__)
def test_a_target_that_refuses_loses_nothing(error: StoreError) -> None:
    one = _One()
    one.now.refusal = error
    with pytest.raises(type(error)):
        one.move()
    assert one.previous.objects


def test_a_target_that_takes_less_loses_nothing() -> None:
    one = _One()
    one.now.max_object_bytes = 10
    with pytest.raises(ObjectTooLarge):
        one.move()
    assert one.previous.objects


def test_a_target_that_loses_what_it_took_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    one = _One()
    monkeypatch.setattr(one.now, "_put", lambda *_: None)
    with pytest.raises(StoreError):
        one.move()
    assert one.previous.objects


def test_a_ledger_that_does_not_answer_takes_no_copy_back() -> None:
    one = _One()
    get = one.previous._get

    def get_once(name: str) -> bytes:
        blob = get(name)
        del one.previous.objects[name]
        return blob

    def silent(_: SealContext) -> bool:
        raise LedgerUnavailable("not now")

    one.previous._get = get_once  # type: ignore[method-assign]
    with pytest.raises(LedgerUnavailable):
        one.move(was_deleted=silent)
    assert one.now.objects


def _kill_at(count: int, operation: Callable[[], object]) -> bool:
    """Run in a child that kills itself before its request number ``count``; return whether it came so far."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)
    left = [count]
    for name in ("_put", "_get", "_head", "_delete", "listing"):
        setattr(FileStore, name, _counted(getattr(FileStore, name), left))
    try:
        operation()
    finally:
        os._exit(0)


def _counted(method: Callable[..., object], left: list[int]) -> Callable[..., object]:
    def counted(*arguments: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return method(*arguments)

    return counted


def _to_another_store(home: Path) -> Deployment:
    made = Deployment(home, {"store": f"file://{home}/old"})
    made.push()
    made.change(f"file://{home}/new")
    return made


MOVES: dict[str, Callable[[Path], Deployment]] = {
    "to another store": _to_another_store,
    "to a first large store": _to_a_first_large_store,
}


@pytest.mark.parametrize("made", MOVES.values(), ids=MOVES)
def test_a_move_that_is_killed_at_any_step_loses_nothing_and_a_second_one_completes(
    tmp_path: Path, made: Callable[[Path], Deployment]
) -> None:
    steps = 0
    while True:
        deployment = made(tmp_path / str(steps))
        if not _kill_at(steps, deployment.move):
            break
        deployment.pull()
        assert not [path for path in _files(deployment.home) if CANARY.encode() in path.read_bytes()]
        found = deployment.move()
        assert (found.failed, found.is_through) == (0, True)
        deployment.pull()
        _require_one_object_each(deployment)
        steps += 1
    assert steps >= 10


def _require_one_object_each(deployment: Deployment) -> None:
    """Require that the stores hold the object of each row once, and beside them nothing but what was not finished.

    That is the file of a write, or a probe. ``reap`` deletes both after its grace period (``test_reap``).
    """
    objects = [path for path in _files(deployment.home) if re.fullmatch("[0-9a-f]{32}", path.name)]
    names = [path.name for path in objects if path.read_bytes() != PROBE]
    referred = [find_placeholder(node_of(row)).placeholder for row in deployment.rows.values()]
    assert sorted(names) == sorted(one.ref.rpartition("/")[2] for one in referred if one is not None)


def test_two_runs_at_once_lose_nothing(deployment: Deployment) -> None:
    deployment.push(*(place("report", f"r{number}") for number in range(20)))
    children = []
    for _ in range(2):
        if not (child := os.fork()):
            try:
                deployment.move()
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    deployment.pull()
    assert deployment.move().is_through
    deployment.pull()


def test_memory_does_not_grow_with_the_store(monkeypatch: pytest.MonkeyPatch, deployment: Deployment) -> None:
    """What is listed is handed on as it comes: nothing is asked for far ahead of what is done."""
    run = deployment.run()
    listed = run.places.listed
    waiting, most, total = 0, [], 0

    def many(scope: Scope) -> Iterator[Listed]:
        nonlocal waiting, total
        for one in listed(scope):
            for _ in range(40):
                waiting += 1
                total += 1
                yield replace(one, name=one.name + "x")

    def done(_: int) -> None:
        nonlocal waiting
        most.append(waiting)
        waiting -= 1

    monkeypatch.setattr(type(run.places), "listed", lambda _, scope: many(scope))
    run.progress = replace(run.progress, advanced=done)
    run.run(Summary())
    assert len(most) == 200
    assert max(most) <= 20


def test_a_hundred_failures_are_counted_and_the_first_ones_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "MOST_FAILURES", 10)
    summary = outcome.Summary()
    for number in range(100):
        summary.fail(outcome.Failure(str(number), "StoreError", "no"))
    assert (summary.failed, len(summary.failures)) == (100, 10)
