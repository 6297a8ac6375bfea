"""What a deployment needs in Vault, as data: policies, roles, Transit keys and, for templated policies, entities.

The role of a domain has a writer's and a reader's policy. A grant adds the owner's reader's policy to the role of
another domain. Vault is not called, and ``ops.iam.vault.render`` makes the text.
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
from secure_xcom.ops.iam.vault.folders import OWN, Folder, Place, kv_rule, object_rules, place_of

_PATH: Final = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9_.=:@-]+(?:/[A-Za-z0-9_.=:@-]+)*", re.ASCII)
_KEY: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?", re.ASCII)
_ROLE: Final = re.compile(r"[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?", re.ASCII)
"""Vault ignores case in the names of roles and policies, so capital letters are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultDeployment:
    """Where in Vault a deployment keeps its objects and keys, and which domains it has.

    Raises one ``ConfigurationError`` with all problems.
    """

    domains: Domains
    kv_mount: str | None = None
    """``None`` if the store is not ``vault://``."""
    prefix: str = ""
    other_folders: tuple[Folder, ...] = ()
    """Those of ``large_store`` and ``previous_stores`` that are in Vault."""
    transit_mount: str | None = None
    """``None`` if the key is not ``vault-transit://``."""
    transit_key: str = DEFAULT_NAME
    """Without ``{domain}`` one key serves all domains, and only the store keeps them apart."""
    previous_keys: tuple[tuple[str, str], ...] = ()
    """The mounts and names of ``previous_keys`` that are in Transit."""
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

    @property
    def folders(self) -> tuple[Folder, ...]:
        """Where objects lie."""
        store = () if self.kv_mount is None else (Folder(self.kv_mount, self.prefix),)
        return (*store, *self.other_folders)

    def _problems(self) -> Iterator[str]:
        if not self.folders and self.transit_mount is None:
            yield "neither store nor key of this deployment is in Vault"
        places = [path for folder in self.folders for path in (folder.mount, folder.prefix or None)]
        mounts = [mount for mount, _ in self.previous_keys]
        for path in (*places, self.transit_mount, *mounts, self.namespace, self.auth.mount):
            if path is not None and not _PATH.fullmatch(path):
                yield f"{path!r} cannot stand in a policy: use letters, digits and any of _.=:@- between slashes"
        fields = self.role.count(DOMAIN_FIELD)
        if fields != 1 or self.role == DOMAIN_FIELD or not _ROLE.fullmatch(fill(self.role, "x")):
            yield f"role: {self.role!r} must be {DOMAIN_FIELD} with some of a-z0-9_.- around it, as in {DEFAULT_NAME}"
        for key in (self.transit_key, *(key for _, key in self.previous_keys)):
            if not _KEY.fullmatch(fill(key, "x")):
                yield f"key: {key!r} is no name of a Transit key"
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
            yield Policy(name=self._shared("writer"), about="A domain writes its own values", rules=self._writer(OWN))
            yield Policy(name=self._shared("reader"), about="A domain reads its own values", rules=self._reader(OWN))
        for domain, readers in self._readers.items():
            name, owner, place = self._name(domain.name), describe(domain), place_of(domain)
            if not self._deployment.templated:
                about = f"{owner} writes its own values"
                yield Policy(name=f"{name}-writer", about=about, rules=self._writer(place))
            # The identity of a reader does not name the owner, so the policy of a grant is never templated.
            if readers or not self._deployment.templated:
                about = f"{owner} and the readers that it grants access read its values"
                yield Policy(name=f"{name}-reader", about=about, rules=self._reader(place))
        if self._deployment.all_domains:
            about = "The operator, who verifies the ledger, moves values to another key or store, and removes orphans"
            yield Policy(name=self._shared("operator"), about=about, rules=tuple(self._operator()))

    def _writer(self, place: Place) -> tuple[Rule, ...]:
        folders = self._deployment.folders
        written = [folder for folder in folders if not folder.is_previous]
        return (
            *object_rules("data", written, place, {"create": "no value can be sealed"}),
            *object_rules("metadata", folders, place, {"delete": "a task that runs again cannot purge what it pushed"}),
            *self._transit("datakey/plaintext", place.name, "no value can be sealed: there is no data key for it"),
        )

    def _reader(self, place: Place) -> tuple[Rule, ...]:
        return (
            *object_rules("data", self._deployment.folders, place, {"read": "no sealed value can be pulled"}),
            *self._transit("decrypt", place.name, "no sealed value can be opened"),
            *self._previous("decrypt", place.name, "no value that an earlier key sealed can be opened"),
        )

    def _operator(self) -> Iterator[Rule]:
        for folder in self._deployment.folders:
            yield kv_rule("data", folder, "*", _MAINTAIN)
            yield kv_rule("metadata", folder, "*", _FIND)
        names = [domain.name for domain in self._readers]
        for name in {self._key(name): name for name in names}.values():
            for operation, without in _OPERATIONS.items():
                yield from self._transit(operation, name, without)
        opened = (rule for name in names for rule in self._previous("decrypt", name, "rewrap cannot leave this key"))
        yield from {rule.path: rule for rule in opened}.values()

    def _transit(self, operation: str, name: str, without: str) -> Iterator[Rule]:
        if self._deployment.transit_mount is not None:
            yield Rule(f"{self._deployment.transit_mount}/{operation}/{self._key(name)}", {"update": without})

    def _previous(self, operation: str, name: str, without: str) -> Iterator[Rule]:
        for mount, key in self._deployment.previous_keys:
            yield Rule(f"{mount}/{operation}/{fill(key, name)}", {"update": without})

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


_MAINTAIN: Final = {
    "read": "the operator can see neither the age nor the key of an object",
    "create": "no object can be put into this store",
    "update": "no object can be replaced",
}
_FIND: Final = {
    "list": "the operator finds no objects",
    "read": "the operator cannot tell how old an object is, so that no orphan is removed",
    "create": "Vault does not end the lifetime of a value that move puts here",
    "update": "rewrap cannot have Vault drop what lies under the earlier key",
    "delete": "the operator cannot remove orphans below the prefix",
}
_OPERATIONS: Final = {
    "decrypt": "the ledger's keys cannot be opened, to verify it",
    "datakey/plaintext": "the ledger's keys cannot be sealed anew",
    "encrypt": "rewrap cannot move a value from another key to this one",
    "rewrap": "rewrap --all cannot move a value to this key's newest version",
}
"""What the operator does with the keys of now."""

_SESSION: Final = (
    # A worker renews before it logs in again. Near the end of a token, a renewal gives the time that is left.
    Rule("auth/token/renew-self", {"update": "a long task asks in vain, every ten seconds, at the end of each token"}),
    Rule("sys/capabilities-self", {"update": "doctor cannot ask for its rights, and reports only what it tried"}),
)

_NO_OPERATOR: Final = (
    "The operator's policy, all--operator, is omitted, because it names the keys of all Dags. Omit --dag to print it."
)

_KEY_FIELDS: Final[Mapping[str, JSON]] = {
    # A derived key depends on the encryption context. Any other key ignores the context.
    "derived": True,
    "type": "aes256-gcm96",
    "exportable": False,
    "allow_plaintext_backup": False,
}
