"""From the settings to what policies are made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.aws.deployment import AwsDeployment
from secure_xcom.ops.iam.deployments import AwsOptions, aws_deployment
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
