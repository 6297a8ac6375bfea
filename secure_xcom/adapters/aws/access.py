"""``Access``: whose credentials an AWS adapter works with.

Those of boto3's own chain, those of an Airflow connection (``conn_id``), or, on top of either, a role that is taken on
for the running task's domain (``role_arn``). The session then carries the tag ``dag_id``, by which the role's policy
tells domains apart, and a session policy that leaves nothing but what the adapter needs. STS asks for both with every
``AssumeRole``; botocore caches the credentials and renews them before they expire.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast

from secure_xcom.adapters.aws.arn import PRINCIPAL
from secure_xcom.adapters.aws.rights import Statement
from secure_xcom.adapters.aws.transport import only_private, require_private
from secure_xcom.errors import ConfigurationError
from secure_xcom.ports.calls import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from secure_xcom.ports.identity import Connections, Identity
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    import boto3.session
    from botocore.config import Config

ACCESS_PARAMS: Final = ("conn_id", "role_arn", "sts_endpoint_url")

MAX_POLICY_CHARACTERS: Final = 2048
"""AWS STS API reference, "AssumeRole", parameter Policy."""

SESSION_SECONDS: Final = 3600
"""The most that a role taken on from another role may last (AWS IAM user guide, "Role chaining")."""


class _Credentials(TypedDict):
    """What botocore's refreshable credentials are made of."""

    access_key: str
    secret_key: str
    token: str
    expiry_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role, and the domain that it is taken on for."""

    arn: str
    partition: str
    account: str
    segment: str
    session_name: str
    sts_endpoint_url: str | None = None
    policy: str = ""

    def cut_down_to(self, statements: Sequence[Statement]) -> Role:
        """Return the role with a session policy. Raises ``ConfigurationError`` when STS would not take it."""
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))
        if len(policy) > MAX_POLICY_CHARACTERS:
            raise ConfigurationError(
                f"role_arn: the session policy for {self.segment} has {len(policy)} characters, and STS takes "
                f"{MAX_POLICY_CHARACTERS}: grant it fewer domains, by putting those into one namespace, or shorten the "
                "prefix"
            )
        return Role(**{name: getattr(self, name) for name in self.__slots__} | {"policy": policy})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How an adapter comes to its credentials; nothing is asked before ``session`` is called."""

    conn_id: str | None = None
    connections: Connections | None = field(default=None, repr=False)
    role: Role | None = None

    @classmethod
    def of(
        cls,
        uri: AdapterUri,
        identity: Identity | None,
        rights: Callable[[Role, Identity], list[Statement]],
        *,
        option: str,
    ) -> Access:
        """Read ``ACCESS_PARAMS``; ``rights`` says what the adapter needs. Raises ``ConfigurationError``."""
        conn_id, arn = uri.params.get("conn_id"), uri.params.get("role_arn")
        if (conn_id or arn) and identity is None:
            raise ConfigurationError(f"{option}: role_arn and conn_id need a running task")
        role = None
        if arn is not None and identity is not None:
            role = _role(arn, uri.params.get("sts_endpoint_url"), identity, option)
            role = role.cut_down_to(rights(role, identity))
        elif "sts_endpoint_url" in uri.params:
            raise ConfigurationError(f"{option}: sts_endpoint_url needs role_arn, which is assumed there")
        return cls(conn_id=conn_id, connections=None if identity is None else identity.connections, role=role)

    def session(self, region_name: str | None) -> boto3.session.Session:
        """Return a session that finds these credentials. Raises ``ConfigurationError`` for an absent connection."""
        import boto3.session

        if self.conn_id is None:
            base = boto3.session.Session(region_name=region_name)
        elif self.connections is None:
            raise ConfigurationError("conn_id: Airflow's connections cannot be reached from here")
        else:
            base = cast("boto3.session.Session", self.connections.aws_session(self.conn_id, region_name))
        only_private(base)
        return base if self.role is None else only_private(_assumed(self.role, base))


def _role(arn: str, sts_endpoint_url: str | None, identity: Identity, option: str) -> Role:
    named = PRINCIPAL.fullmatch(arn)
    if named is None or named["kind"] != "role":
        raise ConfigurationError(f"{option}: role_arn is an IAM role's ARN, as in arn:aws:iam::111122223333:role/xcom")
    if sts_endpoint_url is not None:
        require_private(sts_endpoint_url, f"{option}: sts_endpoint_url")
    return Role(
        arn=arn,
        partition=named["partition"],
        account=named["account"],
        segment=identity.domain.segment,
        # At most 64 characters of a narrow alphabet, which shows in CloudTrail.
        session_name=f"xcom-{identity.domain.name}",
        sts_endpoint_url=sts_endpoint_url,
    )


def _assumed(role: Role, base: boto3.session.Session) -> boto3.session.Session:
    """Return a session whose only credentials are those of ``role``, taken on with the ones of ``base``."""
    import boto3.session
    import botocore.session
    from botocore.credentials import CredentialProvider, DeferredRefreshableCredentials

    sts = base.client("sts", endpoint_url=role.sts_endpoint_url, config=sts_config())
    require_private(sts.meta.endpoint_url, "the sts endpoint of boto3's configuration")

    def assume() -> _Credentials:
        answer = sts.assume_role(
            RoleArn=role.arn,
            RoleSessionName=role.session_name,
            Tags=[{"Key": "dag_id", "Value": role.segment}],
            Policy=role.policy,
            DurationSeconds=SESSION_SECONDS,
        )["Credentials"]
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": answer["Expiration"].isoformat(),
        }

    class AssumedRole(CredentialProvider):
        METHOD = "secure-xcom-role"

        def load(self) -> DeferredRefreshableCredentials:
            return DeferredRefreshableCredentials(assume, self.METHOD)

    found: Any = botocore.session.get_session()
    # Nothing that the environment offers may take the role's place.
    found.get_component("credential_provider").providers[:] = [AssumedRole()]
    return boto3.session.Session(botocore_session=found, region_name=base.region_name)


def sts_config() -> Config:
    """One attempt: the port tries again, with one deadline for all."""
    from botocore.config import Config

    return Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 1},
    )
