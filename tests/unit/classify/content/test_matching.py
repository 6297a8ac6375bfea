"""Which texts the rules find, with the names beside values, and without the package that searches fast."""

import base64
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify.content import RULES, ContentRules
from secure_xcom.classify.content.gate import compile_gate
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.content.named_values import NamedValues
from secure_xcom.classify.key_names import rule_of_key_name
from secure_xcom.classify.names import JUDGED_BY_VALUE
from tests.unit.classify.content.corpus import Row, rows


def _names_a_secret(name: str) -> bool:
    return rule_of_key_name(name) not in (None, *JUDGED_BY_VALUE)


CONTENT = ContentRules(RULES, _names_a_secret)
TOKEN = invent("ghp_<30 base62><checksum>")


def _half(name: str, half: str) -> list[Row]:
    return [row for row in rows(name) if row.half == half]


@pytest.mark.parametrize("row", _half("tokens.csv", "dev"), ids=lambda row: f"{row.half}-{row.kind}")
def test_a_labelled_secret_is_found(row: Row) -> None:
    assert CONTENT.rule_of(row.text) is not None


@pytest.mark.parametrize("row", _half("negatives.csv", "dev"), ids=lambda row: f"{row.half}-{row.kind}")
def test_a_labelled_harmless_text_is_left(row: Row) -> None:
    assert CONTENT.rule_of(row.text) is None


def test_what_is_known_to_be_judged_wrongly_still_is() -> None:
    # What is judged rightly by now belongs to the development half.
    assert all(CONTENT.rule_of(row.text) is None for row in _half("tokens.csv", "known"))
    assert all(CONTENT.rule_of(row.text) is not None for row in _half("negatives.csv", "known"))


def test_held_out_texts_are_judged_well_enough() -> None:
    found = sum(CONTENT.rule_of(row.text) is not None for row in _half("tokens.csv", "held"))
    wrong = sum(CONTENT.rule_of(row.text) is not None for row in _half("negatives.csv", "held"))
    assert found >= 0.95 * len(_half("tokens.csv", "held"))
    assert wrong <= 0.02 * len(_half("negatives.csv", "held"))


NAMED = {
    "a line of settings": "DB_PASSWORD=tr0ub4dor",
    "a line with spaces": "password = tr0ub4dor",
    "a line of YAML": "db:\n  password: tr0ub4dor\n",
    "a value on the next line of YAML": "password: |\n  tr0ub4dor\n",
    "a dict of Python": "{'user': 'ann', 'password': 'tr0ub4dor'}",
    "JSON in JSON": '{"body": "{\\"password\\": \\"tr0ub4dor\\"}"}',
    "a parameter of a URL": "https://host/path?user=ann&api_key=tr0ub4dor99",
    "a connection string": "Server=db;User ID=ann;Password=tr0ub4dor;",
    "an element of XML": "<password>tr0ub4dor</password>",
    "a header in a list": '["X-Auth-Token", "tr0ub4dor99"]',
    "an option": "mysqldump --user ann --password tr0ub4dor sales",
    "an option with a sign": "mysqldump --password=tr0ub4dor sales",
    "a hash rocket of Ruby": "password => 'tr0ub4dor'",
    "a password that begins with a slash": "DB_PASSWORD=/hunter2",
    "a quoted password that begins with a slash": '{"password": "/hunter2"}',
    "a password with a slash and signs": "db:\n  password: /Tr0ub4dor&3\n",
    "braces around more than a name": '{"password": "{hunter-2!}"}',
    "a value within the element": "<Password><Value>Fichtennadel1</Value></Password>",
    "a cell of a table in HTML": "<tr><th>Passwort</th><td>Wiesel-Korb-7</td></tr>",
    "a name in bold": "<b>Password:</b> Wiesel-Korb-7<br>",
    "a secret as Vault prints it": "=== Data ===\nKey         Value\n---         -----\npassword    Schlittenhund\n",
    "words that dots join": "Kennwort: Hafen.Kran.31",
    "a password of words in quotes": "host=pg01 dbname=sales user=bi password='zwei drei vier' sslmode=require",
    "a password of something with two words": 'the password for the reporting db is "Schaukelpferd7"',
    "a code in two groups": "your verification code is 481 207. It expires in ten minutes.",
    "a word that is a default of a shell": "POSTGRES_PASSWORD=${POSTGRES_PASSWORD:-postgres}",
    "a word for a password": "MYSQL_ROOT_PASSWORD=rootpwd\n",
    "a default of a shell": "DB_PASSWORD=${DB_PASSWORD:-x4Tr9-Lamp}",
    "words with a number before them": "DB_PASSWORD=1987_sommer_9f3k\n",
    "signs of a pattern": "password: .*Tr0ub4dor&3.*\n",
    "a value on the line below": "db:\n  password:\n    x4Tr9-Lamp\n",
    "a user and a number": "auth: svc:8841\n",
    "a variable that ends with PW": "MYSQL_ROOT_PW=dragon\n",
    "a password that is called pw": "user=etl pw=x4Tr9-Lamp",
    "a pw in a sentence": "user app, pw is Ente_Teich_44, please move",
    "an attribute of XML": '<user name="ann" password="tr0ub4dor"/>',
}
HARMLESS = {
    "a scheme that is called a token": "INTERNAL://kafka1:9091,TOKEN://kafka1:10091",
    "a template": "DB_PASSWORD=${DB_PASSWORD}",
    "a mask": "password: ********",
    "a name for debugging": "DEBUG=pw:api npx playwright test",
    "a name on the line below a name": "options:\n  password:\n    description:\n      - The password\n",
    "a path as the default of a shell": "A_PRIVATE_KEY=${A_PRIVATE_KEY:-/keys/worker_key}",
    "a word as the default of a shell": 'PUSHOVER_TOKEN="${PUSHOVER_TOKEN:-required}"',
    "a pattern that sed looks for": '-e "s#JVB_AUTH_PASSWORD=.*#JVB_AUTH_PASSWORD=${JVB_AUTH_PASSWORD}#g"',
    "a sum of texts": "console.log('AUTH_JWT_SECRET=' + require('crypto').randomBytes(256))",
    "a text to put values in": 'auth = "{user}:{password}@".format(user=user)',
    "a migration of Django's": '("auth", "0012_alter_user_first_name_max_length"),',
    "the version of an artifact": "- kubernetes-credentials:latest",
    "a unit of power": "pw=12.5kW",
    "an abbreviation": "pw: 1.50.0",
    "a key of Redis": "token:stats:2026-11",
    "a cell of a page": "<tr><th>Password</th><td>required</td></tr>",
    "a table of names and values": "Key    Value\nhost   Schlittenhund\n",
    "a column of words": "Name        State\n----        -----\npassword    Schlittenhund\n",
    "a comparison": 'if token == "tr0ub4dor99":',
    "a call": "password = get_password()",
    "an attribute": "token = settings.token",
    "a type": "password: str",
    "a state": "password: required",
    "prose": "The password: at least 12 characters",
    "a path": "private_key=/etc/ssl/private/server.key",
    "a path of two steps": "DB_PASSWORD=/my/db4",
    "a path from a home": "DB_PASSWORD=~/db4",
    "a root of Unix": "private_key: /etc",
    "a route": "reset_password: /reset-password",
    "a word in braces": "DB_PASSWORD={db_password}",
    "a reference": "password: vault:secret/data/db",
    "a name in AWS": "arn:aws:secretsmanager:us-west-2:123456789012:secret:db-a1b2c3",
    "a count": "max_tokens=4096",
    "a list of columns": '"password", "schema", "port"',
}


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED)
def test_a_value_beside_a_sensitive_name_is_found(text: str) -> None:
    assert CONTENT.rule_of(text) is not None


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_only_names_a_secret_is_left(text: str) -> None:
    assert CONTENT.rule_of(text) is None


def test_the_given_judge_decides_which_names_are_sensitive() -> None:
    rules = ContentRules((), is_sensitive_name=lambda name: name == "iban_key")
    assert rules.rule_of("iban_key=DE02120300000000202051") == "named-value"
    assert rules.rule_of("password=tr0ub4dor") is None


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 50_000, "[" * 50_000 + "]" * 50_000, '{"a": "\\u' + "0" * 50_000 + '"}', "{", "[]      "],
)
def test_a_bomb_of_json_has_no_finding(text: str) -> None:
    assert CONTENT.rule_of(text) is None


def test_a_value_that_is_prose_in_one_place_is_found_in_another() -> None:
    assert CONTENT.rule_of("The password: hunter it was, said Ann.") is None
    assert CONTENT.rule_of("The password: hunter it was, said Ann.\npassword: hunter\n") == "named-value"


def test_a_group_of_another_alternative_is_no_secret() -> None:
    assert CONTENT.rule_of(invent("key is <76 base64>+ASt<6 base64>==")) == "azure-storage-key"


def test_a_specific_rule_is_named_before_the_name_beside_it() -> None:
    assert CONTENT.rule_of(f"GITHUB_TOKEN={TOKEN}") == "github-token"


def test_all_matches_have_their_places() -> None:
    url = "postgresql://ann:tr0ub4dor@db/app"
    text = f"{TOKEN} and {url}"
    assert [(rule, text[start:stop]) for rule, start, stop in CONTENT.explain(text)] == [
        ("github-token", TOKEN),
        ("url-credentials", url[len("postgresql") - len("postgresql") : url.index("@") + len("@db/app")]),
    ]


@pytest.mark.parametrize("offset", range(-45, 5, 7))
def test_a_token_across_two_pieces_of_a_long_text_is_found(offset: int) -> None:
    text = "a " * ((1 << 15) + offset) + TOKEN + " b" * 1000
    assert CONTENT.rule_of(text) == "github-token"


@given(st.text(max_size=200))
def test_any_text_is_answered_and_places_lie_within_it(text: str) -> None:
    matches = CONTENT.explain(text)
    assert (CONTENT.rule_of(text) is not None) == bool(matches)
    assert all(0 <= start < stop <= len(text) for _, start, stop in matches)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_token_is_found_between_any_texts(before: str, after: str) -> None:
    assert "github-token" in {rule for rule, _, _ in CONTENT.explain(f"{before} {TOKEN} {after}")}


@pytest.mark.parametrize(
    "text", ["\ud800" + TOKEN, TOKEN + "\udfff", "💥" * 9 + TOKEN], ids=["before", "after", "astral"]
)
def test_a_token_beside_what_utf8_cannot_hold_is_found(text: str) -> None:
    assert CONTENT.rule_of(text) == "github-token"


def test_without_the_package_that_searches_fast_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ahocorasick_rs", None)
    plain = ContentRules(RULES, _names_a_secret)
    for row in (*rows("tokens.csv"), *rows("negatives.csv")):
        assert plain.explain(row.text) == CONTENT.explain(row.text)


@given(
    st.lists(st.text("ab-", min_size=1, max_size=4), min_size=1, max_size=8, unique=True), st.text("ab-é", max_size=30)
)
def test_both_gates_find_all_literals_wherever_they_overlap(literals: list[str], text: str) -> None:
    expected = sorted(
        (index, start, start + len(literal))
        for index, literal in enumerate(literals)
        for start in range(len(text))
        if text.startswith(literal, start)
    )
    assert sorted(compile_gate(literals)(text)) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "ahocorasick_rs", None)
        assert sorted(compile_gate(literals)(text)) == expected


def test_nothing_is_compiled_before_the_first_text() -> None:
    rules = ContentRules(RULES)
    assert "_gate" not in vars(rules)
    assert rules.rule_of("short") is None
    assert "_gate" not in vars(rules)


def test_random_bytes_in_base64_have_no_finding() -> None:
    data = bytes((index * index * 31 + index * 7) % 251 for index in range(300_000))
    assert CONTENT.explain(base64.b64encode(data).decode()) == []


def test_a_name_at_the_end_of_a_text_in_json_names_nothing_in_the_next_text() -> None:
    rules = ContentRules(RULES)
    assert rules.rule_of("db_password:\n    9fK2xQ77wp") == "named-value"
    assert rules.rule_of(json.dumps(["db\npassword:", "    9fK2xQ77wp"])) is None


@pytest.mark.parametrize("value", ["abc", 4711, "9fK2xQ"])
def test_a_short_value_below_a_sensitive_name_in_json_is_found(value: object) -> None:
    assert ContentRules(RULES).rule_of(json.dumps({"n": 1, "db": {"password": value}})) is not None


PIECES = [
    "token",
    "key",
    "auth",
    "Password",
    "x",
    "_",
    "=",
    ":",
    ": ",
    " ",
    '"',
    "'",
    ",",
    ">",
    "</",
    "\n",
    "9fK2xQ77wp",
    "a",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.integers(1, 4), st.lists(st.sampled_from(PIECES), max_size=8))
def test_what_was_harmless_before_is_not_taken_for_what_follows(unit: list[str], times: int, rest: list[str]) -> None:
    text = "".join(unit) * times + "".join(rest)
    named = NamedValues(lambda name: name.lower().endswith(("token", "password", "auth")))
    starts = [start for start in range(len(text)) if text.startswith(named.literals, start)]
    # Each word by itself remembers nothing.
    alone = [found for start in starts for found in named.at(text, [start])]
    together = list(named.at(text, starts))
    assert set(together) <= set(alone)
    assert bool(together) == bool(alone)
