"""The generated AWS documents grant what is each one's own and refuse everything else, with tags and with roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from secure_xcom.errors import InvalidCoordinates
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.aws.deployment import Place
from tests.iam.attempts import GRANTED, REFUSED, REFUSED_BY_TAGS, REFUSED_PER_DAG, Assumption, Attempt, Row
from tests.iam.evaluator import Principal
from tests.iam.world import (
    BUCKET,
    ETL,
    ETL2,
    IAM,
    OPERATOR,
    OTHER_KEY,
    PLACE,
    PREFIX,
    REPORT,
    SSE_KEY,
    TEAM,
    WORKER,
    Layer,
    World,
    data_key,
    deployment,
    on_bucket,
    s3,
    session_policy,
    through,
    world,
)

DESIGNS = (pytest.param(False, id="tags"), pytest.param(True, id="per-dag"))

ODD = (
    "etl",
    "ETL",
    "etl.daily-2",
    "\u0435tl",
    "\u00e9t\u00e9",
    "e\u0301te\u0301",
    "etl/run",
    "etl*",
    "et?",
    "${aws:PrincipalTag/dag_id}",
    "a b",
    "a\n",
    "...",
    "%2e%2e",
    "@etl",
    "x" * 150,
    "x" * 151,
    "\u00fc" * 250,
)
"""Dags whose ids a policy might take for a pattern, a variable, a folder or one another."""


@pytest.mark.parametrize("per_dag", DESIGNS)
@pytest.mark.parametrize("action", ["GetObject", "PutObject", "DeleteObject"])
def test_a_large_store_in_the_same_bucket_keeps_domains_apart_too(per_dag: bool, action: str) -> None:
    made = world(per_dag=per_dag, places=(PLACE, replace(PLACE, prefix="airflow/xcom-large")))
    call, beside = (
        on_bucket(action, f"/airflow/{folder}/etl/run/task/-1/key/0") for folder in ("xcom-large", "xcom-x")
    )
    people = {"own": made.task(ETL), "reader": made.task(REPORT), "other": made.task(ETL2), "operator": OPERATOR}
    granted = {name for name, who in people.items() if made.may(who, call)}
    assert granted == {"own", "operator"} | ({"reader"} if action == "GetObject" else set())
    assert not any(made.may(who, beside) for who in people.values())


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_operator_lists_a_large_store_in_the_same_bucket(per_dag: bool) -> None:
    made = world(per_dag=per_dag, places=(PLACE, replace(PLACE, prefix="airflow/xcom-large")))
    prefixes = ("airflow/xcom/", "airflow/xcom-large/etl", "airflow/")
    assert [made.may(OPERATOR, on_bucket("ListBucket", prefix=prefix)) for prefix in prefixes] == [True, True, False]


LARGE = Place(bucket="large-values", prefix="airflow/large", sse_kms_key_arn=OTHER_KEY)


@pytest.mark.parametrize("per_dag", DESIGNS)
@pytest.mark.parametrize("layer", Layer, ids=lambda layer: layer.name.lower())
@pytest.mark.parametrize("action", ["GetObject", "PutObject", "DeleteObject"])
def test_a_large_store_in_another_bucket_keeps_domains_apart_too(per_dag: bool, layer: Layer, action: str) -> None:
    made = world(layer, per_dag=per_dag, places=(PLACE, LARGE))
    call, beside, plain = (
        on_bucket(action, path, bucket=bucket, sse_key=OTHER_KEY if action == "PutObject" else "")
        for bucket, path in (
            (LARGE.bucket, "/airflow/large/etl/run/task/-1/key/0"),
            (LARGE.bucket, f"/{PREFIX}/etl/run/task/-1/key/0"),
            (BUCKET, "/airflow/large/etl/run/task/-1/key/0"),
        )
    )
    people = {"own": made.task(ETL), "reader": made.task(REPORT), "other": made.task(ETL2), "operator": OPERATOR}
    granted = {name for name, who in people.items() if made.may(who, call)}
    assert granted == {"own", "operator"} | ({"reader"} if action == "GetObject" else set())
    others = [name for name in people if name != "operator" or layer is not Layer.RESOURCES]
    assert not [(name, at) for name in others for at in (beside, plain) if made.may(people[name], at)]


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_what_is_large_is_written_in_its_bucket_under_that_buckets_key_alone(per_dag: bool) -> None:
    made = world(per_dag=per_dag, places=(PLACE, LARGE))
    task = made.task(ETL)
    puts = [
        made.may(task, on_bucket("PutObject", f"/{place.prefix}/etl/r/t/-1/k/0", bucket=place.bucket, sse_key=key))
        for place in (PLACE, LARGE)
        for key in (SSE_KEY, OTHER_KEY)
    ]
    assert puts == [True, False, False, True]
    service = "s3.eu-west-1.amazonaws.com"
    for action in ("GenerateDataKey", "Decrypt"):
        assert [made.may(task, through(service, action, key)) for key in (SSE_KEY, OTHER_KEY)] == [True, True]


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_operator_alone_lists_a_large_store_in_another_bucket(per_dag: bool) -> None:
    made = world(per_dag=per_dag, places=(PLACE, LARGE))
    calls = [
        on_bucket("ListBucket", bucket=bucket, prefix=prefix)
        for bucket, prefix in (
            (BUCKET, f"{PREFIX}/"),
            (LARGE.bucket, "airflow/large/etl"),
            (LARGE.bucket, f"{PREFIX}/"),
            (BUCKET, "airflow/large/etl"),
        )
    ]
    assert [made.may(OPERATOR, call) for call in calls] == [True, True, False, False]
    assert not any(made.may(made.task(ETL), call) for call in calls)


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_a_previous_key_opens_and_is_left_and_seals_nothing(per_dag: bool) -> None:
    made = world(per_dag=per_dag, previous_key_arns=(OTHER_KEY,))
    actions = ("Decrypt", "GenerateDataKey", "Encrypt", "ReEncryptFrom", "ReEncryptTo")
    granted = {
        name: [action for action in actions if made.may(who, data_key(action, "etl", OTHER_KEY))]
        for name, who in {
            "own": made.task(ETL),
            "reader": made.task(REPORT),
            "other": made.task(ETL2),
            "ops": OPERATOR,
        }.items()
    }
    assert granted == {"own": ["Decrypt"], "reader": ["Decrypt"], "other": [], "ops": ["Decrypt", "ReEncryptFrom"]}


@pytest.mark.parametrize("layer", Layer)
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_every_own_access_is_granted(per_dag: bool, layer: Layer) -> None:
    made = world(layer, per_dag=per_dag)
    assert [name for name, row in GRANTED.items() if layer in row.layers and not row.succeeds(made)] == []


@pytest.mark.parametrize(
    ("per_dag", "name", "row"),
    [
        pytest.param(per_dag, name, row, id=f"{'per-dag' if per_dag else 'tags'}: {name}")
        for per_dag, table in ((False, REFUSED_BY_TAGS), (True, REFUSED_PER_DAG))
        for name, row in table.items()
    ],
)
def test_an_attempt_is_refused(worlds: Mapping[tuple[bool, Layer], World], per_dag: bool, name: str, row: Row) -> None:
    assert [layer.value for layer in row.layers if row.succeeds(worlds[per_dag, layer])] == []


@pytest.fixture(scope="module")
def worlds() -> Mapping[tuple[bool, Layer], World]:
    """One of each kind."""
    return {(per_dag, layer): world(layer, per_dag=per_dag) for per_dag in (False, True) for layer in Layer}


def test_the_tables_are_long_enough_to_mean_something() -> None:
    different = {repr(row) for row in REFUSED.values()}
    assert len(different) == len(REFUSED) >= 200
    assert sum(isinstance(row, Assumption) for row in REFUSED_BY_TAGS.values()) >= 15


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_session_policy_of_a_task_takes_nothing_of_its_own_away(per_dag: bool) -> None:
    made = world(per_dag=per_dag)
    for domain, readable in ((ETL, ()), (REPORT, (ETL, TEAM))):
        cut = session_policy(domain, *readable)
        rows = [row for row in GRANTED.values() if isinstance(row, Attempt) and row.who == domain]
        assert rows
        assert all(made.may(made.task(domain), row.call, cut) for row in rows)


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_a_session_policy_gives_nothing_that_the_role_does_not(per_dag: bool) -> None:
    made = world(per_dag=per_dag)
    for row in REFUSED.values():
        if isinstance(row, Attempt) and isinstance(row.who, Domain):
            assert not made.may(made.task(row.who), row.call, session_policy(ETL, REPORT))


@pytest.mark.parametrize("per_dag", DESIGNS)
def test_the_session_policy_of_another_domain_leaves_nothing(per_dag: bool) -> None:
    made = world(per_dag=per_dag)
    for call in (s3("GetObject", "etl/run"), s3("PutObject", "etl/run"), data_key("Decrypt", "etl")):
        assert made.may(made.task(ETL), call)
        assert not made.may(made.task(ETL), call, session_policy(Domain("etl2")))


@pytest.mark.parametrize("layer", Layer)
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_odd_dags_reach_their_own_and_nothing_of_each_other(per_dag: bool, layer: Layer) -> None:
    domains = [*map(Domain, ODD), Domain("etl", is_namespace=True)]
    made = world(layer, per_dag=per_dag, domains=tuple((domain, ()) for domain in domains))
    for mine in domains:
        assert made.assume(WORKER, mine, {"dag_id": mine.segment})
        for theirs in domains:
            for call in (
                s3("GetObject", f"{theirs.segment}/run"),
                s3("PutObject", f"{theirs.segment}/run"),
                s3("DeleteObject", f"{theirs.segment}/run"),
                data_key("Decrypt", theirs.segment),
                data_key("GenerateDataKey", theirs.segment),
            ):
                assert made.may(made.task(mine), call) is (mine == theirs)


@pytest.mark.parametrize("dag_id", ["", ".", "..", "x" * 1025])
@pytest.mark.parametrize("per_dag", DESIGNS)
def test_a_dag_that_can_have_no_folder_is_refused(per_dag: bool, dag_id: str) -> None:
    with pytest.raises(InvalidCoordinates):
        deployment(per_dag=per_dag, domains=((Domain(dag_id), ()),))


def test_each_domain_can_be_taken_on_by_its_own_identity_alone() -> None:
    made = world(per_dag=True, trusted=(f"{IAM}role/pod-{{domain}}",))
    pod = Principal(f"{IAM}role/pod-etl", "pod")
    assert made.assume(pod, ETL, {"dag_id": "etl"})
    assert not made.assume(pod, ETL2, {"dag_id": "etl2"})
    assert not made.assume(WORKER, ETL, {"dag_id": "etl"})


@pytest.mark.parametrize("layer", Layer)
def test_a_bucket_without_a_prefix_is_divided_in_the_same_way(layer: Layer) -> None:
    made = world(layer, places=(replace(PLACE, prefix=""),))
    for mine, theirs in ((ETL, "payments"), (ETL, "etl2"), (ETL, "@etl")):
        assert made.may(made.task(mine), on_bucket("GetObject", f"/{mine.segment}/run"))
        assert not made.may(made.task(mine), on_bucket("GetObject", f"/{theirs}/run"))
        assert not made.may(made.task(mine), on_bucket("GetObject", "//run"))
        assert not made.may(made.task(mine), on_bucket("ListBucket"))
    assert made.may(OPERATOR, on_bucket("ListBucket"))
    assert made.may(OPERATOR, on_bucket("GetObject", "/etl/run"))
