"""Vault documents as text: HCL policies, a script of ``vault`` commands, JSON for Vault's API, or Terraform.

What stands in quotes has come through ``iam.vault``'s narrow alphabets, and comments are one line of ASCII. It is
quoted for its format all the same, so that no Dag is trusted for its name.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.value import JSON
from secure_xcom.ops.iam.vault.documents import Entity, Policy, Rule, VaultDocuments

Instance: TypeAlias = tuple[str, str, Mapping[str, JSON]]
"""A name or path, a comment, and what is to be there."""


def render(documents: VaultDocuments, form: str) -> str:
    """Return the text, the same for the same documents. Raises ``ConfigurationError`` for an unknown format."""
    if form not in FORMATS:
        raise ConfigurationError(f"--format: {form!r} is none of {', '.join(FORMATS)}")
    return FORMATS[form](documents)


def hcl(documents: VaultDocuments) -> str:
    """The policies, each below a comment with its name; for reading, since one file holds all of them."""
    return "\n".join(f"# Policy {policy.name}\n{policy_hcl(policy)}" for policy in documents.policies)


def policy_hcl(policy: Policy) -> str:
    """One policy as ``vault policy write`` takes it."""
    return "\n".join((f"# {policy.about}.\n", *(_rule_hcl(rule) for rule in policy.rules)))


def cli(documents: VaultDocuments) -> str:
    """A shell script; it may be run again, and changes no key that is there."""
    return "\n".join(_commands(documents))


def as_json(documents: VaultDocuments) -> str:
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
    return json.dumps(content, indent=2) + "\n"


def terraform(documents: VaultDocuments) -> str:
    """Resources of the Vault provider, one of each kind with an instance for each name."""
    kinds = {role.kind for role in documents.roles}
    blocks = [_policies_terraform(documents), _each("vault_transit_secret_backend_key", _keys(documents), documents)]
    blocks += [_each("vault_generic_endpoint", _tunings(documents), documents)]
    blocks += [_each(f"vault_{kind}_auth_backend_role", _roles(documents), documents) for kind in sorted(kinds)]
    if documents.entities:
        blocks += [_each("vault_identity_entity", _entities(documents), documents), _aliases_terraform(documents)]
    return "\n".join(block for block in blocks if block)


FORMATS: Final[Mapping[str, Callable[[VaultDocuments], str]]] = MappingProxyType(
    {"hcl": hcl, "cli": cli, "json": as_json, "terraform": terraform}
)


def _rule_hcl(rule: Rule) -> str:
    reasons = "".join(f"# {right}: without it, {reason}.\n" for right, reason in rule.without.items())
    rights = ", ".join(_quoted(right) for right in rule.without)
    return f"{reasons}path {_quoted(rule.path)} {{\n  capabilities = [{rights}]\n}}\n"


def _policy_json(policy: Policy) -> dict[str, JSON]:
    rules: dict[str, JSON] = {}
    for rule in policy.rules:
        reasons = "; ".join(f"{right}: without it, {reason}" for right, reason in rule.without.items())
        rules[rule.path] = {"comment": reasons, "capabilities": list(rule.without)}
    return {"path": rules}


def _writes(documents: VaultDocuments) -> Iterator[Instance]:
    for key in documents.keys:
        yield f"{key.mount}/keys/{key.name}", key.about, key.fields
    for tuning in documents.tunings:
        yield f"sys/auth/{tuning.mount}/tune", tuning.about, tuning.fields
    for role in documents.roles:
        yield f"auth/{role.mount}/role/{role.name}", role.about, role.fields
    for entity in documents.entities:
        yield f"identity/entity/name/{entity.name}", entity.about, {"metadata": dict(entity.metadata)}


def _commands(documents: VaultDocuments) -> Iterator[str]:
    yield "#!/bin/sh\nset -eu\n"
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
        f"# Whoever logs in as {entity.alias} is {entity.name}\n"
        f"vault write identity/entity-alias {shlex.quote(f'name={entity.alias}')} \\\n"
        f'  canonical_id="$(vault read -field=id {shlex.quote(f"identity/entity/name/{entity.name}")})" \\\n'
        f'  mount_accessor="$(vault read -field=accessor {shlex.quote(f"sys/auth/{entity.auth_mount}")})"\n'
    )


def _here(text: str) -> str:
    # Quoted, so that the shell expands nothing. Lines begin with '#', 'path', a bracket or a space: none ends it.
    return f"<<'EOF'\n{text.rstrip()}\nEOF\n"


def _policies_terraform(documents: VaultDocuments) -> str:
    texts = {policy.name: _template_literal(policy_hcl(policy)).rstrip() for policy in documents.policies}
    each = "".join(f"    {_quoted(name)} = <<-EOT\n{_indented(text, 6)}\n    EOT\n" for name, text in texts.items())
    return (
        'resource "vault_policy" "xcom" {\n'
        f"  for_each = {{\n{each}  }}\n"
        f"{_namespace(documents)}  name = each.key\n  policy = each.value\n}}\n"
    )


def _keys(documents: VaultDocuments) -> list[Instance]:
    return [(key.name, key.about, {"backend": key.mount, "name": key.name, **key.fields}) for key in documents.keys]


def _tunings(documents: VaultDocuments) -> list[Instance]:
    # The provider has no resource for one setting of a mount that something else has made.
    once: dict[str, JSON] = {"disable_read": True, "disable_delete": True}
    return [
        (
            tuning.mount,
            tuning.about,
            {"path": f"sys/auth/{tuning.mount}/tune", "data_json": json.dumps(tuning.fields), **once},
        )
        for tuning in documents.tunings
    ]


def _roles(documents: VaultDocuments) -> list[Instance]:
    return [
        (role.name, role.about, {"backend": role.mount, "role_name": role.name, **role.fields})
        for role in documents.roles
    ]


def _entities(documents: VaultDocuments) -> list[Instance]:
    return [
        (entity.name, entity.about, {"name": entity.name, "metadata": dict(entity.metadata)})
        for entity in documents.entities
    ]


def _each(kind: str, instances: list[Instance], documents: VaultDocuments) -> str:
    """A resource whose instances have a map key for their name: an identifier takes no dot, and a name may."""
    if not instances:
        return ""
    each = "".join(
        f"    # {about}\n    {_quoted(name)} = {_value(arguments, 4)}\n" for name, about, arguments in instances
    )
    given = "".join(f"  {argument} = each.value.{argument}\n" for argument in instances[0][2])
    return f'resource "{kind}" "xcom" {{\n  for_each = {{\n{each}  }}\n{_namespace(documents)}{given}}}\n'


def _aliases_terraform(documents: VaultDocuments) -> str:
    mount = documents.entities[0].auth_mount
    each = "".join(f"    {_quoted(entity.name)} = {_quoted(entity.alias)}\n" for entity in documents.entities)
    return (
        f'data "vault_auth_backend" "xcom" {{\n{_namespace(documents)}  path = {_quoted(mount)}\n}}\n\n'
        'resource "vault_identity_entity_alias" "xcom" {\n'
        f"  for_each = {{\n{each}  }}\n{_namespace(documents)}"
        "  name = each.value\n"
        "  canonical_id = vault_identity_entity.xcom[each.key].id\n"
        "  mount_accessor = data.vault_auth_backend.xcom.accessor\n}\n"
    )


def _namespace(documents: VaultDocuments) -> str:
    return "" if documents.namespace is None else f"  namespace = {_quoted(documents.namespace)}\n"


def _value(value: object, indent: int) -> str:
    """An HCL expression; a mapping has a line for each entry."""
    match value:
        case Mapping():
            inner = "".join(f"{' ' * (indent + 2)}{_quoted(key)} = {_value(value[key], indent + 2)}\n" for key in value)
            return f"{{\n{inner}{' ' * indent}}}"
        case list():
            return f"[{', '.join(_value(item, indent) for item in value)}]"
        case str():
            return _quoted(value)
    return json.dumps(value)


def _quoted(text: str) -> str:
    """A string of HCL, which also Terraform takes for nothing else."""
    return _template_literal(json.dumps(text))


def _template_literal(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")


def _indented(text: str, by: int) -> str:
    return "\n".join(f"{' ' * by}{line}" if line else "" for line in text.split("\n"))
