"""Documents keep to AWS's grammar and limits, give each right a reason, and refuse what they cannot serve."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.aws.documents import AwsDocuments, documents
from secure_xcom.ops.iam.aws.policy import Document
from tests.iam.world import ACCOUNT, DOMAINS, ETL, IAM, KEY, PLACE, REPORT, deployment
from tests.mistakes import mistake

DESIGNS = (pytest.param(False, id="tags"), pytest.param(True, id="per-dag"))


def every(made: AwsDocuments) -> Iterator[Document]:
    yield from (*made.policies, *(role.trust for role in made.roles), *made.buckets, made.key)


def dags(count: int) -> tuple[tuple[Domain, tuple[Domain, ...]], ...]:
    return tuple((Domain(f"warehouse_load_{number}"), ()) for number in range(count))


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_same_domains_in_any_order_give_the_same_documents(per_dag: bool) -> None:
    backwards = tuple((owner, tuple(reversed(readers))) for owner, readers in reversed(DOMAINS))
    one, other = documents(deployment(per_dag=per_dag)), documents(deployment(per_dag=per_dag, domains=backwards))
    assert [document.as_json() for document in every(one)] == [document.as_json() for document in every(other)]


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_each_statement_has_an_id_of_its_own_and_a_reason_in_one_line(per_dag: bool) -> None:
    for document in every(documents(deployment(per_dag=per_dag, domains=((Domain("a\nb\u2028c"), (ETL,)),)))):
        sids = [statement.sid for statement in document.statements]
        assert len(set(sids)) == len(sids)
        for statement in document.statements:
            assert re.fullmatch(r"[A-Za-z0-9]{1,64}", statement.sid, re.ASCII)
            assert re.fullmatch(r"[ -~]{30,300}", statement.comment)


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_no_right_is_on_everything_and_only_the_operator_may_list(per_dag: bool) -> None:
    made = documents(deployment(per_dag=per_dag))
    for document in (*made.policies, *(role.trust for role in made.roles)):
        for statement in document.statements:
            assert statement.effect == "Allow"
            assert all("*" not in action for action in statement.actions)
            assert all(re.fullmatch(r"arn:aws:[^*]+(/\*)?", resource) for resource in statement.resources)
            if any("List" in action for action in statement.actions):
                assert document.name in made.operator_policies
    assert {statement.effect for statement in made.buckets[0].statements} == {"Deny"}
    assert all("*" not in action for statement in made.key.statements for action in statement.actions)


def test_a_role_has_a_writers_and_a_readers_policy() -> None:
    made = documents(deployment(per_dag=True))
    assert {role.name: role.policies for role in made.roles}["xcom-payments--team"] == (
        "xcom-payments--team-writer",
        "xcom-payments--team-reader",
    )
    assert [role.name for role in documents(deployment()).roles] == ["xcom"]


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_an_implementation_of_the_apis_takes_each_document(per_dag: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    made = documents(deployment(per_dag=per_dag))
    with mock_aws():
        iam, kms = boto3.client("iam", "eu-west-1"), boto3.client("kms", "eu-west-1")
        s3 = boto3.client("s3", "us-east-1")
        for policy in made.policies:
            iam.create_policy(PolicyName=policy.name, PolicyDocument=json.dumps(policy.as_json()))
        for role in made.roles:
            iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=json.dumps(role.trust.as_json()))
        s3.create_bucket(Bucket=made.buckets[0].name)
        s3.put_bucket_policy(Bucket=made.buckets[0].name, Policy=json.dumps(made.buckets[0].as_json()))
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(made.key.as_json()))


def test_grants_that_do_not_fit_into_one_policy_go_into_numbered_ones() -> None:
    made = documents(deployment(domains=tuple((domain, (REPORT,)) for domain, _ in dags(25))))
    assert made.roles[0].policies == ("xcom-writer", "xcom-reader", "xcom-reader-2", "xcom-reader-3")
    assert all(policy.size <= 6144 for policy in made.policies)
    whole = {statement.sid for policy in made.policies for statement in policy.statements if "Granted" in statement.sid}
    assert len(whole) == 50


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        pytest.param({"domains": ((ETL, tuple(domain for domain, _ in dags(300))),)}, "6144", id="readers"),
        pytest.param({"domains": tuple((domain, (ETL,)) for domain, _ in dags(100))}, "attaches 10", id="grants"),
        pytest.param({"domains": tuple((domain, (ETL,)) for domain, _ in dags(40))}, "20480", id="bucket"),
        pytest.param({"domains": dags(100), "per_dag": True}, "20480", id="roles"),
        pytest.param({"trusted": tuple(f"{IAM}role/worker-{n}" for n in range(60))}, "2048", id="trusted"),
        pytest.param({"operators": tuple(f"{IAM}user/u-{n}" for n in range(900))}, "20480", id="operators"),
    ],
)
def test_what_aws_would_not_take_is_an_error_that_says_what_to_do(changes: dict[str, Any], limit: str) -> None:
    with mistake(rf"iam aws: .*{limit}.*: (put|trust|leave|name)"):
        documents(deployment(**changes))


def test_the_sizes_are_counted_without_white_space() -> None:
    for document in every(documents(deployment())):
        assert document.size == len(re.sub(r"\s", "", json.dumps(document.as_json())))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"key_arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/xcom"}, "key: .*cannot name an alias"),
        ({"key_arn": "alias/xcom"}, "key: .*cannot name an alias"),
        ({"key_arn": f"arn:aws:kms:*:{ACCOUNT}:key/*"}, "key: "),
        ({"key_arn": KEY.replace("aws", "aws-cn")}, "key: .*partition aws"),
        (
            {"places": (replace(PLACE, sse_kms_key_arn="1234abcd-12ab-34cd-56ef-1234567890ab"),)},
            "sse_kms_key_id: .*not the ARN",
        ),
        ({"places": (replace(PLACE, sse_kms_key_arn=KEY),)}, "sse_kms_key_id: give S3 a key of its own"),
        ({"places": (replace(PLACE, bucket="sealed*"),)}, "store: .*bucket"),
        ({"places": (replace(PLACE, bucket="Sealed"),)}, "store: .*bucket"),
        ({"places": (replace(PLACE, prefix="a/*"),)}, "store: the prefix"),
        ({"places": (replace(PLACE, prefix="a/${aws:username}"),)}, "store: the prefix"),
        ({"places": (replace(PLACE, prefix="a/../b"),)}, "store: the prefix"),
        ({"places": (replace(PLACE, prefix="/a"),)}, "store: the prefix"),
        ({"places": (replace(PLACE, prefix="a/"),)}, "store: the prefix"),
        ({"account": "1234"}, "account"),
        ({"partition": "*"}, "partition"),
        ({"trusted": ()}, "trusted: name at least one"),
        ({"trusted": (f"{IAM}root",)}, "trusted: .*role or user"),
        ({"trusted": ("*",)}, "trusted: .*role or user"),
        ({"trusted": (f"{IAM}role/airflow-*",)}, "trusted: .*role or user"),
        ({"trusted": (f"{IAM}role/airflow-{{domain}}",)}, "trusted: .*role or user"),
        ({"trusted": (f"arn:aws:sts::{ACCOUNT}:assumed-role/a/b",)}, "trusted: .*role or user"),
        ({"operators": ()}, "operator: name at least one"),
        ({"operators": ("arn:aws:iam::999999999999:role/ops",)}, "operator: .*another account"),
        ({"key_administrator": f"{IAM}root"}, "key administrator: "),
        ({"key_administrator": f"{IAM}user/olga"}, "must differ"),
        ({"operators": (f"{IAM}role/airflow-worker",)}, "must differ"),
        ({"trusted": (f"{IAM}role/xcom",)}, "role: 'xcom' is to be a role for tasks only"),
        ({"trusted": (f"{IAM}role/xcom-etl",), "per_dag": True}, "role: 'xcom-etl' is to be"),
        ({"role": "x/com"}, "role: .*64 characters"),
        ({"role": "x" * 65}, "role: .*64 characters"),
        (
            {"role": "airflow-xcom-task", "per_dag": True, "domains": ((Domain("x" * 200), ()),)},
            "role: .*64 characters",
        ),
        ({"per_dag": True, "domains": ()}, "there is no Dag"),
    ],
)
def test_a_deployment_that_no_policy_can_serve_is_refused(changes: dict[str, Any], problem: str) -> None:
    with mistake(problem):
        deployment(**changes)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        deployment(places=(replace(PLACE, bucket="*"),), key_arn="alias/x", operators=())
    assert len(caught.value.problems) == 3


def test_a_path_of_a_role_and_other_partitions_are_taken() -> None:
    made = documents(
        deployment(
            partition="aws-us-gov",
            key_arn=f"arn:aws-us-gov:kms:us-gov-west-1:{ACCOUNT}:key/mrk-1234abcd12ab34cd56ef1234567890ab",
            places=(replace(PLACE, sse_kms_key_arn=None),),
            trusted=(f"arn:aws-us-gov:iam::{ACCOUNT}:role/service-role/worker",),
            operators=(f"arn:aws-us-gov:iam::{ACCOUNT}:role/team/ops",),
            key_administrator=f"arn:aws-us-gov:iam::{ACCOUNT}:user/admins/ada",
        )
    )
    assert "arn:aws:" not in json.dumps([document.as_json() for document in every(made)])
