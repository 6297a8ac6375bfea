"""Settings that stay readable beside secrets, and the secrets that stand where a setting could."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.classify.section_words import LASTING
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.value import JSON, findings_of
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryStore, SingleRoute, unrecorded_runtime
from tests.unit.world import PLACE, query

OPAQUE = "9fK2xQ7LmZpR4vTb"

Paths = set[tuple[str | int, ...]]


def _sealed(value: JSON, **options: str) -> Paths:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))
    return {finding.path for finding in findings_of(scan(value, "out", policy))}


def _exchange(**options: str) -> Exchange:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))
    routes = SingleRoute(InMemoryStore(), InMemoryKeyProvider())
    return Exchange(unrecorded_runtime(FakeHost(listed=()), routes, lambda: 0.0), policy)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


READABLE: dict[str, JSON] = {
    "limits of a rate": {"auth": {"rate_limit": {"token_refresh": 150, "anonymous_users": 30}}},
    "periods among limits": {"auth": {"timeouts": {"login": "30s"}}},
    "a host of mail": {"auth": {"smtp": {"host": "smtp.sendgrid.net", "sender_name": "Admin"}}},
    "a template of a page": {"auth": {"content_path": "./templates/password_changed_notification.html"}},
    "a period that ends a session": {"auth": {"sessions": {"timebox": "24h", "inactivity": "8h"}}},
    "a bound": {"auth": {"mfa": {"max_enrolled_factors": 10}}},
    "a header": {"jwt": {"header": "Authorization", "token-start-with": "Bearer ", "tokenHead": "Bearer"}},
    "milliseconds in a text": {"auth": {"tokenExpirationMsec": "864000000"}},
    "milliseconds of ten days": {"jwt": {"expiration": 864000000}},
    "a default that is a period": {"jwt": {"expiration-ms": "${JWT_EXPIRATION_MS:86400000}"}},
    "no limit": {"auth": {"timeout": -1}},
    "settings of tokens": {
        "sa-token": {"token-name": "Authorization", "timeout": 604800, "is-share": "False", "token-style": "uuid"}
    },
    "settings of tokens with a store": {
        "sa-token": {"token-name": "satoken", "store": {"database": 2, "max-wait": "-1ms"}}
    },
    "any audience": {"jwt": {"ValidAudience": "*"}},
    "periods of tokens": {"ttl": {"access_token": "1h", "refresh_token": "720h"}},
    "seconds of codes": {"lifetimes": {"authCode": 90, "password": 86400}},
    "a period that counts for something": {
        "jwt": {"token-validity-in-seconds-for-remember-me": 2592000, "token-time-for-remember": 604800}
    },
    "settings of which one looks random": {"Jwt": {"Issuer": "OrdersAPI", "ExpiryInDays": 7}},
    "a period on a clock": {"Jwt": {"Expiration": "1.00:00:00"}},
    "settings in Portuguese": {"Jwt": {"Emissor": "Shop.Api", "Audiencia": "Shop.App", "ExpiracaoEmMinutos": 1440}},
    "who hands out tokens": {"Token": {"Issuer": "issuer", "Audience": "audience"}},
    "a bound alone": {"jwt": {"min": 60, "max": 999}},
    "a schedule and a bound": {"auth": {"session-cleanup-cron": "0 30 3 * * *", "login-max-failures": 5}},
    "an algorithm, and the header of a token": {"jwt": {"algorithm": "HS256", "header": {"typ": "access"}}},
    "a period in short": {"jwt": {"refresh_exp": "168h", "algorithms": "ES256", "subject": "anonymous"}},
    "a user with a number, at a host": {"mail": {"auth": {"user": "ann1994518@mail.example.com"}}},
    "periods of tokens in milliseconds": {
        "jwt": {"expiration_time": {"access_token": 300000, "refresh_token": 604800000}}
    },
    "a period by its unit": {"jwt": {"ACCESS": {"EXPIRE_TIME": {"DAY": 1}}}},
    "how codes are made": {
        "totp": {
            "algorithm": "sha1",
            "issuer": "auth.example.com",
            "period": 30,
            "digits": 6,
            "allowed_algorithms": ["SHA1"],
        }
    },
    "cookies of a site": {
        "session": {
            "cookies": [{"domain": "example.com", "authelia_url": "https://auth.example.com", "expiration": "1h"}]
        }
    },
    "Azure's emulator": {"connectionStrings": {"Storage": "UseDevelopmentStorage=true", "Cache": "localhost:6379"}},
    "what an algorithm costs": {
        "password": {"algorithm": "argon2id", "memory": 65536, "argon2": {"variant": "argon2id", "iterations": 3}}
    },
    "the length of a code": {"otp": {"length": "${OTP_LENGTH:6}", "expiration-minutes": "${OTP_MINUTES:10}"}},
}


@pytest.mark.parametrize("value", READABLE.values(), ids=READABLE.keys())
def test_what_only_sets_up_how_people_log_in_is_readable(value: JSON) -> None:
    assert _sealed(value) == set()


@pytest.mark.parametrize("value", [{"auth": {"iban": True, "extra": OPAQUE}}, {"token": {"iban": 30}}])
def test_what_the_operator_names_is_sealed_in_a_section_whatever_stands_there(value: dict[str, JSON]) -> None:
    assert (next(iter(value)), "iban") in _sealed(value, sensitive_keys="iban")


def test_a_section_of_words_with_a_password_among_them_is_sealed_part_by_part() -> None:
    value: JSON = {"auth": {"enabled": False, "username": "username", "password": "password"}}
    assert _sealed(value) == {("auth", "password")}


ATTACKS: dict[str, JSON] = {
    "a code among settings of codes": {"totp": {"algorithm": "sha1", "value": 482913}},
    "a word among settings of codes": {"totp": {"issuer": "dragon"}},
    "a password under an algorithm": {"jwt": {"algorithm": "dragon256x"}},
    "a password with an at sign": {"auth": {"user": "p4ss-w0rd!@home.io"}},
    "a PIN among limits": {"auth": {"limits": {"pin": 123}}},
    "a code among limits": {"auth": {"rate_limit": {"otp": 482}}},
    "a number of four digits among limits": {"auth": {"rate_limit": {"door": 4711}}},
    "six digits among limits": {"auth": {"limits": {"door": 482913}}},
    "a text of digits among limits": {"auth": {"limits": {"door": "4711"}}},
    "a password among limits": {"auth": {"limits": {"admin": "hunter2"}}},
    "a word among limits": {"auth": {"quotas": {"site": "dragon"}}},
    "a float among limits": {"auth": {"limits": {"seed": 0.8444218515250481}}},
    "a list among limits": {"auth": {"limits": {"digits": [47, 11]}}},
    "a token among limits": {"auth": {"rate_limit": {"bob": OPAQUE}}},
    "digits under the name of retries": {"auth": {"retries": {"bob": "482913"}}},
    "digits and a unit that are too long": {"auth": {"timeouts": {"bob": "482913s"}}},
    "a PIN that is called the longest": {"auth": {"max_pin": 471}},
    "a password that is called the longest": {"auth": {"max_password": 471}},
    "a code of four digits that is called the longest": {"auth": {"max_combination": 4711}},
    "a text that is called the shortest": {"auth": {"min_word": "dragon"}},
    "digits that are called the largest": {"auth": {"max_door": "471"}},
    "a secret after a group of limits": {"auth": {"rate_limit": {"a": 3}, "door": 482}},
    "a PIN below the name of a group": {"auth": {"sessions": {"bob": 482}}},
    "a PIN in a group of mail": {"auth": {"smtp": {"bob": 4711}}},
    "a PIN in a group of factors": {"auth": {"mfa": {"bob": "482913"}}},
    "a code in a group of factors": {"auth": {"mfa": {"backup": "WDJB-MJHT"}}},
    "a password of mail": {"auth": {"smtp": {"host": "smtp.x.net", "extra": "dragon"}}},
    "a password of mail under a pass": {"auth": {"smtp": {"pass": "smtp"}}},
    "a token under a header": {"jwt": {"header": OPAQUE}},
    "a word under a header": {"jwt": {"header": "dragon"}},
    "a header with a token": {"jwt": {"header": "Bearer " + OPAQUE}},
    "a header with a word": {"jwt": {"header": "Authorization: dragon"}},
    "a header with a user": {"auth": {"header": "Basic Ym9iOmh1bnRlcjI="}},
    "a password under a prefix": {"auth": {"prefix": "hunter2"}},
    "a token under a prefix": {"jwt": {"token-prefix": OPAQUE}},
    "a password under a style": {"auth": {"style": "letmein"}},
    "a password under a head": {"jwt": {"head": "swordfish"}},
    "the word for a header under another name": {"jwt": {"extra": "Authorization"}},
    "the word for a token under a key": {"jwt": {"key": "Bearer"}},
    "a password in the place of a token's name": {"jwt": {"token-name": "dragon"}},
    "a token's name with digits": {"jwt": {"token-name": "hunter2token"}},
    "six digits under milliseconds": {"auth": {"totp_ms": "482913"}},
    "eight digits under milliseconds": {"auth": {"code_ms": "48291374"}},
    "ten digits under an expiration": {"jwt": {"expiration": "4829137461"}},
    "digits of a large number under a period": {"auth": {"timeout": 48291374613}},
    "a negative number under a period": {"auth": {"timeout": -4711}},
    "a default that is a password": {"jwt": {"expiration": "${JWT_EXPIRATION:hunter2}"}},
    "a default of six digits": {"jwt": {"expiration": "${JWT_EXPIRATION:482913}"}},
    "a default under a key": {"jwt": {"key": "${JWT_KEY:86400}"}},
    "a default that is a word": {"jwt": {"timeout": "${JWT_TIMEOUT:-dragon}"}},
    "a default in a default": {"jwt": {"timeout": "${A:${B:dragon}}"}},
    "a password under a timebox": {"auth": {"timebox": "dragon"}},
    "a password under a window": {"auth": {"window": "tr0ub4dor&3"}},
    "a password under a delay": {"auth": {"delay": "Xk29fQz7"}},
    "a password under a renewal": {"jwt": {"renew": "letmein1"}},
    "letters that nobody can speak beside mail": {"auth": {"host": "smtp-qwhzk"}},
    "letters that nobody can speak in a page": {"auth": {"path": "/html/qwhzkvbn"}},
    "a random part of a page": {"auth": {"path": "./templates/9fK2xQ7LmZpR.html"}},
    "a random engine": {"auth": {"engine": OPAQUE}},
    "a PIN for a time": {"auth": {"login_time": 4711}},
    "a PIN for something": {"auth": {"door-time-for-guests": 482913}},
    "a token as a schedule": {"auth": {"cron": "9fK2 xQ7L mZpR 4vTb * 1"}},
    "digits as a schedule": {"auth": {"cron": "4 7 1 1 4"}},
    "a PIN between bounds": {"auth": {"pin_max_pin": 471}},
    "a random issuer": {"auth": {"emissor": OPAQUE}},
    "a word as an issuer": {"auth": {"iss": "hunter2!"}},
    "a random sender": {"auth": {"sender_name": OPAQUE}},
}


@pytest.mark.parametrize("value", ATTACKS.values(), ids=ATTACKS.keys())
def test_what_may_be_a_secret_where_a_setting_could_stand_is_sealed(value: dict[str, dict[str, JSON]]) -> None:
    # The name of a section seals nothing that is a word or a small number throughout.
    section = {name: {**parts, "extra": "tr0ub4dor&3"} for name, parts in value.items()}
    assert not _shown(section, value)


TOKENS: dict[str, JSON] = {
    "a code among periods": {"expire": {"otp": 482913}},
    "a PIN among periods": {"ttl": {"pin": 4711}},
    "digits among periods": {"ttl": {"pin": "471"}},
    "a password among periods": {"expire": {"password": "dragon"}},
    "a password beside a period": {"expire": {"password": "dragon", "otp": 30}},
    "a list among periods": {"ttl": {"password": [482]}},
    "a code below a name that is like a period's": {"expire_codes": {"otp": 482}},
    "a token among settings of tokens": {"sa-token": {"timeout": 604800, "value": OPAQUE}},
    "a word among settings of tokens": {"sa-token": {"timeout": 604800, "extra": "dragon"}},
    "a user's word under a token": {"token": {"user": "dragon"}},
    "a role's word under a token": {"api_token": {"role": "letmein", "timeout": 30}},
    "a host's word under a token": {"access_token": {"server": "swordfish"}},
    "a list under a token": {"token": {"roles": ["dragon"]}},
    "a dict under a token": {"token": {"timeout": 30, "more": {"bob": "dragon"}}},
    "a map of tokens": {"token": {"dragon": {"user": "root"}}},
    "a list in a dict under a token": {"token": {"timeout": 30, "more": {"roles": ["tr0ub4dor&3"]}}},
    "a word beside a dict under a token": {"token": {"bob": "hunter2", "more": {"timeout": 30}}},
    "a number of a database under another name": {"sa-token": {"door": "47", "extra": "dragon"}},
    "a password's settings": {"password": {"timeout": 30, "value": "dragon"}},
    "a code beside its length": {"otp": {"length": "${OTP_LENGTH:6}", "value": "482913"}},
    "a default that is a code": {"otp": {"length": "${OTP:482913}"}},
    "a default under no measure": {"otp": {"value": "${OTP:482}"}},
}


@pytest.mark.parametrize("value", TOKENS.values(), ids=TOKENS.keys())
def test_what_may_be_a_token_is_sealed_with_what_stands_beside_it(value: JSON) -> None:
    assert not _shown(value, value)


def _shown(pushed: JSON, secrets: JSON) -> list[JSON]:
    """Return the leaves of ``secrets`` that the row of a pushed value shows, other than settings."""
    row = _leaves(json.loads(json.dumps(_exchange().push(pushed, PLACE))))
    leaves = [leaf for leaf in _leaves(secrets) if leaf not in (3, 30, 604800, "smtp.x.net", "${OTP_LENGTH:6}")]
    assert leaves
    return [leaf for leaf in leaves if leaf in row]


def _leaves(node: JSON) -> list[JSON]:
    if isinstance(node, (dict, list)):
        return [leaf for child in (node.values() if isinstance(node, dict) else node) for leaf in _leaves(child)]
    return [node]


def _manifest(**parts: str) -> JSON:
    return {"kind": "Secret", "metadata": {"name": "db"}, "stringData": dict(parts)}


def _manifest_encoded(**parts: str) -> JSON:
    return {"kind": "Secret", "data": {key: _encoded(text) for key, text in parts.items()}}


@pytest.mark.parametrize("word", sorted(LASTING))
def test_a_dict_whose_name_ends_with_a_word_for_periods_is_one_of_periods(word: str) -> None:
    assert _sealed({f"session_{word}": {"access_token": "30s"}}) == set()


MANIFESTS: dict[str, tuple[JSON, Paths]] = {
    "a port and a password": (_manifest(port="5432", password="dragon"), {("stringData", "password")}),
    "a port and a password in base64": (_manifest_encoded(port="5432", password="dragon"), {("data", "password")}),
    "nothing yet": (_manifest(DB_PASSWORD="", TTL="30"), set()),
    "a mask and a template": (_manifest(password="***", token="{{ .Values.token }}"), set()),
    "a template in base64": (_manifest_encoded(password="${DB_PASSWORD}", pin="1234"), {("data", "pin")}),
    "a password for people to change": (_manifest(password="changeme", port="1"), {("stringData", "password")}),
    "an id": (_manifest(user_id="admin", port="1"), {("stringData", "user_id")}),
    "a user": (_manifest(username="bob", password="dragon"), {("stringData", "password")}),
    "a user in base64": (_manifest_encoded(DB_USER="bob", DB_PASS="dragon"), {("data", "DB_PASS")}),
    "where a user logs in": (
        _manifest(MYSQL_HOST="db.internal", MYSQL_DATABASE="sales", MYSQL_PASSWORD="dragon"),
        {("stringData", "MYSQL_PASSWORD")},
    ),
    "passwords of users": (
        _manifest(etl_user="hunter2", **{"report-user": "Summer99"}),
        {("stringData",)},
    ),
    "passwords of users beside another one's": (
        _manifest(etl_user="hunter2", admin_password="dragon", port="1"),
        {("stringData", "etl_user"), ("stringData", "admin_password")},
    ),
    "a user that looks random": (_manifest(user=OPAQUE, port="1"), {("stringData", "user")}),
    "a user that is more": (_manifest(user="bob:dragon", port="1"), {("stringData", "user")}),
    "a user with a PIN": (_manifest(user="bob.smith:4711", password="x"), {("stringData",)}),
    "a user of small letters at random": (_manifest(user="x.d93kd03kd0f9dkw", password="x"), {("stringData",)}),
    "a host with a password": (_manifest(host="bob:dragon@db", port="1"), {("stringData", "host")}),
    "an address": (
        _manifest(url="http://db:8000", REDIS_URL="redis://redis:6379/0", pin="4711"),
        {("stringData", "pin")},
    ),
    "an address with a path": (_manifest(url="http://db:8000/hooks/x7Hq2mZp", port="1"), {("stringData", "url")}),
    "an address with a password": (
        _manifest(REDIS_URL="redis://:dragon@redis:6379/0", port="1"),
        {("stringData", "REDIS_URL")},
    ),
    "a user in camel case": (
        _manifest(RabbitMq__UserName="demo", RabbitMq__Password="dragon"),
        {("stringData", "RabbitMq__Password")},
    ),
    "orders in capitals": (_manifest(password="CHANGE_ME", NODE_ENV="production", pin="4711"), {("stringData", "pin")}),
    "a placeholder that says more": (_manifest(password="PLACEHOLDER_DRAGON", port="1"), {("stringData", "password")}),
    "an order with a number": (_manifest(password="CHANGE_ME_IN_4711", port="1"), {("stringData", "password")}),
    "an address that looks random": (
        _manifest(url="redis://htlwpbwlsvywwynmvfbwhxhzgrmbisu:6379/0", port="1"),
        {("stringData", "url")},
    ),
    "an order that is deployed": (_manifest(password="CHANGEME", port="1"), {("stringData", "password")}),
    "a password between brackets": (
        {"kind": "Secret", "data": {"a": "<Summer2024!>", "port": "NTQzMg=="}},
        {("data", "a")},
    ),
    "a host that lets people post": (
        _manifest(WEBHOOK_ENDPOINT="eo3k9x2m1zq8.m.pipedream.net", port="1"),
        {("stringData", "WEBHOOK_ENDPOINT")},
    ),
    "an address that lost its sign": (
        _manifest(url="postgres://bob:hunter2/db", port="1"),
        {("stringData", "url")},
    ),
    "a word for a stage": (_manifest(NODE_ENV="dragon", port="1"), {("stringData", "NODE_ENV")}),
    "a mark for people to replace": (
        {"kind": "Secret", "data": {"password": "<BASE64_PLACEHOLDER>", "pin": "NDcxMQ=="}},
        {("data", "pin")},
    ),
    "a chart's template": (
        {"kind": "Secret", "data": {"password": "{{ .Values.password | b64enc }}", "pin": "NDcxMQ=="}},
        {("data", "pin")},
    ),
    "nothing but secrets": (_manifest(a="y", b="z"), {("stringData",)}),
    "bytes": ({"kind": "Secret", "data": {"ttl": "/v8=", "port": _encoded("5432")}}, {("data", "ttl")}),
    "what is not in base64": ({"kind": "Secret", "data": {"port": "5432!"}}, {("data",)}),
    "a key that looks random": (_manifest(**{OPAQUE: "1", "port": "1"}), {("stringData",)}),
    "a word for a state": (_manifest(password="true", port="1"), {("stringData", "password")}),
    "six digits": (_manifest(pin="482913", port="1"), {("stringData", "pin")}),
    "six digits under a port": (_manifest(port="482913", ttl="1"), {("stringData", "port")}),
    "a password under a port": (_manifest(port="hunter2", ttl="1"), {("stringData", "port")}),
}


@pytest.mark.parametrize(("value", "sealed"), MANIFESTS.values(), ids=MANIFESTS.keys())
def test_of_a_secret_of_kubernetes_all_but_its_measures_is_sealed(value: JSON, sealed: Paths) -> None:
    assert _sealed(value) == sealed


@pytest.mark.parametrize("value", [value for value, _ in MANIFESTS.values()], ids=MANIFESTS.keys())
def test_a_secret_of_kubernetes_comes_back_as_it_was(value: JSON) -> None:
    exchange = _exchange()
    assert exchange.pull(exchange.push(value, PLACE), query(PLACE)) == value


@pytest.mark.parametrize("options", [{"ignored_keys": "password"}, {"sensitive_keys": "**.port"}])
def test_what_the_operator_says_of_paths_and_names_seals_a_secret_of_kubernetes_whole(options: dict[str, str]) -> None:
    assert _sealed(_manifest(port="1", password="dragon"), **options) == {("stringData",)}


def test_a_name_that_the_operator_lists_is_sealed_in_a_secret_of_kubernetes() -> None:
    assert ("stringData", "ttl") in _sealed(_manifest(ttl="1", port="1"), sensitive_keys="ttl")


ENTRIES: dict[str, JSON] = {
    "a user with a password": {"credentials": [{"user": "ann", "password": "a1b2"}]},
    "a password alone": {"auth": [{"password": "Zq7xW"}]},
    "a user with a hash": {"passwords": [{"user": "a", "hash": "h1"}]},
    "what a bank allowed": {
        "authorization": {"id": 1, "amount": 2, "token": {"details": {"user": "a", "note": OPAQUE}}}
    },
    "a token with parts": {"token": {"token": OPAQUE, "expires": "2024-05-05T10:00:00Z", "other": "dragon"}},
    "a password below auths": {"auths": {"password": "x1y2z3"}},
    "a list below auths": {"auths": {"users": [{"name": "ann", "password": "x1y2z3"}]}},
    "a jar": {"cookies": [{"name": "a", "value": OPAQUE, "domain": "example.org"}]},
    "a chart": {"secrets": {"DB_HOST": "db", "DB_PASSWORD": "dragon", "DB_USER": "ann"}},
    "a chart with dicts": {"secrets": {"mail": {"SMTP_SERVER": "s", "SMTP_PASSWORD": "dragon"}, "a": {"A_TOKEN": "x"}}},
    "settings of passwords": {"password": {"length": 12, "digits": 2, "special": True}},
    "steps of a password": {"user_password": {"issuer": "Acme Portal", "min_length": 8}},
    "a list with a template": {"auth": [{"hash": "${H}"}, {"user": "a", "hash": "Acme"}]},
    "users in a list in a section": {"auth": {"users": [{"user": "a", "password": "dragon"}, {"password": "tiger"}]}},
    "rows with names": [["db_password", "x9K!kqP2", "API_TOKEN", "dragon1955"], ["a", "DB_PASSWORD", "x9K!kqP2"]],
    "a row with a null": {"rows": [["smtp_password", "hunter22", None]], "db_password": "x4Tr-9kk!"},
    "a chart with nothing but secrets": {"secrets": {"mail": {"A_PASSWORD": "dragon"}, "a": {"A_TOKEN": "x"}}},
}


@pytest.mark.parametrize("value", ENTRIES.values(), ids=ENTRIES)
def test_a_row_that_is_sealed_in_parts_is_pushed_and_pulled(value: JSON) -> None:
    exchange = _exchange()
    assert exchange.pull(exchange.push(value, PLACE), query(PLACE)) == value


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"password": {"min_length": 8}}, "**.min_length"),
        ({"password": {"min_length": 8, "enabled": True}}, "**.min_length"),
        ({"otp": {"issuer": "Acme", "digits": 6}}, "**.issuer"),
        ({"otp": {"issuer": "Acme", "digits": 6}}, "out.otp.digits"),
        ({"totp": {"issuer": "a.io", "step": 30}}, "**.issuer"),
    ],
)
def test_a_part_that_the_operator_names_is_sealed_among_measures(value: JSON, named: str) -> None:
    exchange = _exchange(sensitive_keys=named)
    assert exchange.pull(exchange.push(value, PLACE), query(PLACE)) == value
