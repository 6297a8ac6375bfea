"""The ``store`` and ``key`` settings: what they mean, and that a mistake is told without repeating a credential."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import Domain
from secure_xcom.settings.uri import AdapterUri
from tests.unit import any_value
from tests.unit.world import CANARY, assert_reads_or_refuses, assert_tells_nothing

PARSED = [
    ("file:///var/lib/xcom", ("file", "", "var/lib/xcom", {})),
    ("file:///var/lib/xcom/", ("file", "", "var/lib/xcom", {})),
    ("FILE:///x", ("file", "", "x", {})),
    ("s3://bucket", ("s3", "bucket", "", {})),
    ("s3://bucket/a/b?region_name=eu-west-1", ("s3", "bucket", "a/b", {"region_name": "eu-west-1"})),
    ("s3://b/?endpoint_url=https%3A%2F%2Fhost%3A9000", ("s3", "b", "", {"endpoint_url": "https://host:9000"})),
    ("vault://secret/air%20flow", ("vault", "secret", "air flow", {})),
    ("aws-kms://alias/name", ("aws-kms", "alias", "name", {})),
    ("aws-kms:///arn:aws:kms:eu-west-1:1:key/2", ("aws-kms", "", "arn:aws:kms:eu-west-1:1:key/2", {})),
    ("vault-transit://mount/key?namespace=", ("vault-transit", "mount", "key", {"namespace": ""})),
    ("x://h/a?b=%26&c=d", ("x", "h", "a", {"b": "&", "c": "d"})),
]


@pytest.mark.parametrize(("text", "parts"), PARSED, ids=[text for text, _ in PARSED])
def test_parses(text: str, parts: tuple[object, ...]) -> None:
    uri = AdapterUri.parse(text, option="store")
    assert (uri.scheme, uri.authority, uri.path, dict(uri.params)) == parts


MISTAKEN = {
    "nothing": "",
    "no scheme": "bucket/prefix",
    "no authority": "file:/var/lib",
    "no slashes": "s3:bucket",
    "only slashes": "://",
    "a space": "s3://my bucket",
    "a newline": "s3://bucket/\n",
    "a tab": "s3://bucket/\tx",
    "a NUL": "s3://bucket/\0",
    "a fragment": "s3://bucket/a#b",
    "credentials": f"s3://user:{CANARY}@bucket/a",
    "a user": f"s3://{CANARY}@bucket/a",
    "a parameter without a value": "s3://bucket/a?region",
    "a parameter twice": "s3://bucket/a?b=1&b=2",
    "a path that climbs": "file:///a/../b",
    "a path that climbs in disguise": "file:///a/%2E%2E/b",
    "a path that stays": "file:///a/./b",
    "an empty segment": "file:///a//b",
    "a bracket": "s3://[bucket/a",
    "no address": "s3://[bucket]/a",
}


@pytest.mark.parametrize("text", MISTAKEN.values(), ids=MISTAKEN.keys())
def test_a_mistake_names_the_option_and_repeats_no_credential(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        AdapterUri.parse(text, option="store")
    assert all(problem.startswith("store: ") for problem in caught.value.problems)
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


@given(text=st.one_of(any_value.text, any_value.text.map("s3://".__add__), any_value.text.map("file:///".__add__)))
@example("s3://bucket/%ff%fe")
@example("s3://\u2100/")
def test_reads_an_arbitrary_text_or_refuses_it(text: str) -> None:
    assert_reads_or_refuses(lambda: AdapterUri.parse(text, option="store"))


def test_a_parameter_that_may_be_a_secret_is_not_printed() -> None:
    uri = AdapterUri.parse("vault://secret/xcom?token=hvs.invented", option="store")
    assert "invented" not in f"{uri} {uri!r}"


def test_a_parameter_that_is_not_known_is_refused_with_those_that_are() -> None:
    uri = AdapterUri.parse("s3://bucket?regoin_name=x", option="store")
    with pytest.raises(ConfigurationError, match="no parameter 'regoin_name'; it knows: a, region_name"):
        uri.require_params(("region_name", "a"), option="store")
    with pytest.raises(ConfigurationError, match="it knows: none"):
        uri.require_params((), option="store")


def test_parameters_that_are_known_pass() -> None:
    AdapterUri.parse("s3://bucket?region_name=x", option="store").require_params(("region_name",), option="store")


def test_parameters_cannot_be_changed() -> None:
    uri = AdapterUri.parse("s3://bucket?a=b", option="store")
    with pytest.raises(TypeError):
        uri.params["a"] = "c"  # type: ignore[index]


ETL, TEAM = Domain("ETL"), Domain("payments", is_namespace=True)


def test_a_field_takes_the_owners_name_in_the_place_and_the_running_domains_in_the_parameters() -> None:
    uri = AdapterUri.parse("vault-transit://{domain}/xcom-{domain}?auth=kubernetes&role=x-{domain}", option="key")
    assert uri.names_domain
    made = uri.of_domain(TEAM, ETL)
    assert (made.authority, made.path) == ("payments--team", "xcom-payments--team")
    assert made.params == {"auth": "kubernetes", "role": f"x-{ETL.name}"}
    assert not made.names_domain


@pytest.mark.parametrize("text", ["s3://{domain}/x", "s3://b/x-{domain}", "s3://b/x?role_arn={domain}"])
def test_a_uri_names_the_domain_in_any_of_its_parts(text: str) -> None:
    assert AdapterUri.parse(text, option="store").names_domain


def test_a_uri_without_the_field_is_the_same_for_every_domain() -> None:
    uri = AdapterUri.parse("s3://bucket/{other}/domain?a=b", option="store")
    assert not uri.names_domain
    assert uri.of_domain(TEAM, ETL) == uri


@pytest.mark.parametrize("text", ["/srv/xcom", "file:/srv/xcom", "srv", "s3:bucket"])
def test_what_is_no_uri_is_told_with_the_form_of_one_for_a_disk(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"large_store: .*file:///folder"):
        AdapterUri.parse(text, option="large_store")
