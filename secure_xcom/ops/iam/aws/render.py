"""AWS documents as text: JSON, Terraform, or a script of ``aws`` commands. Each right comes with its reason.

``AwsDeployment`` takes narrow alphabets only, and comments are one line of ASCII. Everything is quoted for its format
all the same, so that no Dag is trusted for its name.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from secure_xcom.model.value import JSON
from secure_xcom.ops.iam import terraform
from secure_xcom.ops.iam.aws.documents import AwsDocuments
from secure_xcom.ops.iam.aws.policy import Document

_ENCODED: Final = "${jsonencode(each.value)}"

_REPLACES_BUCKET: Final = "It replaces the policy that the bucket has."
_REPLACES_KEY: Final = (
    "It replaces the policy that the key has. KMS refuses one that locks out its setter, who must be {}"
)


class AwsFormat(StrEnum):
    """How the documents are printed."""

    JSON = "json"
    TERRAFORM = "terraform"
    CLI = "cli"


def render(documents: AwsDocuments, form: str) -> str:
    """Return the text in an ``AwsFormat``, the same for the same documents."""
    return _RENDERERS[AwsFormat(form)](documents)


def _json(documents: AwsDocuments) -> str:
    """One object with a list of documents; ``why`` has the reason of each statement by its ``Sid``."""
    attached: dict[str, list[JSON]] = {}
    for one in _attachments(documents):
        attached.setdefault(one.policy, []).append(f"{one.kind}/{one.name}")
    listed: list[JSON] = [
        {
            "name": document.name,
            "kind": document.kind.label,
            "attached_to": attached.get(document.name, []),
            "document": document.as_json(),
            "why": _reasons(document),
        }
        for document in (
            *documents.policies,
            *(role.trust for role in documents.roles),
            *documents.buckets,
            documents.key,
        )
    ]
    remark: dict[str, JSON] = {"remark": documents.remark} if documents.remark else {}
    return json.dumps({**remark, "documents": listed}, indent=2) + "\n"


def _terraform(documents: AwsDocuments) -> str:
    """Resources of Terraform's AWS provider."""
    return terraform.render(_blocks(documents), comment=documents.remark)


def _script(documents: AwsDocuments) -> str:
    """A shell script for a first set-up; it stops where something is there already."""
    remark = (f"# {documents.remark}\n",) if documents.remark else ()
    return "\n".join(("#!/bin/sh\nset -eu\n", *remark, *_commands(documents)))


_RENDERERS: Final[Mapping[AwsFormat, Callable[[AwsDocuments], str]]] = MappingProxyType(
    {AwsFormat.JSON: _json, AwsFormat.TERRAFORM: _terraform, AwsFormat.CLI: _script}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attachment:
    """A managed policy on a role or a user."""

    to: Literal["xcom", "operator"]
    """A role that is made here, or an identity that is there already."""
    kind: str
    name: str
    policy: str


def _attachments(documents: AwsDocuments) -> Iterator[_Attachment]:
    for role in documents.roles:
        yield from (_Attachment(to="xcom", kind="role", name=role.name, policy=policy) for policy in role.policies)
    for arn in documents.deployment.operators:
        kind, *_, name = arn.rpartition(":")[2].split("/")
        for policy in documents.operator_policies:
            yield _Attachment(to="operator", kind=kind, name=name, policy=policy)


def _reasons(document: Document) -> dict[str, JSON]:
    return {statement.sid: f"without it, {statement.without}" for statement in document.statements}


def _blocks(documents: AwsDocuments) -> Iterator[terraform.Block]:
    trusts = [role.trust for role in documents.roles]
    yield _documents_block("aws_iam_policy", documents.policies, {"name": "${each.key}", "policy": _ENCODED})
    yield _documents_block("aws_iam_role", trusts, {"name": "${each.key}", "assume_role_policy": _ENCODED})
    yield from _attachment_blocks(documents)
    bucket: dict[str, JSON] = {"bucket": "${each.key}", "policy": _ENCODED}
    yield _documents_block("aws_s3_bucket_policy", documents.buckets, bucket, about=_REPLACES_BUCKET)
    # KMS takes no policy that names a role before the role exists.
    key: dict[str, JSON] = {"key_id": "${each.key}", "policy": _ENCODED, "depends_on": ["aws_iam_role.xcom"]}
    yield _documents_block("aws_kms_key_policy", [documents.key], key, about=_replaces_key(documents))


def _documents_block(
    kind: str, documents: Sequence[Document], arguments: Mapping[str, JSON], *, about: str = ""
) -> terraform.Block:
    """Return a block with an instance for each document."""
    why: dict[str, JSON] = {document.name: _reasons(document) for document in documents}
    return terraform.Block(
        type=kind,
        comment={"about": about, "why": why} if about else {"why": why},
        instances={document.name: document.as_json() for document in documents},
        arguments=arguments,
    )


def _attachment_blocks(documents: AwsDocuments) -> Iterator[terraform.Block]:
    groups: dict[tuple[str, str], list[_Attachment]] = {}
    for one in _attachments(documents):
        groups.setdefault((one.to, one.kind), []).append(one)
    for (to, kind), group in groups.items():
        # A reference to a role that is made here has Terraform make it first.
        principal = "aws_iam_role.xcom[each.value.principal].name" if to == "xcom" else "each.value.principal"
        yield terraform.Block(
            type=f"aws_iam_{kind}_policy_attachment",
            name=to,
            instances={f"{one.name} {one.policy}": {"principal": one.name, "policy": one.policy} for one in group},
            arguments={kind: f"${{{principal}}}", "policy_arn": "${aws_iam_policy.xcom[each.value.policy].arn}"},
        )


def _commands(documents: AwsDocuments) -> Iterator[str]:
    deployment = documents.deployment
    for policy in documents.policies:
        yield _command(policy, f"aws iam create-policy --policy-name {shlex.quote(policy.name)} --policy-document")
    for role in documents.roles:
        name = shlex.quote(role.name)
        create = _command(role.trust, f"aws iam create-role --role-name {name} --assume-role-policy-document")
        yield f"# {role.about}\n{create}aws iam wait role-exists --role-name {name}\n"
    for one in _attachments(documents):
        arn = shlex.quote(f"arn:{deployment.partition}:iam::{deployment.account}:policy/{one.policy}")
        yield f"aws iam attach-{one.kind}-policy --{one.kind}-name {shlex.quote(one.name)} --policy-arn {arn}\n"
    for bucket in documents.buckets:
        put = f"aws s3api put-bucket-policy --bucket {shlex.quote(bucket.name)} --policy"
        yield f"# {_REPLACES_BUCKET}\n{_command(bucket, put)}"
    key = f"aws kms put-key-policy --key-id {shlex.quote(deployment.key_arn)} --policy-name default --policy"
    yield f"# {_replaces_key(documents)}\n{_command(documents.key, key)}"


def _replaces_key(documents: AwsDocuments) -> str:
    return _REPLACES_KEY.format(documents.deployment.key_administrator)


def _command(document: Document, command: str) -> str:
    """Return a command that reads the document. No line of JSON is the mark that ends it."""
    comments = "".join(f"# {statement.comment}\n" for statement in document.statements)
    return f"{comments}{command} file:///dev/stdin <<'EOF'\n{json.dumps(document.as_json(), indent=2)}\nEOF\n"
