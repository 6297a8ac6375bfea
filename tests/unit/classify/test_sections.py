"""Sections of settings, in which the secrets are sealed and the settings stay readable."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.classify.values import Strength, is_harmless
from secure_xcom.classify.walk import Walk
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.value import JSON, findings_of
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryStore, SingleRoute, unrecorded_runtime
from tests.unit.world import PLACE, query

OPAQUE = "9fK2xQ7LmZpR4vTb"

Paths = set[tuple[str | int, ...]]


def _policy(**options: str):  # type: ignore[no-untyped-def]
    return build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))


def _exchange() -> Exchange:
    routes = SingleRoute(InMemoryStore(), InMemoryKeyProvider())
    return Exchange(unrecorded_runtime(FakeHost(listed=()), routes, lambda: 0.0), _policy())


def _sealed(value: JSON, **options: str) -> Paths:
    return {finding.path for finding in findings_of(scan(value, "out", _policy(**options)))}


SECTIONS: dict[str, tuple[JSON, Paths]] = {
    "a user and a password": ({"auth": {"username": "bob", "password": "hunter2"}}, {("auth", "password")}),
    "a user and an unnamed secret": ({"credentials": {"login": "bob", "extra": "dragon"}}, {("credentials", "extra")}),
    "an address, a period and a switch": (
        {"jwt": {"issuer": "https://login.internal/realms/a", "ttl": 3600, "signing": True, "key": OPAQUE}},
        {("jwt", "key")},
    ),
    "sections in a section": (
        {"auth": {"smtp": {"host": "mail.internal", "port": 25, "pass": "dragon"}, "site": {"ttl": 30}}},
        {("auth", "smtp", "pass")},
    ),
    "nothing but settings": ({"auth": {"database": "sales", "user": "bob", "timeout": "30s"}}, set()),
    "what looks random where a setting stands": (
        {"auth": {"user": OPAQUE, "region": OPAQUE}},
        {("auth", "user"), ("auth", "region")},
    ),
    "a number of which nobody can tell": (
        {"auth": {"account": 48291374, "extra": "dragon"}},
        {("auth", "account"), ("auth", "extra")},
    ),
    "half of a pair of keys": (
        {"credentials": {"access_key_id": OPAQUE, "extra": "x"}},
        {("credentials", "access_key_id"), ("credentials", "extra")},
    ),
    "the id of a client": ({"auth": {"client_id": "8d2f0c1a77", "client_secret": "x"}}, {("auth", "client_secret")}),
    "a list with a secret in it": (
        {"credentials": {"users": ["bob"], "extra": ["bob", "dragon"]}},
        {("credentials", "users"), ("credentials", "extra")},
    ),
    "a date": ({"credentials": {"created_at": "2026-11-29T10:00:00Z", "pin": "4711x"}}, {("credentials", "pin")}),
    "digits that may be a date": (
        {"credentials": {"at": "20261129", "extra": "x"}},
        {("credentials", "at"), ("credentials", "extra")},
    ),
    "a provider's token under a user": ({"auth": {"user": "ghp_" + OPAQUE * 2}}, {("auth", "user")}),
    "a section whose own name is the value's": (
        {"auth": {"auth": {"user": "bob", "auth": "dragon"}}},
        {("auth", "auth", "auth")},
    ),
}


@pytest.mark.parametrize(("value", "sealed"), SECTIONS.values(), ids=SECTIONS.keys())
def test_the_secrets_of_a_section_are_sealed_and_its_settings_are_not(value: JSON, sealed: Paths) -> None:
    assert _sealed(value) == sealed


WHOLE: dict[str, JSON] = {
    "a key that looks random": {"auth": {"9fK2xQ7LmZpR": {"user": "bob"}}},
    "a key of letters that looks random": {"auth": {"AbCdEfGhIjKlMnOp": "bob"}},
    "a key that is a number": {"auth": {"48291374": "bob"}},
    "a key that is a registry": {"auths": {"ghcr.io:443/a": {"auth": "Ym9iOmh1bnRlcjI="}}},
    "a key that is too long": {"auth": {"a" * 41: "bob"}},
    "a list": {"credentials": ["bob", "hunter2"]},
    "a text": {"credentials": "bob:hunter2"},
    "a password with settings": {"password": {"user": "bob", "value": "x"}},
}


@pytest.mark.parametrize("value", WHOLE.values(), ids=WHOLE.keys())
def test_what_may_be_no_section_is_sealed_whole(value: dict[str, JSON]) -> None:
    assert _sealed(value) == {(next(iter(value)),)}


def test_what_the_operator_names_is_sealed_whole() -> None:
    value: JSON = {"auth": {"user": "bob", "password": "x"}}
    assert _sealed(value, sensitive_keys="auth") == {("auth",)}
    assert _sealed(value, ignored_keys="auth.password") == _sealed(value)


def test_what_the_operator_ignores_in_a_section_is_not_sealed() -> None:
    value: JSON = {"auth": {"extra": "dragon", "more": "dragon"}}
    assert _sealed(value, ignored_keys="**.auth.extra") == {("auth", "more")}


@pytest.mark.parametrize(
    "value",
    [value for value, sealed in SECTIONS.values() if sealed],
    ids=[key for key, (_, sealed) in SECTIONS.items() if sealed],
)
def test_a_section_comes_back_as_it_was(value: JSON) -> None:
    exchange = _exchange()
    row = exchange.push(value, PLACE)
    assert "secure_xcom.Sealed" in json.dumps(row)
    assert exchange.pull(row, query(PLACE)) == value


DOUBTFUL: dict[str, JSON] = {
    "two texts under a user": {"login": ["bob", "hunter2"]},
    "a user and a password of Oracle's": {"login": "scott/tiger"},
    "digits under a user": {"user": "48291374"},
    "letters and digits under a kind": {"type": "s3cr3t-value"},
    "a map of users": {"bob": "hunter2", "admin": "password"},
    "a password that is a word for a state": {"user": "bob", "pass": "secret"},
    "a key that is a word for a state": {"signing_key": "secret"},
    "a community of SNMP": {"community": "public"},
    "the bytes of a key": {"iv": [212, 17, 3, 99]},
    "small digits": {"otp_digits": [4, 7, 1, 1]},
    "a number of three digits": {"door": 482},
    "a code of three digits": {"pass": 123},
    "six digits under a period": {"totp_seconds": "482913"},
    "a float": {"seed": 0.8444218515250481},
    "letters that nobody can speak": {"user": "azgdrqrzpodxghdmr"},
    "parts that nobody can speak": {"username": "qwhz-kvbn-mpol-rtyu"},
    "an address that resets a password": {"reset_url": "https://a.internal/reset/now"},
    "an address with an odd step": {"uri": "https://x.internal/AbCxY9"},
    "a host that nobody chose": {"endpoint": "https://0123456789abcdef0123456789abcdef.internal"},
    "the id of a ticket": {"ticket_id": "kjhgfdsaq77"},
    "the id of a session": {"session_id": "kjhgfdsaq77"},
    "a state of OAuth": {"state": "kjhgfdsaqwer"},
    "an answer to a question": {"pet_name": "Rex"},
    "a description": {"description": "hunter2"},
    "the fields of a table beside its items": {"fields": ["pin"], "items": [123]},
}


@pytest.mark.parametrize("part", DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_what_nobody_can_tell_from_a_secret_is_sealed(part: dict[str, JSON]) -> None:
    value = {"auth": {**part, "extra": "tr0ub4dor&3"}}
    row = json.dumps(_exchange().push(value, PLACE))
    # An id or a signature of the placeholder may have three digits that stand somewhere in it.
    alone = r"(?<![\w+/.-]){}(?![\w+/.-])"
    parts = [re.escape(json.dumps(each)) for each in part.values() if each != "bob"]
    assert not [each for each in parts if re.search(alone.format(each), row)], row


HARMLESS_PARTS: dict[str, JSON] = {
    "periods of tokens": {
        "jwt": {"secret": "dragon", "access_token": {"expires_in": 3600}, "refresh_token": {"expires_in": 1}}
    },
    "a cookie": {"auth": {"user": "bob", "password": "dragon", "session_cookie": {"max_age": 86400, "secure": True}}},
    "a key's length": {"auth": {"password": "dragon", "api_key": {"bits": 2048}}},
    "a header of a key": {"auth": {"password": "dragon", "api_key": {"header": "token", "rotation": 1700000000}}},
    "a token's number": {"auth": {"token": {"a": 1234}, "extra": "dragon"}},
    "a token's kind": {
        "authorization": {"user": "bob", "token": {"data": "password"}, "cookies": "https://bob:hunter2@a.b/"}
    },
}


@pytest.mark.parametrize("value", HARMLESS_PARTS.values(), ids=HARMLESS_PARTS.keys())
def test_a_part_that_is_harmless_by_itself_passes_the_last_look_at_its_row(value: JSON) -> None:
    exchange = _exchange()
    assert exchange.pull(exchange.push(value, PLACE), query(PLACE)) == value


@pytest.mark.parametrize(
    "nest",
    [
        lambda value: {"auth": {"x": [value]}},
        lambda value: {"auth": [{"auth": value}]},
        lambda value: {"auth": value, "user": "bob"},
    ],
)
@pytest.mark.parametrize("deepest", [{"pin": 1234}, {"user": OPAQUE}])
def test_a_value_is_looked_at_as_often_as_it_has_parts(
    nest: Callable[[JSON], JSON], deepest: JSON, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = []
    visit = Walk.visit
    monkeypatch.setattr(Walk, "visit", lambda self, *found: visits.append(1) or visit(self, *found))
    value = deepest
    for _ in range(60):
        value = nest(value)
    _sealed(value)
    assert len(visits) <= 60 * 8


def test_a_deep_section_is_sealed_before_the_row_nests_too_deeply() -> None:
    value: JSON = {"user": "bob", "extra": "dragon"}
    for _ in range(150):
        value = {"auth": value}
    exchange = _exchange()
    assert exchange.pull(exchange.push(value, PLACE), query(PLACE)) == value


MEASURED = [{"length": 16, "expires_in_days": 90}, {"max_retry_count": 5}]


@pytest.mark.parametrize("value", MEASURED)
def test_the_measures_of_a_password_are_no_password(value: JSON) -> None:
    assert is_harmless(value, Strength.STRONG)


def test_what_the_operator_names_is_sealed_among_levels_of_logging_too() -> None:
    value: JSON = {"level": {"a": {"iban": "info"}}}
    assert _sealed(value) == set()
    assert _sealed(value, sensitive_keys="iban") == {("level", "a", "iban")}


def test_names_of_keys_of_a_secret_are_no_secrets() -> None:
    named: JSON = {"existingSecret": "api-auth", "secretKeys": {"adminPasswordKey": "admin-password"}}
    assert _sealed({"auth": named}) == set()
    assert _sealed({"auth": {"existingSecret": "api-auth", "secretKeys": {"adminPasswordKey": "swordfish"}}}) != set()
