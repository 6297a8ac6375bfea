"""``AwsDeployment``: where in AWS a deployment keeps its objects and keys, and which identities use them.

A ``Worker`` is a role that tasks assume. By default one role serves all Dags, and the session tag ``dag_id`` says which
Dag a session is for. The role's segment is then a policy variable, which AWS replaces in each request (AWS IAM user
guide, "Variables and tags"). With ``per_dag`` each domain has a role of its own, and the segment is the domain's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from secure_xcom.adapters.aws.arn import ACCOUNT, KMS_KEY, PARTITION, PRINCIPAL, ROLE_NAME, bucket_arn, role_arn
from secure_xcom.adapters.aws.rights import objects
from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import Domain, fill
from secure_xcom.ops.iam.domains import Domains, describe, in_order, readers_by_owner

OWN_SEGMENT: Final = "${aws:PrincipalTag/dag_id}"
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_PREFIX: Final = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9_.=:@+-]+(?:/[A-Za-z0-9_.=:@+-]+)*", re.ASCII)
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_.=:@-]{1,150}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The right to read the objects and unwrap the data keys of ``owners``, which are segments of domains."""

    owners: tuple[str, ...]
    readers: tuple[str, ...] = ()
    """The segments whose sessions may read. Empty if the role itself is the reader."""
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A role that tasks assume, and the one segment that is theirs while they have it."""

    role: str
    arn: str
    about: str
    segment: str
    trusted: tuple[str, ...]
    grants: tuple[Grant, ...] = ()

    @property
    def is_tagged(self) -> bool:
        """Whether the session's tag says which segment it is for."""
        return self.segment == OWN_SEGMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a store keeps its objects."""

    bucket: str
    prefix: str = ""
    """Without a slash at its ends. Empty if the bucket holds nothing else."""
    sse_kms_key_arn: str | None = None
    """The key of S3's own encryption, as ``sse_kms_key_id`` of the store names it."""

    @property
    def below(self) -> str:
        """How an object's key begins: empty, or with a slash at its end."""
        return f"{self.prefix}/" if self.prefix else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsDeployment:
    """A deployment that policies can serve.

    Raises one ``ConfigurationError`` with all problems, and ``InvalidCoordinates`` for a Dag such as ``..``.
    """

    places: tuple[Place, ...]
    """Those of ``store``, ``large_store`` and ``previous_stores``, in as many buckets."""
    key_arn: str
    previous_key_arns: tuple[str, ...] = ()
    """The keys that open what was sealed before, and seal nothing."""
    account: str
    partition: str = "aws"
    trusted: tuple[str, ...]
    """The identities that workers start with, which assume the role. ``{domain}`` stands for each domain's own."""
    operators: tuple[str, ...]
    """The identities that verify the ledger, move values to another key or store, and remove orphans."""
    key_administrator: str
    domains: Domains = ()
    all_domains: bool = True
    """Whether ``domains`` are all that the deployment has."""
    role: str = "xcom"
    """The workers' role. The names of all policies begin with it."""
    per_dag: bool = False

    def __post_init__(self) -> None:
        if problems := [f"iam aws: {problem}" for problem in self._problems()]:
            raise ConfigurationError(*problems)

    @property
    def buckets(self) -> tuple[AwsDeployment, ...]:
        """The same deployment for each bucket, with the places there alone."""
        names = dict.fromkeys(place.bucket for place in self.places)
        return tuple(replace(self, places=self._in(bucket)) for bucket in names)

    @property
    def bucket_arn(self) -> str:
        """The ARN of the bucket of the first place, without its objects."""
        return bucket_arn(self.places[0].bucket, partition=self.partition)

    @property
    def all_objects(self) -> tuple[str, ...]:
        """The ARNs of all objects of the deployment."""
        return tuple(map(self.objects_at, self.places))

    def objects_at(self, place: Place) -> str:
        """Return the ARN of all objects of a place."""
        return f"{bucket_arn(place.bucket, partition=self.partition)}/{place.below}*"

    def objects_of(self, *segments: str) -> tuple[str, ...]:
        """Return an ARN for the objects of each domain in each place."""
        pairs = product(self.places, segments)
        return tuple(objects(at.bucket, at.below, segment, partition=self.partition) for at, segment in pairs)

    @property
    def sse_keys(self) -> Mapping[str, str]:
        """The keys of S3's own encryption, each with the name of S3 to KMS in the key's region.

        A key encrypts objects of its own region only.
        """
        found = {arn: KMS_KEY.fullmatch(arn) for place in self.places if (arn := place.sse_kms_key_arn)}
        return {arn: f"s3.{match['region'] if match else ''}.amazonaws.com" for arn, match in found.items()}

    def _in(self, bucket: str) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.bucket == bucket)

    def workers(self) -> tuple[Worker, ...]:
        """Return the roles of tasks, sorted: the same for the same domains in any order."""
        grants = readers_by_owner(self.domains)
        if not self.per_dag:
            about = "All tasks; the session's tag dag_id names the Dag"
            shared = tuple(_shared(owner, readers) for owner, readers in grants.items() if readers)
            return (self._worker(self.role, about, OWN_SEGMENT, self.trusted, shared),)
        return tuple(self._own(domain, grants) for domain in grants)

    def _own(self, domain: Domain, grants: Mapping[Domain, tuple[Domain, ...]]) -> Worker:
        owners = [owner for owner, readers in grants.items() if domain in readers]
        trusted = tuple(fill(arn, domain.name) for arn in self.trusted)
        about = ", ".join(map(describe, owners))
        granted = (Grant(owners=tuple(owner.segment for owner in owners), about=about),) if owners else ()
        return self._worker(f"{self.role}-{domain.name}", describe(domain), domain.segment, trusted, granted)

    def _worker(
        self, role: str, about: str, segment: str, trusted: tuple[str, ...], grants: tuple[Grant, ...]
    ) -> Worker:
        return Worker(role=role, arn=self._role_arn(role), about=about, segment=segment, trusted=trusted, grants=grants)

    def _role_arn(self, role: str) -> str:
        return role_arn(role, partition=self.partition, account=self.account)

    def _problems(self) -> Iterator[str]:
        for place in self.places:
            if not _BUCKET.fullmatch(place.bucket):
                yield f"store: {place.bucket!r} is not a valid name of a bucket"
            if place.prefix and not _PREFIX.fullmatch(place.prefix):
                yield f"store: the prefix {place.prefix!r} may hold letters, digits and any of _.=:@+- between slashes"
        if not (PARTITION.fullmatch(self.partition) and ACCOUNT.fullmatch(self.account)):
            yield "the account is 12 digits, and the partition aws, aws-cn or aws-us-gov"
        yield from self._problems_of_keys()
        yield from self._problems_of_principals()
        yield from self._problems_of_domains()

    def _problems_of_keys(self) -> Iterator[str]:
        previous = (("previous_keys", arn) for arn in self.previous_key_arns)
        encrypting = (("sse_kms_key_id", arn) for arn in self.sse_keys)
        for option, arn in (("key", self.key_arn), *encrypting, *previous):
            found = KMS_KEY.fullmatch(arn)
            if not (found and found["key_id"] and found["partition"] == self.partition):
                yield (
                    f"{option}: {arn!r} is not the ARN of a key in the partition {self.partition}. A policy cannot "
                    "name an alias, which may point to another key tomorrow: `aws kms describe-key` shows the key's ARN"
                )
        if self.key_arn in self.sse_keys:
            yield (
                "sse_kms_key_id: give S3 a key of its own. A request of S3 names no Dag, so with the key of the data "
                "keys it would bypass the encryption context"
            )

    def _problems_of_principals(self) -> Iterator[str]:
        plain = tuple(fill(arn, "x") if self.per_dag else arn for arn in self.trusted)
        admins = (self.key_administrator,)
        for what, arns in (("trusted", plain), ("operator", self.operators), ("key administrator", admins)):
            if not arns:
                yield f"{what}: name at least one role or user by its ARN"
            for arn in arns:
                found = PRINCIPAL.fullmatch(arn)
                if found is None or found["partition"] != self.partition:
                    yield f"{what}: {arn!r} is not the ARN of an IAM role or user in the partition {self.partition}"
                elif what == "operator" and found["account"] != self.account:
                    yield f"operator: {arn} belongs to another account; policies can be attached in {self.account} only"
        parts = (set(self.trusted), set(self.operators), set(admins))
        if len(set[str]().union(*parts)) != sum(map(len, parts)):
            yield "the workers, the operator and the key administrator must differ: no identity may have all rights"

    def _problems_of_domains(self) -> Iterator[str]:
        domains = {domain for owner, readers in self.domains for domain in (owner, *readers)}
        if self.per_dag and not domains:
            yield "--per-dag: there is no Dag to make a role for; name one with --dag"
        yield from (
            f"{domain} has the segment {domain.segment!r}, which a policy would not match literally"
            for domain in in_order(domains)
            if not _SEGMENT.fullmatch(domain.segment)
        )
        others = {*self.trusted, *self.operators, self.key_administrator}
        for role in [f"{self.role}-{domain.name}" for domain in in_order(domains)] if self.per_dag else [self.role]:
            if not ROLE_NAME.fullmatch(role):
                yield f"role: {role!r} is not a valid name of a role: at most 64 characters of A-Za-z0-9+=,.@_-"
            if self._role_arn(role) in others:
                yield f"role: {role!r} is to be a role for tasks only, so give it another name than the identities here"


def _shared(owner: Domain, readers: tuple[Domain, ...]) -> Grant:
    about = describe(owner)
    return Grant(owners=(owner.segment,), readers=tuple(reader.segment for reader in readers), about=about)
