"""What the services themselves do in a rewrap: data keys that stay inside, and old versions that go."""

from __future__ import annotations

import secrets
import time

import pytest

from secure_xcom.adapters.aws.kms import AwsKms
from secure_xcom.adapters.aws.s3 import S3Store
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.adapters.redis.store import RedisStore
from secure_xcom.adapters.vault.kv import VaultKVStore
from secure_xcom.adapters.vault.transit import VaultTransit
from secure_xcom.errors import KeyDenied, WrongKey
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.suites import KeyProviderContract
from tests.fixtures.aws import AwsServer, Identity
from tests.fixtures.redis import RedisServer
from tests.fixtures.vault import Enter, VaultServer, key_uri, store_uri

CONTEXT = KeyProviderContract.context
NAME = "etl/run/task/-1/return_value/" + "0" * 32


def _kms(server: AwsServer) -> AwsKms:
    name = f"alias/xcom-{secrets.token_hex(4)}"
    server.kms.create_alias(AliasName=name, TargetKeyId=server.kms.create_key()["KeyMetadata"]["KeyId"])
    return AwsKms.from_uri(AdapterUri.parse(f"aws-kms://{name}?endpoint_url={server.url}", option="key"))


def _transit(server: VaultServer, mount: str) -> VaultTransit:
    return VaultTransit.from_uri(key_uri(server, mount, server.transit_key(mount)))


def _never(provider: KeyProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    def seen(*_: object) -> bytes:
        raise AssertionError("the data key was unwrapped")

    monkeypatch.setattr(type(provider), "_unwrap", seen)


def test_kms_moves_a_data_key_to_another_key_and_never_shows_it(
    moto_server: AwsServer, aws_identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = _kms(moto_server), _kms(moto_server)
    key = old.generate(CONTEXT)
    with monkeypatch.context() as patch:
        _never(old, patch)
        moved = old.rewrap(key.wrapped, key.kek_id, CONTEXT, into=new)
    assert (moved.kek_id, moved.was_seen) == (new.current(), False)
    assert new.unwrap(moved.wrapped, moved.kek_id, CONTEXT) == key.plaintext
    with pytest.raises(WrongKey):
        old.unwrap(moved.wrapped, moved.kek_id, CONTEXT)


def test_transit_moves_a_data_key_to_its_newest_version_and_never_shows_it(
    vault_server: VaultServer, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter.token(vault_server.token)
    mount = vault_server.mount("transit")
    provider = _transit(vault_server, mount)
    key = provider.generate(CONTEXT)
    vault_server.data("POST", f"{mount}/keys/{key.kek_id.partition('/')[2]}/rotate")
    with monkeypatch.context() as patch:
        _never(provider, patch)
        moved = provider.rewrap(key.wrapped, key.kek_id, CONTEXT, into=provider)
        again = provider.rewrap(moved.wrapped, moved.kek_id, CONTEXT, into=provider)
    assert (key.wrapped[:9], moved.wrapped[:9]) == (b"vault:v1:", b"vault:v2:")
    assert again.wrapped == moved.wrapped
    assert provider.unwrap(moved.wrapped, moved.kek_id, CONTEXT) == key.plaintext


def test_between_two_transit_keys_the_data_key_is_seen_and_that_is_said(
    vault_server: VaultServer, enter: Enter
) -> None:
    enter.token(vault_server.token)
    mount = vault_server.mount("transit")
    old, new = _transit(vault_server, mount), _transit(vault_server, mount)
    key = old.generate(CONTEXT)
    moved = old.rewrap(key.wrapped, key.kek_id, CONTEXT, into=new)
    assert moved.was_seen
    assert new.unwrap(moved.wrapped, moved.kek_id, CONTEXT) == key.plaintext


@pytest.mark.parametrize("newer", [False, True], ids=["to another key", "to a newer version"])
def test_a_token_that_may_encrypt_and_not_decrypt_moves_no_data_key(
    vault_server: VaultServer, enter: Enter, newer: bool
) -> None:
    enter.token(vault_server.token)
    mount = vault_server.mount("transit")
    old, new = _transit(vault_server, mount), _transit(vault_server, mount)
    key = old.generate(CONTEXT)
    rules = {f"{mount}/{operation}/+": ["update"] for operation in ("datakey/plaintext", "encrypt")}
    enter.token(vault_server.token_for(vault_server.policy(rules)))
    old, new = (
        VaultTransit.from_uri(key_uri(vault_server, mount, one.current().partition("/")[2])) for one in (old, new)
    )
    new.generate(CONTEXT)
    with pytest.raises(KeyDenied, match=r"Grant\s+update\s+on"):
        old.rewrap(key.wrapped, key.kek_id, CONTEXT, into=old if newer else new)


def test_from_a_keyring_to_transit(vault_server: VaultServer, enter: Enter, tmp_path) -> None:
    enter.token(vault_server.token)
    old, new = LocalKeyring(tmp_path / "ring.json"), _transit(vault_server, vault_server.mount("transit"))
    key = old.generate(CONTEXT)
    moved = old.rewrap(key.wrapped, key.kek_id, CONTEXT, into=new)
    assert (moved.kek_type, moved.kek_id) == ("vault-transit", new.current())
    assert new.unwrap(moved.wrapped, moved.kek_id, CONTEXT) == key.plaintext


def test_vault_keeps_no_old_version_and_no_metadata_of_what_was_deleted(
    vault_server: VaultServer, enter: Enter
) -> None:
    enter.token(vault_server.token)
    mount = vault_server.kv()
    store = VaultKVStore.from_uri(store_uri(vault_server, mount))
    store.put(NAME, b"old")
    head = store.head(NAME)
    assert store.replace(NAME, head, b"new")
    (path,) = vault_server.below(f"{mount}/metadata/")
    versions = vault_server.data("GET", f"{mount}/metadata/{path}")["versions"]
    assert list(versions) == ["2"]
    assert vault_server.ask("GET", f"{mount}/data/{path}?version=1").status_code == 404
    store.delete(NAME)
    assert not store.replace(NAME, head, b"later")
    assert vault_server.below(f"{mount}/metadata/") == []


def test_s3_tags_what_is_left_of_a_lifetime(moto_server: AwsServer, aws_identity: Identity) -> None:
    bucket = moto_server.bucket()
    store = S3Store.from_uri(AdapterUri.parse(f"s3://{bucket}?endpoint_url={moto_server.url}", option="store"))
    store.put(NAME, b"old", int(time.time()) + 5 * 86_400)
    assert store.replace(NAME, store.head(NAME), b"new", int(time.time()) + 86_000)
    tags = moto_server.s3.get_object_tagging(Bucket=bucket, Key=NAME)["TagSet"]
    assert tags == [{"Key": "secure-xcom-days", "Value": "1"}]


def test_redis_keeps_the_end_of_a_lifetime(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.contract.test_redis import plain

    monkeypatch.setenv("REDISCLI_AUTH", redis_server.password)
    store: RedisStore = plain(redis_server)
    expires = int(time.time()) + 600
    store.put(NAME, b"old", expires)
    assert store.replace(NAME, store.head(NAME), b"new")
    assert 590 < store._client().ttl(store._prefix + NAME) <= 600
