"""The documents of a deployment in Vault, as data: policies, keys, roles and entities.

Every ``about`` and every reason is one line of ASCII, which a comment may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from secure_xcom.model.value import JSON


@dataclass(frozen=True, slots=True)
class Rule:
    """A path and, for each capability there, what breaks without it."""

    path: str
    without: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An ACL policy. ``about`` says which tasks have it."""

    name: str
    about: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The role that a domain's tasks log in with. ``fields`` are its parameters in Vault's API."""

    name: str
    about: str
    kind: str
    mount: str
    fields: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitKey:
    """A Transit key. ``fields`` are its parameters in Vault's API."""

    name: str
    about: str
    mount: str
    fields: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Vault's record of a domain, and the alias of the domain's tasks at the auth mount."""

    name: str
    about: str
    metadata: Mapping[str, str]
    alias: str
    auth_mount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """A setting of a whole auth mount."""

    mount: str
    about: str
    fields: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultDocuments:
    """All documents of a deployment, in the order in which they are applied."""

    namespace: str | None
    policies: tuple[Policy, ...]
    keys: tuple[TransitKey, ...]
    tunings: tuple[Tuning, ...]
    roles: tuple[Role, ...]
    entities: tuple[Entity, ...]
    """Only templated policies need them."""
    remark: str = ""
    """What the operator must know before applying them, in one line of ASCII."""
