"""A keyring's key goes when nothing uses it, and no sooner."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.assembly.estate import Estate
from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.lifecycle.retire import Retired, retire
from secure_xcom.ops.lifecycle.rewrap.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from secure_xcom.testing.fakes import FakeHost
from tests.unit.ops.lifecycle.rekeyed import Deployment, place


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path, {"key": f"local://{tmp_path}/ring.json"})
    made.push(place())
    LocalKeyring(tmp_path / "ring.json").rotate()
    return made


def _retire(deployment: Deployment, age: float = 3600) -> Retired:
    path = deployment.home / "ring.json"
    changed = path.stat().st_mtime - age
    os.utime(path, (changed, changed))
    places = Estate(deployment.settings, FakeHost().connections).places()
    return retire(LocalKeyring(path), deployment.run(dry_run=True), places, deployment.ledger())


def test_a_key_in_use_stays_and_goes_after_a_rewrap(deployment: Deployment) -> None:
    kept = _retire(deployment)
    assert (list(kept.removed), list(kept.kept.values())) == ([], [2])
    deployment.rewrap()
    assert len(_retire(deployment).removed) == 1
    assert deployment.opens()


def test_a_run_calls_no_key_unused_that_was_rotated_away_while_it_moved_objects_to_it(deployment: Deployment) -> None:
    ring = LocalKeyring(deployment.home / "ring.json")
    (first,), run = ring.earlier(), deployment.run()
    for _ in run.objects(Estate(deployment.settings, FakeHost().connections).places()):
        pass
    ring.rotate()
    assert [key.kek for key in run.former()] == [("local", first)]


def test_no_key_goes_while_a_worker_may_still_hold_a_data_key_of_it(deployment: Deployment) -> None:
    deployment.rewrap()
    with pytest.raises(ConfigurationError, match="wait"):
        _retire(deployment, age=60)


def test_no_key_goes_where_an_object_could_not_be_judged(deployment: Deployment) -> None:
    from secure_xcom.seal.envelope import parse_header

    (path,) = deployment.objects
    data = path.read_bytes()
    kek_id = parse_header(data, len(data)).kek_id.encode()
    path.write_bytes(data.replace(kek_id, b"f" * len(kek_id)))
    with pytest.raises(ConfigurationError, match="no key is removed"):
        _retire(deployment)


def test_of_many_that_rotate_at_once_no_key_is_lost(tmp_path: Path) -> None:
    ring = LocalKeyring(tmp_path / "ring.json")
    ring.rotate()
    with ThreadPoolExecutor(8) as pool:
        fresh = set(pool.map(lambda _: ring.rotate(), range(16)))
    primary, others = ring.current(), ring.earlier()
    assert len(fresh) == 16
    assert fresh <= {primary, *others}
    assert (tmp_path / "ring.json").stat().st_mode & 0o777 == 0o600


def test_a_checkpoint_of_another_question_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "place"
    write_checkpoint(path, Checkpoint("this", "places", 1, "name"))
    assert read_checkpoint(path, "this", "places") == Checkpoint("this", "places", 1, "name")
    with pytest.raises(ConfigurationError, match=r"a\s+run\s+with\s+other\s+stores"):
        read_checkpoint(path, "that", "places")


def test_a_run_goes_on_behind_the_name_that_was_dealt_with(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, {"key": f"local://{tmp_path}/ring.json"})
    for key in "abc":
        deployment.push(place(key=key))
    places = list(Estate(deployment.settings, FakeHost().connections).places())
    names = [outcome.name for _, outcome in deployment.run().objects(places)]
    assert [outcome.name for _, outcome in deployment.run().objects(places, names[0])] == names[1:]
