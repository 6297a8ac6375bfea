"""What the generated policies allow to whom, from ``ops.iam``: the statements and rules, without their notation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from secure_xcom.errors import ConfigurationError, SecureXComError
from secure_xcom.ops.audit.report.pack import Identities, Permission
from secure_xcom.ops.iam.aws.documents import documents as aws_documents
from secure_xcom.ops.iam.aws.policy import Document
from secure_xcom.ops.iam.deployments import AwsOptions, VaultOptions, aws_deployment, vault_deployment
from secure_xcom.ops.iam.domains import Domains
from secure_xcom.ops.iam.vault.deployment import documents as vault_documents
from secure_xcom.settings.settings import Settings

_NAMED: Final = "arn:aws:iam::000000000000:role/{}"
"""Stands for an identity that only the operator can name, with an account that nobody has."""

_Permissions: TypeAlias = Callable[[], tuple[Permission, ...]]

_VAULT: Final = frozenset({"vault", "vault-transit"})

_ONE_USER: Final = (
    "no policy is generated: each process of the worker's user reads the store and the keyring, and so does each Dag"
)


def identities_of(settings: Settings, domains: Domains) -> tuple[Identities, ...]:
    """Return the policies of each platform that a store or a key is on."""
    schemes = {settings.store.scheme, settings.key.scheme if settings.key else settings.store.scheme}
    found = []
    if "s3" in schemes or "aws-kms" in schemes:
        found.append(_tried("AWS", lambda: tuple(_of_aws(settings, domains))))
    if schemes & _VAULT:
        found.append(_tried("Vault", lambda: tuple(_of_vault(settings, domains))))
    if "file" in schemes:
        found.append(Identities(kind="the worker's user", problem=_ONE_USER))
    others = sorted(schemes - _VAULT - {"s3", "aws-kms", "file", "local"})
    found.extend(
        Identities(kind=f"{scheme}://", problem="no policy is generated for it: the platform's own rights decide")
        for scheme in others
    )
    return tuple(found)


def _tried(kind: str, permissions: _Permissions) -> Identities:
    try:
        return Identities(kind=kind, permissions=permissions())
    except ConfigurationError as error:
        why = "; ".join(error.problems)
    except SecureXComError as error:
        why = error.message
    return Identities(kind=kind, problem=f"the policies cannot be generated from these settings: {why}")


def _of_aws(settings: Settings, domains: Domains) -> Iterator[Permission]:
    options = AwsOptions(
        trusted=(_NAMED.format("the-workers-identity"),),
        operators=(_NAMED.format("the-operator").replace("000000000000", _account(settings)),),
        key_administrator=_NAMED.format("the-key-administrator"),
        account=_account(settings),
    )
    found = aws_documents(aws_deployment(settings, domains, options))
    for document in (*found.policies, *found.buckets, found.key):
        yield from _of_document(document)


def _account(settings: Settings) -> str:
    """Return the account of the role that the store names, or a stand-in."""
    role = settings.store.params.get("role_arn", "")
    parts = role.split(":")
    return parts[4] if len(parts) > 5 and parts[4] else "000000000000"


def _of_document(document: Document) -> Iterator[Permission]:
    for statement in document.statements:
        but = ("all but:", *statement.all_actions_but) if statement.all_actions_but else statement.actions
        on = ("all but:", *statement.all_resources_but) if statement.all_resources_but else statement.resources
        yield Permission(
            identity=f"{document.kind.label} {document.name}",
            effect=statement.effect.lower(),
            actions=but,
            resources=on,
            without=statement.without,
        )


def _of_vault(settings: Settings, domains: Domains) -> Iterator[Permission]:
    for policy in vault_documents(vault_deployment(settings, domains, VaultOptions())).policies:
        for rule in policy.rules:
            capabilities = tuple(sorted(rule.without))
            yield Permission(
                identity=f"{policy.name}: {policy.about}",
                effect="deny" if capabilities == ("deny",) else "allow",
                actions=capabilities,
                resources=(rule.path,),
                without="; ".join(rule.without[capability] for capability in capabilities),
            )
