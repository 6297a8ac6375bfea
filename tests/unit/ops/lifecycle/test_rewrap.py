"""``secure-xcom rewrap``: values move to another key, and are what they were."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.assembly.build import build
from secure_xcom.assembly.estate import DomainKeys, Estate
from secure_xcom.errors import KeyDenied, StoreUnavailable, WrongKey
from secure_xcom.model.domain import Domain
from secure_xcom.ops.lifecycle.rewrap.outcome import Fate
from secure_xcom.ports.store import HEAD_BYTES, Head
from secure_xcom.seal.envelope import parse_header
from secure_xcom.testing.fakes import FakeHost
from tests.unit.ops.lifecycle.rekeyed import VALUE, Deployment, counted, host, place

FIRST, SECOND = "local://{home}/first.json", "local://{home}/second.json"


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    """Values of two Dags under the first key, of which the second key has taken the place."""
    made = Deployment(tmp_path, {"key": FIRST.format(home=tmp_path)})
    for where in (place(key="a"), place(key="b"), place(run_id="later"), place("report")):
        made.push(where)
    made.options["previous_keys"], made.options["key"] = made.options["key"], SECOND.format(home=tmp_path)
    return made


def test_a_previous_key_opens_until_nothing_is_under_it_and_then_it_may_go(deployment: Deployment) -> None:
    assert deployment.opens()
    summary = deployment.rewrap()
    assert counted(summary) == {Fate.REWRAPPED: 4}
    assert dict(summary.chain_keys) == {Fate.REWRAPPED: 2}
    (deployment.home / "first.json").unlink()
    del deployment.options["previous_keys"]
    assert deployment.opens()
    assert deployment.ledger().verify().breaks == ()


def test_without_it_what_it_sealed_is_refused(deployment: Deployment) -> None:
    del deployment.options["previous_keys"]
    deployment.push(place(key="new"))
    with pytest.raises(WrongKey):
        deployment.pull(place(key="a"))


def test_nothing_but_the_three_fields_of_the_key_changes(deployment: Deployment) -> None:
    before = [path.read_bytes() for path in deployment.objects]
    deployment.rewrap()
    for old, new in zip(before, (path.read_bytes() for path in deployment.objects), strict=True):
        was, now = parse_header(old, len(old)), parse_header(new, len(new))
        assert (now.bound, now.salt, now.commitment) == (was.bound, was.salt, was.commitment)
        assert new[now.size :] == old[was.size :]
        assert (now.kek_id, now.wrapped) != (was.kek_id, was.wrapped)


def test_a_second_run_finds_nothing_to_do(deployment: Deployment) -> None:
    deployment.rewrap()
    again = deployment.rewrap()
    assert (counted(again), dict(again.chain_keys)) == ({Fate.CURRENT: 4}, {Fate.CURRENT: 2})


def test_a_dry_run_counts_the_same_and_changes_nothing(deployment: Deployment) -> None:
    before = {path: path.read_bytes() for path in deployment.objects}
    assert counted(deployment.rewrap(dry_run=True)) == {Fate.REWRAPPED: 4}
    assert {path: path.read_bytes() for path in deployment.objects} == before
    assert not (deployment.home / "second.json").exists()


def test_one_request_serves_all_objects_of_a_run(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    unwrap = LocalKeyring._unwrap

    def counting(keyring: LocalKeyring, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        asked.append((context["dag_id"], context["run_id"]))
        return unwrap(keyring, wrapped, kek_id, context)

    deployment.options["key"], new = deployment.options["previous_keys"], deployment.options["key"]
    del deployment.options["previous_keys"]
    exchange = build(deployment.settings, host(place()))
    for number in range(20):
        where = place(run_id="many", key=f"k{number}")
        deployment.rows[where] = exchange.push(VALUE, where)
    deployment.options["previous_keys"], deployment.options["key"] = deployment.options["key"], new
    monkeypatch.setattr(LocalKeyring, "_unwrap", counting)
    run = deployment.run()
    for _ in run.objects(Estate(deployment.settings, FakeHost().connections).places()):
        pass
    assert run.summary.fates[Fate.REWRAPPED] == 24
    assert asked.count(("etl", "many")) == 1


def test_threads_that_begin_a_domain_at_once_share_its_data_keys(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Estate.keys

    def slow(estate: Estate, domain: Domain) -> DomainKeys:
        time.sleep(0.05)
        return keys(estate, domain)

    monkeypatch.setattr(Estate, "keys", slow)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(deployment.run().rewrapping_of, [Domain("etl")] * 4))
    assert made[0] is not None
    assert all(one is made[0] for one in made)


def test_a_large_object_is_moved_whole(deployment: Deployment) -> None:
    where = place(key="large_password")
    deployment.options["key"], deployment.options["previous_keys"] = (
        deployment.options["previous_keys"],
        deployment.options["key"],
    )
    value = "x" * (2 * HEAD_BYTES)
    deployment.push(where, value)
    deployment.options["key"], deployment.options["previous_keys"] = (
        deployment.options["previous_keys"],
        deployment.options["key"],
    )
    assert counted(deployment.rewrap()) == {Fate.REWRAPPED: 5}
    del deployment.options["previous_keys"]
    assert deployment.pull(where) == value


def test_a_large_object_that_is_moved_between_the_two_requests_of_a_pull_opens(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, value = place(key="large_password"), "x" * (2 * HEAD_BYTES)
    deployment.options["key"], deployment.options["previous_keys"] = (
        deployment.options["previous_keys"],
        deployment.options["key"],
    )
    deployment.push(where, value)
    deployment.options["key"], deployment.options["previous_keys"] = (
        deployment.options["previous_keys"],
        deployment.options["key"],
    )
    get, moved = FileStore._get, []

    def after_a_rewrap(store: FileStore, name: str) -> bytes:
        if not moved:
            moved.append(name)
            deployment.rewrap()
        return get(store, name)

    monkeypatch.setattr(FileStore, "_get", after_a_rewrap)
    assert deployment.pull(where) == value
    assert moved


ODD: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[:-1],
    "empty": lambda data: b"",
    "another format": lambda data: b"SXC9" + data[4:],
    "another object's bytes": lambda data: data.replace(b"etl", b"xyz"),
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD.keys())
def test_what_is_not_ours_is_left_alone_and_counted(deployment: Deployment, change: Callable[[bytes], bytes]) -> None:
    path = deployment.objects[0]
    path.write_bytes(change(path.read_bytes()))
    before = path.read_bytes()
    (path.parent / "notes.txt").write_bytes(b"of an operator")
    assert counted(deployment.rewrap()) == {Fate.REWRAPPED: 3, Fate.NOT_OURS: 2}
    assert path.read_bytes() == before


def test_an_object_under_a_key_that_is_not_configured_fails_and_holds_up_no_other(deployment: Deployment) -> None:
    path = deployment.objects[0]
    data = path.read_bytes()
    kek_id = parse_header(data, len(data)).kek_id.encode()
    path.write_bytes(data.replace(kek_id, b"f" * len(kek_id)))
    summary = deployment.rewrap()
    assert counted(summary) == {Fate.REWRAPPED: 3, Fate.FAILED: 1}
    assert "WrongKey" in summary.problems[0]


def test_a_key_that_may_wrap_and_not_unwrap_changes_nothing(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> bytes:
        raise KeyDenied("may not unwrap")

    before = {path: path.read_bytes() for path in deployment.objects}
    monkeypatch.setattr(LocalKeyring, "_unwrap", denied)
    summary = deployment.rewrap()
    assert counted(summary) == {Fate.FAILED: 4}
    assert all("KeyDenied" in problem for problem in summary.problems)
    assert {path: path.read_bytes() for path in deployment.objects} == before


def test_a_full_disk_ends_the_run_with_every_object_whole(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from secure_xcom.ports import private_file

    def full(directory: int, temporary: str, name: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(private_file, "_rename", full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            deployment.rewrap()
    assert deployment.opens()
    assert not [path for path in deployment.objects if path.name.startswith(".tmp")]
    assert counted(deployment.rewrap()) == {Fate.REWRAPPED: 4}


def test_a_delete_between_the_look_and_the_write_stands(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = FileStore._replace

    def after_a_delete(store: FileStore, name: str, old: Head, new: bytes, expires: int) -> bool:
        store.delete(name)
        return replace(store, name, old, new, expires)

    monkeypatch.setattr(FileStore, "_replace", after_a_delete)
    assert counted(deployment.rewrap()) == {Fate.CHANGED: 4}
    assert deployment.objects == []


def test_a_rotated_keyring_moves_to_its_new_primary(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, {"key": FIRST.format(home=tmp_path)})
    deployment.push(place())
    LocalKeyring(tmp_path / "first.json").rotate()
    assert counted(deployment.rewrap()) == {Fate.REWRAPPED: 1}
    assert deployment.opens()


def test_the_values_of_a_namespace_and_of_a_domain_with_its_own_keys_move_to_theirs(tmp_path: Path) -> None:
    file = tmp_path / "routes.toml"
    deployment = Deployment(tmp_path, {"key": FIRST.format(home=tmp_path), "routes": str(file)})
    routes = f"""
[namespace.payments]
dags = ["pay_out"]
[dag.vip]
key = "local://{tmp_path}/vip.json"
"""
    file.write_text(routes)
    for dag_id in ("pay_out", "vip", "etl"):
        deployment.push(place(dag_id))
    deployment.options |= {"key": SECOND.format(home=tmp_path), "previous_keys": FIRST.format(home=tmp_path)}
    file.write_text(routes.replace("vip.json", "vip-2.json") + f'previous_keys = ["local://{tmp_path}/vip.json"]')
    assert deployment.opens()
    assert counted(deployment.rewrap()) == {Fate.REWRAPPED: 3}
    for old in ("first.json", "vip.json"):
        (tmp_path / old).unlink()
    assert deployment.opens()
