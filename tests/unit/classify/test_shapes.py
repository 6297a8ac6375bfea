"""Kinds of dicts that hold secrets, tables, pairs, and the labelled values that operators push."""

from __future__ import annotations

import json
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.detection.corpus import HALVES, Case, fields, shapes
from benchmarks.detection.detectors import policy
from secure_xcom.classify import scan
from secure_xcom.classify.kinds import KINDS, may_be_of_a_kind, secret_by_kind
from secure_xcom.classify.rule_text import RuleText
from secure_xcom.classify.shape_rules import SHAPES
from secure_xcom.classify.shapes import has_shape, is_pair, items_of_row, pairs_of, shape_of
from secure_xcom.model.value import Node, findings_of

SEALED = {"development": 1734, "held out": 1302}
"""Values with secrets of which every secret has to be found: what the last measurement gave, less one."""

LEFT_ALONE = {"development": 928, "held out": 656}

SEALED_FIELDS = {"development": 358, "held out": 387}
LEFT_ALONE_FIELDS = {"development": 822, "held out": 875}
"""The same for fields that stand alone."""

POLICY = policy()

WHOLE: dict[str, tuple[dict[str, Node], dict[str, str]]] = {
    "a manifest": (
        {"kind": "Secret", "metadata": {}, "data": {"a": "b"}, "stringData": {"c": "d"}},
        {"data": "shape-kubernetes-secret", "stringData": "shape-kubernetes-secret"},
    ),
    "a manifest of another kind": ({"kind": "ConfigMap", "data": {"a": "b"}}, {}),
    "an empty manifest": ({"kind": "Secret", "data": {}}, {}),
    "logins of Docker": ({"auths": {"registry": {"auth": "x"}}}, {"auths": "shape-docker-auths"}),
    "kinds of logins": ({"auths": ["basic", "oauth"]}, {}),
    "an output of Terraform": ({"value": "x", "sensitive": True}, {"value": "shape-marked-sensitive"}),
    "an output that is not marked": ({"value": "x", "sensitive": False}, {}),
    "a mark that is a text": ({"value": "x", "sensitive": "true"}, {}),
    "a masked variable": ({"key": "A", "value": "x", "masked": True}, {"value": "shape-marked-sensitive"}),
    "a parameter": ({"Name": "/a", "Type": "SecureString", "Value": "x"}, {"Value": "shape-secure-string"}),
    "a parameter that is not secure": ({"Name": "/a", "Type": "String", "Value": "x"}, {}),
    "a secret of a vault": (
        {"id": "https://a.vault.azure.net/secrets/db/1f", "value": "x"},
        {"value": "shape-stored-secret"},
    ),
    "a key of a vault": ({"id": "https://a.vault.azure.net/keys/db/1f", "value": "x"}, {}),
    "a version of a secret": (
        {"name": "projects/1/secrets/db/versions/3", "payload": {"data": "eA=="}},
        {"payload": "shape-stored-secret"},
    ),
    "an event": ({"name": "projects/1/topics/db", "payload": {"data": "eA=="}}, {}),
    "a storage key": (
        {"keyName": "key1", "value": "x", "permissions": "FULL"},
        {"value": "shape-storage-key"},
    ),
    "keys of WordPress": (
        {"AUTH_KEY": "x1", "LOGGED_IN_KEY": "x2", "NONCE_SALT": "x3", "DB_NAME": "blog"},
        dict.fromkeys(("AUTH_KEY", "LOGGED_IN_KEY", "NONCE_SALT"), "shape-wordpress-keys"),
    ),
    "keys of WordPress for people to write": (
        {"LOGGED_IN_KEY": "put your unique phrase here", "NONCE_SALT": "put your unique phrase here"},
        {},
    ),
    "a key that is called like one of WordPress": ({"LOGGED_IN_KEY": "x"}, {}),
    "a role's secret": ({"secret_id": "x", "secret_id_accessor": "y"}, {"secret_id": "shape-approle"}),
    "a role's login": (
        {"role_id": "web", "secret_id": "6a174c20-f6de-a53c-74d2-6018fcceff64"},
        {"secret_id": "shape-approle"},
    ),
    "a secret beside the number of a role": ({"role_id": 7, "secret_id": "6a174c20-f6de-a53c-74d2-6018fcceff64"}, {}),
    "the name of a secret beside a role": ({"role_id": "web", "secret_id": "projects/1/secrets/db"}, {}),
    "a community of SNMP": ({"community": "x", "snmp_version": "v2c"}, {"community": "shape-snmp-community"}),
    "a community beside the version of something else": ({"community": "x", "version": "2"}, {}),
    "no community beside the version of SNMP": ({"community": True, "version": "2c"}, {}),
    "a template for a community": ({"community": "{{ community }}", "snmp_version": 2}, {}),
    "a signed form": ({"policy": "x", "signature": "y"}, {"signature": "shape-signed-form"}),
    "a newer signed form": (
        {"Policy": "x", "X-Amz-Signature": "y"},
        {"X-Amz-Signature": "shape-signed-form"},
    ),
    "a policy that is no form": ({"policy": {"Version": "1"}, "signature": "y"}, {}),
    "an encoded key": ({"api_key": "x", "encoded": "y"}, {"encoded": "shape-encoded-api-key"}),
    "a random password": (
        {"type": "random_password", "values": {"result": "x"}},
        {"values": "shape-random-password"},
    ),
    "a private key as JSON": (
        {"kty": "EC", "x": "9fK2", "d": "7LmZpR4v"},
        {"d": "shape-json-web-key"},
    ),
    "a symmetric key as JSON": ({"kty": "oct", "k": "7LmZpR4v", "alg": "HS256"}, {"k": "shape-json-web-key"}),
    "a public key as JSON": ({"kty": "RSA", "n": "9fK2", "e": "AQAB"}, {}),
    "a token of Consul": ({"AccessorID": "x", "SecretID": "y"}, {"SecretID": "shape-acl-token"}),
    "keys of Event Hubs": (
        {"primaryConnectionString": "x", "primaryKey": "y", "secondaryKey": "z", "keyName": "root"},
        {"primaryKey": "shape-storage-key", "secondaryKey": "shape-storage-key"},
    ),
    "keys of an account of Azure's": (
        {"accountName": "a", "primary": "9fK2" * 10 + "a6Q=", "secondary": "7cL3" * 10 + "b5R="},
        {"primary": "shape-storage-key", "secondary": "shape-storage-key"},
    ),
    "keys by their numbers": (
        {"key1": "9f3a7c1b" * 4, "key2": "7c5d0e2f" * 4},
        {"key1": "shape-storage-key", "key2": "shape-storage-key"},
    ),
    "colours by rank": ({"primary": "#9f9f9f", "secondary": "#7c7c7c"}, {}),
    "digests of two copies": ({"key1": "f" * 32, "key2": "0" * 32}, {}),
    "a car": ({"kty": "car", "d": "diesel"}, {}),
    "a reference that is called a secret": ({"type": "secret", "value": "db/prod"}, {}),
    "numbered words": ({"key1": "orders", "key2": "customers"}, {}),
    "a token of Proxmox": ({"full-tokenid": "ann@pve!etl", "value": "x"}, {"value": "shape-user-token"}),
    "a password of CyberArk's": (
        {"Content": "x", "Safe": "BATCH", "Folder": "Root"},
        {"Content": "shape-stored-secret"},
    ),
    "a content in a folder": ({"content": "x", "folder": "Root"}, {}),
    "a primary key": ({"primaryKey": "order_id", "table": "orders"}, {}),
    "a client's secret": ({"type": "secret", "value": "9fK2xQ7LmZpR4vTbW8nY"}, {"value": "shape-marked-sensitive"}),
    "a kind of value": ({"type": "secret", "value": "changeme"}, {}),
    "a seed of codes": ({"seed": "GEZDGNBVGY3TQOJQ", "otp": "482913"}, {"seed": "shape-totp-seed"}),
    "a seed of a sample": ({"seed": 42, "interval": 30}, {}),
    "a seed that is a word": ({"seed": "tomato", "period": "spring"}, {}),
    "a concealed field": ({"type": "CONCEALED", "value": "x"}, {"value": "shape-concealed"}),
    "the key of an integration": (
        {"routing_key": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"},
        {"routing_key": "shape-named-form"},
    ),
    "a cookie of a session": (
        {"name": "li", "value": "9fK2xQ7LmZpR4vTbW8nY", "domain": "a.example", "httpOnly": True},
        {"value": "shape-cookie"},
    ),
    "a number that confirms an order": ({"tan": "482913"}, {"tan": "shape-named-form"}),
    "a number of geometry": ({"tan": 0.5773}, {}),
    "a random name": ({"type": "random_pet", "values": {"result": "x"}}, {}),
    "keys that differ in case alone": (
        {"kind": "Secret", "data": {"a": "b"}, "Data": {"c": "d"}},
        {"data": "shape-kubernetes-secret", "Data": "shape-kubernetes-secret"},
    ),
}


@pytest.mark.parametrize(("node", "whole"), WHOLE.values(), ids=WHOLE.keys())
def test_a_dict_is_recognised_by_what_stands_together(node: dict[str, Node], whole: dict[str, str]) -> None:
    shape = shape_of(node) if has_shape(tuple(node)) else None
    assert dict(shape.whole if shape else {}) == whole


def test_each_kind_has_a_case() -> None:
    assert {kind.id for kind in KINDS} == {rule for _, whole in WHOLE.values() for rule in whole.values()}


def test_people_can_read_about_each_kind() -> None:
    assert {kind.id for kind in KINDS} == {text.id for text in SHAPES}


@pytest.mark.parametrize("text", SHAPES, ids=lambda text: text.id)
def test_the_examples_in_the_rules_are_true(text: RuleText) -> None:
    example, counterexample = (json.loads(each) if each else {} for each in (text.example, text.counterexample))
    assert text.id in secret_rules(example)
    assert text.id not in secret_rules(counterexample)


def secret_rules(node: dict[str, Node]) -> set[str]:
    shape = shape_of(node) if has_shape(tuple(node)) else None
    return set(shape.whole.values()) if shape else set()


def test_a_kind_names_its_source_and_is_written_in_roles() -> None:
    for kind in KINDS:
        assert kind.source
        assert set("".join((*kind.needs, *kind.secret))) <= set(string.ascii_lowercase + string.digits)


ARGUMENTS: dict[str, tuple[list[Node], set[tuple[int, ...]]]] = {
    "a password after its option": (["login", "--password", "letmein", "--user", "bob"], {(2,)}),
    "a key after its option": (["sh", "--api-key", "Kq7z9"], {(2,)}),
    "a file with a password": (["--password-file", "/run/secrets/db"], set()),
    "an option after an option": (["--token", "--verbose"], set()),
    "an option with its value": (["--max-tokens", "100"], set()),
    "a list with more than texts": (["--password", 4711, None], {(1,)}),
    "a list with a dict": (["--password", "x", {"a": 1}], set()),
    "no command": (["password", "letmein"], set()),
}


@pytest.mark.parametrize(("items", "sealed"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_the_value_after_an_option_has_its_name(items: list[Node], sealed: set[tuple[int, ...]]) -> None:
    assert {finding.path for finding in findings_of(scan(items, "return_value", POLICY))} == sealed


def test_a_long_list_is_no_command() -> None:
    assert scan(["--password", "letmein"] * 200, "return_value", POLICY) is None


def test_a_kind_is_told_by_its_roles_alone_first() -> None:
    assert all(may_be_of_a_kind(kind.needs) for kind in KINDS)


def test_what_is_missing_beside_a_kind_is_not_selected() -> None:
    assert secret_by_kind({"kind": "Secret", "stringdata": {"a": "b"}}) == {"stringdata": "shape-kubernetes-secret"}


def test_a_dict_of_many_keys_has_no_shape() -> None:
    many: dict[str, Node] = {"kind": "Secret", "data": {"a": "b"}} | {f"k{number}": 0 for number in range(100)}
    assert shape_of(many) is None


def test_a_long_key_plays_no_role() -> None:
    assert not has_shape(("k" * 1_000_000, "kind" * 100))


_NODES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.sampled_from(sorted({role for kind in KINDS for role in (*kind.needs, *kind.secret)}))
            | st.text(max_size=8),
            children,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(_NODES)
def test_any_value_may_stand_anywhere(node: Node) -> None:
    if isinstance(node, dict):
        shape = shape_of(node)
        assert shape is None or set(shape.whole) | set(shape.names) | set(shape.columns) <= set(node)
    if isinstance(node, list):
        is_pair(node)
        assert all(pair in node or isinstance(pair, list) for _, pair in pairs_of(node))
    items_of_row(node)


@given(_NODES)
def test_a_dict_that_has_no_shape_by_its_keys_has_none(node: Node) -> None:
    if isinstance(node, dict) and not has_shape(tuple(node)):
        assert shape_of(node) is None


def _is_sealed(case: Case) -> bool:
    found = {finding.path for finding in findings_of(scan(case.value, case.key, POLICY, origin=case.origin))}
    return all(
        any(steps[: len(path)] == path for path in found) for steps, is_secret in case.labels.items() if is_secret
    )


def _is_left_alone(case: Case) -> bool:
    return scan(case.value, case.key, POLICY, origin=case.origin) is None


MEASURED = {"fields": (fields, SEALED_FIELDS, LEFT_ALONE_FIELDS), "values": (shapes, SEALED, LEFT_ALONE)}


@pytest.mark.parametrize("half", HALVES, ids=lambda half: half.replace(" ", "-"))
@pytest.mark.parametrize(("load", "least_sealed", "least_alone"), MEASURED.values(), ids=MEASURED.keys())
def test_the_labelled_data_is_judged_as_it_was_measured(
    load: Callable[[str], list[Case]], least_sealed: dict[str, int], least_alone: dict[str, int], half: str
) -> None:
    cases = load(half)
    secret = [case for case in cases if any(case.labels.values())]
    harmless = [case for case in cases if not any(case.labels.values())]
    sealed, alone = sum(map(_is_sealed, secret)), sum(map(_is_left_alone, harmless))
    assert (sealed >= least_sealed[half], alone >= least_alone[half]) == (True, True), (sealed, alone)
