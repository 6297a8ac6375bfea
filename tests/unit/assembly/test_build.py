"""Settings to a working exchange; what cannot work is told at the first value that needs it."""

from pathlib import Path

import pytest

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.assembly.build import build, build_policy
from secure_xcom.assembly.registry import KEY_PROVIDERS, STORES, build_key_provider, build_store
from secure_xcom.errors import ConfigurationError
from secure_xcom.model.value import JSON
from secure_xcom.settings import schemes
from secure_xcom.settings.settings import Settings
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.fakes import FakeHost
from tests.unit.world import CANARY, PLACE, query


def _settings(home: Path, **options: str) -> Settings:
    return Settings.parse(options, home)


def _contents(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in directory.rglob("*") if path.is_file()]


def test_with_nothing_set_values_are_sealed_below_airflows_home(tmp_path: Path) -> None:
    exchange = build(_settings(tmp_path), FakeHost())
    row = exchange.push({"password": CANARY, "user": "u"}, PLACE)
    assert exchange.pull(row, query(PLACE)) == {"password": CANARY, "user": "u"}
    names = {path.name.removesuffix("-wal").removesuffix("-shm") for path in (tmp_path / "secure_xcom").iterdir()}
    assert names == {"keyring.json", "ledger.db", "store"}
    assert not [content for content in _contents(tmp_path) if CANARY.encode() in content]


def test_another_process_opens_what_this_one_sealed(tmp_path: Path) -> None:
    row = build(_settings(tmp_path), FakeHost()).push({"password": CANARY}, PLACE)
    assert build(_settings(tmp_path), FakeHost()).pull(row, query(PLACE)) == {"password": CANARY}


def test_building_writes_nothing(tmp_path: Path) -> None:
    build(_settings(tmp_path), FakeHost())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "row"),
    [
        ({"mode": "observe"}, {"password": "p", "iban": "i", "user": "u"}),
        ({"mode": "open-only"}, {"password": "p", "iban": "i", "user": "u"}),
        ({}, {"password": "***", "iban": "i", "user": "u"}),
        ({"sensitive_keys": "ib*"}, {"password": "***", "iban": "***", "user": "u"}),
        ({"ignored_keys": "password"}, {"password": "p", "iban": "i", "user": "u"}),
        ({"seal": "all"}, "***"),
    ],
    ids=str,
)
def test_the_options_decide_what_is_sealed(tmp_path: Path, options: dict[str, str], row: JSON) -> None:
    exchange = build(_settings(tmp_path, **options), FakeHost())
    assert _shown(exchange.push({"password": "p", "iban": "i", "user": "u"}, PLACE)) == row


def _shown(row: JSON) -> JSON:
    if isinstance(row, dict) and row.get("__classname__") == "secure_xcom.Sealed":
        return "***"
    if row == "*** (sealed)":
        return "***"
    return {key: _shown(item) for key, item in row.items()} if isinstance(row, dict) else row


def test_the_policy_asks_the_host_for_registered_secrets(tmp_path: Path) -> None:
    policy = build_policy(_settings(tmp_path), FakeHost(registered=[CANARY]))
    assert policy.rule_of_text(f"x{CANARY}") == "registered"
    assert policy.rule_of_text("x") is None


def test_a_scheme_finds_its_adapter() -> None:
    assert isinstance(build_store(AdapterUri.parse("file:///x", option="store")), FileStore)
    assert isinstance(build_key_provider(AdapterUri.parse("local:///x", option="key")), LocalKeyring)


def test_the_settings_know_the_schemes_that_have_an_adapter() -> None:
    assert (tuple(STORES), tuple(KEY_PROVIDERS)) == (schemes.STORES, schemes.KEY_PROVIDERS)


def test_an_unknown_scheme_is_told_with_those_that_are_known() -> None:
    with pytest.raises(ConfigurationError, match=r"unknown scheme gopher://; known: abfs, abfss, airflow\+\*, file, "):
        build_store(AdapterUri.parse("gopher://x", option="store"))
    with pytest.raises(ConfigurationError, match=r"key: unknown scheme file://; known: aws-kms, local, vault-transit"):
        build_key_provider(AdapterUri.parse("file:///x", option="key"))


def test_a_store_that_does_not_encrypt_is_not_used_without_a_key() -> None:
    without_key = Settings(store=AdapterUri(scheme="file", authority="", path="x"), key=None)
    exchange = build(without_key, FakeHost())
    with pytest.raises(ConfigurationError, match="key: needed with file://"):
        exchange.push({"password": CANARY}, PLACE)


def test_a_parameter_that_an_adapter_does_not_know_is_told(tmp_path: Path) -> None:
    exchange = build(_settings(tmp_path, store="file:///x?mode=0777"), FakeHost())
    with pytest.raises(ConfigurationError, match="knows no parameter 'mode'"):
        exchange.push({"password": CANARY}, PLACE)


def test_where_airflow_hides_no_name_the_exchange_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="hide_sensitive_var_conn_fields = True"):
        build(_settings(tmp_path), FakeHost(hidden=()))


def test_where_everything_is_sealed_no_name_has_to_be_hidden(tmp_path: Path) -> None:
    build(_settings(tmp_path, seal="all"), FakeHost(hidden=()))
