"""Dags kept apart on S3: a server that evaluates session policies, and every way across that there is.

The worker's own identity may do everything; what a task gets is the role that ``S3Store`` takes on for its Dag. Attacks
are made with that role's credentials and a bare client, as hostile code in a task would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from secure_xcom.adapters.aws.s3 import S3Store
from secure_xcom.errors import NotGranted, StoreDenied
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import object_name
from secure_xcom.ports.identity import Identity
from secure_xcom.settings.uri import AdapterUri
from tests.fixtures.aws import AwsServer
from tests.unit.world import world as flow

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DOMAINS = (
    Domain("etl"),
    Domain("etl2"),
    Domain("ETL"),
    Domain("et"),
    Domain("etl.x"),
    Domain("etl/run"),
    Domain("%2e%2e"),
    Domain("\u0435tl"),
    Domain("etl*"),
    Domain("@etl"),
    Domain("etl" * 80),
    Domain("etl", is_namespace=True),
)
"""Dags that a prefix, a pattern, a decoder or an eye might take for one another, and a namespace of the same name."""

Attack = Callable[["S3Client", str, str, str], object]
"""What is tried with a client, the bucket, a foreign object's key and an own object's."""

ATTACKS: dict[str, Attack] = {
    "get": lambda s3, bucket, key, own: s3.get_object(Bucket=bucket, Key=key),
    "head": lambda s3, bucket, key, own: s3.head_object(Bucket=bucket, Key=key),
    "put": lambda s3, bucket, key, own: s3.put_object(Bucket=bucket, Key=key, Body=b"forged"),
    "delete": lambda s3, bucket, key, own: s3.delete_object(Bucket=bucket, Key=key),
    "copy from": lambda s3, bucket, key, own: s3.copy_object(
        Bucket=bucket, Key=own, CopySource={"Bucket": bucket, "Key": key}
    ),
    "copy to": lambda s3, bucket, key, own: s3.copy_object(
        Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": own}
    ),
    "list": lambda s3, bucket, key, own: s3.list_objects_v2(Bucket=bucket, Prefix=key.rpartition("/")[0]),
    "list own": lambda s3, bucket, key, own: s3.list_objects_v2(Bucket=bucket, Prefix=own.rpartition("/")[0]),
    "multipart": lambda s3, bucket, key, own: s3.create_multipart_upload(Bucket=bucket, Key=key),
    "tag": lambda s3, bucket, key, own: s3.put_object_tagging(
        Bucket=bucket, Key=key, Tagging={"TagSet": [{"Key": "dag_id", "Value": "x"}]}
    ),
    "policy": lambda s3, bucket, key, own: s3.delete_bucket_policy(Bucket=bucket),
    "delete bucket": lambda s3, bucket, key, own: s3.delete_bucket(Bucket=bucket),
}


REFUSALS = ("AccessDenied", "403", "XMinioInvalidResourceName")
"""A HEAD has no body, so its code is the status; the last is MinIO's for a key with a dotted segment."""


class World:
    """A bucket, and the stores that tasks of each domain have."""

    def __init__(self, server: AwsServer) -> None:
        self.server = server
        self.bucket = server.bucket()
        self._made: dict[tuple[Domain, ...], S3Store] = {}

    def store(self, domain: Domain, *readable: Domain) -> S3Store:
        """What a task of ``domain`` has."""
        if (domain, *readable) not in self._made:
            self._made[(domain, *readable)] = self._make(domain, readable)
        return self._made[(domain, *readable)]

    def _make(self, domain: Domain, readable: tuple[Domain, ...]) -> S3Store:
        role = f"role_arn=arn:aws:iam::111122223333:role/xcom&sts_endpoint_url={self.server.url}"
        uri = f"s3://{self.bucket}/airflow/xcom?endpoint_url={self.server.url}&{role}"
        return S3Store.from_uri(AdapterUri.parse(uri, option="store"), Identity(domain=domain, readable=readable))

    def name(self, domain: Domain) -> str:
        """The name of an object of ``domain``."""
        place = Coordinates(dag_id="dag" if domain.is_namespace else domain.label, run_id="r", task_id="t", key="k")
        folder = f"{domain.segment}/" if domain.is_namespace else ""
        return folder + object_name(place, "0" * 32)

    def key(self, domain: Domain) -> str:
        """The key of that object."""
        return f"airflow/xcom/{self.name(domain)}"


@pytest.fixture(scope="module")
def world(minio_server: AwsServer) -> Iterator[World]:
    """An object of each domain, put there by its own task."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        minio_server.identity.enter(monkeypatch)
        made = World(minio_server)
        for domain in DOMAINS:
            made.store(domain).put(made.name(domain), b"sealed")
        yield made


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: str(domain)[:30])
def test_a_task_writes_reads_and_deletes_below_its_own_prefix(world: World, domain: Domain) -> None:
    store, name = world.store(domain), world.name(domain)
    assert store.get(name) == b"sealed"
    store.delete(name)
    store.put(name, b"sealed", int(time.time()) + 600)
    assert store.get(name) == b"sealed"


def test_every_way_to_every_other_domain_is_refused(world: World) -> None:
    tried, granted = 0, []
    for mine, other in permutations(DOMAINS, 2):
        store = world.store(mine)
        for name, attack in ATTACKS.items():
            tried += 1
            with store._client.use() as s3:
                if _passes(attack, s3, world.bucket, world.key(other), world.key(mine)):
                    granted.append((str(mine), str(other), name))
    assert granted == []
    assert tried == len(DOMAINS) * (len(DOMAINS) - 1) * len(ATTACKS) == 1584
    for domain in DOMAINS:
        assert world.store(domain).get(world.name(domain)) == b"sealed"


@pytest.mark.parametrize("trick", ["etl/../etl2/r", "etl//etl2", "etl/%2e%2e/etl2", "./etl2", "etl2", "", "@etl/dag"])
def test_a_trick_with_the_path_leads_nowhere(world: World, trick: str) -> None:
    store = world.store(Domain("etl"))
    with store._client.use() as s3:
        for prefix in ("airflow/xcom/", "", "airflow/xcom"):
            key = f"{prefix}{trick}"
            if key and not key.startswith("airflow/xcom/etl/"):
                assert not _passes(ATTACKS["get"], s3, world.bucket, key, "")
                assert not _passes(ATTACKS["put"], s3, world.bucket, key, "")
    assert world.store(Domain("etl2")).get(world.name(Domain("etl2"))) == b"sealed"


def test_a_granted_reader_reads_and_does_nothing_else(world: World) -> None:
    owner, reader = Domain("etl"), Domain("etl2")
    store, name = world.store(reader, owner), world.name(owner)
    assert store.get(name) == b"sealed"
    for attack in (lambda: store.put(name, b"forged"), lambda: store.delete(name), lambda: store.list_below("etl")):
        with pytest.raises(StoreDenied):
            attack()
    with pytest.raises(StoreDenied):
        world.store(owner).get(world.name(reader))


def test_a_pull_that_s3_refuses_says_whose_the_value_is_and_is_recorded_as_refused(world: World) -> None:
    owner = flow(store=world.store(Domain("etl")))  # type: ignore[arg-type]
    place = Coordinates(dag_id="etl", run_id="r", task_id="make", key="password")
    row = owner.push("a-password-of-etl", place)
    reader = flow(store=world.store(Domain("etl2")), keys=owner.keys)  # type: ignore[arg-type]
    reader.host.instance = TaskInstance(dag_id="etl2", run_id="r", task_id="reads")
    with pytest.raises(NotGranted, match=r"the value is another Dag's.*readers in the routes file"):
        reader.pull(row, place)
    assert reader.ledger.told == [("read", "refused", "NotGranted")]


def test_a_session_policy_that_is_too_wide_is_noticed(world: World) -> None:
    """The attacks find what they look for: with a grant of the parent folder they get through."""
    store = world.store(Domain("etl"), Domain("etl2"))
    with store._client.use() as s3:
        assert _passes(ATTACKS["get"], s3, world.bucket, world.key(Domain("etl2")), world.key(Domain("etl")))


def _passes(attack: Attack, s3: S3Client, bucket: str, foreign: str, own: str) -> bool:
    try:
        attack(s3, bucket, foreign, own)
    except ClientError as error:
        code = error.response["Error"]["Code"]
    else:
        return True
    assert code in REFUSALS
    return False


def test_a_worker_that_may_take_on_any_role_is_every_dag(world: World) -> None:
    """The limit: session policies bind whoever keeps to them. SECURITY.md says so, and this is its row's test."""
    hostile = world.store(Domain("etl2"))
    assert hostile.get(world.name(Domain("etl2"))) == b"sealed"
    pretended = world.store(Domain("etl"))
    assert pretended.get(world.name(Domain("etl"))) == b"sealed"


def test_one_identity_for_all_workers_opens_everything(world: World) -> None:
    uri = AdapterUri.parse(f"s3://{world.bucket}/airflow/xcom?endpoint_url={world.server.url}", option="store")
    store = S3Store.from_uri(uri, Identity(domain=Domain("etl2")))
    assert store.get(world.name(Domain("etl"))) == b"sealed"
