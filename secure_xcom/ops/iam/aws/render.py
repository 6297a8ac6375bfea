"""AWS documents as text: JSON, Terraform, or a script of ``aws`` commands; a comment says what each right is for.

What stands in quotes has come through ``iam.aws_deployment``'s narrow alphabets, and comments are one line of ASCII. It
is quoted for its format all the same, so that no Dag is trusted for its name.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.value import JSON
from secure_xcom.ops.iam.aws.documents import AwsDocuments
from secure_xcom.ops.iam.aws.policy import Document

_HCL: Final = (",", " : ")
"""How Terraform's own formatter sets JSON."""

_REPLACES_BUCKET: Final = "It replaces the policy that the bucket has."
_REPLACES_KEY: Final = (
    "It replaces the policy that the key has. KMS refuses one that locks out its setter, who must be "
)


def render(documents: AwsDocuments, form: str) -> str:
    """Return the text, the same for the same documents. Raises ``ConfigurationError`` for an unknown format."""
    if form not in FORMATS:
        raise ConfigurationError(f"--format: {form!r} is none of {', '.join(FORMATS)}")
    return FORMATS[form](documents)


def as_json(documents: AwsDocuments) -> str:
    """One object with a list of documents; ``why`` has the reason of each statement by its ``Sid``."""
    attached: dict[str, list[JSON]] = {}
    for principal, policy in _attachments(documents):
        attached.setdefault(policy, []).append(principal)
    listed = [
        {
            "name": document.name,
            "kind": document.kind.label,
            "attached_to": attached.get(document.name, []),
            "document": document.as_json(),
            "why": {statement.sid: f"without it, {statement.without}" for statement in document.statements},
        }
        for document in (
            *documents.policies,
            *(role.trust for role in documents.roles),
            documents.bucket,
            documents.key,
        )
    ]
    return json.dumps({"documents": listed}, indent=2) + "\n"


def terraform(documents: AwsDocuments) -> str:
    """Resources of the AWS provider, one of each kind with an instance for each name."""
    policies = {policy.name: policy for policy in documents.policies}
    trusts = {role.name: role.trust for role in documents.roles}
    blocks = [_each("aws_iam_policy", "policy", policies), _each("aws_iam_role", "assume_role_policy", trusts)]
    blocks += [*_attachments_terraform(documents), _bucket_terraform(documents), _key_terraform(documents)]
    return "\n".join(blocks)


def cli(documents: AwsDocuments) -> str:
    """A shell script for a first set-up; it stops where something is there already."""
    return "\n".join(("#!/bin/sh\nset -eu\n", *_commands(documents)))


FORMATS: Final[Mapping[str, Callable[[AwsDocuments], str]]] = MappingProxyType(
    {"json": as_json, "terraform": terraform, "cli": cli}
)


def _attachments(documents: AwsDocuments) -> Iterator[tuple[str, str]]:
    """Yield who is given a policy, a role as ``role/name`` and a user as ``user/name``, and its name."""
    yield from ((f"role/{role.name}", policy) for role in documents.roles for policy in role.policies)
    for arn in documents.deployment.operators:
        kind, *_, name = arn.rpartition(":")[2].split("/")
        yield from ((f"{kind}/{name}", policy) for policy in documents.operator_policies)


def _each(kind: str, argument: str, instances: Mapping[str, Document]) -> str:
    """A resource whose instances have a map key for their name: an identifier takes no dot, and a name may."""
    each = "".join(f"    {_quoted(name)} = {_encoded(document, 4)}\n" for name, document in instances.items())
    width = len(argument)
    return (
        f'resource "{kind}" "xcom" {{\n  for_each = {{\n{each}  }}\n'
        f"  {'name':{width}} = each.key\n  {argument} = each.value\n}}\n"
    )


def _attachments_terraform(documents: AwsDocuments) -> Iterator[str]:
    ours = {f"role/{role.name}" for role in documents.roles}
    pairs = list(_attachments(documents))
    for label, kind, chosen in (
        ("xcom", "role", [pair for pair in pairs if pair[0] in ours]),
        ("operator", "role", [pair for pair in pairs if pair[0] not in ours and pair[0].startswith("role/")]),
        ("operator", "user", [pair for pair in pairs if pair[0].startswith("user/")]),
    ):
        if chosen:
            width = max(len(_quoted(" ".join(pair))) for pair in chosen)
            each = "".join(
                f"    {_quoted(f'{who} {policy}'):{width}} = [{_quoted(who.partition('/')[2])}, {_quoted(policy)}]\n"
                for who, policy in chosen
            )
            name = "aws_iam_role.xcom[each.value[0]].name" if label == "xcom" else "each.value[0]"
            yield (
                f'resource "aws_iam_{kind}_policy_attachment" "{label}" {{\n  for_each = {{\n{each}  }}\n'
                f"  {kind}       = {name}\n  policy_arn = aws_iam_policy.xcom[each.value[1]].arn\n}}\n"
            )


def _bucket_terraform(documents: AwsDocuments) -> str:
    return (
        f'# {_REPLACES_BUCKET}\nresource "aws_s3_bucket_policy" "xcom" {{\n'
        f"  bucket = {_quoted(documents.deployment.bucket)}\n"
        f"  policy = {_encoded(documents.bucket, 2)}\n}}\n"
    )


def _key_terraform(documents: AwsDocuments) -> str:
    return (
        f'# {_REPLACES_KEY}{documents.deployment.key_administrator}\nresource "aws_kms_key_policy" "xcom" {{\n'
        f"  key_id = {_quoted(documents.deployment.key_arn)}\n"
        f"  policy = {_encoded(documents.key, 2)}\n"
        "  # KMS takes no policy that names a role before it exists.\n"
        "  depends_on = [aws_iam_role.xcom]\n}\n"
    )


def _encoded(document: Document, indent: int) -> str:
    """An expression for the document; an object of JSON is one of HCL, too."""
    margin = " " * indent
    statements = (
        f"# {statement.comment}\n{_template_literal(json.dumps(statement.as_json(), indent=2, separators=_HCL))},"
        for statement in document.statements
    )
    inner = _indented("\n".join(statements), indent + 4)
    head = f'jsonencode({{\n{margin}  "Version" : "2012-10-17",\n{margin}  "Statement" : [\n'
    return f"{head}{inner}\n{margin}  ]\n{margin}}})"


def _commands(documents: AwsDocuments) -> Iterator[str]:
    deployment = documents.deployment
    for policy in documents.policies:
        yield _command(policy, f"aws iam create-policy --policy-name {shlex.quote(policy.name)} --policy-document")
    for role in documents.roles:
        name = shlex.quote(role.name)
        create = _command(role.trust, f"aws iam create-role --role-name {name} --assume-role-policy-document")
        yield f"# {role.about}\n{create}aws iam wait role-exists --role-name {name}\n"
    for who, policy_name in _attachments(documents):
        kind, _, name = who.partition("/")
        arn = f"arn:{deployment.partition}:iam::{deployment.account}:policy/{policy_name}"
        yield (f"aws iam attach-{kind}-policy --{kind}-name {shlex.quote(name)} --policy-arn {shlex.quote(arn)}\n")
    bucket = f"aws s3api put-bucket-policy --bucket {shlex.quote(deployment.bucket)} --policy"
    yield f"# {_REPLACES_BUCKET}\n{_command(documents.bucket, bucket)}"
    key = f"aws kms put-key-policy --key-id {shlex.quote(deployment.key_arn)} --policy-name default --policy"
    yield f"# {_REPLACES_KEY}{deployment.key_administrator}\n{_command(documents.key, key)}"


def _command(document: Document, command: str) -> str:
    """A command that reads the document. The text is quoted for the shell, and no line of it is the end mark."""
    comments = "".join(f"# {statement.comment}\n" for statement in document.statements)
    return f"{comments}{command} file:///dev/stdin <<'EOF'\n{json.dumps(document.as_json(), indent=2)}\nEOF\n"


def _quoted(text: str) -> str:
    """A string of HCL, which Terraform takes for nothing else."""
    return _template_literal(json.dumps(text))


def _template_literal(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")


def _indented(text: str, by: int) -> str:
    return "\n".join(f"{' ' * by}{line}" for line in text.split("\n"))
