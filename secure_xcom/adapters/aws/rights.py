"""The statements of AWS policies: which rights on which objects and which key, and nothing beside them.

An assumed session is cut down with them (``access``). ``segment`` is a domain's, or a policy variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from secure_xcom.adapters.aws.arn import KMS_KEY, bucket_arn
from secure_xcom.model.value import JSON

Statement = dict[str, JSON]

WRITE: Final = ("s3:GetObject", "s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject")
READ: Final = ("s3:GetObject",)
MAKE_KEYS: Final = ("kms:GenerateDataKey", "kms:Decrypt")
UNWRAP: Final = ("kms:Decrypt",)


def objects(bucket: str, prefix: str, segment: str, *, partition: str = "aws") -> str:
    """Return the ARN of all objects of a domain; ``prefix`` is empty or ends with a slash."""
    return f"{bucket_arn(bucket, partition=partition)}/{prefix}{segment}/*"


def allow(actions: Sequence[str], resources: Sequence[str], condition: JSON = None) -> Statement:
    """Return a statement that allows ``actions`` on ``resources``."""
    statement: Statement = {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return statement if condition is None else {**statement, "Condition": condition}


def on_objects(bucket: str, prefix: str, own: str, readable: Sequence[str], *, partition: str) -> list[Statement]:
    """Return what a task of the domain ``own`` does with objects."""
    statements = [allow(WRITE, [objects(bucket, prefix, own, partition=partition)])]
    if readable:
        others = [objects(bucket, prefix, segment, partition=partition) for segment in readable]
        statements.append(allow(READ, others))
    return statements


def on_encryption_by_s3(key: str, *, partition: str, account: str) -> Statement:
    """Return what S3 does in a task's name when it encrypts objects once more."""
    resource, named = _key(key, partition, account)
    return allow(MAKE_KEYS, [resource], {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}, **named})


def on_data_keys(key: str, own: str, readable: Sequence[str], *, partition: str, account: str) -> list[Statement]:
    """Return what a task of the domain ``own`` does with the key ``key``: an alias, a key id or an ARN of either."""
    resource, named = _key(key, partition, account)

    def of(segments: JSON) -> JSON:
        equal = named.get("StringEquals", {})
        return {"StringEquals": {"kms:EncryptionContext:dag_id": segments, **equal}}

    statements = [allow(MAKE_KEYS, [resource], of(own))]
    if readable:
        statements.append(allow(UNWRAP, [resource], of(list(readable))))
    return statements


def _key(key: str, partition: str, account: str) -> tuple[str, dict[str, dict[str, JSON]]]:
    """An alias cannot be a resource: KMS compares the key behind it (AWS KMS developer guide, "kms:RequestAlias")."""
    named = KMS_KEY.fullmatch(key)
    if named and named["alias"]:
        return f"arn:{partition}:kms:*:{account}:key/*", {"StringEquals": {"kms:RequestAlias": named["alias"]}}
    if named and named["arn"]:
        return key, {}
    return f"arn:{partition}:kms:*:{account}:key/{key}", {}
