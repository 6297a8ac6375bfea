"""The same isolation on AWS itself, where conditions on tags and encryption contexts are evaluated: `make test-aws`.

Opt-in: it needs an account where `secure-xcom iam aws` was applied, credentials in the environment that may take on the
role, and these variables. It writes below the Dags ``secure_xcom_test_a`` and ``_b``, and cleans up.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from secure_xcom.assembly.router import Router
from secure_xcom.ops.doctor.probes import Probes
from secure_xcom.ops.doctor.report import Outcome
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

VARIABLES = ("SECURE_XCOM_AWS_STORE", "SECURE_XCOM_AWS_KEY_ARN", "SECURE_XCOM_AWS_ROLE_ARN")
pytestmark = pytest.mark.skipif(
    not all(os.environ.get(name) for name in VARIABLES),
    reason=f"opt-in: set AWS credentials and {', '.join(VARIABLES)}, then `make test-aws`",
)

A, B = "secure_xcom_test_a", "secure_xcom_test_b"
CONTEXT = {"dag_id": A, "run_id": "r", "fmt": "sxc1"}


def settings() -> Settings:
    store, key, role = (os.environ[name] for name in VARIABLES)
    options = {"store": f"{store}?role_arn={role}", "key": f"aws-kms:///{key}?role_arn={role}"}
    return Settings.parse(options, None)  # type: ignore[arg-type]


@pytest.fixture
def sts() -> STSClient:
    import boto3

    return boto3.client("sts")


def session(sts: STSClient, tags: dict[str, str]) -> Any:
    """A session with these tags and no session policy: the role's own policy is what is tested."""
    import boto3

    found = sts.assume_role(
        RoleArn=os.environ["SECURE_XCOM_AWS_ROLE_ARN"],
        RoleSessionName="secure-xcom-test",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )["Credentials"]
    return boto3.session.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def refused(call: Callable[[], object]) -> bool:
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
    else:
        return False
    assert code in ("AccessDenied", "AccessDeniedException", "403")
    return True


def place() -> tuple[str, str]:
    uri = settings().store
    return uri.authority, f"{uri.path}/" if uri.path else ""


@pytest.mark.parametrize(("own", "other"), [(A, B), (B, A)])
def test_the_doctor_finds_nothing_wrong(own: str, other: str) -> None:
    checks = list(Probes(Router(settings(), FakeHost()), own, other).checks())
    assert [check for check in checks if check.outcome is Outcome.FAILED] == []


@pytest.mark.parametrize(
    "attack",
    [
        lambda s3, bucket, prefix: s3.get_object(Bucket=bucket, Key=f"{prefix}{B}/x"),
        lambda s3, bucket, prefix: s3.put_object(Bucket=bucket, Key=f"{prefix}{B}/x", Body=b""),
        lambda s3, bucket, prefix: s3.put_object(Bucket=bucket, Key=f"{prefix}{A}2/x", Body=b""),
        lambda s3, bucket, prefix: s3.put_object(Bucket=bucket, Key=f"{prefix}x", Body=b""),
        lambda s3, bucket, prefix: s3.delete_object(Bucket=bucket, Key=f"{prefix}{B}/x"),
        lambda s3, bucket, prefix: s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}{A}/"),
        lambda s3, bucket, prefix: s3.get_bucket_policy(Bucket=bucket),
    ],
    ids=["get", "put", "put beside", "put above", "delete", "list", "policy"],
)
def test_s3_refuses_what_is_not_the_dags_own(sts: STSClient, attack: Callable[..., object]) -> None:
    s3 = session(sts, {"dag_id": A}).client("s3")
    assert refused(lambda: attack(s3, *place()))


@pytest.mark.parametrize(
    "context",
    [CONTEXT | {"dag_id": B}, {}, {"run_id": "r", "fmt": "sxc1"}, CONTEXT | {"more": "x"}, {"dag_id": A}],
    ids=["another Dag's", "none", "no Dag", "one key more", "keys missing"],
)
def test_kms_refuses_another_context(sts: STSClient, context: dict[str, str]) -> None:
    kms = session(sts, {"dag_id": A}).client("kms")
    key = os.environ["SECURE_XCOM_AWS_KEY_ARN"]
    assert refused(lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context))
    own = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=CONTEXT)
    assert refused(lambda: kms.decrypt(KeyId=key, CiphertextBlob=own["CiphertextBlob"], EncryptionContext=context))


@pytest.mark.parametrize("tags", [{}, {"dag_id": f"{A}/r"}, {"dag_id": A, "team": "x"}, {"Dag": A}], ids=str)
def test_sts_gives_no_session_without_one_sound_tag(sts: STSClient, tags: dict[str, str]) -> None:
    assert refused(lambda: session(sts, tags))
