"""The policies of the bucket and the key, which hold whatever rights a worker's role has besides.

They name an identity by ``aws:PrincipalArn``, which is the role's ARN in every session of a role (AWS IAM user guide,
"AWS global condition context keys"). Anonymous requests have no such key, so a negated comparison is true for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from secure_xcom.adapters.aws.rights import MAKE_KEYS, READ, UNWRAP, WRITE
from secure_xcom.ops.iam.aws.deployment import AwsDeployment, Grant, Worker
from secure_xcom.ops.iam.aws.identities import REWRAP, context, joined, tagged
from secure_xcom.ops.iam.aws.policy import Conditions, Document, Kind, Statement

_EVERYBODY: Final = ("*",)
_THIS_KEY: Final = ("*",)
"""In a key policy this is the key itself (AWS KMS developer guide, "Key policies")."""

_LISTING: Final = ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")

_ADMINISTRATION: Final = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""Without ``kms:CreateGrant``: an administrator could allow the key's use with it, and the policy would not show it."""

_MANY: Final = "put Dags that belong together into one namespace of the routes file, or omit --per-dag"


def bucket_policy(deployment: AwsDeployment) -> Document:
    """Return refusals only, for a deployment in one bucket. Rights come from the requester's own policies.

    Raises ``ConfigurationError`` if there are more domains or grants than AWS's limit takes.
    """
    workers = deployment.workers()
    statements = (
        *_everybody(deployment, workers),
        *_encryption(deployment),
        *(statement for worker in workers if worker.is_tagged for statement in _untagged(deployment, worker)),
        *(
            statement
            for number, worker in enumerate(workers, start=1)
            for statement in _worker(deployment, worker, number)
        ),
    )
    return Document(name=deployment.places[0].bucket, kind=Kind.BUCKET, statements=statements).require_fit(_MANY)


def key_policy(deployment: AwsDeployment) -> Document:
    """Return all rights on the key: only who is named has any, whatever the account's own policies say.

    Raises ``ConfigurationError`` when there are more domains or grants than AWS's limit takes.
    """
    workers = deployment.workers()
    statements = (
        Statement(
            sid="Administration",
            without="the key cannot be rotated or deleted, nor its policy corrected; it allows no use of the key",
            principals=(deployment.key_administrator,),
            actions=_ADMINISTRATION,
            resources=_THIS_KEY,
        ),
        Statement(
            sid="Operator",
            without="the ledger cannot be verified, and no value can be rewrapped",
            principals=deployment.operators,
            actions=(*MAKE_KEYS, *REWRAP),
            resources=_THIS_KEY,
            conditions=context(None),
        ),
        *(statement for number, worker in enumerate(workers, start=1) for statement in _use(worker, number)),
    )
    return Document(name=deployment.key_arn, kind=Kind.KEY, statements=statements).require_fit(_MANY)


def _everybody(deployment: AwsDeployment, workers: tuple[Worker, ...]) -> Iterator[Statement]:
    known = (*(worker.arn for worker in workers), *deployment.operators)
    yield _refusal(
        "OnlyTls",
        "a request could cross the network in the clear",
        actions=("s3:*",),
        resources=(deployment.bucket_arn, f"{deployment.bucket_arn}/*"),
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    yield _refusal(
        "OnlyWorkersAndOperator",
        "a user that may read any bucket of the account could read sealed objects",
        actions=("s3:*",),
        resources=deployment.all_objects,
        conditions={"ArnNotEquals": {"aws:PrincipalArn": known}},
    )
    yield _refusal(
        "OnlyOperatorLists",
        "a task whose role may list could see which runs of other Dags pushed values",
        actions=_LISTING,
        resources=(deployment.bucket_arn,),
        conditions={"ArnNotEquals": {"aws:PrincipalArn": deployment.operators}},
    )
    yield _refusal(
        "OnlyGetPutTagDelete",
        "a role with further rights could publish an object (ACL) or read an old version",
        all_actions_but=WRITE,
        resources=deployment.all_objects,
    )


def _encryption(deployment: AwsDeployment) -> Iterator[Statement]:
    for number, key in enumerate(deployment.sse_keys):
        objects = tuple(deployment.objects_at(one) for one in deployment.places if one.sse_kms_key_arn == key)
        for sid, header, value, without in (
            ("OnlyEncrypted", "s3:x-amz-server-side-encryption", "aws:kms", "objects could be stored without KMS"),
            (
                "OnlyUnderOurKey",
                "s3:x-amz-server-side-encryption-aws-kms-key-id",
                key,
                "objects could be stored under another key (the store must name the key by its ARN)",
            ),
        ):
            yield _refusal(
                f"{sid}{number + 1}" if number else sid,
                without,
                actions=("s3:PutObject",),
                resources=objects,
                conditions={"StringNotEquals": {header: value}},
            )


def _untagged(deployment: AwsDeployment, worker: Worker) -> Iterator[Statement]:
    # A statement whose variable has no value does not apply, so the refusals below would not hold.
    yield _refusal(
        "OnlyTaggedSessions",
        "the refusals that compare the tag would not apply to a session without one",
        actions=("s3:*",),
        resources=(deployment.bucket_arn, f"{deployment.bucket_arn}/*"),
        conditions={
            "ArnEquals": {"aws:PrincipalArn": worker.arn},
            "Null": {"aws:PrincipalTag/dag_id": "true"},
        },
    )


def _worker(deployment: AwsDeployment, worker: Worker, number: int) -> Iterator[Statement]:
    owners = dict.fromkeys(owner for grant in worker.grants for owner in grant.owners)
    me: Conditions = {"ArnEquals": {"aws:PrincipalArn": worker.arn}}
    yield _refusal(
        f"OnlyOwn{number}",
        f"a role with further rights could leave its folder ({worker.about})",
        actions=("s3:*",),
        all_resources_but=deployment.objects_of(worker.segment, *owners),
        conditions=me,
    )
    for index, grant in enumerate(worker.grants, start=1):
        yield from _granted(deployment, grant, me, f"{number}x{index}")


def _granted(deployment: AwsDeployment, grant: Grant, me: Conditions, number: str) -> Iterator[Statement]:
    others: Conditions = {"StringNotEquals": tagged(grant.owners if grant.readers else ())}
    yield _refusal(
        f"OnlyRead{number}",
        f"a reader could overwrite or remove values of {grant.about}",
        all_actions_but=READ,
        resources=deployment.objects_of(*grant.owners),
        conditions=joined(me, others),
    )
    if grant.readers:
        yield _refusal(
            f"OnlyGranted{number}",
            f"every Dag could read values of {grant.about} like the readers that it grants access",
            actions=READ,
            resources=deployment.objects_of(*grant.owners),
            conditions=joined(me, {"StringNotEquals": tagged((*grant.owners, *grant.readers))}),
        )


def _use(worker: Worker, number: int) -> Iterator[Statement]:
    yield Statement(
        sid=f"Use{number}",
        without=f"no value can be sealed or opened ({worker.about})",
        principals=(worker.arn,),
        actions=MAKE_KEYS,
        resources=_THIS_KEY,
        conditions=context(worker.segment),
    )
    for index, grant in enumerate(worker.grants, start=1):
        yield Statement(
            sid=f"Grant{number}x{index}",
            without=f"readers that {grant.about} grants access cannot open its values",
            principals=(worker.arn,),
            actions=UNWRAP,
            resources=_THIS_KEY,
            conditions=joined(context(grant.owners), {"StringEquals": tagged(grant.readers)}),
        )


def _refusal(  # noqa: PLR0913 - the elements of a statement of AWS
    sid: str,
    without: str,
    *,
    actions: tuple[str, ...] = (),
    all_actions_but: tuple[str, ...] = (),
    resources: tuple[str, ...] = (),
    all_resources_but: tuple[str, ...] = (),
    conditions: Conditions | None = None,
) -> Statement:
    return Statement(
        sid=sid,
        without=without,
        effect="Deny",
        principals=_EVERYBODY,
        actions=actions,
        all_actions_but=all_actions_but,
        resources=resources,
        all_resources_but=all_resources_but,
        conditions=conditions or {},
    )
