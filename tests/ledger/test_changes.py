"""The store or the key changes, or one is lost, on each kind of deployment: pushes go on, and a cut is reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from secure_xcom.errors import KeyDenied
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chain_keys
from secure_xcom.ledger.ledger import SqlLedger
from secure_xcom.ledger.verify import verify
from secure_xcom.model.object_name import new_object_id
from secure_xcom.model.seal import SealContext
from secure_xcom.testing.fakes import SingleRoute
from tests.fixtures.aws import AwsServer
from tests.fixtures.vault import Enter, VaultServer
from tests.ledger.deployments import Deployment, Files, S3WithKms, VaultAlone, VaultWithTransit
from tests.ledger.site import entry


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is after the last step, which verification reports with the settings of then."""

    generations: int
    cuts: tuple[int, ...] = ()
    refused: int = 0
    """Pushes that failed with ``KeyDenied``, as the key may come back."""
    is_verified: bool = True
    """Whether every key was opened, or is known to be lost."""


ON = Seen(1)
CUT = Seen(2, (2, 1))
BACK = Seen(2, (2,))
"""The chain goes on; a new one was begun; the first one goes on after another was begun."""

Step = tuple[str, str] | Callable[[Deployment], None]
"""A push with that store and key, or what happens in between."""

LOST: Step = lambda at: at.lose_key()  # noqa: E731
RESTORED: Step = lambda at: at.restore_key()  # noqa: E731
EXPIRED: Step = lambda at: at.expire()  # noqa: E731

KEYRING, ALONE, SERVER = "a keyring", "the store alone", "a key server"
"""What keeps the chain's key: with ``ALONE`` there is no other key to change or to lose."""

A, B = ("a", "a"), ("b", "b")
OTHER_STORE, OTHER_KEY = ("b", "a"), ("a", "b")

CHANGES: dict[str, tuple[Sequence[Step], dict[str, Seen]]] = {
    "nothing changed": ([A, A], {KEYRING: ON, ALONE: ON, SERVER: ON}),
    "store changed": ([A, OTHER_STORE], {KEYRING: ON, ALONE: CUT, SERVER: ON}),
    "key changed": ([A, OTHER_KEY], {KEYRING: CUT, SERVER: CUT}),
    "both changed": ([A, B], {KEYRING: CUT, SERVER: CUT}),
    "store changed and back again": ([A, OTHER_STORE, A], {KEYRING: ON, ALONE: BACK, SERVER: ON}),
    "key changed and back again": ([A, OTHER_KEY, A], {KEYRING: BACK, SERVER: BACK}),
    "both changed and back again": ([A, B, A], {KEYRING: BACK, SERVER: BACK}),
    "both changed, back and forth": ([A, B, A, B], {KEYRING: CUT, ALONE: CUT, SERVER: CUT}),
    "key lost": ([A, LOST, A], {KEYRING: CUT, SERVER: Seen(1, refused=1, is_verified=False)}),
    "key lost and restored": ([A, LOST, A, RESTORED, A], {KEYRING: BACK, SERVER: Seen(1, refused=1)}),
    "chain key expired": ([A, EXPIRED, A], {KEYRING: ON, ALONE: CUT, SERVER: ON}),
}
"""What happens, and what is seen then."""

DEPLOYMENTS = {
    "files": KEYRING,
    "vault": ALONE,
    "vault with transit": SERVER,
    "s3 with kms": SERVER,
    "minio with kms": SERVER,
}

CASES = [
    pytest.param(name, steps, seen[kind], id=f"{name}-{change}")
    for name, kind in DEPLOYMENTS.items()
    for change, (steps, seen) in CHANGES.items()
    if kind in seen
]


@pytest.fixture
def deployment(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Deployment:
    if name == "files":
        return Files(tmp_path)
    if name.startswith("vault"):
        vault: VaultServer = request.getfixturevalue("vault_server")
        enter: Enter = request.getfixturevalue("enter")
        enter.token(vault.token)
        return VaultWithTransit(vault) if "transit" in name else VaultAlone(vault)
    aws: S3WithKms = request.getfixturevalue("s3_with_kms" if name.startswith("s3") else "minio_with_kms")
    aws.s3.identity.enter(monkeypatch)
    aws.restore_key()
    return aws


@pytest.fixture(scope="module")
def s3_with_kms(moto_server: AwsServer) -> S3WithKms:
    return S3WithKms(moto_server, moto_server)


@pytest.fixture(scope="module")
def minio_with_kms(minio_server: AwsServer, moto_server: AwsServer) -> S3WithKms:
    return S3WithKms(minio_server, moto_server)


@pytest.mark.parametrize(("name", "steps", "seen"), CASES)
def test_every_push_goes_on_after_a_change_and_a_cut_is_reported(
    deployment: Deployment, tmp_path: Path, steps: Sequence[Step], seen: Seen
) -> None:
    database = Database.of(f"sqlite:///{tmp_path}/ledger.db")
    refused, last = 0, A
    for number, step in enumerate(steps):
        if callable(step):
            step(deployment)
            continue
        last = step
        refused += not _pushed(deployment, database, number, *step)
    found = verify(database, _keys(deployment, database, *last))
    assert len({cut.id for cut in found.cuts}) == len(found.cuts)
    assert {broken.run_id for broken in found.breaks} <= {"*"}
    assert seen == Seen(
        generations=database.read(lambda c: c.scalar(select(func.count()).select_from(chain_keys))),
        cuts=tuple(cut.generation for cut in found.cuts),
        refused=refused,
        is_verified=not found.breaks,
    )


def _routes(deployment: Deployment, store: str, key: str) -> SingleRoute:
    return SingleRoute(deployment.store(store), deployment.key(key))


def _keys(deployment: Deployment, database: Database, store: str, key: str) -> ChainKeys:
    return ChainKeys(database, _routes(deployment, store, key), time.time)


def _pushed(deployment: Deployment, database: Database, number: int, store: str, key: str) -> bool:
    """Push in a run that goes on and in a new one, as a new process does; ``False`` if the key was refused."""
    context = SealContext(coordinates=entry().where, object_id=new_object_id(), created=1)
    try:
        # Sealing a value comes before its entry, and makes a keyring that is not there.
        _routes(deployment, store, key).route("etl", "etl").sealer.seal(b"x", context)
        ledger = SqlLedger(database, _keys(deployment, database, store, key))
        ledger.append([entry(at=number)])
        ledger.append([entry(at=number, run_id=f"run-{number}")])
    except KeyDenied:
        return False
    return True
