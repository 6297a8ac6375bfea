"""Amazon Resource Names: the patterns of the ones that settings and policies name (AWS general reference, "ARNs")."""

from __future__ import annotations

import re
from typing import Final

_PARTITION: Final = r"(?P<partition>aws(?:-[a-z]+)*)"
_ACCOUNT: Final = r"(?P<account>[0-9]{12})"
_NAME: Final = r"[A-Za-z0-9+=,.@_-]"
_ALIAS: Final = r"(?P<alias>alias/[A-Za-z0-9/_-]{1,250})"
_KEY_ID: Final = r"(?P<key_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"

PARTITION: Final = re.compile(_PARTITION, re.ASCII)
ACCOUNT: Final = re.compile(_ACCOUNT, re.ASCII)

ROLE_NAME: Final = re.compile(rf"{_NAME}{{1,64}}", re.ASCII)
"""AWS IAM user guide, "IAM and AWS STS quotas"; ``iam:CreateRole`` takes no other characters."""

PRINCIPAL: Final = re.compile(
    rf"arn:{_PARTITION}:iam::{_ACCOUNT}:(?P<kind>role|user)/(?P<path>(?:{_NAME}+/)*)(?P<name>{_NAME}+)", re.ASCII
)
"""A role or a user; ``path`` is empty or ends with a slash."""

KMS_KEY: Final = re.compile(
    # Only within an ARN does "key/" stand before the id of a key.
    rf"(?P<arn>arn:{_PARTITION}:kms:(?P<region>[a-z0-9-]+):{_ACCOUNT}:)?(?:{_ALIAS}|(?(arn)key/){_KEY_ID})",
    re.ASCII,
)
"""A KMS key in each form that KMS takes: an alias, a key id, or the ARN of either."""


def role_arn(name: str, *, partition: str, account: str) -> str:
    """Return the ARN of a role without a path."""
    return f"arn:{partition}:iam::{account}:role/{name}"


def bucket_arn(name: str, *, partition: str) -> str:
    """Return the ARN of a bucket, without its objects."""
    return f"arn:{partition}:s3:::{name}"
