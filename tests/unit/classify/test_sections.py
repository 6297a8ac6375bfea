"""Sections of settings, in which the secrets are sealed and the settings stay readable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.classify.values import Strength, is_harmless
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.value import JSON, findings_of
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryStore, SingleRoute, unrecorded_runtime
from tests.unit.world import PLACE, query

OPAQUE = "9fK2xQ7LmZpR4vTb"

Paths = set[tuple[str | int, ...]]


def _policy(**options: str):  # type: ignore[no-untyped-def]
    return build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))


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
        {"auth": {"smtp": {"host": "mail.internal", "port": 25, "pass": "dragon"}, "site": {"max_users": 30}}},
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
    "a date": ({"credentials": {"created_at": "2026-11-29T10:00:00Z", "pin": "4711"}}, {("credentials", "pin")}),
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
    routes = SingleRoute(InMemoryStore(), InMemoryKeyProvider())
    exchange = Exchange(unrecorded_runtime(FakeHost(listed=()), routes, lambda: 0.0), _policy())
    row = exchange.push(value, PLACE)
    assert "secure_xcom.Sealed" in json.dumps(row)
    assert exchange.pull(row, query(PLACE)) == value


def test_sections_in_sections_are_looked_at_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.classify import sections

    looked_at: list[str] = []
    inner = sections.is_setting
    monkeypatch.setattr(sections, "is_setting", lambda key, value: looked_at.append(key) or inner(key, value))
    value: JSON = {"user": OPAQUE}
    for _ in range(60):
        value = {"auth": value, "user": "bob"}
    assert len(_sealed(value)) == 1
    assert len(looked_at) <= 120


MEASURED = [{"length": 16, "expires_in_days": 90}, {"max_retry_count": 5}]


@pytest.mark.parametrize("value", MEASURED)
def test_the_measures_of_a_password_are_no_password(value: JSON) -> None:
    assert is_harmless(value, Strength.STRONG)
