"""What is to be made in Vault, before it is written for a person or a machine: policies, keys, roles, entities.

Every ``about`` and every reason is one line of ASCII that may stand in a comment.
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
    """An ACL policy; ``about`` says in one line whose it is."""

    name: str
    about: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a domain's tasks log in to; ``fields`` are the role's parameters, as Vault's API calls them."""

    name: str
    about: str
    kind: str
    mount: str
    fields: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitKey:
    """A Transit key; ``fields`` are its parameters, as Vault's API calls them."""

    name: str
    about: str
    mount: str
    fields: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Vault's record of a domain, and the name under which the domain's tasks come from the auth mount."""

    name: str
    about: str
    metadata: Mapping[str, str]
    alias: str
    auth_mount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """A setting of an auth mount as a whole."""

    mount: str
    about: str
    fields: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultDocuments:
    """All that a deployment needs, in the order in which it is made."""

    namespace: str | None
    policies: tuple[Policy, ...]
    keys: tuple[TransitKey, ...]
    tunings: tuple[Tuning, ...]
    roles: tuple[Role, ...]
    entities: tuple[Entity, ...]
    """Only templated policies need them."""
    remark: str = ""
    """What to know before applying them, in one line of ASCII."""
