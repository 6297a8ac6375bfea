"""Settings of cookies, secrets and connection strings, and secrets that stand where such a setting could."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import name_endings, names, scan
from secure_xcom.model.value import JSON, findings_of
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

OPAQUE = "9fK2xQ7LmZpR4vTb"
REMOTE: JSON = {"key": "prod/db"}

Paths = set[tuple[str | int, ...]]


def _sealed(value: JSON, **options: str) -> Paths:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))
    return {finding.path for finding in findings_of(scan(value, "out", policy))}


READABLE: dict[str, JSON] = {
    "attributes of a cookie": {
        "cookie": {
            "max-age": "365d",
            "same-site": "strict",
            "http-only": True,
            "secure": "${SECURE:false}",
            "path": "/",
        }
    },
    "what a cookie is called": {"cookie": {"name": "acme_session", "domain": "example.org", "sameSite": "Lax"}},
    "databases of files": {"connectionStrings": {"a": "Data Source=a.db", "redis": "localhost:6379"}},
    "a volume of a Secret": {"secret": {"secretName": "db-credentials", "defaultMode": 420}},
    "a name that Helm writes": {"tlsSecret": {"secretName": '{{ include "acme.name" . }}-tls'}},
    "a copy of a secret": {"data": [{"secretKey": "db-password", "remoteRef": REMOTE}]},
    "who a token is for": {
        "jwt": {"issuer": "${ISSUER:acme}", "audience": "OrdersAPIAudience", "expire-time": 86400000}
    },
    "a request in a Secret": {
        "kind": "Secret",
        "stringData": {"jwt": "jwt-secret-change-me-in-production", "port": "1"},
    },
    "a version": {"auth": {"version": "1.0", "user": "bob"}},
    "periods of tokens": {"expiry": {"idTokens": "1h", "signingKeys": "6h"}},
    "where a key begins": {"jwt": {"online-key": "online_token:"}},
    "a token's cookie": {"jwt": {"guest-cookie-name": "guest_access_token", "cookie-same-site": "Lax"}},
}

PARTLY: dict[str, tuple[JSON, Paths]] = {
    "a key beside its settings": (
        {"Token": {"Key": OPAQUE, "Issuer": "https://localhost:5001"}},
        {("Token", "Key")},
    ),
    "a token's settings in a section": (
        {"jwt": {"access-token": {"secret": "dragon", "expiration": 300000}}},
        {("jwt", "access-token", "secret")},
    ),
    "one password among databases": (
        {"connectionStrings": {"a": "Data Source=a.db", "b": "Server=b;Uid=sa;Pwd=dragon"}},
        {("connectionStrings", "b")},
    ),
    "a secret beside its name": (
        {"configSecret": {"name": "acme-env-configuration", "accessKey": "minio", "secretKey": "dragon"}},
        {("configSecret", "accessKey"), ("configSecret", "secretKey")},
    ),
    "a name of many words": (
        {"jwt": {"base64-secret": OPAQUE, "token-validity-in-seconds-for-remember-me": None, "expiration": 86400}},
        {("jwt", "base64-secret")},
    ),
    "numbers beside how passwords are hashed": (
        {"passwords": {"algorithm": "argon2", "length": 482913, "memory": 482913}},
        {("passwords", "length"), ("passwords", "memory")},
    ),
    "passwords beside how they are hashed": (
        {"passwords": {"algorithm": "argon2", "mail": "hunter2", "db": "dragon", "server": "letmein"}},
        {("passwords", "mail"), ("passwords", "db"), ("passwords", "server")},
    ),
    "how passwords are hashed": (
        {"password": {"algorithm": "argon2id", "iterations": 3, "pepper": "dragon"}},
        {("password", "pepper")},
    ),
    "a cookie's key beside its settings": (
        {"cookie": {"max-age": 30, "http-only": True, "key": "dragon"}},
        {("cookie", "key")},
    ),
}

SEALED: dict[str, JSON] = {
    "a jar": {"cookies": {"session": "dragon", "theme": "dark"}},
    "a jar with a name of an attribute": {"cookies": {"path": "hunter2", "domain": "dragon"}},
    "a cookie as a dict": {"cookie": {"name": "sid", "value": "dragon"}},
    "a jar of one site": {"cookies": [{"domain": "example.com", "sid": OPAQUE}]},
    "a list of cookies": {"cookies": ["dragon", "hunter2"]},
    "a name of a secret that may be one": {"secret": {"name": "my-dog-rex", "value": "dragon"}},
    "a user of a secret": {"secret": {"user": "dragon", "value": "hunter2"}},
    "secrets by name": {"secrets": {"db": "dragon", "mail": "hunter2"}},
    "a type beside a secret": {"secret": {"type": "dragon", "value": "hunter2"}},
    "a password beside a word for an algorithm": {"password": {"algorithm": "dragon", "value": "hunter2"}},
    "addresses and a password": {"connectionStrings": {"a": "hunter2dragon", "b": "hunter2"}},
    "a password with a name": {"password": {"name": "db-credentials", "value": "dragon"}},
    "connection strings with passwords": {"connectionStrings": {"a": "Server=b;Uid=sa;Pwd=dragon"}},
    "words for connection strings": {"connectionStrings": {"a": "dragon", "b": "hunter2"}},
}

SECRETS: dict[str, tuple[JSON, Paths]] = {
    "a site that is a word": ({"jwt": {"same-site": "dragon", "user": "bob"}}, {("jwt", "same-site")}),
    "a copy that looks random": (
        {"data": [{"secretKey": OPAQUE, "remoteRef": REMOTE}]},
        {("data", 0, "secretKey")},
    ),
    "a key beside no reference": ({"secretKey": "dragon", "remoteRef": "x"}, {("secretKey",)}),
    "a key beside another reference": ({"secretKey": "dragon", "remoteRef": {}}, {("secretKey",)}),
    "a default that is a password": (
        {"jwt": {"issuer": "${ISSUER:tr0ub4dor&3}", "user": "bob"}},
        {("jwt", "issuer")},
    ),
    "a party that looks random": ({"jwt": {"audience": "AbCdEfGhIjKlMnOp", "user": "bob"}}, {("jwt", "audience")}),
    "a prefix that is a password": ({"jwt": {"key": "dragon", "user": "bob"}}, {("jwt", "key")}),
    "a code among periods": ({"expiry": {"otp": 482913}}, {("expiry", "otp")}),
    "a PIN among periods": ({"expire": {"pin": 4711}}, {("expire", "pin")}),
    "a request for nothing in a Secret": (
        {"kind": "Secret", "stringData": {"jwt": "dragon-change-me-4711", "port": "1"}},
        {("stringData", "jwt")},
    ),
    "a PIN under a version": ({"auth": {"version": "4711", "user": "bob"}}, {("auth", "version")}),
    "a word under the key of a token": ({"token": {"key": "dragon", "ttl": 30}}, {("token", "key")}),
    "a mode that is a PIN": ({"secret": {"mode": 4711}}, {("secret",)}),
    "a password after a template": ({"secret": {"name": "{{ x }}" + OPAQUE, "a": "b"}}, {("secret",)}),
    "an issuer that is a word": ({"token": {"issuer": "dragon", "x": "y"}}, {("token",)}),
    "an issuer with a password": ({"Token": {"Issuer": "https://bob:dragon@a.example"}}, {("Token", "Issuer")}),
    "a period that is a password": ({"cookie": {"max-age": "dragon", "http-only": True}}, {("cookie", "max-age")}),
    "a site of a cookie that is a password": (
        {"cookie": {"same-site": "dragon", "secure": True}},
        {("cookie", "same-site")},
    ),
}


@pytest.mark.parametrize("value", READABLE.values(), ids=READABLE.keys())
def test_settings_beside_secrets_are_readable(value: JSON) -> None:
    assert _sealed(value) == set()


@pytest.mark.parametrize(("value", "sealed"), [*PARTLY.values(), *SECRETS.values()], ids=[*PARTLY, *SECRETS])
def test_what_may_be_a_secret_beside_settings_is_sealed(value: JSON, sealed: Paths) -> None:
    assert _sealed(value) == sealed


@pytest.mark.parametrize("value", SEALED.values(), ids=SEALED.keys())
def test_a_dict_that_proves_no_settings_is_sealed_whole(value: dict[str, JSON]) -> None:
    assert _sealed(value) == {(next(iter(value)),)}


@pytest.mark.parametrize("key", ["secretKey", "cookie"])
def test_what_the_operator_names_stays_sealed_beside_settings(key: str) -> None:
    value: JSON = {"secretKey": "db-password", "remoteRef": REMOTE, "cookie": {"same-site": "strict"}}
    assert (key,) in _sealed(value, sensitive_keys=key)


def test_the_rules_of_sections_are_those_of_names() -> None:
    assert (names.NAME_COOKIE, names.NAME_CONNECTION_STRING, names.NAME_SECRET) == (
        name_endings.COOKIE,
        name_endings.CONNECTION_STRING,
        name_endings.SECRET,
    )
