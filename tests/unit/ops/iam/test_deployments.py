"""From the settings to what policies are made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.aws.deployment import AwsDeployment, Place
from secure_xcom.ops.iam.deployments import (
    AwsOptions,
    VaultOptions,
    aws_deployment,
    not_covered_on_aws,
    vault_deployment,
)
from secure_xcom.ops.iam.vault.deployment import VaultDeployment
from secure_xcom.ops.iam.vault.folders import Folder
from secure_xcom.settings.settings import Settings

IAM = "arn:aws:iam::111122223333:"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PEOPLE = AwsOptions(trusted=(f"{IAM}role/worker",), operators=(f"{IAM}role/ops",), key_administrator=f"{IAM}role/admin")


def deployment(role_arn: str) -> AwsDeployment:
    settings = Settings.parse(
        {"store": f"s3://bucket/x?role_arn={role_arn}", "key": f"aws-kms:///{KEY}"}, Path("/none")
    )
    return aws_deployment(settings, ((Domain("etl"), ()),), PEOPLE)


def test_the_role_of_the_settings_is_the_one_that_tasks_take_on() -> None:
    made = deployment(f"{IAM}role/my-xcom")
    assert (made.role, made.account, made.per_dag) == ("my-xcom", "111122223333", False)


def test_a_role_that_names_the_domain_is_each_domains_own() -> None:
    made = deployment(f"{IAM}role/my-xcom-{{domain}}")
    assert (made.role, made.per_dag) == ("my-xcom", True)
    assert [worker.arn for worker in made.workers()] == [f"{IAM}role/my-xcom-etl"]


@pytest.mark.parametrize("role_arn", ["xcom", f"{IAM}user/xcom", f"{IAM}role/team/xcom", f"{IAM}role/*"])
def test_a_role_that_could_not_be_printed_is_refused(role_arn: str) -> None:
    with pytest.raises(ConfigurationError, match="role_arn must name a role without a path"):
        deployment(role_arn)


def test_previous_kms_keys_are_opened_still() -> None:
    settings = Settings.parse(
        {
            "store": "s3://bucket",
            "key": f"aws-kms:///{KEY}",
            "previous_keys": f"aws-kms:///{KEY[:-1]}1 aws-kms://alias/old",
        },
        Path("/none"),
    )
    options = replace(PEOPLE, account="111122223333")
    with pytest.raises(ConfigurationError, match="previous_keys: 'alias/old' is not the ARN"):
        aws_deployment(settings, ((Domain("etl"), ()),), options)
    made = aws_deployment(settings, ((Domain("etl"), ()),), replace(options, previous_key_arns=(f"{KEY[:-1]}1",)))
    assert made.previous_key_arns == (f"{KEY[:-1]}1",)


def vault(**options: str) -> VaultDeployment:
    login = "?auth=approle&role_id=xcom-{domain}&secret_id_file=/x"
    settings = Settings.parse({name: uri.replace("$", login) for name, uri in options.items()}, Path("/none"))
    return vault_deployment(settings, ((Domain("etl"), ()),), VaultOptions())


STORES = {
    "the large one apart": ({"large_store": "vault://secret/large$"}, (Folder("secret", "large"),)),
    "the large one where the store is": ({"large_store": "vault://secret/xcom$"}, ()),
    "a large one in S3": ({"large_store": "s3://bucket", "key": "vault-transit://transit/x-{domain}$"}, ()),
    "a previous one": ({"previous_stores": "native+vault://old/xcom$"}, (Folder("old", "xcom", is_previous=True),)),
}


@pytest.mark.parametrize(("options", "folders"), STORES.values(), ids=STORES)
def test_policies_cover_every_store_in_vault(options: dict[str, str], folders: tuple[Folder, ...]) -> None:
    made = vault(store="vault://secret/xcom$", **options)
    assert (made.kv_mount, made.prefix, made.other_folders) == ("secret", "xcom", folders)


def test_a_large_store_alone_may_be_in_vault() -> None:
    made = vault(store="file:///x", large_store="vault://secret/large$", key="local:///k.json")
    assert (made.kv_mount, made.folders) == (None, (Folder("secret", "large"),))


def test_a_previous_transit_key_is_opened_still() -> None:
    previous = "vault-transit://transit/old$"
    made = vault(store="vault://kv$", key="vault-transit://transit/x-{domain}$", previous_keys=previous)
    assert made.previous_keys == (("transit", "old"),)


def test_a_large_store_with_another_login_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="store and large_store differ in role_id"):
        vault(store="vault://kv$", large_store="vault://large?auth=approle&role_id=other&secret_id_file=/x")


@pytest.mark.parametrize("bucket", ["bucket", "large-values"])
def test_each_bucket_is_covered_and_one_with_another_role_is_named(bucket: str) -> None:
    previous = f"s3://old/x s3://older/x?role_arn={IAM}role/other file:///x"
    stores = {"large_store": f"s3://{bucket}/large?sse_kms_key_id={KEY[:-1]}1", "previous_stores": previous}
    settings = Settings.parse({"store": "s3://bucket/x", "key": f"aws-kms:///{KEY}", **stores}, Path("/none"))
    made = aws_deployment(settings, ((Domain("etl"), ()),), replace(PEOPLE, account="111122223333"))
    assert made.places == (
        Place(bucket="bucket", prefix="x"),
        Place(bucket=bucket, prefix="large", sse_kms_key_arn=f"{KEY[:-1]}1"),
        Place(bucket="old", prefix="x"),
    )
    assert not_covered_on_aws(settings) == ["s3://older/x"]


def test_large_values_alone_may_lie_in_s3() -> None:
    options = {"store": "vault://secret/xcom", "large_store": "s3://large/x", "key": f"aws-kms:///{KEY}"}
    settings = Settings.parse(options, Path("/none"))
    made = aws_deployment(settings, ((Domain("etl"), ()),), replace(PEOPLE, account="111122223333"))
    assert made.places == (Place(bucket="large", prefix="x"),)
