"""Vault documents as text: HCL policies, a script of ``vault`` commands, JSON for Vault's API, or Terraform.

``VaultDeployment`` takes narrow alphabets only, and comments are one line of ASCII. Everything is quoted for its format
all the same, so that no Dag is trusted for its name.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from secure_xcom.model.value import JSON
from secure_xcom.ops.iam import terraform
from secure_xcom.ops.iam.vault.documents import Entity, Policy, Rule, VaultDocuments


class VaultFormat(StrEnum):
    """How the documents are printed."""

    HCL = "hcl"
    CLI = "cli"
    JSON = "json"
    TERRAFORM = "terraform"


def render(documents: VaultDocuments, form: str) -> str:
    """Return the text in a ``VaultFormat``, the same for the same documents."""
    return _RENDERERS[VaultFormat(form)](documents)


def policy_hcl(policy: Policy) -> str:
    """Return one policy as ``vault policy write`` takes it."""
    return "\n".join((f"# {policy.about}.\n", *(_rule_hcl(rule) for rule in policy.rules)))


def _hcl(documents: VaultDocuments) -> str:
    """The policies, each below a comment with its name; for reading, since one file holds all of them."""
    policies = (f"# Policy {policy.name}\n{policy_hcl(policy)}" for policy in documents.policies)
    return "\n".join((*_remark(documents), *policies))


def _script(documents: VaultDocuments) -> str:
    """A shell script; it may be run again, and changes no key that is there."""
    return "\n".join(("#!/bin/sh\nset -eu\n", *_remark(documents), *_commands(documents)))


def _json(documents: VaultDocuments) -> str:
    """The bodies of the requests to Vault's API, by their paths.

    A policy's body is its ``policy``, to be sent as a string. An alias needs two ids that Vault gives: of its entity,
    and the accessor of its ``auth_mount``.
    """
    content = {
        "namespace": documents.namespace,
        "policies": {policy.name: _policy_json(policy) for policy in documents.policies},
        "writes": {path: body for path, _, body in _writes(documents)},
        "aliases": {
            entity.name: {"name": entity.alias, "auth_mount": entity.auth_mount} for entity in documents.entities
        },
    }
    remark = {"remark": documents.remark} if documents.remark else {}
    return json.dumps(remark | content, indent=2) + "\n"


def _terraform(documents: VaultDocuments) -> str:
    """Resources of Terraform's Vault provider."""
    namespace = {} if documents.namespace is None else {"namespace": terraform.literal(documents.namespace)}
    return terraform.render(_blocks(documents), comment=documents.remark, common=namespace)


_RENDERERS: Final[Mapping[VaultFormat, Callable[[VaultDocuments], str]]] = MappingProxyType(
    {
        VaultFormat.HCL: _hcl,
        VaultFormat.CLI: _script,
        VaultFormat.JSON: _json,
        VaultFormat.TERRAFORM: _terraform,
    }
)


def _remark(documents: VaultDocuments) -> tuple[str, ...]:
    return (f"# {documents.remark}\n",) if documents.remark else ()


def _rule_hcl(rule: Rule) -> str:
    reasons = "".join(f"# {right}: without it, {reason}.\n" for right, reason in rule.without.items())
    return f"{reasons}path {json.dumps(rule.path)} {{\n  capabilities = {json.dumps(list(rule.without))}\n}}\n"


def _policy_json(policy: Policy) -> dict[str, JSON]:
    rules: dict[str, JSON] = {}
    for rule in policy.rules:
        reasons = "; ".join(f"{right}: without it, {reason}" for right, reason in rule.without.items())
        rules[rule.path] = {"comment": reasons, "capabilities": list(rule.without)}
    return {"path": rules}


def _writes(documents: VaultDocuments) -> Iterator[tuple[str, str, Mapping[str, JSON]]]:
    """Yield the path, a comment and the body of each request, in their order."""
    for key in documents.keys:
        yield f"{key.mount}/keys/{key.name}", key.about, key.fields
    for tuning in documents.tunings:
        yield f"sys/auth/{tuning.mount}/tune", tuning.about, tuning.fields
    for role in documents.roles:
        yield f"auth/{role.mount}/role/{role.name}", role.about, role.fields
    for entity in documents.entities:
        yield f"identity/entity/name/{entity.name}", entity.about, {"metadata": dict(entity.metadata)}


def _commands(documents: VaultDocuments) -> Iterator[str]:
    if documents.namespace is not None:
        yield f"export VAULT_NAMESPACE={shlex.quote(documents.namespace)}\n"
    for policy in documents.policies:
        yield f"vault policy write {shlex.quote(policy.name)} - {_here(policy_hcl(policy))}"
    for path, about, body in _writes(documents):
        yield f"# {about}\nvault write {shlex.quote(path)} - {_here(json.dumps(body, indent=2))}"
    for entity in documents.entities:
        yield _alias_command(entity)


def _alias_command(entity: Entity) -> str:
    return (
        f"# A login as {entity.alias} is one of {entity.name}\n"
        f"vault write identity/entity-alias {shlex.quote(f'name={entity.alias}')} \\\n"
        f'  canonical_id="$(vault read -field=id {shlex.quote(f"identity/entity/name/{entity.name}")})" \\\n'
        f'  mount_accessor="$(vault read -field=accessor {shlex.quote(f"sys/auth/{entity.auth_mount}")})"\n'
    )


def _here(text: str) -> str:
    # The mark is quoted, so the shell expands nothing. No line of a policy or of JSON is the mark.
    return f"<<'EOF'\n{text.rstrip()}\nEOF\n"


def _blocks(documents: VaultDocuments) -> Iterator[terraform.Block]:
    policies = [_Instance(policy.name, policy.about, _policy_json(policy)) for policy in documents.policies]
    yield _block("vault_policy", policies, {"name": "${each.key}", "policy": "${jsonencode(each.value)}"})
    if documents.keys:
        keys = [_Instance(key.name, key.about, {"backend": key.mount, **key.fields}) for key in documents.keys]
        yield _block("vault_transit_secret_backend_key", keys, {"name": "${each.key}", **_arguments(keys)})
    if documents.tunings:
        tunings = [_Instance(tuning.mount, tuning.about, tuning.fields) for tuning in documents.tunings]
        yield _block("vault_generic_endpoint", tunings, _TUNING)
    for kind in sorted({role.kind for role in documents.roles}):
        roles = [
            _Instance(role.name, role.about, {"backend": role.mount, **role.fields})
            for role in documents.roles
            if role.kind == kind
        ]
        yield _block(f"vault_{kind}_auth_backend_role", roles, {"role_name": "${each.key}", **_arguments(roles)})
    if documents.entities:
        yield from _entity_blocks(documents.entities)


def _entity_blocks(entities: Sequence[Entity]) -> Iterator[terraform.Block]:
    metadata = [_Instance(entity.name, entity.about, {"metadata": dict(entity.metadata)}) for entity in entities]
    yield _block("vault_identity_entity", metadata, {"name": "${each.key}", **_arguments(metadata)})
    mount = terraform.literal(entities[0].auth_mount)
    yield terraform.Block(type="vault_auth_backend", is_data=True, arguments={"path": mount})
    yield terraform.Block(
        type="vault_identity_entity_alias",
        instances={entity.name: entity.alias for entity in entities},
        arguments={
            "name": "${each.value}",
            "canonical_id": "${vault_identity_entity.xcom[each.key].id}",
            "mount_accessor": "${data.vault_auth_backend.xcom.accessor}",
        },
    )


# The provider has no resource for one setting of a mount that something else has made.
_TUNING: Final[Mapping[str, JSON]] = {
    "path": "sys/auth/${each.key}/tune",
    "data_json": "${jsonencode(each.value)}",
    "disable_read": True,
    "disable_delete": True,
}


@dataclass(frozen=True, slots=True)
class _Instance:
    name: str
    about: str
    value: Mapping[str, JSON]


def _block(kind: str, instances: Sequence[_Instance], arguments: Mapping[str, JSON]) -> terraform.Block:
    return terraform.Block(
        type=kind,
        comment={one.name: one.about for one in instances},
        instances={one.name: dict(one.value) for one in instances},
        arguments=arguments,
    )


def _arguments(instances: Sequence[_Instance]) -> dict[str, JSON]:
    """Return an argument for each field of the instances, which all have the same."""
    return {name: f"${{each.value.{name}}}" for name in instances[0].value}
