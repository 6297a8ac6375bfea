"""The policies of roles and users: rights of writers, readers and operators, and which identities may assume a role.

These documents keep Dags apart alone, too: without the bucket policy, and with a key policy that leaves all to IAM.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from secure_xcom.adapters.aws.rights import READ, UNWRAP
from secure_xcom.ops.iam.aws.deployment import AwsDeployment, Worker
from secure_xcom.ops.iam.aws.policy import Conditions, Document, Kind, Statement

WRITE_ONLY: Final = ("s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject")
MAKE_ONLY: Final = ("kms:GenerateDataKey",)
REWRAP: Final = ("kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")

CONTEXT_KEYS: Final = ("dag_id", "run_id", "fmt")
"""The encryption context of a data key, as ``KeyProvider`` gets it."""


def context(dag_id: str | tuple[str, ...] | None) -> Conditions:
    """Return conditions for exactly the three keys of the encryption context, ``dag_id`` with these values or any.

    ``ForAllValues`` also holds for an empty context, and a key's name in a condition ignores case (AWS KMS developer
    guide, "kms:EncryptionContextKeys"). So two conditions are needed: no other spelling, and each key is present.
    """
    present = CONTEXT_KEYS if dag_id is None else CONTEXT_KEYS[1:]
    equal: Conditions = {} if dag_id is None else {"StringEquals": {"kms:EncryptionContext:dag_id": dag_id}}
    return {
        **equal,
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": CONTEXT_KEYS},
        "Null": {f"kms:EncryptionContext:{key}": "false" for key in present},
    }


def tagged(values: tuple[str, ...]) -> dict[str, str | tuple[str, ...]]:
    """Return the comparison of the session's tag, or nothing without values."""
    return {"aws:PrincipalTag/dag_id": values} if values else {}


def joined(*conditions: Conditions) -> Conditions:
    """Return the conjunction of the conditions."""
    operators = dict.fromkeys(operator for condition in conditions for operator in condition)
    merged = {
        operator: {key: value for condition in conditions for key, value in condition.get(operator, {}).items()}
        for operator in operators
    }
    return {operator: keys for operator, keys in merged.items() if keys}


def trust(worker: Worker) -> Document:
    """Return which identities may assume the role, and for which domain.

    A session tag needs ``sts:TagSession`` (AWS IAM user guide, "Pass session tags in AWS STS"); ``secure-xcom`` sends
    ``dag_id`` with every ``AssumeRole``.
    """
    statements = _tagged_trust(worker) if worker.is_tagged else _own_trust(worker)
    advice = "trust fewer identities, or one role that they all assume"
    return Document(name=worker.role, kind=Kind.TRUST, statements=tuple(statements)).require_fit(advice)


def _tagged_trust(worker: Worker) -> Iterator[Statement]:
    yield Statement(
        sid="TakeOnForOneDag",
        without="no task gets the role, or the one tag that names its Dag",
        principals=worker.trusted,
        actions=("sts:AssumeRole", "sts:TagSession"),
        conditions={
            # An absent tag does not match '?*'. 'etl/run1' would name a folder within etl's. STS refuses wildcards in a
            # tag (AWS STS API reference, "Tag"); this does so too, in case that changes.
            "StringLike": {"aws:RequestTag/dag_id": "?*"},
            "StringNotLike": {"aws:RequestTag/dag_id": ("*/*", "*${*}*", "*${?}*", "*${$}*")},
            "ForAllValues:StringEquals": {"aws:TagKeys": "dag_id"},
            "Null": {"aws:TagKeys": "false"},
        },
    )


def _own_trust(worker: Worker) -> Iterator[Statement]:
    yield Statement(
        sid="TakeOn",
        without="no task gets the role",
        principals=worker.trusted,
        actions=("sts:AssumeRole",),
    )
    yield Statement(
        sid="SayForWhichDag",
        without="no task gets the role with the tag that secure-xcom sends along",
        principals=worker.trusted,
        actions=("sts:TagSession",),
        conditions={
            "StringEquals": {"aws:RequestTag/dag_id": worker.segment},
            "ForAllValues:StringEquals": {"aws:TagKeys": "dag_id"},
        },
    )


def writer(deployment: AwsDeployment, worker: Worker) -> Iterator[Statement]:
    """Yield the rights of a domain's own tasks, except reading."""
    yield Statement(
        sid="WriteObjects",
        without="no value can be sealed, and a task that runs again cannot purge what it pushed",
        actions=WRITE_ONLY,
        resources=deployment.objects_of(worker.segment),
    )
    yield Statement(
        sid="MakeDataKeys",
        without="no value can be sealed: there is no data key to seal it with",
        actions=MAKE_ONLY,
        resources=(deployment.key_arn,),
        conditions=context(worker.segment),
    )
    yield from _through_s3(deployment, "StoreThroughS3", MAKE_ONLY, "S3 cannot encrypt what is stored")


def reader(deployment: AwsDeployment, worker: Worker) -> Iterator[Statement]:
    """Yield the rights of a domain's own tasks to read, and those that other domains grant."""
    yield Statement(
        sid="ReadObjects",
        without="no sealed value can be pulled",
        actions=READ,
        resources=deployment.objects_of(worker.segment),
    )
    yield Statement(
        sid="OpenDataKeys",
        without="no sealed value can be opened",
        actions=UNWRAP,
        resources=(deployment.key_arn, *deployment.previous_key_arns),
        conditions=context(worker.segment),
    )
    yield from _through_s3(deployment, "FetchThroughS3", UNWRAP, "S3 cannot decrypt what is fetched")
    for number, grant in enumerate(worker.grants, start=1):
        tag: Conditions = {"StringEquals": tagged(grant.readers)}
        yield Statement(
            sid=f"ReadGranted{number}",
            without=f"readers that {grant.about} grants access cannot pull its values",
            actions=READ,
            resources=deployment.objects_of(*grant.owners),
            conditions=joined(tag),
        )
        yield Statement(
            sid=f"OpenGranted{number}",
            without=f"readers that {grant.about} grants access cannot open its values",
            actions=UNWRAP,
            resources=(deployment.key_arn, *deployment.previous_key_arns),
            conditions=joined(context(grant.owners), tag),
        )


def operator(deployment: AwsDeployment) -> Iterator[Statement]:
    """Yield the rights of the operator, who verifies the ledger, rewraps and moves values, and removes orphans."""
    for number, bucket in enumerate(deployment.buckets):
        # A list of the whole bucket would show what else it holds.
        prefixes = tuple(f"{place.below}*" for place in bucket.places)
        only: Conditions = {} if "*" in prefixes else {"StringLike": {"s3:prefix": prefixes}}
        yield Statement(
            sid=f"FindObjects{number + 1}" if number else "FindObjects",
            without="the operator finds no objects, so no orphan either",
            actions=("s3:ListBucket",),
            resources=(bucket.bucket_arn,),
            conditions=only,
        )
    yield Statement(
        sid="MaintainObjects",
        without="the operator can neither read nor replace an object, nor remove an orphan",
        actions=(*READ, *WRITE_ONLY),
        resources=deployment.all_objects,
    )
    yield Statement(
        sid="OpenAndMakeDataKeys",
        without="the ledger's keys can be neither opened, to verify it, nor sealed anew",
        actions=(*UNWRAP, *MAKE_ONLY),
        resources=(deployment.key_arn,),
        conditions=context(None),
    )
    yield from _rewrap(deployment)
    yield from _through_s3(deployment, "ThroughS3", (*UNWRAP, *MAKE_ONLY), "S3 can neither decrypt nor encrypt objects")


def _rewrap(deployment: AwsDeployment) -> Iterator[Statement]:
    yield Statement(
        sid="RewrapDataKeys",
        without="rewrap can move no value to this key, and later none from it",
        actions=REWRAP,
        resources=(deployment.key_arn,),
        conditions=context(None),
    )
    if deployment.previous_key_arns:
        yield Statement(
            sid="LeavePreviousKeys",
            without="rewrap can move no value from a previous key",
            actions=(*UNWRAP, "kms:ReEncryptFrom"),
            resources=deployment.previous_key_arns,
            conditions=context(None),
        )


def _through_s3(deployment: AwsDeployment, sid: str, actions: tuple[str, ...], without: str) -> Iterator[Statement]:
    """Yield the right to the key that S3 uses in the requester's name (AWS KMS developer guide, "kms:ViaService")."""
    for number, (key, service) in enumerate(deployment.sse_keys.items()):
        yield Statement(
            sid=f"{sid}{number + 1}" if number else sid,
            without=without,
            actions=actions,
            resources=(key,),
            conditions={"StringEquals": {"kms:ViaService": service}},
        )
