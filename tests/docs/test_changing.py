"""docs/changing.md, run as it stands: what the page says that opens does, and what does not fails as it says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from secure_xcom.errors import ClaimRefused, ObjectNotFound, SecureXComError, WrongKey
from tests.docs.deployment import Deployment
from tests.docs.page import Block, sections
from tests.docs.values import VALUE
from tests.fixtures.aws import AwsServer
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.vault import VaultServer

PAGE = sections("docs/changing.md")
GO_ON, BEGIN_ANEW = "If the chains go on", "If the chains begin anew"


Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy(deploy: Deploy) -> Deploy:
    """Deploy and push, and do what the page says for the time before a change."""

    def made(*environment: dict[str, str], **options: str) -> Deployment:
        deployment = deploy(*environment, **options)
        deployment.machine.do(PAGE["Before"])
        return deployment

    return made


def _finish(deployment: Deployment, chains: str) -> None:
    """Push as a worker does after the change, and do what the page says for the end."""
    row = deployment.push()
    deployment.machine.do(PAGE[chains])
    assert deployment.pull(row) == VALUE
    again = deployment.machine.do(PAGE["If the chains go on"][:1]) if chains == GO_ON else ""
    assert "begun" not in again


def _opens(deployment: Deployment, *dag_ids: str) -> None:
    for dag_id in dag_ids:
        assert deployment.pull(deployment.rows[dag_id], dag_id) == VALUE


def _fails(deployment: Deployment, error: type[SecureXComError], dag_id: str = "settlement") -> None:
    with pytest.raises(error):
        deployment.pull(deployment.rows[dag_id], dag_id)


def test_a_copied_file_store_opens_from_its_new_place(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.machine.do(PAGE["The place of a store"])
    _opens(deployment, "settlement", "once")
    _finish(deployment, GO_ON)


def test_without_the_copy_values_are_not_found_and_the_chains_go_on(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.machine.do([block for block in PAGE["The place of a store"] if block.language == "ini"])
    _fails(deployment, ObjectNotFound)
    _finish(deployment, GO_ON)


@pytest.mark.parametrize(("copied", "chains"), [(True, GO_ON), (False, BEGIN_ANEW)], ids=["copied", "not copied"])
def test_a_vault_that_encrypts_keeps_its_chains_where_its_objects_are_copied(
    deploy: Deploy, vault_server: VaultServer, vault: dict[str, str], copied: bool, chains: str
) -> None:
    mount = vault_server.kv()
    store = f"vault://{mount}/%s?url={vault_server.url}"
    deployment = deploy(vault, store=store % "a", key="")
    if copied:
        for name in vault_server.below(f"{mount}/metadata/a/"):
            data = vault_server.data("GET", f"{mount}/data/a/{name}")["data"]
            vault_server.data("POST", f"{mount}/data/b/{name}", {"data": data})
    deployment.machine.do([Block("ini", f"[secure_xcom]\nstore = {store % 'b'}\n")])
    if copied:
        _opens(deployment, "settlement", "once")
    else:
        _fails(deployment, ObjectNotFound)
    _finish(deployment, chains)


@pytest.fixture
def aws(moto_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """moto's endpoint and credentials, for this process and for the commands."""
    moto_server.identity.enter(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server.url)
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


def test_an_object_is_not_found_in_a_store_that_was_begun_empty(
    deploy: Deploy, moto_server: AwsServer, aws: dict[str, str]
) -> None:
    deployment = deploy(aws)
    deployment.machine.replaced["my-bucket"] = moto_server.bucket()
    deployment.machine.do(PAGE["The kind of store"])
    _fails(deployment, ObjectNotFound)
    _finish(deployment, GO_ON)


def test_on_s3_with_kms_copied_objects_open_and_those_of_another_key_do_not(
    deploy: Deploy, moto_server: AwsServer, aws: dict[str, str]
) -> None:
    bucket, kms = moto_server.bucket(), moto_server.kms
    for name in ("one", "two"):
        kms.create_alias(AliasName=f"alias/{bucket}-{name}", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    deployment = deploy(aws, store=f"s3://{bucket}/a", key=f"aws-kms://alias/{bucket}-one")
    for found in moto_server.s3.list_objects_v2(Bucket=bucket)["Contents"]:
        source = {"Bucket": bucket, "Key": found["Key"]}
        moto_server.s3.copy_object(Bucket=bucket, Key=f"b{found['Key'].removeprefix('a')}", CopySource=source)
    deployment.machine.do([Block("ini", f"[secure_xcom]\nstore = s3://{bucket}/b\n")])
    _opens(deployment, "settlement", "once")
    deployment.machine.do(PAGE["Before"])
    deployment.machine.do([Block("ini", f"[secure_xcom]\nkey = aws-kms://alias/{bucket}-two\n")])
    _fails(deployment, WrongKey)
    _finish(deployment, BEGIN_ANEW)


def test_a_rotated_keyring_opens_what_its_earlier_key_sealed_until_that_is_removed(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.machine.do(PAGE["The primary key of a keyring"])
    _opens(deployment, "settlement")
    _finish(deployment, GO_ON)
    path = deployment.machine.root / "var/airflow/secure_xcom/keyring.json"
    _remove_other_keys(path)
    _fails(deployment, WrongKey, "once")
    deployment.machine.do(PAGE[GO_ON])


def _remove_other_keys(path: Path) -> None:
    import json

    ring = json.loads(path.read_text())
    path.write_text(json.dumps({**ring, "keys": {ring["primary"]: ring["keys"][ring["primary"]]}}))


def test_beside_the_earlier_key_values_open_and_without_it_chains_begin_anew(
    deploy: Deploy, vault_server: VaultServer, vault: dict[str, str], commands: Path
) -> None:
    if not (commands / "vault").exists():
        pytest.skip("Vault's command is missing: put bao or vault on the PATH, or `make servers`, with Go")
    deployment = deploy(vault)
    try:
        deployment.machine.do(PAGE["Another key"])
        _opens(deployment, "settlement")
        _finish(deployment, GO_ON)
        assert "none of" in deployment.machine.do(
            [Block("sh", "secure-xcom rewrap && secure-xcom doctor --no-isolation")]
        )
        deployment.machine.do([Block("ini", "[secure_xcom]\nprevious_keys =\n")])
        _opens(deployment, "settlement")
        _finish(deployment, GO_ON)
    finally:
        vault_server.ask("DELETE", "sys/mounts/transit")


def test_a_moved_ledger_knows_consume_once_values_and_its_chains_go_on(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.machine.do(PAGE["The place of the ledger"])
    _opens(deployment, "settlement", "once")
    _finish(deployment, GO_ON)


def test_a_new_ledger_refuses_consume_once_values_and_the_old_one_still_verifies(
    deploy: Deploy, postgres_server: PostgresServer
) -> None:
    deployment = deploy()
    deployment.machine.replaced["postgresql+psycopg2://xcom:...@db.example.com/xcom_ledger"] = (
        postgres_server.database()
    )
    settings, *rest = PAGE["A new ledger"]
    deployment.machine.do([settings])
    _opens(deployment, "settlement")
    _fails(deployment, ClaimRefused, "once")
    assert deployment.pull(deployment.push()) == VALUE
    deployment.machine.do(rest)


def test_a_dag_that_joins_a_namespace_does_not_find_its_earlier_values(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.machine.do(PAGE["The namespace of a Dag"])
    _fails(deployment, ObjectNotFound)
    _finish(deployment, GO_ON)


def test_the_commands_after_an_upgrade_of_airflow_pass_on_this_version(deploy: Deploy) -> None:
    deployment = deploy()
    assert PAGE["Airflow's version"] == []
    _opens(deployment, "settlement", "once")
    _finish(deployment, GO_ON)


RUN = {
    "Before",
    GO_ON,
    BEGIN_ANEW,
    "The place of a store",
    "The kind of store",
    "The primary key of a keyring",
    "Another key",
    "The place of the ledger",
    "A new ledger",
    "The namespace of a Dag",
}
"""The sections that the tests above run."""


def test_each_block_of_the_page_is_run() -> None:
    assert {title for title, blocks in PAGE.items() if blocks} == RUN
    assert {block.language for blocks in PAGE.values() for block in blocks} == {"sh", "ini", "toml"}
