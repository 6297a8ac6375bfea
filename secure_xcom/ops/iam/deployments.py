"""From the settings to the deployments that policies are made for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from secure_xcom.adapters.aws.arn import PRINCIPAL
from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import DOMAIN_FIELD, fill
from secure_xcom.ops.iam.aws.deployment import AwsDeployment, Place
from secure_xcom.ops.iam.domains import DEFAULT_NAME, Domains
from secure_xcom.ops.iam.vault.auth import AppRoleAuth, Auth, JWTAuth, KubernetesAuth
from secure_xcom.ops.iam.vault.deployment import VaultDeployment
from secure_xcom.ops.iam.vault.folders import Folder
from secure_xcom.settings.duration import HOW_TO_WRITE, seconds_of
from secure_xcom.settings.settings import Settings
from secure_xcom.settings.uri import AdapterUri

_STORES: Final = ("store", "large_store", "previous_stores")

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
    in_vault = [(option, uri) for option, uri in _named(settings) if uri.scheme in ("vault", "vault-transit")]
    if not any(option in ("store", "key", "large_store") for option, _ in in_vault):
        raise ConfigurationError("neither store nor key is in Vault: set one of them, or use `secure-xcom iam aws`")
    _require_one_login(in_vault)
    uri = in_vault[0][1]
    store, key = (next((uri for option, uri in in_vault if option == name), None) for name in ("store", "key"))
    return VaultDeployment(
        domains=domains,
        kv_mount=None if store is None else store.authority,
        prefix="" if store is None else store.path,
        other_folders=_other_folders(in_vault),
        transit_mount=None if key is None else key.authority,
        transit_key=DEFAULT_NAME if key is None else key.path,
        previous_keys=tuple((uri.authority, uri.path) for option, uri in in_vault if option == "previous_keys"),
        namespace=uri.params.get("namespace"),
        auth=_auth(uri, options),
        role=uri.params.get("role") or uri.params.get("role_id") or DEFAULT_NAME,
        templated=options.templated,
        all_domains=options.all_domains,
    )


def _named(settings: Settings) -> Iterator[tuple[str, AdapterUri]]:
    """Yield each store and key of the settings with its option; those in use come first."""
    yield "store", settings.store
    if settings.key is not None:
        yield "key", settings.key
    if settings.large_store is not None:
        yield "large_store", settings.large_store
    yield from (("previous_stores", previous.uri) for previous in settings.previous_stores)
    yield from (("previous_keys", uri) for uri in settings.previous_keys)


def _other_folders(in_vault: Sequence[tuple[str, AdapterUri]]) -> tuple[Folder, ...]:
    """Return the folders besides that of ``store``, where ``large_store`` may lie too."""
    folders = [
        Folder(uri.authority, uri.path, is_previous=option == "previous_stores")
        for option, uri in in_vault
        if option in ("large_store", "previous_stores")
    ]
    store = [(uri.authority, uri.path) for option, uri in in_vault if option == "store"]
    return tuple(folder for folder in folders if (folder.mount, folder.prefix) not in store)


def _require_one_login(in_vault: Sequence[tuple[str, AdapterUri]]) -> None:
    first, uri = in_vault[0]
    for option, one in in_vault[1:]:
        if other := [name for name in _LOGIN if uri.params.get(name) != one.params.get(name)]:
            raise ConfigurationError(
                f"{first} and {option} differ in {', '.join(other)}: a domain has one role for both, so give both the "
                "same"
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
    previous_key_arns: tuple[str, ...] = ()
    account: str = ""
    per_dag: bool = False
    all_domains: bool = True
    """Whether the domains are all that the deployment has."""


def aws_deployment(settings: Settings, domains: Domains, options: AwsOptions) -> AwsDeployment:
    """Return the deployment. Raises ``ConfigurationError`` unless a store is S3 and the key is in KMS."""
    key, in_use = settings.key, (settings.store, settings.large_store)
    store = next((uri for uri in in_use if uri is not None and uri.scheme == "s3"), None)
    if store is None or key is None or key.scheme != "aws-kms":
        raise ConfigurationError(
            "store or large_store must be s3://, and key aws-kms://, or use `secure-xcom iam vault`"
        )
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
        places=_places(settings, store),
        key_arn=options.key_arn or _key_name(key),
        previous_key_arns=options.previous_key_arns or _previous_key_arns(settings),
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


def not_covered_on_aws(settings: Settings) -> list[str]:
    """Return the stores of the settings that a worker reaches with another role than the one that is printed."""
    first, *others = _in_s3(settings)
    return [f"s3://{uri.authority}/{uri.path}" for uri in others if not _has_role_of(uri, first)]


def _in_s3(settings: Settings) -> list[AdapterUri]:
    return [uri for option, uri in _named(settings) if option in _STORES and uri.scheme == "s3"]


def _places(settings: Settings, store: AdapterUri) -> tuple[Place, ...]:
    """Return the places that a worker reaches with the role of ``store``; what is written there decides on its key."""
    found: dict[tuple[str, str], Place] = {}
    for uri in _in_s3(settings):
        if _has_role_of(uri, store):
            place = Place(bucket=uri.authority, prefix=uri.path, sse_kms_key_arn=uri.params.get("sse_kms_key_id"))
            found.setdefault((place.bucket, place.prefix), place)
    return tuple(found.values())


def _has_role_of(uri: AdapterUri, store: AdapterUri) -> bool:
    return uri.params.get("role_arn") == store.params.get("role_arn")


def _previous_key_arns(settings: Settings) -> tuple[str, ...]:
    return tuple(_key_name(uri) for uri in settings.previous_keys if uri.scheme == "aws-kms")


def _key_name(key: AdapterUri) -> str:
    return "/".join(part for part in (key.authority, key.path) if part)
