"""A chain key that lies in Vault KV without a key: it ends with the engine's lifetime, is gone, or is renewed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from secure_xcom.adapters.vault.kv import VaultKVStore
from secure_xcom.errors import KeyDenied, StoreDenied
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.ledger import SqlLedger
from secure_xcom.ledger.rekey import rekey
from secure_xcom.ledger.verify import verify
from secure_xcom.testing.fakes import SingleRoute
from tests.fixtures.vault import Enter, VaultServer, store_uri
from tests.ledger.site import entry

Keys = Callable[..., ChainKeys]


@pytest.fixture
def mount(vault_server: VaultServer, enter: Enter) -> str:
    enter.token(vault_server.token)
    return vault_server.kv()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.of(f"sqlite:///{tmp_path}/ledger.db")


@pytest.fixture
def keys(vault_server: VaultServer, mount: str, database: Database) -> Keys:
    """The chain keys of a new process."""

    def made() -> ChainKeys:
        routes = SingleRoute(VaultKVStore.from_uri(store_uri(vault_server, mount, "a")), None)
        return ChainKeys(database, routes, time.time)

    return made


def _push(database: Database, keys: ChainKeys, at: int) -> None:
    SqlLedger(database, keys).append([entry(at=at)])


def _told(database: Database, keys: ChainKeys) -> list[int]:
    found = verify(database, keys)
    assert found.breaks == ()
    return [cut.generation for cut in found.cuts]


def test_a_key_that_the_engines_lifetime_has_ended_begins_a_chain(
    vault_server: VaultServer, mount: str, database: Database, keys: Keys
) -> None:
    vault_server.data("POST", f"{mount}/config", {"delete_version_after": "1s"})
    _push(database, keys(), 1)
    time.sleep(1.5)
    vault_server.data("POST", f"{mount}/config", {"delete_version_after": "0s"})
    _push(database, keys(), 2)
    assert _told(database, keys()) == [2, 1]


def test_rekeying_writes_a_key_anew_that_the_engine_would_delete(
    vault_server: VaultServer, mount: str, database: Database, keys: Keys
) -> None:
    vault_server.data("POST", f"{mount}/config", {"delete_version_after": "3s"})
    _push(database, keys(), 1)
    vault_server.data("POST", f"{mount}/config", {"delete_version_after": "0s"})
    assert [one.outcome.value for one in rekey(database, keys(), dry_run=False)] == ["sealed"]
    time.sleep(3.5)
    _push(database, keys(), 2)
    assert _told(database, keys()) == []


def test_a_refusal_begins_no_chain(
    vault_server: VaultServer, mount: str, database: Database, keys: Keys, enter: Enter
) -> None:
    _push(database, keys(), 1)
    enter.token(vault_server.token_for(vault_server.policy({f"{mount}/data/elsewhere/*": ["read"]})))
    with pytest.raises((StoreDenied, KeyDenied)):
        _push(database, keys(), 2)
    enter.token(vault_server.token)
    assert _told(database, keys()) == []


def test_a_chain_key_has_no_lifetime_of_its_own(
    vault_server: VaultServer, mount: str, database: Database, keys: Keys
) -> None:
    _push(database, keys(), 1)
    path = f"{mount}/metadata/a/"
    while path.endswith("/"):
        path += vault_server.below(path)[0]
    assert vault_server.data("GET", path)["delete_version_after"] == "0s"
