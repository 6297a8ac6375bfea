"""Domains never share a folder, an encryption context, a tag, a role or a key, whatever they are called."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.errors import ConfigurationError, InvalidCoordinates
from secure_xcom.model.domain import Domain

TAG = re.compile(r"[A-Za-z0-9_.:/=+@ -]{1,256}")
"""AWS STS API reference, "Tag", without what is beyond ASCII."""

NAME = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,46}[a-z0-9])?")

HOSTILE = (
    "etl",
    "etl2",
    "ETL",
    "Etl",
    "etl.",
    "etl-",
    "e.tl",
    "etl/run",
    "etl%2f",
    "etl=2F",
    "etl:",
    "etl~",
    "etl*",
    "etl\n",
    "@etl",
    "%40etl",
    "etl--team",
    "etl--0123456789abcdef0123456789abcdef",
    "%2e%2e",
    "...",
    "${aws:PrincipalTag/dag_id}",
    "{domain}",
    "\u0435tl",
    "\uff45tl",
    "e\u0301tl",
    "\u00e9tl",
    "x" * 150,
    "x" * 151,
    "x" * 250,
    "\u00fc" * 250,
)
"""Dags that might be taken for one another, or for what is no Dag."""

dags = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=260)).filter(
    lambda text: text not in (".", "..")
)


def test_an_ordinary_dag_is_its_own_segment_and_name() -> None:
    assert (Domain("etl_daily-2.v1").segment, Domain("etl_daily-2.v1").name) == ("etl_daily-2.v1", "etl_daily-2.v1")


def test_a_namespace_stands_out_by_its_sign() -> None:
    domain = Domain("payments", is_namespace=True)
    assert (domain.segment, domain.name) == ("@payments", "payments--team")


@pytest.mark.parametrize(
    ("dag_id", "name"),
    [
        ("ETL", "etl--e3ff0b59e0b3ffe4f6ad2c4a4b9c5ee8"),
        ("etl--team", "etl-team--"),
        ("\u00fc\u00fc", "dag--"),
    ],
)
def test_a_dag_that_no_role_can_be_called_by_keeps_what_is_readable(dag_id: str, name: str) -> None:
    assert Domain(dag_id).name.partition("--")[0] == name.partition("--")[0]


def test_hostile_dags_and_namespaces_share_neither_segment_nor_name() -> None:
    domains = [*map(Domain, HOSTILE), Domain("etl", is_namespace=True), Domain("e", is_namespace=True)]
    assert len({domain.segment for domain in domains}) == len(domains)
    assert len({domain.name.casefold() for domain in domains}) == len(domains)


@given(first=dags, second=dags)
def test_different_dags_have_different_segments_and_names(first: str, second: str) -> None:
    if first != second:
        assert Domain(first).segment != Domain(second).segment
        assert Domain(first).name != Domain(second).name


@given(dag_id=dags)
def test_a_segment_is_a_tag_and_a_folder_and_no_pattern(dag_id: str) -> None:
    segment = Domain(dag_id).segment
    assert TAG.fullmatch(segment)
    assert not set("/*?${}+ ") & set(segment)
    assert not segment.startswith("@")
    assert segment not in (".", "..")


@given(dag_id=dags)
def test_a_name_fits_roles_policies_and_keys(dag_id: str) -> None:
    assert NAME.fullmatch(Domain(dag_id).name)


@given(dag_id=dags)
def test_no_dag_has_the_name_that_another_ones_hash_gave(dag_id: str) -> None:
    name = Domain(dag_id).name
    if name != dag_id:
        assert Domain(name).name != name


@pytest.mark.parametrize("dag_id", ["", ".", "..", "x" * 2000])
def test_a_dag_that_could_climb_has_no_segment(dag_id: str) -> None:
    with pytest.raises(InvalidCoordinates):
        _ = Domain(dag_id).segment


@pytest.mark.parametrize("label", ["", "Team", "a--b", "-a", "a/b", "..", "a b", "@a", "a*", "\u00e4", "a\n", "x" * 41])
def test_a_namespace_of_another_alphabet_is_refused(label: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot name a namespace"):
        Domain(label, is_namespace=True)
