"""docs/moving.md, run as it stands: values open before, during and after a move, and the chains go on."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.docs.deployment import LIB, Deployment
from tests.docs.page import Block, sections
from tests.docs.values import VALUE
from tests.fixtures.aws import AwsServer
from tests.fixtures.vault import Enter, VaultServer

PAGE = sections("docs/moving.md")
BOTH, CHECK = PAGE["Name both stores"]
(FROM_VAULT,) = PAGE["From Vault without a key"]
COPY, DELETE = PAGE["Copy, then delete"]
OUT, VERIFY = PAGE["Take the option out"]

Deploy = Callable[..., Deployment]


@pytest.fixture
def aws(moto_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """moto's endpoint and credentials, for this process and for the commands."""
    moto_server.identity.enter(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.url)
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


def _opens(deployment: Deployment) -> None:
    for dag_id, row in deployment.rows.items():
        assert deployment.pull(row, dag_id) == VALUE
    assert deployment.pull(deployment.push()) == VALUE


def _moves(deployment: Deployment) -> None:
    """Copy, empty the previous store, and take it out; values of before and of now open at each step."""
    said = deployment.machine.do([CHECK])
    assert "begun" not in said
    _opens(deployment)
    said = deployment.machine.do([COPY])
    assert "would be copied" in said
    assert "copied, and in both stores" in said
    _opens(deployment)
    said = deployment.machine.do([DELETE])
    assert "the move is through" in said
    _opens(deployment)
    deployment.machine.do([OUT, VERIFY])
    _opens(deployment)


def test_files_are_moved_to_s3_and_every_value_opens_at_each_step(
    deploy: Deploy, moto_server: AwsServer, aws: dict[str, str]
) -> None:
    deployment = deploy(aws)
    deployment.machine.replaced["my-bucket"] = moto_server.bucket()
    deployment.machine.do([BOTH])
    _moves(deployment)
    root = deployment.machine.root / "var/airflow/secure_xcom/store"
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_a_vault_without_a_key_is_moved_to_s3_and_its_chains_go_on(
    deploy: Deploy,
    moto_server: AwsServer,
    aws: dict[str, str],
    vault_server: VaultServer,
    enter: Enter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enter.token(vault_server.token)
    monkeypatch.setenv("VAULT_ADDR", vault_server.url)
    bucket, mount = moto_server.bucket(), vault_server.kv()
    vault = {"VAULT_ADDR": vault_server.url, "VAULT_TOKEN": vault_server.token}
    deployment = deploy(aws | vault, store=f"vault://{mount}/airflow/xcom", key="")
    deployment.machine.replaced |= {"my-bucket": bucket, "vault://secret/": f"vault://{mount}/"}
    deployment.machine.do([FROM_VAULT])
    _moves(deployment)
    assert vault_server.below(f"{mount}/metadata/airflow/xcom/") == []
    for found in moto_server.s3.list_objects_v2(Bucket=bucket)["Contents"]:
        body = moto_server.s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
        assert VALUE["password"].encode() not in body


def test_each_block_of_the_page_is_run() -> None:
    run = {"Name both stores", "From Vault without a key", "Copy, then delete", "Take the option out"}
    assert {title for title, blocks in PAGE.items() if blocks} == run
    assert LIB in BOTH.text
    assert isinstance(OUT, Block)
