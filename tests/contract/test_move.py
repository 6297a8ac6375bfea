"""A move between real stores: values open before, during and after it, and tasks pull and purge meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError, ObjectNotFound
from secure_xcom.ops.lifecycle.move.outcome import Outcome
from tests.fixtures.stores import FreshPlace
from tests.unit.ops.lifecycle.deployment import Deployment, place

COUNT = 6

Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy(tmp_path: Path, fresh_place: Callable[[str], FreshPlace]) -> Deploy:
    """Deploy in one kind of store, push, and name another kind."""

    def made(source: str, target: str, *, has_key: bool = True, **options: str) -> Deployment:
        keyring = f"local://{tmp_path}/keyring.json"
        deployment = Deployment(
            tmp_path, {"store": fresh_place(source).uri, "key": keyring if has_key else "", **options}
        )
        deployment.push(*(place(run_id=f"r{number}") for number in range(COUNT)))
        deployment.change(fresh_place(target).uri, key=keyring)
        return deployment

    return made


PAIRS = [("file", "minio"), ("minio", "vault"), ("redis", "file"), ("vault", "redis")]


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=["-to-".join(pair) for pair in PAIRS])
def test_every_value_opens_before_during_and_after_a_move(deploy: Deploy, source: str, target: str) -> None:
    deployment = deploy(source, target, ttl="1h")
    deployment.pull()
    copied = deployment.move(deletes=False)
    assert (copied.objects, copied.failures, copied.is_through) == ({Outcome.COPIED: COUNT}, [], False)
    deployment.pull()
    moved = deployment.move()
    assert (moved.objects, moved.failures, moved.is_through) == ({Outcome.MOVED: COUNT}, [], True)
    del deployment.options["previous_stores"]
    deployment.pull()
    deployment.purge(place(run_id="r0"))
    deployment.pull()


def test_large_values_and_secrets_part_on_the_way_from_one_store_to_two(
    fresh_place: Callable[[str], FreshPlace], tmp_path: Path
) -> None:
    source, target, large = (fresh_place(kind) for kind in ("redis", "vault", "minio"))
    keyring = f"local://{tmp_path}/keyring.json"
    deployment = Deployment(tmp_path, {"store": source.uri, "key": keyring, "large_threshold": "5000"})
    deployment.push(place())
    deployment.push_value([*range(3000)], place(key="rows"))
    deployment.change(target.uri, large_store=large.uri)
    assert (deployment.move().failures, source.others()) == ([], set())
    assert (["/password/" in name for name in target.others()], ["/rows/" in name for name in large.others()]) == (
        [True],
        [True],
    )
    deployment.pull()
    deployment.purge(place(key="rows"))
    assert large.others() == set()


def test_tasks_pull_push_and_purge_while_a_move_goes_on(deploy: Deploy) -> None:
    deployment = deploy("file", "minio")
    purged = [place(run_id=f"r{number}") for number in range(4)]
    gone = {where: deployment.rows[where] for where in purged}
    left = {where: row for where, row in deployment.rows.items() if where not in gone}
    kept = Deployment(deployment.home, deployment.options, left)
    is_over, pulls = threading.Event(), [0]

    def pulls_until_it_is_over() -> None:
        while not is_over.is_set():
            kept.pull()
            pulls[0] += 1

    failures: list[BaseException] = []
    reader = threading.Thread(target=_collected(pulls_until_it_is_over, failures))
    purger = threading.Thread(target=_collected(lambda: [deployment.purge(where) for where in purged], failures))
    reader.start()
    purger.start()
    found = deployment.move()
    purger.join()
    is_over.set()
    reader.join()
    assert failures == []
    assert pulls[0]
    assert found.failures == []
    kept.pull()
    kept.push(place(run_id="later"))
    kept.pull()
    assert deployment.move().is_through
    for where, row in gone.items():
        deployment.rows = {where: row}
        with pytest.raises(ObjectNotFound):
            deployment.pull()


def _collected(call: Callable[[], object], failures: list[BaseException]) -> Callable[[], None]:
    def collected() -> None:
        try:
            call()
        except BaseException as failure:
            failures.append(failure)

    return collected


def test_frames_leave_vault_sealed_with_the_keys_of_the_ledger(deploy: Deploy, tmp_path: Path) -> None:
    deployment = deploy("vault", "file", has_key=False)
    assert deployment.move().objects == {Outcome.MOVED: COUNT, Outcome.CHAIN_KEY: 1}
    deployment.pull()
    deployment.rekey()
    assert deployment.move().is_through
    deployment.pull()
    stored = [path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert len(stored) == COUNT
    assert all(blob.startswith(b"SXC1") for blob in stored)


def test_frames_that_the_settings_take_for_envelopes_fail_and_stay(deploy: Deploy) -> None:
    deployment = deploy("vault", "file", has_key=False)
    deployment.options["previous_stores"] = deployment.options["previous_stores"].removeprefix("native+")
    found = deployment.move()
    assert {one.error for one in found.failures} == {"Tampered"}
    assert found.failed == COUNT + 1
    assert not found.is_through


def test_a_place_under_two_names_is_refused_before_anything_is_deleted(
    fresh_place: Callable[[str], FreshPlace], tmp_path: Path
) -> None:
    store = fresh_place("minio").uri
    deployment = Deployment(tmp_path, {"store": store, "key": f"local://{tmp_path}/keyring.json"})
    deployment.push()
    deployment.change(f"{store}&region_name=eu-west-1")
    with pytest.raises(ConfigurationError, match="the current store"):
        deployment.move()
    deployment.pull()


def test_what_the_target_does_not_take_stays_and_holds_up_no_other(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from secure_xcom.adapters.vault.kv import VaultKVStore

    deployment = deploy("file", "vault")
    monkeypatch.setattr(VaultKVStore, "max_object_bytes", 1000)
    large = place(run_id="large")
    source = deployment.options["previous_stores"]
    before = Deployment(deployment.home, {"store": source, "key": deployment.options["key"]})
    deployment.rows[large] = before.exchange().push("x" * 5000, large)
    found = deployment.move()
    assert ([one.error for one in found.failures], found.objects) == (["ObjectTooLarge"], {Outcome.MOVED: COUNT})
    assert not found.is_through
