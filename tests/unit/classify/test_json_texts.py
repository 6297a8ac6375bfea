"""A text of JSON is judged as the value that it says."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.json_texts import DEEPEST, ID, LARGEST
from secure_xcom.model.value import JSON
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

POLICY = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
BY_JSON = f"content-{ID}"
TOKEN = invent("ghp_<30 base62><checksum>")

SEALED: dict[str, JSON] = {
    "a Secret of Kubernetes": {"kind": "Secret", "data": {"uri": "cG9zdGdyZXM6Ly9kYg=="}},
    "outputs of Terraform": {"db_admin": {"sensitive": True, "type": "string", "value": "Sommerregen"}},
    "a secret of Azure's": {"id": "https://acme.vault.azure.net/secrets/db/1f2e", "value": "Sommerregen"},
    "keys of a storage account": {"keyName": "key1", "permissions": "FULL", "value": "c2VjcmV0"},
    "a variable of a container": [{"name": "DB_PASSWORD", "value": "Sommerregen"}],
    "a pair in capitals": {"a": {"Key": "db_password", "Value": "tr0ub4dor"}},
    "a command and its arguments": ["sshpass", "-p", "Sommerregen", "ssh", "etl@as400"],
    "a header and its value": ["X-Auth-Token", "tr0ub4dor99"],
    "a table": {"columns": ["user", "password"], "index": [0], "data": [["ann", "tr0ub4dor"]]},
    "a column by the numbers of its rows": {"user": {"0": "ann"}, "password": {"0": "tr0ub4dor"}},
    "a command under another name": {"cmd": ["mysql", "-u", "ann", "-psunshine9"]},
    "a row": {"rows": [["password", "sunshine9"]]},
    "a number": {"pin": 482913},
    "a key of a service that nobody lists": {"lastfm_key": invent("<32 base62>")},
    "a key below a service": {"lastfm": {"key": invent("<32 base62>")}},
    "a token behind an escape": {"note": f"line\n{TOKEN}"},
    "JSON in JSON": {"body": json.dumps({"secret": {"pin_code": "4711"}})},
}

HARMLESS: dict[str, JSON] = {
    "rows": [{"id": number, "name": f"customer {number}", "total": number * 3.5} for number in range(9)],
    "a page": {"items": [], "next_page_token": "CAUQAA", "total_tokens": 512},
    "a package": {"dependencies": {"jsonwebtoken": "^9.0.2", "@types/cookie": "0.4.1"}},
    "a locked package": {
        "node_modules/cookie": {
            "version": "0.4.1",
            "resolved": "https://packages.internal/cookie/-/cookie-0.4.1.tgz",
            "integrity": invent("sha512-<86 base64>=="),
        }
    },
    "a document of an interface": {
        "paths": {"/users/password": {"put": {"summary": "Change it", "responses": {"200": {"description": "OK"}}}}},
        "components": {"securitySchemes": {"apiKey": {"type": "apiKey", "name": "X-Api-Key", "in": "header"}}},
    },
}


def _rule_of(value: JSON, key: str = "return_value") -> object:
    return scan(value, key, POLICY)


@pytest.mark.parametrize("value", SEALED.values(), ids=SEALED)
def test_what_is_sensitive_in_a_value_makes_its_json_sensitive(value: JSON) -> None:
    assert _rule_of(json.dumps(value)) is not None


@pytest.mark.parametrize("value", HARMLESS.values(), ids=HARMLESS)
def test_json_that_only_names_secrets_stays_readable(value: JSON) -> None:
    assert _rule_of(json.dumps(value, indent=2)) is None


@pytest.mark.parametrize(
    "spelt",
    [
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: f" \n{text}\n",
        lambda text: f'{{"n": 1}}\n{text}\n{{"n": 2}}\n',
        lambda text: json.dumps(json.loads(text), indent=4),
        lambda text: f"\ufeff{text}",
        lambda text: f'{{"n": 1}}\r\n\r\n{json.dumps(json.loads(text), indent=1)}',
    ],
    ids=[
        "in base64",
        "with space around it",
        "on a line of its own among others",
        "over many lines",
        "behind a mark",
        "pretty behind another",
    ],
)
def test_json_is_recognised_in_each_form(spelt: object) -> None:
    assert callable(spelt)
    assert _rule_of(spelt(json.dumps({"db_admin": {"sensitive": True, "value": "Sommerregen"}}))) == BY_JSON


@pytest.mark.parametrize("text", ['{"password": "x4Tr9", "password": null}', '{"password": null, "password": "x4Tr9"}'])
def test_of_a_name_that_stands_twice_both_values_are_looked_at(text: str) -> None:
    assert _rule_of(text.replace("p", "\\u0070")) == BY_JSON


def test_of_a_name_that_stands_thrice_each_value_is_looked_at() -> None:
    assert _rule_of('{"v": 1, "v": {"passwords": ["hunter2", "sunshine"]}, "v": 2}') == BY_JSON


def test_names_that_stand_twice_at_each_level_take_no_more_than_their_length() -> None:
    text = '{"b": 1, "b": 2, "name": "\\n"}'
    for _ in range(DEEPEST - 2):
        text = f'{{"b": 1, "b": 2, "name": {text}}}'
    start = time.process_time()
    assert _rule_of(text) is None
    assert time.process_time() - start < 5


def test_a_consumer_that_prints_a_part_of_it_finds_it_masked() -> None:
    value = {"kind": "Secret", "data": {"uri": "cG9zdGdyZXM6Ly9kYg==", "user": "YW5u"}, "code": {"pin": 482913}}
    assert {"cG9zdGdyZXM6Ly9kYg==", "482913"} <= set(POLICY.secrets_in(json.dumps(value)))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"password":' * 50_000,
        '{"password":' * 900 + "1" + "}" * 900,
        "[" * 50_000 + "]" * 50_000,
        '{"a": "\\u' + "0" * 50_000 + '"}',
        "{",
        "[]      ",
        "{}\n{}\n{",
        "{" + " " * 100 + "}",
        '{"a" "b"}',
    ],
)
def test_what_is_no_json_or_too_deep_has_no_finding(text: str) -> None:
    assert _rule_of(text) is None


@pytest.mark.parametrize(
    "value",
    [{"token": {"0": "***", "1": "b"}}, {"token": "hello1", "tag": "NN"}, {"tokens": ["hello", "world12", "##ing"]}],
    ids=["a masked column", "a token of a text", "tokens of a text"],
)
def test_short_texts_that_are_called_tokens_make_no_document_sensitive(value: JSON) -> None:
    assert _rule_of(json.dumps(value)) is None


def test_json_is_looked_into_as_deep_and_as_long_as_it_says() -> None:
    def nested(depth: int) -> JSON:
        value: JSON = {"verification_code": 482913}
        for _ in range(depth - 1):
            value = [value]
        return value

    assert _rule_of(json.dumps(nested(DEEPEST))) == BY_JSON
    assert _rule_of(json.dumps(nested(DEEPEST + 1))) is None
    assert _rule_of(json.dumps({"verification_code": 482913, "text": "a" * LARGEST})) is None


def test_what_the_operator_names_decides_in_json_too() -> None:
    policy = build_policy(
        Settings.parse({"sensitive_keys": "iban", "ignored_keys": "pin"}, Path("/nowhere")), FakeHost(listed=())
    )
    assert scan('{"iban": {"de": "02120300"}}', "out", policy) == BY_JSON
    assert scan('{"pin": 482913}', "out", policy) is None


def test_airflows_names_alone_decide_where_they_are_chosen() -> None:
    policy = build_policy(Settings.parse({"names": "airflow"}, Path("/nowhere")), FakeHost(hidden=("password",)))
    assert scan('{"password_hint": {"a": "xyz"}}', "out", policy) == BY_JSON
    assert scan('{"name": "DB_PIN", "value": "482913"}', "out", policy) is None


MANY = 5_000


@pytest.mark.parametrize(
    "tree",
    [
        {f"{number:x}": 1 for number in range(MANY)},
        {f"{number:x}\n": 1 for number in range(MANY)},
        {f"{number:x}": "" for number in range(MANY)},
        {f"{number:x}": None for number in range(MANY)},
    ],
    ids=["numbers", "escaped names", "empty texts", "nothing"],
)
def test_a_name_is_not_judged_where_its_value_is_too_short_for_a_secret(
    tree: JSON, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    rule_of = POLICY.names.rule_of

    def counted(name: str, value: object = ...) -> str | None:
        asked.append(name)
        return rule_of(name, value)  # type: ignore[arg-type]

    monkeypatch.setattr(POLICY.names, "rule_of", counted)
    text = json.dumps(tree)
    assert _rule_of(text) is None
    assert len(asked) <= (3 * MANY if "\\" in text else 0)


def test_json_in_json_in_json_takes_no_more_time_than_in_proportion() -> None:
    text = "\n" * 2_000
    for _ in range(6):
        text = json.dumps({"a": text})
    start = time.process_time()
    assert _rule_of(text) is None
    assert time.process_time() - start < 5


_NAMES = st.sampled_from(["password", "name", "value", "pin", "token", "kind", "data", "n", "é\n"])
_VALUES = st.recursive(
    st.sampled_from(["Tr0ub4dor&3", "Secret", "sunshine9\n", "DB_PASSWORD", "a text of some words"])
    | st.integers(100_000, 999_999)
    | st.booleans()
    | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=10,
)


@example({"token": [{"password": 100_000}]})
@given(st.lists(_VALUES, max_size=3) | st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_a_text_of_json_is_sensitive_if_what_it_says_is(value: JSON) -> None:
    if scan(value, "out", POLICY) is not None:
        assert scan(json.dumps(value), "out", POLICY) is not None
