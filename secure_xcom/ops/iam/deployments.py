"""From the settings to the deployments that policies are made for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secure_xcom.adapters.aws.arn import PRINCIPAL
from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import DOMAIN_FIELD, fill
from secure_xcom.ops.iam.aws.deployment import AwsDeployment
from secure_xcom.ops.iam.domains import DEFAULT_NAME, Domains
from secure_xcom.ops.iam.vault.auth import AppRoleAuth, Auth, JWTAuth, KubernetesAuth
from secure_xcom.ops.iam.vault.deployment import VaultDeployment
from secure_xcom.settings.duration import HOW_TO_WRITE, seconds_of
from secure_xcom.settings.settings import Settings
from secure_xcom.settings.uri import AdapterUri

_LOGIN: Final = ("auth", "auth_mount", "role", "role_id", "namespace")


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultOptions:
    """What the operator says besides the settings."""

    auth: str = ""
    templated: bool = False
    service_account: str = DEFAULT_NAME
    kube_namespace: str = "airflow"
    audiences: tuple[str, ...] = ()
    secret_id_ttl: str = "30d"  # noqa: S105 - a duration
    all_domains: bool = True
    """Whether the domains are all that the deployment has."""


def vault_deployment(settings: Settings, domains: Domains, options: VaultOptions) -> VaultDeployment:
    """Return the deployment. Raises ``ConfigurationError`` if the settings cannot keep domains apart."""
    store = settings.store if settings.store.scheme == "vault" else None
    key = settings.key if settings.key is not None and settings.key.scheme == "vault-transit" else None
    uri = store or key
    if uri is None:
        raise ConfigurationError("neither store nor key is in Vault: set one of them, or use `secure-xcom iam aws`")
    _require_one_login(store, key)
    return VaultDeployment(
        domains=domains,
        kv_mount=None if store is None else store.authority,
        prefix="" if store is None else store.path,
        transit_mount=None if key is None else key.authority,
        transit_key=DEFAULT_NAME if key is None else key.path,
        namespace=uri.params.get("namespace"),
        auth=_auth(uri, options),
        role=uri.params.get("role") or uri.params.get("role_id") or DEFAULT_NAME,
        templated=options.templated,
        all_domains=options.all_domains,
    )


def _require_one_login(store: AdapterUri | None, key: AdapterUri | None) -> None:
    if store is not None and key is not None:
        other = [name for name in _LOGIN if store.params.get(name) != key.params.get(name)]
        if other:
            raise ConfigurationError(
                f"store and key differ in {', '.join(other)}: a domain has one role for both, so give both the same"
            )


def _auth(uri: AdapterUri, options: VaultOptions) -> Auth:
    kind = options.auth or uri.params.get("auth", "")
    mount = uri.params.get("auth_mount") or kind
    match kind:
        case "approle":
            return AppRoleAuth(mount=mount, secret_id_ttl=_seconds(options.secret_id_ttl))
        case "kubernetes":
            return KubernetesAuth(
                mount=mount,
                service_account=options.service_account,
                service_account_namespace=options.kube_namespace,
                audience=next(iter(options.audiences), None),
            )
        case "jwt":
            return JWTAuth(mount=mount, audiences=options.audiences)
    raise ConfigurationError(
        "--auth: name approle, kubernetes or jwt, or set auth= and role=xcom-{domain} (for approle: role_id=) in the "
        "URI. One token for all workers cannot keep Dags apart"
    )


def _seconds(duration: str) -> int:
    seconds = seconds_of(duration)
    if not seconds:
        raise ConfigurationError(f"--secret-id-ttl: must be {HOW_TO_WRITE}; a secret id must end")
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsOptions:
    """What the operator says besides the settings."""

    trusted: tuple[str, ...]
    operators: tuple[str, ...]
    key_administrator: str
    key_arn: str = ""
    account: str = ""
    per_dag: bool = False
    all_domains: bool = True
    """Whether the domains are all that the deployment has."""


def aws_deployment(settings: Settings, domains: Domains, options: AwsOptions) -> AwsDeployment:
    """Return the deployment. Raises ``ConfigurationError`` unless the store is S3 and the key is in KMS."""
    store, key = settings.store, settings.key
    if store.scheme != "s3" or key is None or key.scheme != "aws-kms":
        raise ConfigurationError("store and key must be s3:// and aws-kms://, or use `secure-xcom iam vault`")
    template = store.params.get("role_arn", "")
    named = PRINCIPAL.fullmatch(fill(template, "x"))
    if template and (named is None or named["kind"] != "role" or named["path"]):
        raise ConfigurationError(
            "store: role_arn must name a role without a path, as in arn:aws:iam::111122223333:role/airflow-xcom"
        )
    role = template.rpartition("/")[2] or "airflow-xcom"
    account = options.account or (named["account"] if named else "")
    if not account:
        raise ConfigurationError("--account: name the account, or set role_arn= in [secure_xcom] store")
    return AwsDeployment(
        bucket=store.authority,
        prefix=store.path,
        key_arn=options.key_arn or "/".join(part for part in (key.authority, key.path) if part),
        sse_kms_key_arn=store.params.get("sse_kms_key_id"),
        account=account,
        partition=named["partition"] if named else "aws",
        trusted=options.trusted,
        operators=options.operators,
        key_administrator=options.key_administrator,
        domains=domains,
        all_domains=options.all_domains,
        role=role.removesuffix(f"-{DOMAIN_FIELD}"),
        per_dag=options.per_dag or role.endswith(f"-{DOMAIN_FIELD}"),
    )
