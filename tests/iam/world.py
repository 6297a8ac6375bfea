"""A deployment with its generated documents in force, and who is there to ask for something."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

from secure_xcom.adapters.aws.rights import on_data_keys, on_encryption_by_s3, on_objects
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.aws.deployment import AwsDeployment, Place
from secure_xcom.ops.iam.aws.documents import AwsDocuments, documents
from tests.iam.evaluator import Context, Policy, Principal, Request, allows

ACCOUNT: Final = "111122223333"
IAM: Final = f"arn:aws:iam::{ACCOUNT}:"
BUCKET: Final = "sealed-values"
PREFIX: Final = "airflow/xcom"
KEY: Final = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SSE_KEY: Final = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/5e5e5e5e-12ab-34cd-56ef-1234567890ab"
OTHER_KEY: Final = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/0000abcd-12ab-34cd-56ef-1234567890ab"

PLACE: Final = Place(bucket=BUCKET, prefix=PREFIX, sse_kms_key_arn=SSE_KEY)

ETL, ETL2, REPORT, PAYMENTS = Domain("etl"), Domain("etl2"), Domain("report"), Domain("payments")
TEAM: Final = Domain("payments", is_namespace=True)
DOMAINS: Final = ((ETL, (REPORT,)), (ETL2, ()), (PAYMENTS, ()), (TEAM, (REPORT,)))
"""``report`` may read what ``etl`` and the namespace ``payments`` push; nobody else is granted anything."""


def deployment(**changes: Any) -> AwsDeployment:
    """An ordinary deployment."""
    usual: dict[str, Any] = {
        "places": (PLACE,),
        "key_arn": KEY,
        "account": ACCOUNT,
        "trusted": (f"{IAM}role/airflow-worker",),
        "operators": (f"{IAM}role/xcom-maintenance", f"{IAM}user/olga"),
        "key_administrator": f"{IAM}role/key-administrator",
        "domains": DOMAINS,
    }
    return AwsDeployment(**usual | changes)


class Layer(Enum):
    """Which documents are in force. Each half holds alone, so that a mistake in the other opens nothing."""

    ALL = "all documents"
    ROLES = "no bucket policy, and a key policy that leaves all to IAM, as AWS makes it"
    RESOURCES = "whoever asks may do anything, as far as his own policies go"


EVERYTHING: Final[Policy] = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}
LEFT_TO_IAM: Final[Policy] = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"AWS": f"{IAM}root"}, "Action": "kms:*", "Resource": "*"},
}


@dataclass(frozen=True)
class Call:
    """A request without the one who makes it."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """Documents as JSON, by name, so that a test may change one."""

    documents: AwsDocuments
    layer: Layer
    policies: Mapping[str, Any]
    trusts: Mapping[str, Any]
    buckets: Mapping[str, Any]
    key: Any

    @classmethod
    def of(cls, documents: AwsDocuments, layer: Layer) -> World:
        """The documents as they were generated."""
        return cls(
            documents=documents,
            layer=layer,
            policies={document.name: document.as_json() for document in documents.policies},
            trusts={role.name: role.trust.as_json() for role in documents.roles},
            buckets={document.name: document.as_json() for document in documents.buckets},
            key=documents.key.as_json(),
        )

    def with_(self, kind: str, name: str, document: Policy) -> World:
        """The same world, with one document changed."""
        match kind:
            case "permissions":
                return replace(self, policies={**self.policies, name: document})
            case "trust":
                return replace(self, trusts={**self.trusts, name: document})
            case "bucket":
                return replace(self, buckets={**self.buckets, name: document})
        return replace(self, key=document)

    def task(self, domain: Domain, tags: Mapping[str, str] | None = None) -> Principal:
        """A session that a task of ``domain`` has."""
        arn = f"{IAM}role/xcom-{domain.name}" if self.documents.deployment.per_dag else f"{IAM}role/xcom"
        return Principal(arn, f"xcom-{domain.name}", {"dag_id": domain.segment} if tags is None else tags)

    def may(self, principal: Principal, call: Call, session: Policy | None = None) -> bool:
        """Whether AWS would let the principal do that."""
        return allows(
            Request(principal, call.action, call.resource, call.context),
            identity=self._identity(principal),
            session=session,
            resource=self._resource(call),
            strict=True,
        )

    def assume(self, principal: Principal, domain: Domain, tags: Mapping[str, str]) -> bool:
        """Whether the principal gets the role of ``domain``'s tasks with these tags."""
        role = self.task(domain).arn
        assert role is not None
        context: dict[str, str | tuple[str, ...]] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
        # A request without tags has no such key at all.
        context |= {"aws:TagKeys": tuple(tags)} if tags else {}
        actions = ("sts:AssumeRole", "sts:TagSession") if tags else ("sts:AssumeRole",)
        return all(self.may(principal, Call(action, role, context)) for action in actions)

    def _identity(self, principal: Principal) -> Sequence[Policy]:
        if principal.arn is None:
            return []
        if self.layer is Layer.RESOURCES or principal in (STRANGER, NEIGHBOUR):
            return [EVERYTHING]
        if principal.arn in self.documents.deployment.operators:
            return [self.policies[name] for name in self.documents.operator_policies]
        roles = {f"{IAM}role/{role.name}": role.policies for role in self.documents.roles}
        return [self.policies[name] for name in roles.get(principal.arn, ())]

    def _resource(self, call: Call) -> Policy | None:
        if call.action.startswith("sts:"):
            return self.trusts[call.resource.rpartition("/")[2]]
        if call.action.startswith("kms:"):
            return self.key if call.resource == KEY and self.layer is not Layer.ROLES else LEFT_TO_IAM
        bucket = call.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
        return None if self.layer is Layer.ROLES else self.buckets.get(bucket)


def world(layer: Layer = Layer.ALL, *, per_dag: bool = False, **changes: Any) -> World:
    """A world with the documents of a deployment."""
    return World.of(documents(deployment(per_dag=per_dag, **changes)), layer)


WORKER: Final = Principal(f"{IAM}role/airflow-worker", "i-0123456789")
STRANGER: Final = Principal(f"{IAM}role/analytics", "notebook")
"""Who may do anything in the account, as far as his own policies go."""
NEIGHBOUR: Final = Principal(f"{IAM}role/analytics", "notebook", {"dag_id": "reports"})
OPERATOR: Final = Principal(f"{IAM}role/xcom-maintenance", "cron")
OLGA: Final = Principal(f"{IAM}user/olga")
ADMINISTRATOR: Final = Principal(f"{IAM}role/key-administrator", "console")
NOBODY: Final = Principal(None)


def session_policy(domain: Domain, *readable: Domain) -> Policy:
    """What ``secure_xcom.adapters.aws`` cuts a task's session down to."""
    own, others = domain.segment, [other.segment for other in readable]
    return {
        "Version": "2012-10-17",
        "Statement": [
            *on_objects(BUCKET, f"{PREFIX}/", own, others, partition="aws"),
            *on_data_keys(KEY, own, others, partition="aws", account=ACCOUNT),
            on_encryption_by_s3(SSE_KEY, partition="aws", account=ACCOUNT),
        ],
    }


def s3(action: str, key: str, **context: str) -> Call:
    """A call on an object below the prefix, the way our store makes it; an underscore stands for a hyphen."""
    return on_bucket(action, f"/{PREFIX}/{key}", **context)


def on_bucket(action: str, path: str = "", *, bucket: str = BUCKET, **context: str) -> Call:
    """A call on the bucket, or on any object of it. A header is left away by an empty value."""
    sse = "s3:x-amz-server-side-encryption"
    usual = {sse: "aws:kms", f"{sse}-aws-kms-key-id": SSE_KEY} if action == "PutObject" else {}
    given = {_NAMES[name]: value for name, value in context.items()}
    merged = {"aws:SecureTransport": "true", **usual, **given}
    return Call(f"s3:{action}", f"arn:aws:s3:::{bucket}{path}", {key: value for key, value in merged.items() if value})


_NAMES: Final = {
    "tls": "aws:SecureTransport",
    "prefix": "s3:prefix",
    "sse": "s3:x-amz-server-side-encryption",
    "sse_key": "s3:x-amz-server-side-encryption-aws-kms-key-id",
}


def data_key(action: str, dag_id: str | None = None, key: str = KEY, /, **changes: str | None) -> Call:
    """A call on a data key with the context of ``dag_id``, or with none; ``changes`` add pairs, or take them away."""
    usual: dict[str, str | None] = {} if dag_id is None else {"dag_id": dag_id, "run_id": "run", "fmt": "sxc1"}
    pairs = {name: value for name, value in (usual | changes).items() if value is not None}
    keys: Context = {"kms:EncryptionContextKeys": tuple(pairs)} if pairs else {}
    context = {f"kms:EncryptionContext:{name}": value for name, value in pairs.items()}
    return Call(f"kms:{action}", key, {**context, **keys})


def through(service: str, action: str, key: str = SSE_KEY) -> Call:
    """A call on a key that a service makes in the requester's name."""
    return Call(f"kms:{action}", key, {"kms:ViaService": service})


def without(document: Any, *path: str | int) -> Any:
    """A copy of a document without what is at ``path``."""
    changed = copy.deepcopy(document)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed
