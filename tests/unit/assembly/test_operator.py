"""An operator works with an identity of their own: nothing in the settings says as whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.adapters.vault.login import FoundToken
from secure_xcom.assembly.estate import Estate
from secure_xcom.assembly.operator import as_operator
from secure_xcom.assembly.router import Router
from secure_xcom.model.domain import Domain
from secure_xcom.settings.routes_file import RoutesFile
from secure_xcom.settings.settings import Settings
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.fakes import FakeHost

ROLE = "arn:aws:iam::111122223333:role/airflow-xcom"
LOGIN = "auth=approle&role_id=xcom-{domain}&secret_id_file=/run/xcom/{domain}"

URIS = {
    "s3": (f"s3://bucket/xcom?region_name=eu-central-1&role_arn={ROLE}", {"region_name": "eu-central-1"}),
    "s3 with a connection": ("s3://bucket/xcom?conn_id=aws", {}),
    "vault": (f"vault://secret/xcom?namespace=team&{LOGIN}", {"namespace": "team"}),
    "vault on Kubernetes": (
        "vault://secret/xcom?auth=kubernetes&role=xcom-{domain}&url=https://v",
        {"url": "https://v"},
    ),
    "a volume": ("file:///var/lib/xcom", {}),
    "redis": (
        "redis://h/xcom?username=xcom&password_file=/run/xcom/redis",
        {"username": "xcom", "password_file": "/run/xcom/redis"},
    ),
    "redis for each domain": (
        "redis://h/xcom?username=xcom-{domain}&password_file=/run/xcom/{domain}&url=rediss://h",
        {"url": "rediss://h"},
    ),
}


def settings(store: str, key: str = "local:///var/lib/keyring.json", **rest: str) -> Settings:
    return Settings.parse({"store": store, "key": key, **rest}, Path("/home"))


@pytest.mark.parametrize(("store", "left"), URIS.values(), ids=URIS.keys())
def test_what_says_as_whom_a_task_works_is_left_out(store: str, left: dict[str, str]) -> None:
    assert as_operator(settings(store)).store.params == left


def test_keys_and_the_routes_of_domains_are_an_operators_too() -> None:
    configured = settings("vault://secret/xcom", f"vault-transit://transit/xcom-{{domain}}?{LOGIN}")
    routes = RoutesFile.parse({"dag": {"etl": {"store": f"vault://other/xcom?{LOGIN}", "readers": ["report"]}}})
    found = as_operator(replace(configured, routes=routes))
    assert found.key == AdapterUri.parse("vault-transit://transit/xcom-{domain}", option="key")
    assert found.routes is not None
    route = found.routes.route_of("etl")
    assert route.store == AdapterUri.parse("vault://other/xcom", option="store")
    assert route.readers == routes.route_of("etl").readers


def test_what_a_rewrap_looks_at_is_reached_as_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example.com")
    login = LOGIN.replace("{domain}", "etl")
    configured = settings(f"vault://secret/xcom?{login}", f"vault-transit://transit/xcom?{login}")
    estate = Estate(configured, FakeHost().connections)
    reached = (next(estate.places()).store, estate.keys(Domain("etl")).provider)
    for one in reached:
        assert isinstance(one._client._find_endpoint().login, FoundToken)  # type: ignore[union-attr]


def test_vault_gets_the_operators_token_and_the_key_of_the_dag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example.com")
    uri = f"vault://secret/xcom?{LOGIN}"
    configured = as_operator(settings(uri, f"vault-transit://transit/xcom-{{domain}}?{LOGIN}"))
    route = Router(configured, FakeHost()).route("etl", "etl")
    assert isinstance(route.store._client._find_endpoint().login, FoundToken)  # type: ignore[attr-defined]
