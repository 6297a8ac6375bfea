"""A worker with the printed policies, whose large values go to another bucket than its secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from secure_xcom.assembly.build import build
from secure_xcom.errors import NotGranted, StoreError
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.aws.deployment import AwsDeployment
from secure_xcom.ops.iam.aws.documents import documents
from secure_xcom.ops.iam.aws.render import AwsFormat, render
from secure_xcom.ops.iam.deployments import AwsOptions, aws_deployment
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.fixtures.aws import AwsServer
from tests.unit.world import query

IAM: Final = "arn:aws:iam::111122223333:role"
KEY: Final = "aws-kms:///arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LARGE: Final = ["a row of a table"] * 200
WHERE: Final = Coordinates(dag_id="etl", run_id="run", task_id="make", key="rows")


@dataclass(frozen=True)
class Site:
    """Two buckets on MinIO, and the settings that name them."""

    server: AwsServer
    home: Path
    bucket: str
    large: str

    @property
    def options(self) -> dict[str, str | None]:
        where = f"airflow/xcom?endpoint_url={self.server.url}"
        return {
            "store": f"s3://{self.bucket}/{where}",
            "large_store": f"s3://{self.large}/{where}",
            "large_threshold": "1000",
            # MinIO has no KMS. The rights on the key are tested on their own.
            "key": f"local://{self.home}/keyring.json",
        }

    def deployment(self) -> AwsDeployment:
        settings = Settings.parse({**self.options, "key": KEY}, self.home)
        options = AwsOptions(
            trusted=(f"{IAM}/worker-{{domain}}",),
            operators=(f"{IAM}/operator",),
            key_administrator=f"{IAM}/administrator",
            account="111122223333",
            per_dag=True,
        )
        return aws_deployment(settings, ((Domain("etl"), ()), (Domain("other"), ())), options)

    def worker(self, dag_id: str, made: AwsDeployment, monkeypatch: pytest.MonkeyPatch) -> Exchange:
        """Go on as a worker of a Dag whose role has just the policies that are printed for it."""
        listed = json.loads(render(documents(made), AwsFormat.JSON))["documents"]
        role = f"role/airflow-xcom-{dag_id}"
        statements = [
            statement
            for one in listed
            if role in one["attached_to"]
            for statement in one["document"]["Statement"]
            if _is_about_s3(statement)
        ]
        self.server.assume({"Version": "2012-10-17", "Statement": statements}).enter(monkeypatch)
        host = FakeHost()
        host.instance = TaskInstance(dag_id=dag_id, run_id="run", task_id="make")
        return build(Settings.parse(self.options, self.home), host)

    def objects(self, bucket: str) -> int:
        return int(self.server.s3.list_objects_v2(Bucket=bucket)["KeyCount"])


def _is_about_s3(statement: dict[str, Any]) -> bool:
    actions = statement["Action"]
    return str(actions if isinstance(actions, str) else actions[0]).startswith("s3:")


@pytest.fixture
def site(minio_server: AwsServer, tmp_path: Path) -> Site:
    tmp_path.chmod(0o700)
    return Site(minio_server, tmp_path, minio_server.bucket(), minio_server.bucket())


def test_a_worker_with_the_printed_policies_pushes_and_pulls_in_both_buckets(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = site.worker("etl", site.deployment(), monkeypatch)
    secret = replace(WHERE, key="password")
    rows = {WHERE: worker.push(LARGE, WHERE), secret: worker.push("kanarienvogel-4711", secret)}
    assert (site.objects(site.bucket), site.objects(site.large)) == (1, 1)
    again = site.worker("etl", site.deployment(), monkeypatch)
    assert again.pull(rows[WHERE], query(WHERE)) == LARGE
    assert again.pull(rows[secret], query(secret)) == "kanarienvogel-4711"
    again.purge(rows[WHERE], query(WHERE))
    assert site.objects(site.large) == 0


def test_another_dags_worker_reads_no_large_value(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    row = site.worker("etl", site.deployment(), monkeypatch).push(LARGE, WHERE)
    with pytest.raises(NotGranted):
        site.worker("other", site.deployment(), monkeypatch).pull(row, query(WHERE))


def test_policies_for_the_first_bucket_alone_store_no_large_value(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made = site.deployment()
    worker = site.worker("etl", replace(made, places=made.places[:1]), monkeypatch)
    with pytest.raises(StoreError):
        worker.push(LARGE, WHERE)
    assert site.objects(site.large) == 0
