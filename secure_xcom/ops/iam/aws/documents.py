"""What a deployment needs in AWS, as data: roles, and the policies of roles, operators, the bucket and the key.

AWS is not called, and ``ops.iam.aws.render`` makes the text. The same domains, in any order, give the same documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.iam.aws.deployment import AwsDeployment, Worker
from secure_xcom.ops.iam.aws.identities import operator, reader, trust, writer
from secure_xcom.ops.iam.aws.policy import POLICIES_PER_ROLE, Document, managed
from secure_xcom.ops.iam.aws.resources import bucket_policy, key_policy

_FEWER_GRANTS: Final = (
    "put the Dags that read into one namespace of the routes file, and grant reading to the namespace"
)

_NOT_ALL: Final = (
    "CAUTION: the bucket policy and the key policy replace those that are there, and shut out each Dag that --dag does "
    "not name. Omit --dag, or name all Dags."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsRole:
    """A role that tasks assume, and the names of the ``policies`` that are attached to it."""

    name: str
    about: str
    trust: Document
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsDocuments:
    """All documents of a deployment, in the order in which they are applied."""

    deployment: AwsDeployment
    policies: tuple[Document, ...]
    roles: tuple[AwsRole, ...]
    operator_policies: tuple[str, ...]
    """Attached to each of the deployment's operators."""
    buckets: tuple[Document, ...]
    key: Document
    remark: str = ""
    """What the operator must know before applying them, in one line of ASCII."""


def documents(deployment: AwsDeployment) -> AwsDocuments:
    """Return the documents. Raises ``ConfigurationError`` if one exceeds AWS's limits."""
    made = [_role(deployment, worker) for worker in deployment.workers()]
    operators = managed(f"{deployment.role}-operator", operator(deployment), "shorten the prefix")
    return AwsDocuments(
        deployment=deployment,
        policies=(*(policy for _, policies in made for policy in policies), *operators),
        roles=tuple(role for role, _ in made),
        operator_policies=tuple(policy.name for policy in operators),
        buckets=tuple(map(bucket_policy, deployment.buckets)),
        key=key_policy(deployment),
        # One role for all Dags needs no policy that names a Dag, except the grants of the routes file.
        remark="" if deployment.all_domains or not deployment.per_dag else _NOT_ALL,
    )


def _role(deployment: AwsDeployment, worker: Worker) -> tuple[AwsRole, tuple[Document, ...]]:
    policies = (
        *managed(f"{worker.role}-writer", writer(deployment, worker), "shorten the prefix"),
        *managed(f"{worker.role}-reader", reader(deployment, worker), _FEWER_GRANTS),
    )
    if len(policies) > POLICIES_PER_ROLE:
        raise ConfigurationError(
            f"iam aws: the role {worker.role} needs {len(policies)} policies for its grants, and AWS attaches "
            f"{POLICIES_PER_ROLE}: {_FEWER_GRANTS}"
        )
    names = tuple(policy.name for policy in policies)
    return AwsRole(name=worker.role, about=worker.about, trust=trust(worker), policies=names), policies
