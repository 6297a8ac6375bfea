"""What the generated Vault documents hold, whatever a Dag is called."""

from __future__ import annotations

import re
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import object_name
from secure_xcom.ops.iam.vault.auth import AppRoleAuth, JWTAuth, KubernetesAuth
from secure_xcom.ops.iam.vault.deployment import VaultDeployment, documents
from secure_xcom.ops.iam.vault.documents import Policy, VaultDocuments
from secure_xcom.ops.iam.vault.folders import Folder
from tests.mistakes import mistake

ETL, REPORT, TEAM = Domain("etl"), Domain("report"), Domain("risk", is_namespace=True)
KV = {"kv_mount": "secret", "prefix": "airflow/xcom"}
BOTH = {**KV, "transit_mount": "transit"}

LABELS = st.text(min_size=1, max_size=250).filter(lambda label: label not in (".", ".."))


def made(**options: object) -> VaultDocuments:
    options = {**BOTH, "domains": ((ETL, (REPORT,)), (TEAM, ())), **options}
    return documents(VaultDeployment(**options))


def policy(generated: VaultDocuments, name: str) -> Policy:
    return next(policy for policy in generated.policies if policy.name == name)


def rights(one: Policy) -> dict[str, tuple[str, ...]]:
    return {rule.path: tuple(rule.without) for rule in one.rules if "deny" not in rule.without}


def policies_of(generated: VaultDocuments, role: str) -> list[object]:
    return next(found.fields["token_policies"] for found in generated.roles if found.name == role)


def test_a_writer_creates_and_purges_objects_and_makes_data_keys() -> None:
    assert rights(policy(made(), "xcom-etl-writer")) == {
        "secret/data/airflow/xcom/etl/+/+/+/+/+": ("create",),
        "secret/metadata/airflow/xcom/etl/+/+/+/+/+": ("delete",),
        "transit/datakey/plaintext/xcom-etl": ("update",),
    }


def test_a_reader_reads_objects_and_unwraps_data_keys() -> None:
    assert rights(policy(made(), "xcom-etl-reader")) == {
        "secret/data/airflow/xcom/etl/+/+/+/+/+": ("read",),
        "transit/decrypt/xcom-etl": ("update",),
    }


def test_the_objects_of_a_namespace_lie_one_folder_deeper() -> None:
    assert "secret/data/airflow/xcom/@risk/+/+/+/+/+/+" in rights(policy(made(), "xcom-risk--team-reader"))


def test_a_pattern_is_as_deep_as_the_names_of_objects() -> None:
    place = Coordinates(dag_id="etl", run_id="run", task_id="task", key="return_value")
    path = next(iter(rights(policy(made(), "xcom-etl-reader"))))
    assert path.count("/+") == object_name(place, "0" * 32).count("/")


@pytest.mark.parametrize("templated", [False, True])
def test_every_folder_refuses_dots_at_every_depth(templated: bool) -> None:
    for one in made(templated=templated).policies:
        allowed = [path for path in rights(one) if path.endswith("/+")]
        denied = {rule.path for rule in one.rules if "deny" in rule.without}
        for path in allowed:
            parts = path.split("/")
            ways = {"/".join([*parts[:at], "..", *parts[at + 1 :]]) for at, part in enumerate(parts) if part == "+"}
            assert ways <= denied
            assert len(ways) >= 5


def test_a_grant_is_the_owners_reader_policy_on_the_readers_role() -> None:
    generated = made()
    assert policies_of(generated, "xcom-report") == [
        "xcom-all--session",
        "xcom-report-writer",
        "xcom-report-reader",
        "xcom-etl-reader",
    ]
    assert policies_of(generated, "xcom-etl") == ["xcom-all--session", "xcom-etl-writer", "xcom-etl-reader"]


def test_templated_policies_are_two_for_all_and_one_for_each_grant() -> None:
    generated = made(templated=True)
    names = [policy.name for policy in generated.policies]
    assert names == [
        "xcom-all--session",
        "xcom-all--writer",
        "xcom-all--reader",
        "xcom-etl-reader",
        "xcom-all--operator",
    ]
    assert policies_of(generated, "xcom-report") == [
        "xcom-all--session",
        "xcom-all--writer",
        "xcom-all--reader",
        "xcom-etl-reader",
    ]


def test_templated_policies_take_the_domain_from_the_entity() -> None:
    generated = made(templated=True)
    assert rights(policy(generated, "xcom-all--reader")) == {
        "secret/data/airflow/xcom/{{identity.entity.metadata.dag_id}}/+/+/+/+/+": ("read",),
        "secret/data/airflow/xcom/{{identity.entity.metadata.dag_id}}/+/+/+/+/+/+": ("read",),
        "transit/decrypt/xcom-{{identity.entity.metadata.domain}}": ("update",),
    }
    entities = {entity.alias: entity.metadata for entity in generated.entities}
    assert entities["xcom-risk--team"] == {"dag_id": "@risk", "domain": "risk--team"}


def test_the_operator_lists_and_replaces_below_the_prefix_and_no_further() -> None:
    assert rights(policy(made(), "xcom-all--operator")) == {
        "secret/data/airflow/xcom/*": ("read", "create", "update"),
        "secret/metadata/airflow/xcom/*": ("list", "read", "create", "update", "delete"),
        **{
            f"transit/{operation}/xcom-{name}": ("update",)
            for name in ("etl", "report", "risk--team")
            for operation in ("decrypt", "datakey/plaintext", "encrypt", "rewrap")
        },
    }


ELSEWHERE = {
    "other_folders": (Folder("secret", "airflow/large"), Folder("kv", is_previous=True)),
    "previous_keys": (("transit-old", "old-{domain}"),),
}


def test_a_task_writes_into_the_large_store_too_and_only_reads_and_purges_in_a_previous_one() -> None:
    generated = made(**ELSEWHERE)
    assert {
        path: right for path, right in rights(policy(generated, "xcom-etl-writer")).items() if "/xcom/" not in path
    } == {
        "secret/data/airflow/large/etl/+/+/+/+/+": ("create",),
        "secret/metadata/airflow/large/etl/+/+/+/+/+": ("delete",),
        "kv/metadata/etl/+/+/+/+/+": ("delete",),
        "transit/datakey/plaintext/xcom-etl": ("update",),
    }
    assert rights(policy(generated, "xcom-etl-reader")) == {
        "secret/data/airflow/xcom/etl/+/+/+/+/+": ("read",),
        "secret/data/airflow/large/etl/+/+/+/+/+": ("read",),
        "kv/data/etl/+/+/+/+/+": ("read",),
        "transit/decrypt/xcom-etl": ("update",),
        "transit-old/decrypt/old-etl": ("update",),
    }


def test_the_operator_reaches_every_store_and_opens_what_a_previous_key_sealed() -> None:
    found = rights(policy(made(**ELSEWHERE), "xcom-all--operator"))
    assert {"secret/metadata/airflow/large/*", "kv/metadata/*", "kv/data/*", "transit-old/decrypt/old-etl"} <= set(
        found
    )
    assert "transit-old/encrypt/old-etl" not in found


@pytest.mark.parametrize("templated", [False, True])
def test_nobody_has_sudo_and_no_worker_lists_or_has_a_glob(templated: bool) -> None:
    for one in made(templated=templated).policies:
        found = {right for rule in one.rules for right in rule.without}
        assert "sudo" not in found
        if one.name != "xcom-all--operator":
            assert "list" not in found
            assert not any("*" in rule.path for rule in one.rules)


def test_every_right_says_what_breaks_without_it() -> None:
    reasons = [reason for one in made().policies for rule in one.rules for reason in rule.without.values()]
    assert all(len(reason.split()) > 4 and reason.isascii() and "\n" not in reason for reason in reasons)


@pytest.mark.parametrize(
    ("options", "engines"),
    [(KV, {"secret"}), ({"transit_mount": "transit"}, {"transit"}), (BOTH, {"secret", "transit"})],
)
def test_an_engine_that_the_deployment_does_not_use_has_no_rule(options: dict[str, str], engines: set[str]) -> None:
    generated = documents(VaultDeployment(domains=((ETL, ()),), **options))
    assert {rule.path.split("/")[0] for one in generated.policies for rule in one.rules} - {"auth", "sys"} == engines
    assert bool(generated.keys) == ("transit" in engines)


def test_keys_are_derived_and_stay_in_vault() -> None:
    keys = made().keys
    assert [key.name for key in keys] == ["xcom-etl", "xcom-report", "xcom-risk--team"]
    assert all(key.fields["derived"] and not key.fields["exportable"] for key in keys)


def test_one_key_for_all_is_made_once_and_says_what_it_is() -> None:
    (key,) = made(transit_key="airflow-xcom").keys
    assert "keeps none of them apart" in key.about


def test_the_order_of_the_domains_changes_nothing() -> None:
    domains = [(ETL, (REPORT, TEAM)), (TEAM, (REPORT,)), (Domain("ETL"), ()), (REPORT, ())]
    expected = made(domains=tuple(domains))
    for seed in range(5):
        Random(seed).shuffle(domains)
        assert made(domains=tuple(domains)) == expected


def test_a_domain_that_is_listed_twice_has_all_its_readers() -> None:
    generated = made(domains=((ETL, (REPORT,)), (ETL, (TEAM,)), (ETL, (ETL,))))
    assert (
        policies_of(generated, "xcom-report")[-1] == policies_of(generated, "xcom-risk--team")[-1] == "xcom-etl-reader"
    )
    assert [role.name for role in generated.roles] == ["xcom-etl", "xcom-report", "xcom-risk--team"]


@settings(max_examples=200, deadline=None)
@given(st.lists(LABELS, min_size=2, max_size=6, unique=True), st.booleans())
def test_different_dags_share_no_folder_no_key_no_role_and_no_login(labels: list[str], templated: bool) -> None:
    domains = tuple((Domain(label), ()) for label in labels)
    for auth in (AppRoleAuth(), KubernetesAuth(), JWTAuth(audiences=("vault",))):
        generated = made(domains=domains, auth=auth, templated=templated)
        names = [one.name for one in generated.policies] + [role.name for role in generated.roles]
        assert len(set(names)) == len(names)
        assert all(name == name.lower() for name in names)
        assert len({key.name for key in generated.keys}) == len(labels)
        assert len({auth.alias("", domain) or domain.name for domain, _ in domains}) == len(labels)
    readers = [set(rights(one)) for one in made(domains=domains).policies if one.name.endswith("-reader")]
    assert all(not a & b for a, b in combinations(readers, 2))
    paths = {path for paths in readers for path in paths}
    assert all(re.fullmatch(r"[A-Za-z0-9_.=:@/-]+?(/\+){0,5}", path) for path in paths)


@settings(max_examples=200, deadline=None)
@given(LABELS)
def test_a_service_account_has_a_name_that_kubernetes_takes(label: str) -> None:
    account = KubernetesAuth().alias("", Domain(label)).removeprefix("airflow/")
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", account)


@pytest.mark.parametrize("pair", [("my_dag", "my-dag"), ("my.dag", "my-dag"), ("a_b", "a__b"), ("a_b", "a--b")])
def test_dags_that_kubernetes_would_call_alike_have_different_service_accounts(pair: tuple[str, str]) -> None:
    first, second = (KubernetesAuth().alias("", Domain(label)) for label in pair)
    assert first != second


def test_a_kubernetes_role_binds_one_account_of_one_namespace() -> None:
    auth = KubernetesAuth(service_account_namespace="af-{domain}", audience="vault")
    fields = made(auth=auth, domains=((ETL, ()),)).roles[0].fields
    assert fields["bound_service_account_names"] == ["xcom-etl"]
    assert fields["bound_service_account_namespaces"] == ["af-etl"]
    assert fields["audience"] == "vault"


def test_a_jwt_role_binds_audience_and_claims_as_they_are() -> None:
    claims = {"sub": "airflow:{domain}", "env": "prod"}
    fields = made(auth=JWTAuth(audiences=("vault",), claims=claims), domains=((ETL, ()),)).roles[0].fields
    assert fields["bound_claims"] == {"sub": "airflow:etl", "env": "prod"}
    assert fields["bound_claims_type"] == "string"
    assert fields["bound_audiences"] == ["vault"]


def test_no_token_lives_longer_than_a_grant_that_was_withdrawn_may() -> None:
    """A renewed token keeps its policies: renewal must not lead beyond the first end."""
    for role in made().roles:
        assert role.fields["token_ttl"] == role.fields["token_max_ttl"] == 3600


@pytest.mark.parametrize("templated", [False, True])
def test_the_operators_policy_is_left_away_where_not_all_domains_are_known(templated: bool) -> None:
    every, some = made(templated=templated), made(templated=templated, all_domains=False)
    assert [one for one in every.policies if one.name != "xcom-all--operator"] == list(some.policies)
    assert len(every.policies) == len(some.policies) + 1
    assert (every.roles, every.keys, every.entities) == (some.roles, some.keys, some.entities)


def test_every_token_may_ask_what_it_may_do_and_nothing_else_of_the_system() -> None:
    assert rights(policy(made(), "xcom-all--session")) == {
        "auth/token/renew-self": ("update",),
        "sys/capabilities-self": ("update",),
    }


def test_tokens_have_no_policy_that_is_not_generated() -> None:
    generated = made()
    for role in generated.roles:
        assert role.fields["token_no_default_policy"] is True
        assert set(role.fields["token_policies"]) <= {one.name for one in generated.policies}


BAD = {
    "nothing in Vault": ({"kv_mount": None, "transit_mount": None}, "neither store nor key"),
    "a glob in the prefix": ({"prefix": "air*"}, "'air*'"),
    "a wildcard in the prefix": ({"prefix": "airflow/+"}, "'airflow/+'"),
    "a template in the prefix": ({"prefix": "{{identity.entity.name}}"}, "cannot stand in a policy"),
    "dots in the prefix": ({"prefix": "airflow/../x"}, "cannot stand in a policy"),
    "a quote in the mount": ({"kv_mount": 'se"cret'}, "cannot stand in a policy"),
    "a line break in the mount": ({"transit_mount": "transit\n"}, "cannot stand in a policy"),
    "a shell's sign in the namespace": ({"namespace": "a;b"}, "'a;b'"),
    "one role for all": ({"role": "xcom"}, "role: 'xcom'"),
    "a role that is the domain's name alone": ({"role": "{domain}"}, "role: '{domain}'"),
    "the domain twice": ({"role": "{domain}-{domain}"}, "role:"),
    "capitals in the role": ({"role": "XCom-{domain}"}, "role:"),
    "a glob in the key": ({"transit_key": "xcom-*"}, "key: 'xcom-*'"),
    "a slash in the key": ({"transit_key": "a/{domain}"}, "key:"),
    "no time to live": ({"token_ttl": 0}, "token_ttl"),
    "secret ids for ever": ({"auth": AppRoleAuth(secret_id_ttl=0)}, "secret_id_ttl"),
    "a glob in the auth mount": ({"auth": AppRoleAuth(mount="*")}, "cannot stand in a policy"),
    "one account for all": ({"auth": KubernetesAuth(service_account="airflow")}, "any pod could log in"),
    "any account": ({"auth": KubernetesAuth(service_account="*")}, "any pod could log in"),
    "any account of the domain's": (
        {"auth": KubernetesAuth(service_account="{domain}*")},
        "is not a valid name in Kubernetes",
    ),
    "any namespace": ({"auth": KubernetesAuth(service_account_namespace="*")}, "is not a valid name in Kubernetes"),
    "an account too long": (
        {"auth": KubernetesAuth(service_account="x" * 20 + "{domain}")},
        "is not a valid name in Kubernetes",
    ),
    "no audience": ({"auth": JWTAuth(audiences=())}, "audience"),
    "an empty audience": ({"auth": JWTAuth(audiences=("",))}, "audience"),
    "no claim": ({"auth": JWTAuth(audiences=("v",), claims={})}, "claims: 'sub'"),
    "a claim for all": ({"auth": JWTAuth(audiences=("v",), claims={"sub": "airflow"})}, "it identifies the domain"),
    "a claim that vault would read as a file": (
        {"auth": JWTAuth(audiences=("v",), claims={"sub": "@{domain}"})},
        "a letter or digit first",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_deployment_that_cannot_be_kept_apart_is_refused(case: str) -> None:
    options, told = BAD[case]
    with mistake(re.escape(told)):
        made(**options)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        made(role="xcom", prefix="*", auth=JWTAuth(audiences=()))
    assert len(raised.value.problems) == 3
