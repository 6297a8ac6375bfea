"""``KINDS``: dicts whose values are secret by what the dict is, whatever the values are called."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.account_keys import ACCOUNT_KEYS
from secure_xcom.classify.cookies import NO_SESSION
from secure_xcom.classify.kind import (
    UUID,
    VAULT_OF_AZURE,
    VERSION_AT_GOOGLE,
    ByRole,
    Kind,
    are_no_protocols,
    holds_dicts,
    is_json_web_key,
    is_no_placeholder,
    is_of_snmp,
    is_true,
    looks_drawn,
    looks_hexadecimal,
    says,
    text_matches,
)
from secure_xcom.classify.named_forms import NAMED_FORMS

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

KUBERNETES: Final = "shape-kubernetes-secret"
DOCKER_AUTHS: Final = "shape-docker-auths"
MARKED: Final = "shape-marked-sensitive"
SECURE_STRING: Final = "shape-secure-string"
IN_A_STORE: Final = "shape-stored-secret"
APPROLE: Final = "shape-approle"
SIGNED_FORM: Final = "shape-signed-form"
ENCODED_API_KEY: Final = "shape-encoded-api-key"
GENERATED: Final = "shape-random-password"
SNMP: Final = "shape-snmp-community"
SEED: Final = "shape-totp-seed"
WORDPRESS: Final = "shape-wordpress-keys"
CONCEALED: Final = "shape-concealed"
JSON_WEB_KEY: Final = "shape-json-web-key"
TOKEN_OF_USER: Final = "shape-user-token"  # noqa: S105 - a rule's id
ACL_TOKEN: Final = "shape-acl-token"  # noqa: S105 - a rule's id
COOKIE: Final = "shape-cookie"

_RUN: Final = re.compile(r"(?=[A-Za-z]{0,11}[0-9])(?=[0-9]{0,11}[A-Za-z])[A-Za-z0-9]{12}", re.ASCII)
"""What no cookie of a language or a consent holds: a run of letters and digits."""

_SIGNATURE: Final = re.compile(r"(?=[^A-Z]{0,127}[A-Z])(?=[^0-9]{0,127}[0-9])[\w%+/=-]{30,128}", re.ASCII)
"""A signature of 32 bytes in base64, quoted for a URL or not."""

_LONGEST_COOKIE: Final = 512


def _is_of_session(value: Node, name: Node) -> bool:
    is_other = isinstance(name, str) and NO_SESSION.search(name[:_LONGEST_COOKIE]) is not None
    return not is_other and isinstance(value, str) and _RUN.search(value[:_LONGEST_COOKIE]) is not None


_MARKS: Final = {
    "sensitive": "Terraform, command output: terraform output -json",
    "issecret": "Azure DevOps REST API, Variablegroups: isSecret",
    "secured": "Bitbucket Cloud REST API, Pipelines: a secured variable",
    "masked": "GitLab REST API, Project-level CI/CD variables: masked",
}
"""Keys under which an interface says that the value beside is a secret."""

_KEYS_OF_WORDPRESS: Final = tuple(
    f"{purpose}{kind}" for kind in ("key", "salt") for purpose in ("auth", "secureauth", "loggedin", "nonce")
)
"""Keys and salts that stand together in ``wp-config.php`` and in the environment of its images."""

KINDS: Final = (
    Kind(
        id=KUBERNETES,
        needs=frozenset({"kind"}),
        secret=("data", "stringdata"),
        source="Kubernetes, API reference: Secret v1 core",
        holds=says("kind", "Secret"),
    ),
    Kind(
        id=DOCKER_AUTHS,
        needs=frozenset({"auths"}),
        secret=("auths",),
        source="Docker, docker login: credential stores",
        holds=holds_dicts("auths"),
    ),
    *(
        Kind(id=MARKED, needs=frozenset({mark, "value"}), secret=("value",), source=source, holds=is_true(mark))
        for mark, source in _MARKS.items()
    ),
    Kind(
        id=SECURE_STRING,
        needs=frozenset({"type", "value"}),
        secret=("value",),
        source="AWS Systems Manager API reference: Parameter",
        holds=says("type", "SecureString"),
    ),
    Kind(
        id=IN_A_STORE,
        needs=frozenset({"id", "value"}),
        secret=("value",),
        source="Azure Key Vault REST API: Get Secret",
        holds=text_matches("id", VAULT_OF_AZURE),
    ),
    Kind(
        id=IN_A_STORE,
        needs=frozenset({"name", "payload"}),
        secret=("payload",),
        source="Google Secret Manager API: AccessSecretVersionResponse",
        holds=text_matches("name", VERSION_AT_GOOGLE),
    ),
    Kind(
        id=IN_A_STORE,
        needs=frozenset({"contenttype", "content"}),
        secret=("content",),
        source="Oracle Cloud, Secret Retrieval API: Base64SecretBundleContentDetails",
        holds=says("contenttype", "BASE64"),
    ),
    Kind(
        id=TOKEN_OF_USER,
        needs=frozenset({"key", "created", "userid"}),
        secret=("key",),
        source="Django REST framework, authentication: a token of the table authtoken_token",
        holds=looks_hexadecimal("key"),
    ),
    Kind(
        id=TOKEN_OF_USER,
        needs=frozenset({"fulltokenid", "value"}),
        secret=("value",),
        source="Proxmox VE API: POST /access/users/{userid}/token/{tokenid}",
    ),
    Kind(
        id=IN_A_STORE,
        needs=frozenset({"content", "safe", "folder"}),
        secret=("content",),
        source="CyberArk, Central Credential Provider: GetPassword",
        holds=lambda node: all(isinstance(node[role], str) for role in ("content", "safe", "folder")),
    ),
    *(
        Kind(
            id=JSON_WEB_KEY,
            needs=frozenset({"kty", part}),
            secret=(part, "p", "q", "dp", "dq", "qi") if part == "d" else (part,),
            source="RFC 7518 sections 6.2.2, 6.3.2 and 6.4: private parts of a JSON Web Key",
            holds=is_json_web_key(part),
        )
        for part in ("d", "k")
    ),
    Kind(
        id=MARKED,
        needs=frozenset({"type", "value"}),
        secret=("value",),
        source="Keycloak, Admin REST API: CredentialRepresentation of a client",
        holds=lambda node: node["type"] == "secret" and looks_drawn(node["value"]),
    ),
    Kind(
        id=ACL_TOKEN,
        needs=frozenset({"accessorid", "secretid"}),
        secret=("secretid",),
        source="HashiCorp Consul and Nomad, HTTP API: ACL tokens",
    ),
    Kind(
        id=APPROLE,
        needs=frozenset({"secretid", "secretidaccessor"}),
        secret=("secretid",),
        source="HashiCorp Vault, AppRole auth method: generate new secret ID",
    ),
    Kind(
        id=APPROLE,
        needs=frozenset({"roleid", "secretid"}),
        secret=("secretid",),
        source="HashiCorp Vault, AppRole auth method: login",
        holds=lambda node: isinstance(node["roleid"], str) and text_matches("secretid", UUID)(node),
    ),
    Kind(
        id=SIGNED_FORM,
        needs=frozenset({"policy", "signature"}),
        secret=("signature",),
        source="Amazon S3 API reference: POST Object",
        holds=lambda node: isinstance(node["policy"], str),
    ),
    Kind(
        id=SIGNED_FORM,
        needs=frozenset({"policy", "xamzsignature"}),
        secret=("xamzsignature",),
        source="Amazon S3 API reference: browser-based uploads using POST",
    ),
    *(
        Kind(
            id=SIGNED_FORM,
            needs=frozenset({"sig", beside}),
            secret=("sig",),
            source="Azure REST API: a shared access signature in its parts, and the address of a trigger",
            holds=text_matches("sig", _SIGNATURE),
        )
        for beside in ("sv", "se", "sp")
    ),
    Kind(
        id=ENCODED_API_KEY,
        needs=frozenset({"apikey", "encoded"}),
        secret=("encoded",),
        source="Elasticsearch, REST APIs: Create API key",
    ),
    Kind(
        id=GENERATED,
        needs=frozenset({"type", "values"}),
        secret=("values",),
        source="Terraform, JSON output format: values of the resource random_password",
        holds=says("type", "random_password"),
    ),
    *(
        Kind(
            id=SEED,
            needs=frozenset({role, "seed"}),
            secret=("seed",),
            source="RFC 6238 section 4: the shared secret, in base32 (RFC 4648 section 6)",
            holds=text_matches("seed", re.compile("(?=[A-Z]{0,64}[2-7])[A-Z2-7]{16,128}={0,6}")),
        )
        for role in ("otp", "totp", "interval", "period", "issuer")
    ),
    Kind(
        id=CONCEALED,
        needs=frozenset({"type", "value"}),
        secret=("value",),
        source="1Password, command line: fields of an item",
        holds=says("type", "CONCEALED"),
    ),
    *(
        Kind(
            id=SNMP,
            needs=frozenset({"community", version}),
            secret=("community",),
            source="RFC 3584 section 5: the community of SNMPv1 and SNMPv2c authenticates",
            holds=is_of_snmp(version),
        )
        for version in ("version", "snmpversion", "ver")
    ),
    *(
        Kind(
            id=SNMP,
            needs=frozenset({user, "auth", "priv"}),
            secret=("auth", "priv"),
            source="RFC 3414 section 2.6: the keys of SNMPv3 are made of passwords",
            holds=are_no_protocols,
        )
        for user in ("secname", "securityname")
    ),
    *(
        Kind(
            id=WORDPRESS,
            needs=frozenset({role, "loggedinkey", "noncesalt"}),
            secret=(role,),
            source="WordPress, Advanced Administration: security keys in wp-config.php",
            holds=is_no_placeholder(role),
        )
        for role in _KEYS_OF_WORDPRESS
    ),
    Kind(
        id=COOKIE,
        needs=frozenset({"value", "httponly", "domain"}),
        secret=("value",),
        source="W3C WebDriver, Get All Cookies: scripts of a page cannot read it",
        holds=lambda node: node["httponly"] is True and _is_of_session(node["value"], node.get("name")),
    ),
    *ACCOUNT_KEYS,
    *NAMED_FORMS,
)

ROLES: Final = frozenset(role for kind in KINDS for role in (*kind.needs, *kind.secret))

_COMMON: Final = frozenset({"id", "name", "type", "permissions", "signature", "interval", "period", "issuer"})
"""Roles that many dicts have: each kind needs another one too."""

_RARE: Final = frozenset(role for kind in KINDS for role in kind.needs) - _COMMON


def may_be_of_a_kind(roles: AbstractSet[str]) -> bool:
    """Whether a dict whose keys have these roles may be of a kind."""
    return not _RARE.isdisjoint(roles) and any(kind.needs <= roles for kind in KINDS)


def secret_by_kind(node: ByRole) -> dict[str, str]:
    """Return the roles of what is secret in a dict by its kind, each with the rule's id; empty values are left out."""
    roles = frozenset(node)
    return {
        role: kind.id
        for kind in reversed(KINDS)
        if kind.needs <= roles and kind.holds(node)
        for role in kind.secret
        if node.get(role)
    }
