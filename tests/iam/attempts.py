"""Two tables: what must be granted, and what must be refused, each row with a name.

``layers`` says where. A row that only one half of the documents refuses is refused by all of them together, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from secure_xcom.model.domain import Domain
from tests.iam.evaluator import Principal
from tests.iam.world import (
    ADMINISTRATOR,
    BUCKET,
    ETL,
    ETL2,
    KEY,
    NEIGHBOUR,
    NOBODY,
    OLGA,
    OPERATOR,
    OTHER_KEY,
    PAYMENTS,
    REPORT,
    SSE_KEY,
    STRANGER,
    TEAM,
    WORKER,
    Call,
    Layer,
    World,
    data_key,
    on_bucket,
    s3,
    through,
)

EVERYWHERE: Final = frozenset(Layer)
BY_ROLES: Final = frozenset({Layer.ALL, Layer.ROLES})
BY_RESOURCES: Final = frozenset({Layer.ALL, Layer.RESOURCES})

SSE_OF_EUROPE: Final = "s3.eu-west-1.amazonaws.com"


@dataclass(frozen=True)
class Attempt:
    """``who`` is a principal, or the domain whose task it is."""

    who: Principal | Domain
    call: Call
    layers: frozenset[Layer] = EVERYWHERE
    tags: Mapping[str, str] | None = None

    def succeeds(self, world: World) -> bool:
        """Whether it does, in a world."""
        principal = world.task(self.who, self.tags) if isinstance(self.who, Domain) else self.who
        return world.may(principal, self.call)


@dataclass(frozen=True)
class Assumption:
    """An attempt at taking on the role of ``domain``'s tasks."""

    who: Principal | Domain
    domain: Domain
    tags: Mapping[str, str]
    layers: frozenset[Layer] = EVERYWHERE

    def succeeds(self, world: World) -> bool:
        """Whether it does, in a world."""
        principal = world.task(self.who) if isinstance(self.who, Domain) else self.who
        return world.assume(principal, self.domain, self.tags)


Row = Attempt | Assumption


def _own(domain: Domain) -> Iterator[tuple[str, Row]]:
    place, name = f"{domain.segment}/run/task/-1/key/0", f"{domain}"
    for action in ("PutObject", "PutObjectTagging", "GetObject", "DeleteObject"):
        yield f"{name}: {action}", Attempt(domain, s3(action, place))
    for action in ("GenerateDataKey", "Decrypt"):
        yield f"{name}: {action}", Attempt(domain, data_key(action, domain.segment))
        yield f"{name}: {action} through S3", Attempt(domain, through(SSE_OF_EUROPE, action))
    yield f"{name}: take on the role", Assumption(WORKER, domain, {"dag_id": domain.segment})


_REWRAP: Final = ("Encrypt", "ReEncryptFrom", "ReEncryptTo")


def _operators(who: Principal, name: str) -> Iterator[tuple[str, Row]]:
    for segment in ("etl", "@payments", "a-dag-that-is-gone"):
        for action in ("PutObject", "PutObjectTagging", "GetObject", "DeleteObject"):
            yield f"{name}: {action} of {segment}", Attempt(who, s3(action, f"{segment}/run/task/-1/key/0"))
        for action in ("GenerateDataKey", "Decrypt", *_REWRAP):
            yield f"{name}: {action} of {segment}", Attempt(who, data_key(action, segment))
    for action in ("GenerateDataKey", "Decrypt"):
        yield f"{name}: {action} through S3", Attempt(who, through(SSE_OF_EUROPE, action))
    for prefix in ("airflow/xcom/", "airflow/xcom/etl/", "airflow/xcom/etl/run"):
        yield f"{name}: list {prefix}", Attempt(who, on_bucket("ListBucket", prefix=prefix))


def _neighbours() -> Iterator[tuple[str, Row]]:
    for who, name in ((STRANGER, "somebody else"), (NEIGHBOUR, "somebody else with a tag dag_id")):
        for action in ("GetObject", "DeleteObject", "PutObjectAcl", "GetObjectVersion"):
            yield f"{name}: {action} beside the prefix", Attempt(who, on_bucket(action, "/reports/2026.csv"))
        plain = on_bucket("PutObject", "/reports/2026.csv", sse="", sse_key="")
        yield f"{name}: PutObject beside the prefix", Attempt(who, plain)


_ADMINISTRATION: Final = (
    "CancelKeyDeletion",
    "CreateAlias",
    "DeleteAlias",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListGrants",
    "ListKeyPolicies",
    "ListResourceTags",
    "PutKeyPolicy",
    "RevokeGrant",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
)

GRANTED: Final[Mapping[str, Row]] = {
    **{name: row for domain in (ETL, ETL2, REPORT, PAYMENTS, TEAM) for name, row in _own(domain)},
    **dict(_operators(OPERATOR, "operator")),
    **dict(_operators(OLGA, "Olga")),
    **dict(_neighbours()),
    "granted reader: get of etl": Attempt(REPORT, s3("GetObject", "etl/run/task/-1/key/0")),
    "granted reader: decrypt of etl": Attempt(REPORT, data_key("Decrypt", "etl")),
    "granted reader: get of the namespace": Attempt(REPORT, s3("GetObject", "@payments/settlement/run/task/-1/key/0")),
    "granted reader: decrypt of the namespace": Attempt(REPORT, data_key("Decrypt", "@payments")),
    **{
        f"administrator: {action}": Attempt(ADMINISTRATOR, Call(f"kms:{action}", KEY), BY_RESOURCES)
        for action in _ADMINISTRATION
    },
}


_THEIRS: Final[Mapping[str, str]] = {
    "another Dag's": "payments/run/task/-1/key/0",
    "a sibling's (etl, etl2)": "etl2/run/task/-1/key/0",
    "a shorter one's (etl, et)": "et/run/task/-1/key/0",
    "that of the name in capitals": "ETL/run/task/-1/key/0",
    "that of the namespace of the same name": "@etl/dag/run/task/-1/key/0",
    "a namespace's": "@payments/settlement/run/task/-1/key/0",
    "one beside its folder": "etl",
    "the prefix itself": "",
    "one of an empty name": "/run/task/-1/key/0",
    "one behind dots": "etl2/../etl/run/task/-1/key/0",
    "one of a Dag nobody named": "unheard-of/run/task/-1/key/0",
}

_OBJECT: Final = "etl/run/task/-1/key/0"

_ON_OWN_OBJECT: Final = (
    "GetObjectVersion",
    "DeleteObjectVersion",
    "GetObjectAttributes",
    "GetObjectAcl",
    "PutObjectAcl",
    "PutObjectVersionAcl",
    "GetObjectTagging",
    "DeleteObjectTagging",
    "PutObjectRetention",
    "PutObjectLegalHold",
    "BypassGovernanceRetention",
    "RestoreObject",
    "ReplicateObject",
    "AbortMultipartUpload",
    "ListMultipartUploadParts",
    "ObjectOwnerOverrideToBucketOwner",
)

_ON_BUCKET: Final = (
    "ListBucket",
    "ListBucketVersions",
    "ListBucketMultipartUploads",
    "PutBucketPolicy",
    "DeleteBucketPolicy",
    "PutBucketAcl",
    "PutLifecycleConfiguration",
    "PutReplicationConfiguration",
    "PutBucketVersioning",
    "PutEncryptionConfiguration",
    "PutBucketNotification",
    "DeleteBucket",
)

_ON_KEY: Final = (
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "CreateGrant",
    "RetireGrant",
    "PutKeyPolicy",
    "ScheduleKeyDeletion",
    "DisableKey",
    "UpdateAlias",
)


def _refused_on_objects() -> Iterator[tuple[str, Row]]:
    actions = ("GetObject", "PutObject", "PutObjectTagging", "DeleteObject")
    for action, (whose, place) in ((a, t) for a in actions for t in _THEIRS.items()):
        yield f"{action}: {whose}", Attempt(ETL, s3(action, place))
    for action in _ON_OWN_OBJECT:
        yield f"{action} on its own object", Attempt(ETL, s3(action, _OBJECT))
        yield f"{action} by a granted reader", Attempt(REPORT, s3(action, _OBJECT))
        yield f"{action} by the operator", Attempt(OPERATOR, s3(action, _OBJECT))
    for place in ("/etl/run/task", "/airflow/xcom", "/backup/airflow/xcom/etl/run", "/airflow/xcom2/etl/run"):
        yield f"get outside of the prefix: {place}", Attempt(ETL, on_bucket("GetObject", place))
        yield f"put outside of the prefix: {place}", Attempt(ETL, on_bucket("PutObject", place))
        yield (
            f"operator gets outside of the prefix: {place}",
            Attempt(OPERATOR, on_bucket("GetObject", place), BY_ROLES),
        )
    yield (
        "the same name in another bucket",
        Attempt(ETL, on_bucket("GetObject", f"/airflow/xcom/{_OBJECT}", bucket=f"{BUCKET}-2"), BY_ROLES),
    )


def _refused_to_readers() -> Iterator[tuple[str, Row]]:
    for owner, place in (("etl", _OBJECT), ("@payments", "@payments/settlement/run/task/-1/key/0")):
        yield f"granted reader puts into {owner}", Attempt(REPORT, s3("PutObject", place))
        yield f"granted reader tags what is of {owner}", Attempt(REPORT, s3("PutObjectTagging", place))
        yield f"granted reader deletes from {owner}", Attempt(REPORT, s3("DeleteObject", place))
        yield f"granted reader makes a data key of {owner}", Attempt(REPORT, data_key("GenerateDataKey", owner))
        for what, changes in {
            "an extra": {"tenant": "x"},
            "no run_id": {"run_id": None},
            "no fmt": {"fmt": None},
        }.items():
            yield f"granted reader decrypts of {owner}, {what}", Attempt(REPORT, data_key("Decrypt", owner, **changes))
        yield f"a grant is not everybody's: get of {owner}", Attempt(ETL2, s3("GetObject", place))
        yield f"a grant is not everybody's: decrypt of {owner}", Attempt(ETL2, data_key("Decrypt", owner))
    yield "granted reader decrypts for all that its readers have", Attempt(REPORT, data_key("Decrypt", "etl2"))
    yield "granted reader gets the Dag of the namespace's name", Attempt(REPORT, s3("GetObject", "payments/r/t/-1/k/0"))
    yield "a grant is not mutual: get", Attempt(ETL, s3("GetObject", "report/run/task/-1/key/0"))
    yield "a grant is not mutual: decrypt", Attempt(ETL, data_key("Decrypt", "report"))
    yield "one owner reads the other's: get", Attempt(TEAM, s3("GetObject", _OBJECT))
    yield "one owner reads the other's: decrypt", Attempt(TEAM, data_key("Decrypt", "etl"))
    yield "Dag of the namespace's name: get", Attempt(PAYMENTS, s3("GetObject", "@payments/settlement/r/t/-1/k/0"))
    yield "Dag of the namespace's name: decrypt", Attempt(PAYMENTS, data_key("Decrypt", "@payments"))
    yield "namespace of the Dag's name: get", Attempt(TEAM, s3("GetObject", "payments/run/task/-1/key/0"))
    yield "namespace of the Dag's name: decrypt", Attempt(TEAM, data_key("Decrypt", "payments"))


def _refused_on_the_bucket() -> Iterator[tuple[str, Row]]:
    for action in _ON_BUCKET:
        yield f"{action} by a task", Attempt(ETL, on_bucket(action))
    for action in (one for one in _ON_BUCKET if one != "ListBucket"):
        yield f"{action} by the operator", Attempt(OPERATOR, on_bucket(action), BY_ROLES)
    yield "a task lists its own folder", Attempt(ETL, on_bucket("ListBucket", prefix="airflow/xcom/etl/"))
    yield "a task lists another's folder", Attempt(ETL, on_bucket("ListBucket", prefix="airflow/xcom/payments/"))
    yield "a granted reader lists", Attempt(REPORT, on_bucket("ListBucket", prefix="airflow/xcom/etl/"))
    for prefix in ("", "airflow", "airflow/xcom", "backup/", "airflow/xcom2/"):
        yield (
            f"the operator lists outside of the prefix: {prefix!r}",
            Attempt(OPERATOR, on_bucket("ListBucket", prefix=prefix), BY_ROLES),
        )


def _refused_requests() -> Iterator[tuple[str, Row]]:
    for who, name in ((ETL, "a task"), (OPERATOR, "the operator")):
        for action in ("GetObject", "PutObject"):
            yield f"{name}: {action} without TLS", Attempt(who, s3(action, _OBJECT, tls="false"), BY_RESOURCES)
        for what, headers in {
            "without a word on encryption": {"sse": "", "sse_key": ""},
            "with S3's own key": {"sse": "AES256", "sse_key": ""},
            "with KMS and a header for S3's own": {"sse": "AES256"},
            "with KMS and no key": {"sse_key": ""},
            "with another KMS key": {"sse_key": OTHER_KEY},
            "with two layers of encryption": {"sse": "aws:kms:dsse"},
        }.items():
            yield f"{name} puts {what}", Attempt(who, s3("PutObject", _OBJECT, **headers), BY_RESOURCES)
    yield "the operator lists without TLS", Attempt(OPERATOR, on_bucket("ListBucket", tls="false"), BY_RESOURCES)


def _refused_to_others() -> Iterator[tuple[str, Row]]:
    for who, name, layers in (
        (STRANGER, "somebody who may do anything", BY_RESOURCES),
        (WORKER, "the worker without the role", EVERYWHERE),
        (ADMINISTRATOR, "the key's administrator", EVERYWHERE),
        (NOBODY, "an anonymous request", EVERYWHERE),
    ):
        for action in ("GetObject", "PutObject", "DeleteObject", "GetObjectVersion", "PutObjectAcl"):
            yield f"{name}: {action}", Attempt(who, s3(action, _OBJECT), layers)
        for action in ("ListBucket", "ListBucketVersions"):
            yield f"{name}: {action}", Attempt(who, on_bucket(action, prefix="airflow/xcom/"), layers)
        for action in ("Decrypt", "GenerateDataKey", "CreateGrant"):
            yield f"{name}: {action}", Attempt(who, data_key(action, "etl"), layers)
    for action in ("PutKeyPolicy", "DescribeKey"):
        yield f"somebody who may do anything: {action}", Attempt(STRANGER, Call(f"kms:{action}", KEY), BY_RESOURCES)


def _refused_on_keys() -> Iterator[tuple[str, Row]]:
    for action in ("Decrypt", "GenerateDataKey"):
        for segment in ("payments", "etl2", "et", "ETL", "@etl", "@payments", "unheard-of"):
            yield f"{action} for {segment}", Attempt(ETL, data_key(action, segment))
        for domain in (ETL, ETL2, REPORT, PAYMENTS, TEAM):
            for what, call in _strange_calls(action, domain):
                yield f"{domain}: {action} {what}", Attempt(domain, call)
            for what, call in _calls_elsewhere(action, domain):
                yield f"{domain}: {action} {what}", Attempt(domain, call, BY_ROLES)
    for action in _ON_KEY:
        yield f"{action} by a task", Attempt(ETL, data_key(action, "etl"))
        yield f"{action} by the operator", Attempt(OPERATOR, data_key(action, "etl"))
    for action in (*_REWRAP, "GenerateDataKeyWithoutPlaintext", "Sign"):
        yield f"{action} by the key's administrator", Attempt(ADMINISTRATOR, data_key(action, "etl"))
    yield from _refused_to_operators()


def _refused_to_operators() -> Iterator[tuple[str, Row]]:
    for action in ("Decrypt", "GenerateDataKey", *_REWRAP):
        for what, call in _calls_elsewhere(action, ETL):
            yield f"the operator: {action} {what}", Attempt(OPERATOR, call, BY_ROLES)
        yield f"the operator: {action} without a context", Attempt(OPERATOR, data_key(action))
        yield f"the operator: {action} with an extra pair", Attempt(OPERATOR, data_key(action, "etl", tenant="x"))
        for missing in ("dag_id", "run_id", "fmt"):
            call = data_key(action, "etl", **{missing: None})
            yield f"the operator: {action} without {missing}", Attempt(OPERATOR, call)
    for action in _REWRAP:
        yield f"{action} by a task", Attempt(ETL, data_key(action, "etl"))


def _strange_calls(action: str, domain: Domain) -> Iterator[tuple[str, Call]]:
    mine, other = domain.segment, "unheard-of"
    for what, changes in {
        "with an extra pair": {"tenant": "x"},
        "without run_id": {"run_id": None},
        "without fmt": {"fmt": None},
        "without dag_id": {"dag_id": None},
        "with dag_id in capitals": {"dag_id": None, "DAG_ID": mine},
        "with its own dag_id beside another's in capitals": {"DAG_ID": other},
        "with another's dag_id beside its own in capitals": {"dag_id": other, "DAG_ID": mine},
        "with a wildcard for dag_id": {"dag_id": "*"},
        "with a variable for dag_id": {"dag_id": "${aws:PrincipalTag/dag_id}"},
        "with an empty dag_id": {"dag_id": ""},
    }.items():
        yield what, data_key(action, mine, **changes)
    yield "without a context", data_key(action)
    yield "with the data keys' key, through S3", through(SSE_OF_EUROPE, action, KEY)


def _calls_elsewhere(action: str, domain: Domain) -> Iterator[tuple[str, Call]]:
    yield "with another key", data_key(action, domain.segment, OTHER_KEY)
    yield "with S3's key, directly", data_key(action, domain.segment, SSE_KEY)
    yield "with S3's key, through another service", through("secretsmanager.eu-west-1.amazonaws.com", action)
    yield "with S3's key, through S3 elsewhere", through("s3.us-east-1.amazonaws.com", action)


REFUSED: Final[Mapping[str, Row]] = {
    **dict(_refused_on_objects()),
    **dict(_refused_to_readers()),
    **dict(_refused_on_the_bucket()),
    **dict(_refused_requests()),
    **dict(_refused_to_others()),
    **dict(_refused_on_keys()),
}

_ALL_TAGS: Final = {"dag_id": "etl"}


def _sessions_with_strange_tags() -> Iterator[tuple[str, Row]]:
    """Sessions that the trust policy gives to nobody; a role's own tags would make the same ones."""
    for what, tags in {
        "no tag": {},
        "another tag": {"team": "etl"},
        "an empty tag": {"dag_id": ""},
    }.items():
        for action in ("GetObject", "PutObject", "DeleteObject"):
            yield f"session with {what}: {action}", Attempt(ETL, s3(action, _OBJECT), tags=tags)
        yield f"session with {what}: Decrypt", Attempt(ETL, data_key("Decrypt", "etl"), tags=tags)
        yield (
            f"session with {what}: Decrypt without dag_id",
            Attempt(ETL, data_key("Decrypt", "", dag_id=None), tags=tags),
        )
        yield f"session with {what}: list", Attempt(ETL, on_bucket("ListBucket"), tags=tags)
    outside = Attempt(ETL, on_bucket("GetObject", "/elsewhere"), tags={})
    yield "session with no tag: get outside of the prefix", outside


def _assumptions() -> Iterator[tuple[str, Row]]:
    for what, tags in {
        "no tag": {},
        "an empty tag": {"dag_id": ""},
        "a folder within": {"dag_id": "etl/run1"},
        "a slash first": {"dag_id": "/etl"},
        "a slash last": {"dag_id": "etl/"},
        "a slash": {"dag_id": "/"},
        "a star": {"dag_id": "*"},
        "a star behind": {"dag_id": "etl*"},
        "a question mark": {"dag_id": "et?"},
        "a variable": {"dag_id": "${aws:username}"},
        "an extra tag": {"dag_id": "etl", "team": "x"},
        "another tag": {"team": "etl"},
        "a tag in capitals": {"DAG_ID": "etl"},
        "a tag twice": {"dag_id": "etl", "DAG_ID": "etl2"},
    }.items():
        yield f"take on the role with {what}", Assumption(WORKER, ETL, tags)


_TAKERS: Final[Mapping[str, Principal | Domain]] = {
    "somebody who may do anything": STRANGER,
    "an anonymous request": NOBODY,
    "the operator": OPERATOR,
    "the key's administrator": ADMINISTRATOR,
    "a task of another Dag": ETL2,
}


def _takers() -> Iterator[tuple[str, Row]]:
    for name, who in _TAKERS.items():
        yield f"take on the role: {name}", Assumption(who, ETL, _ALL_TAGS)
    yield "a task takes on the role for another Dag", Assumption(ETL, ETL2, {"dag_id": "etl2"})


REFUSED_BY_TAGS: Final[Mapping[str, Row]] = {
    **REFUSED,
    **dict(_sessions_with_strange_tags()),
    **dict(_assumptions()),
    **dict(_takers()),
}
"""With one role for all Dags."""


def _assumptions_per_dag() -> Iterator[tuple[str, Row]]:
    for domain in (ETL, ETL2, REPORT, PAYMENTS, TEAM):
        for what, tags in {
            "another's tag": {"dag_id": "unheard-of"},
            "an extra tag": {"dag_id": domain.segment, "team": "x"},
            "another tag": {"team": domain.segment},
            "a tag in capitals": {"DAG_ID": domain.segment},
            "an empty tag": {"dag_id": ""},
            "a star": {"dag_id": "*"},
        }.items():
            yield f"take on the role of {domain} with {what}", Assumption(WORKER, domain, tags)
    for action in ("GetObject", "PutObject", "DeleteObject"):
        yield (
            f"another Dag's tag gives nothing: {action}",
            Attempt(ETL, s3(action, "etl2/run"), tags={"dag_id": "etl2"}),
        )
    for action in ("Decrypt", "GenerateDataKey"):
        yield (
            f"another Dag's tag gives nothing: {action}",
            Attempt(ETL, data_key(action, "etl2"), tags={"dag_id": "etl2"}),
        )


REFUSED_PER_DAG: Final[Mapping[str, Row]] = {**REFUSED, **dict(_assumptions_per_dag()), **dict(_takers())}
"""With a role for each Dag."""
