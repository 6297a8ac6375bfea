"""Which names of roles, users and keys are ARNs, and what their parts are."""

from __future__ import annotations

import pytest

from secure_xcom.adapters.aws.arn import KMS_KEY, PRINCIPAL

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KMS = "arn:aws:kms:eu-west-1:111122223333:"
IAM = "arn:aws:iam::111122223333:"


@pytest.mark.parametrize(
    ("name", "alias", "key_id", "region"),
    [
        (KEY_ID, None, KEY_ID, None),
        ("alias/airflow/xcom", "alias/airflow/xcom", None, None),
        (f"{KMS}key/{KEY_ID}", None, KEY_ID, "eu-west-1"),
        (f"{KMS}key/mrk-{'0' * 32}", None, f"mrk-{'0' * 32}", "eu-west-1"),
        (f"{KMS}alias/xcom", "alias/xcom", None, "eu-west-1"),
        (f"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/{KEY_ID}", None, KEY_ID, "us-gov-west-1"),
    ],
)
def test_a_key_has_an_alias_or_an_id_alone_or_in_an_arn(
    name: str, alias: str | None, key_id: str | None, region: str | None
) -> None:
    found = KMS_KEY.fullmatch(name)
    assert found is not None
    assert (found["alias"], found["key_id"], found["region"]) == (alias, key_id, region)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "*",
        "alias/",
        "alias/x*",
        f"key/{KEY_ID}",
        f"{KMS}{KEY_ID}",
        f"{KMS}key/*",
        f"{KMS}key/{KEY_ID}\n",
        f"{KMS}alias/x\n",
        f"arn:aws:kms:*:111122223333:key/{KEY_ID}",
        f"arn:awsx:kms:eu-west-1:111122223333:key/{KEY_ID}",
        f"arn:aws:kms:eu-west-1:1234:key/{KEY_ID}",
        "arn:aws:s3:::bucket",
    ],
)
def test_anything_else_names_no_key(name: str) -> None:
    assert KMS_KEY.fullmatch(name) is None


@pytest.mark.parametrize(
    ("arn", "parts"),
    [
        (f"{IAM}role/xcom", ("aws", "role", "", "xcom")),
        (f"{IAM}role/team/a/xcom", ("aws", "role", "team/a/", "xcom")),
        (f"{IAM}user/olga@example.com", ("aws", "user", "", "olga@example.com")),
        ("arn:aws-cn:iam::111122223333:role/x", ("aws-cn", "role", "", "x")),
    ],
)
def test_a_principal_is_a_role_or_a_user(arn: str, parts: tuple[str, ...]) -> None:
    found = PRINCIPAL.fullmatch(arn)
    assert found is not None
    assert (found["partition"], found["kind"], found["path"], found["name"]) == parts


@pytest.mark.parametrize(
    "arn",
    ["*", f"{IAM}root", f"{IAM}role/", f"{IAM}role//x", f"{IAM}role/x*", f"{IAM}role/{{domain}}", f"{IAM}role/x\n"],
)
def test_anything_else_names_no_principal(arn: str) -> None:
    assert PRINCIPAL.fullmatch(arn) is None
