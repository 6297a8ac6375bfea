"""What a deployment needs in Vault, as data: policies, roles, Transit keys and, for templated policies, entities.

The role of a domain has a writer's and a reader's policy. A grant adds the owner's reader's policy to the role of
another domain. Vault is not called, and ``ops.iam.vault.render`` makes the text.

All objects of a domain lie equally deep in its folder, and a pattern has one ``+`` for each segment below it. With
``etl*`` the Dag ``etl`` would reach ``etl2``. With ``etl/*`` and a right to delete, ``etl/../etl2/...`` removed objects
of ``etl2``: Vault's KV engine followed dots that its policies take for a name (CVE-2026-3605, fixed in Vault 2.0.0).
So each such path is denied, and secure-xcom should have a KV mount of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import DOMAIN_FIELD, Domain, fill
from secure_xcom.model.value import JSON
from secure_xcom.ops.iam.domains import DEFAULT_NAME, Domains, describe, readers_by_owner
from secure_xcom.ops.iam.vault.auth import AppRoleAuth, Auth
from secure_xcom.ops.iam.vault.documents import Entity, Policy, Role, Rule, TransitKey, VaultDocuments

_PATH: Final = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9_.=:@-]+(?:/[A-Za-z0-9_.=:@-]+)*", re.ASCII)
_KEY: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?", re.ASCII)
_ROLE: Final = re.compile(r"[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?", re.ASCII)
"""Vault ignores case in the names of roles and policies, so capital letters are refused."""

_BELOW_DAG: Final = 5
"""Segments of an object's name below the Dag: run_id, task_id, map_index, key and object id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A domain's folder, the depths of objects in it, and the domain's name."""

    folder: str
    depths: tuple[int, ...]
    name: str


# An entity does not say whether it belongs to a Dag or a namespace, so the policy needs both depths.
_OWN: Final = _Place(
    folder="{{identity.entity.metadata.dag_id}}",
    depths=(_BELOW_DAG, _BELOW_DAG + 1),
    name="{{identity.entity.metadata.domain}}",
)


def _place(domain: Domain) -> _Place:
    # The folder of a namespace holds the folders of its Dags.
    return _Place(folder=domain.segment, depths=(_BELOW_DAG + domain.is_namespace,), name=domain.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultDeployment:
    """Where in Vault a deployment keeps its objects and keys, and which domains it has.

    Raises one ``ConfigurationError`` with all problems.
    """

    domains: Domains
    kv_mount: str | None = None
    """``None`` if the store is not ``vault://``."""
    prefix: str = ""
    transit_mount: str | None = None
    """``None`` if the key is not ``vault-transit://``."""
    transit_key: str = DEFAULT_NAME
    """Without ``{domain}`` one key serves all domains, and only the store keeps them apart."""
    namespace: str | None = None
    auth: Auth = field(default_factory=AppRoleAuth)
    role: str = DEFAULT_NAME
    templated: bool = False
    """Whether two policies serve all domains and take the domain from the identity; otherwise each domain has two."""
    all_domains: bool = True
    """Whether ``domains`` are all that the deployment has. If not, the documents hold no operator's policy: it would
    name the keys of ``domains`` alone."""
    token_ttl: int = 3600
    """Seconds until a token expires, renewed or not. A renewed token keeps its policies, so a withdrawn grant ends when
    the token does."""

    def __post_init__(self) -> None:
        if problems := [f"iam vault: {problem}" for problem in (*self._problems(), *self.auth.problems())]:
            raise ConfigurationError(*problems)

    def _problems(self) -> Iterator[str]:
        if self.kv_mount is None and self.transit_mount is None:
            yield "neither store nor key of this deployment is in Vault"
        paths = (self.kv_mount, self.prefix or None, self.transit_mount, self.namespace, self.auth.mount)
        for path in paths:
            if path is not None and not _PATH.fullmatch(path):
                yield f"{path!r} cannot stand in a policy: use letters, digits and any of _.=:@- between slashes"
        fields = self.role.count(DOMAIN_FIELD)
        if fields != 1 or self.role == DOMAIN_FIELD or not _ROLE.fullmatch(fill(self.role, "x")):
            yield f"role: {self.role!r} must be {DOMAIN_FIELD} with some of a-z0-9_.- around it, as in {DEFAULT_NAME}"
        if not _KEY.fullmatch(fill(self.transit_key, "x")):
            yield f"key: {self.transit_key!r} is no name of a Transit key"
        if self.token_ttl <= 0:
            yield "token_ttl: must be over 0, in seconds"


def documents(deployment: VaultDeployment) -> VaultDocuments:
    """Return the documents: the same for the same domains in any order.

    Raises ``InvalidCoordinates`` for a Dag that cannot have a folder.
    """
    return _Generator(deployment).documents()


class _Generator:
    def __init__(self, deployment: VaultDeployment) -> None:
        self._deployment = deployment
        self._readers = readers_by_owner(deployment.domains)

    def documents(self) -> VaultDocuments:
        return VaultDocuments(
            namespace=self._deployment.namespace,
            policies=tuple(self._policies()),
            keys=tuple(self._keys()),
            tunings=self._deployment.auth.tunings(),
            roles=tuple(self._role(domain) for domain in self._readers),
            entities=tuple(self._entity(domain) for domain in self._readers) if self._deployment.templated else (),
            remark="" if self._deployment.all_domains else _NO_OPERATOR,
        )

    def _policies(self) -> Iterator[Policy]:
        yield Policy(name=self._shared("session"), about="Every domain's tasks", rules=_SESSION)
        if self._deployment.templated:
            yield Policy(name=self._shared("writer"), about="A domain writes its own values", rules=self._writer(_OWN))
            yield Policy(name=self._shared("reader"), about="A domain reads its own values", rules=self._reader(_OWN))
        for domain, readers in self._readers.items():
            name, owner, place = self._name(domain.name), describe(domain), _place(domain)
            if not self._deployment.templated:
                about = f"{owner} writes its own values"
                yield Policy(name=f"{name}-writer", about=about, rules=self._writer(place))
            # The identity of a reader does not name the owner, so the policy of a grant is never templated.
            if readers or not self._deployment.templated:
                about = f"{owner} and the readers that it grants access read its values"
                yield Policy(name=f"{name}-reader", about=about, rules=self._reader(place))
        if self._deployment.all_domains:
            about = "The operator, who verifies the ledger, seals its keys anew and removes orphans"
            yield Policy(name=self._shared("operator"), about=about, rules=tuple(self._operator()))

    def _writer(self, place: _Place) -> tuple[Rule, ...]:
        return (
            *self._objects("data", place, {"create": "no value can be sealed"}),
            *self._objects("metadata", place, {"delete": "a task that runs again cannot purge what it pushed"}),
            *self._transit("datakey/plaintext", place.name, "no value can be sealed: there is no data key for it"),
        )

    def _reader(self, place: _Place) -> tuple[Rule, ...]:
        return (
            *self._objects("data", place, {"read": "no sealed value can be pulled"}),
            *self._transit("decrypt", place.name, "no sealed value can be opened"),
        )

    def _operator(self) -> Iterator[Rule]:
        yield from self._kv(
            "data",
            "*",
            {
                "read": "the operator can see neither the age nor the key of an object",
                "create": "no object can be put into this store",
                "update": "no object can be replaced",
            },
        )
        yield from self._kv(
            "metadata",
            "*",
            {
                "list": "the operator finds no objects",
                "read": "the operator cannot tell how old an object is, so that no orphan is removed",
                "delete": "the operator cannot remove orphans below the prefix",
            },
        )
        for name in {self._key(domain.name): domain.name for domain in self._readers}.values():
            yield from self._transit("decrypt", name, "the ledger's keys cannot be opened, to verify it")
            yield from self._transit("datakey/plaintext", name, "the ledger's keys cannot be sealed anew")

    def _objects(self, kind: str, place: _Place, without: Mapping[str, str]) -> Iterator[Rule]:
        for depth in place.depths:
            for dots in range(-1, depth):
                segments = [".." if position == dots else "+" for position in range(depth)]
                # If two patterns match, Vault follows the one with fewer '+'.
                yield from self._kv(kind, "/".join((place.folder, *segments)), without if dots < 0 else _NO_WAY_UP)

    def _kv(self, kind: str, below: str, without: Mapping[str, str]) -> Iterator[Rule]:
        if self._deployment.kv_mount is not None:
            folders = (self._deployment.kv_mount, kind, self._deployment.prefix, below)
            yield Rule("/".join(folder for folder in folders if folder), without)

    def _transit(self, operation: str, name: str, without: str) -> Iterator[Rule]:
        if self._deployment.transit_mount is not None:
            yield Rule(f"{self._deployment.transit_mount}/{operation}/{self._key(name)}", {"update": without})

    def _keys(self) -> Iterator[TransitKey]:
        if self._deployment.transit_mount is None:
            return
        abouts = {self._key(domain.name): f"The data keys of {describe(domain)}" for domain in self._readers}
        if DOMAIN_FIELD not in self._deployment.transit_key:
            abouts = dict.fromkeys(abouts, "One key for all domains: it keeps none of them apart, only the store does")
        for name, about in abouts.items():
            yield TransitKey(name=name, about=about, mount=self._deployment.transit_mount, fields=_KEY_FIELDS)

    def _role(self, domain: Domain) -> Role:
        name = self._name(domain.name)
        owners = (owner for owner, readers in self._readers.items() if domain in readers)
        policies = (
            self._shared("session"),
            *(self._shared(kind) if self._deployment.templated else f"{name}-{kind}" for kind in ("writer", "reader")),
            *(f"{self._name(owner.name)}-reader" for owner in owners),
        )
        return Role(
            name=name,
            about=f"The tasks of {describe(domain)}",
            kind=self._deployment.auth.kind,
            mount=self._deployment.auth.mount,
            fields={
                **self._deployment.auth.bound(name, domain),
                "token_policies": list(policies),
                # A site may have widened the default policy.
                "token_no_default_policy": True,
                "token_ttl": self._deployment.token_ttl,
                "token_max_ttl": self._deployment.token_ttl,
            },
        )

    def _entity(self, domain: Domain) -> Entity:
        name = self._name(domain.name)
        return Entity(
            name=name,
            about=f"The metadata of {describe(domain)} for the templated policies",
            metadata={"dag_id": domain.segment, "domain": domain.name},
            alias=self._deployment.auth.alias(name, domain),
            auth_mount=self._deployment.auth.mount,
        )

    def _name(self, of: str) -> str:
        return fill(self._deployment.role, of)

    def _shared(self, kind: str) -> str:
        # No domain has such a name: a role of that name can only be the operator's.
        return self._name(f"all--{kind}")

    def _key(self, of: str) -> str:
        return fill(self._deployment.transit_key, of)


_SESSION: Final = (
    # A worker renews before it logs in again. Near the end of a token, a renewal gives the time that is left.
    Rule("auth/token/renew-self", {"update": "a long task asks in vain, every ten seconds, at the end of each token"}),
    Rule("sys/capabilities-self", {"update": "doctor cannot ask for its rights, and reports only what it tried"}),
)

_NO_OPERATOR: Final = (
    "The operator's policy, all--operator, is omitted, because it names the keys of all Dags. Omit --dag to print it."
)

_NO_WAY_UP: Final = {"deny": "Vault before 2.0.0 lets '..' lead out of the folder"}

_KEY_FIELDS: Final[Mapping[str, JSON]] = {
    # A derived key depends on the encryption context. Any other key ignores the context.
    "derived": True,
    "type": "aes256-gcm96",
    "exportable": False,
    "allow_plaintext_backup": False,
}
