"""How the tasks of a domain log in to Vault: what the role binds to the domain, and the alias of its entity.

A role that several domains can log in with would merge them. So each method refuses parameters that do not name the
domain.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, TypeAlias

from secure_xcom.model.domain import DOMAIN_FIELD, Domain, fill
from secure_xcom.model.value import JSON
from secure_xcom.ops.iam.domains import DEFAULT_NAME
from secure_xcom.ops.iam.vault.documents import Tuning

_DNS_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_CLAIM: Final = re.compile(r"[A-Za-z0-9][ -~]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRoleAuth:
    """A role id, which is the role's name and not secret, with a secret id that the platform provides."""

    kind: ClassVar = "approle"
    mount: str = "approle"
    secret_id_ttl: int = 30 * 24 * 3600
    """Seconds until a secret id expires."""

    def problems(self) -> Iterator[str]:
        """Return the problems, none if a domain cannot log in as another one."""
        if self.secret_id_ttl <= 0:
            yield "secret_id_ttl: must be over 0, in seconds: a secret id must expire"

    def bound(self, role: str, domain: Domain) -> Mapping[str, JSON]:  # noqa: ARG002 - one signature for all methods
        """Return the parameters of ``role`` that Vault checks at a login."""
        # Each task process logs in by itself, so the number of uses is not known.
        return {
            "role_id": role,
            "bind_secret_id": True,
            "secret_id_ttl": self.secret_id_ttl,
            "secret_id_num_uses": 0,
        }

    def alias(self, role: str, domain: Domain) -> str:  # noqa: ARG002 - one signature for all methods
        """Return the name that Vault gives a worker that logs in with ``role``."""
        return role

    def tunings(self) -> tuple[Tuning, ...]:
        """Return the settings that the whole mount needs."""
        return (
            Tuning(
                mount=self.mount,
                about="Without it, anybody who knows a role's name locks its tasks out by guessing five secret ids",
                # A secret id has 122 random bits, so it needs no limit on guesses.
                fields={"user_lockout_config": {"lockout_disable": True}},
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesAuth:
    """A pod's service account. The account, its namespace or both belong to one domain."""

    kind: ClassVar = "kubernetes"
    mount: str = "kubernetes"
    service_account: str = DEFAULT_NAME
    service_account_namespace: str = "airflow"
    audience: str | None = None

    def problems(self) -> Iterator[str]:
        """Return the problems, none if a domain cannot log in as another one."""
        templates = (self.service_account, self.service_account_namespace)
        if not any(DOMAIN_FIELD in template for template in templates):
            yield f"service_account: put {DOMAIN_FIELD} into it or its namespace, or any pod could log in with any role"
        for template in templates:
            if not _DNS_LABEL.fullmatch(fill(template, "x" * 48)):
                yield f"service_account: {template!r} is not a valid name in Kubernetes"

    def bound(self, role: str, domain: Domain) -> Mapping[str, JSON]:  # noqa: ARG002 - one signature for all methods
        """Return the parameters of ``role`` that Vault checks at a login."""
        namespace, account = self._names(domain)
        audience: dict[str, JSON] = {} if self.audience is None else {"audience": self.audience}
        return {
            "bound_service_account_names": [account],
            "bound_service_account_namespaces": [namespace],
            # By default an alias is the account's UID, which is unknown until Kubernetes has made the account.
            "alias_name_source": "serviceaccount_name",
            **audience,
        }

    def alias(self, role: str, domain: Domain) -> str:  # noqa: ARG002 - one signature for all methods
        """Return the name that Vault gives a worker that logs in with ``role``."""
        return "/".join(self._names(domain))

    def tunings(self) -> tuple[Tuning, ...]:
        """Return the settings that the whole mount needs."""
        return ()

    def _names(self, domain: Domain) -> tuple[str, str]:
        name = dns_name(domain)
        return (fill(self.service_account_namespace, name), fill(self.service_account, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class JWTAuth:
    """A signed token whose claims name the domain."""

    kind: ClassVar = "jwt"
    mount: str = "jwt"
    audiences: tuple[str, ...]
    claims: Mapping[str, str] = field(default_factory=lambda: {"sub": DEFAULT_NAME})
    """The claims that a token must have, and their values with ``{domain}``. They are compared exactly."""
    user_claim: str = "sub"

    def problems(self) -> Iterator[str]:
        """Return the problems, none if a domain cannot log in as another one."""
        if not self.audiences or not all(_CLAIM.fullmatch(audience) for audience in self.audiences):
            yield "audiences: name the audience of the tokens, or a token for another service would be accepted"
        if DOMAIN_FIELD not in self.claims.get(self.user_claim, ""):
            yield f"claims: {self.user_claim!r} must be one of them and hold {DOMAIN_FIELD}: it identifies the domain"
        if not all(_CLAIM.fullmatch(text) for claim in self.claims.items() for text in claim):
            yield "claims: write names and values in ASCII, with a letter or digit first"

    def bound(self, role: str, domain: Domain) -> Mapping[str, JSON]:  # noqa: ARG002 - one signature for all methods
        """Return the parameters of ``role`` that Vault checks at a login."""
        return {
            "role_type": "jwt",
            "user_claim": self.user_claim,
            "bound_audiences": list(self.audiences),
            "bound_claims_type": "string",
            "bound_claims": {claim: fill(value, domain.name) for claim, value in self.claims.items()},
        }

    def alias(self, role: str, domain: Domain) -> str:  # noqa: ARG002 - one signature for all methods
        """Return the name that Vault gives a worker that logs in with ``role``."""
        return fill(self.claims[self.user_claim], domain.name)

    def tunings(self) -> tuple[Tuning, ...]:
        """Return the settings that the whole mount needs."""
        return ()


Auth: TypeAlias = AppRoleAuth | KubernetesAuth | JWTAuth


def dns_name(domain: Domain) -> str:
    """Return the domain's name for Kubernetes, which takes neither ``_`` nor ``.``.

    A name with one of these gets ``--`` and 128 bits of a SHA-256. No plain name holds ``--``, so different domains
    keep different names.
    """
    if _DNS_LABEL.fullmatch(domain.name):
        return domain.name
    readable = re.sub(r"[^a-z0-9]+", "-", domain.name)[:14].strip("-")
    return f"{readable}--{hashlib.sha256(domain.segment.encode()).hexdigest()[:32]}"
