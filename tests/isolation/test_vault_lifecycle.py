"""The generated Vault documents while a deployment changes its key or its store, and with a ``large_store``."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import pytest

from secure_xcom.adapters.vault.kv import VaultKVStore
from secure_xcom.adapters.vault.transit import VaultTransit
from secure_xcom.errors import KeyDenied, ObjectNotFound, StoreDenied
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.vault.auth import AppRoleAuth
from secure_xcom.ops.iam.vault.folders import Folder
from tests.fixtures.vault import Enter, VaultServer, key_uri, store_uri
from tests.isolation.vault_site import Site, new_site

ETL, OTHER = Domain("etl"), Domain("etl2")


@pytest.fixture(scope="module")
def site(vault_server: VaultServer) -> Site:
    """Two Dags with a ``large_store``, a previous store and a previous key."""
    stem, mount = f"x{secrets.token_hex(4)}", vault_server.mount("transit")
    auth = f"sxc-approle-{secrets.token_hex(8)}"
    vault_server._make(f"sys/auth/{auth}", {"type": "approle"})
    made = new_site(
        vault_server,
        domains=((ETL, ()), (OTHER, ())),
        auth=AppRoleAuth(mount=auth),
        role=f"{stem}-{{domain}}",
        transit_key=f"{stem}-{{domain}}",
        previous_keys=((mount, "old-{domain}"),),
        other_folders=(Folder(vault_server.kv(), "large"), Folder(vault_server.kv(), is_previous=True)),
    )
    for domain in made.domains:
        vault_server.data("POST", f"{mount}/keys/old-{domain.name}", {"derived": True})
    made.apply()
    return made


def _store(site: Site, folder: Folder, params: str = "") -> VaultKVStore:
    return VaultKVStore.from_uri(store_uri(site.server, folder.mount, folder.prefix, params))


def _login(site: Site, domain: Domain, folder: Path) -> str:
    file = folder / site.name(domain)
    file.write_text(site.secret_ids[domain])
    return f"auth=approle&auth_mount={site.deployment.auth.mount}&role_id={site.name(domain)}&secret_id_file={file}"


def _key(site: Site, domain: Domain, params: str = "") -> VaultTransit:
    return VaultTransit.from_uri(key_uri(site.server, str(site.deployment.transit_mount), site.key(domain), params))


def _previous(site: Site, domain: Domain, params: str = "") -> VaultTransit:
    ((mount, key),) = site.deployment.previous_keys
    return VaultTransit.from_uri(key_uri(site.server, mount, key.replace("{domain}", domain.name), params))


def _context(domain: Domain) -> dict[str, str]:
    return {"dag_id": domain.segment, "run_id": "run", "fmt": "sxc1"}


def test_a_task_uses_its_own_folder_of_the_large_store_and_no_others(site: Site, tmp_path: Path) -> None:
    large, _ = site.deployment.other_folders
    own, other = (_store(site, large, _login(site, domain, tmp_path)) for domain in (ETL, OTHER))
    name = site.new_name(ETL)
    own.put(name, b"large", int(time.time()) + 600)
    assert own.get(name) == b"large"
    for attempt in (other.get, other.delete, lambda name: other.put(name[:-1] + "x", b"forged")):
        with pytest.raises(StoreDenied):
            attempt(name)
    own.delete(name)
    with pytest.raises(ObjectNotFound):
        own.get(name)


def test_a_task_reads_and_purges_in_a_previous_store_and_puts_nothing_there(
    site: Site, tmp_path: Path, enter: Enter
) -> None:
    _, previous = site.deployment.other_folders
    name = site.new_name(ETL)
    site.server.data("POST", f"{previous.mount}/data/{name}", {"data": {"object": ["YQ=="]}})
    own = _store(site, previous, _login(site, ETL, tmp_path))
    with pytest.raises(StoreDenied):
        own.put(site.new_name(ETL), b"new")
    own.delete(name)
    assert site.server.below(f"{previous.mount}/metadata/") == []


def test_the_operator_rewraps_from_a_previous_key_and_to_the_newest_version(site: Site, enter: Enter) -> None:
    for domain in site.domains:
        enter.token(site.server.token)
        key = _previous(site, domain).generate(_context(domain))
        enter.token(_operator(site))
        old, new = _previous(site, domain), _key(site, domain)
        moved = old.rewrap(key.wrapped, key.kek_id, _context(domain), into=new)
        site.server.data("POST", f"{site.deployment.transit_mount}/keys/{site.key(domain)}/rotate")
        newest = new.rewrap(moved.wrapped, moved.kek_id, _context(domain), into=new)
        assert newest.wrapped.startswith(b"vault:v2:")
        assert new.unwrap(newest.wrapped, newest.kek_id, _context(domain)) == key.plaintext


def test_the_operator_replaces_an_object_of_every_store_and_leaves_no_earlier_version(site: Site, enter: Enter) -> None:
    for folder in site.deployment.folders:
        name = site.new_name(ETL)
        path = "/".join(part for part in (folder.prefix, name) if part)
        enter.token(_operator(site))
        store = _store(site, folder)
        store.put(name, b"under the earlier key", int(time.time()) + 600)
        head = store.head(name)
        assert store.replace(name, head, b"under the key of now", int(time.time()) + 600)
        versions = site.server.data("GET", f"{folder.mount}/metadata/{path}")["versions"]
        assert list(versions) == ["2"]
        store.delete(name)
        assert not store.replace(name, head, b"too late")
        assert site.server.ask("GET", f"{folder.mount}/metadata/{path}").status_code == 404


def test_a_task_opens_what_a_previous_key_sealed_and_seals_nothing_under_it(
    site: Site, tmp_path: Path, enter: Enter
) -> None:
    enter.token(site.server.token)
    key = _previous(site, ETL).generate(_context(ETL))
    own = _previous(site, ETL, _login(site, ETL, tmp_path))
    assert own.unwrap(key.wrapped, key.kek_id, _context(ETL)) == key.plaintext
    with pytest.raises(KeyDenied):
        _previous(site, ETL, _login(site, ETL, tmp_path)).generate(_context(ETL))
    with pytest.raises(KeyDenied):
        _previous(site, ETL, _login(site, OTHER, tmp_path)).unwrap(key.wrapped, key.kek_id, _context(ETL))


def _operator(site: Site) -> str:
    return site.server.token_for(site.deployment.role.replace("{domain}", "all--operator"))
