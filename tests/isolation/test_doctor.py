"""The doctor at real servers: silent where Dags are kept apart, and what it finds where one thing is wrong."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from secure_xcom.assembly.build import build
from secure_xcom.assembly.router import Router
from secure_xcom.errors import KeyDenied
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.domain import Domain
from secure_xcom.ops.doctor import rights
from secure_xcom.ops.doctor.isolation import Expected
from secure_xcom.ops.doctor.pair import Pair
from secure_xcom.ops.doctor.probes import Probes
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.ops.iam.vault.auth import AppRoleAuth
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.fixtures.aws import AwsServer
from tests.fixtures.vault import Enter, VaultServer
from tests.isolation.vault_site import PREFIX, new_site

Configure = Callable[..., dict[str, Check]]


def examine(home: Path, **options: str) -> dict[str, Check]:
    settings = Settings.parse(options, home)
    router = Router(settings, FakeHost())
    granted = settings.routes is not None
    checks = [*Probes(router, "etl", "report", Expected(granted=granted)).checks()]
    checks.append(rights.check(settings, FakeHost(), Pair(router, "etl", "report")))
    return {check.name: check for check in checks}


def failed(checks: dict[str, Check]) -> set[str]:
    return {name for name, check in checks.items() if check.outcome is Outcome.FAILED}


class VaultSite:
    """A KV and a Transit engine, and an AppRole of each Dag."""

    def __init__(self, server: VaultServer, enter: Enter, home: Path) -> None:
        self.server, self.enter, self.home = server, enter, home
        self.kv, self.transit = server.kv(), server.mount("transit")
        for dag_id in ("etl", "report"):
            server.data("POST", f"{self.transit}/keys/xcom-{dag_id}", {"derived": True})

    def rules(self, dag_id: str) -> dict[str, list[str]]:
        """What `secure-xcom iam vault` gives a Dag."""
        segment = Domain(dag_id).segment
        return {
            f"{self.kv}/data/x/{segment}/*": ["create", "read"],
            f"{self.kv}/metadata/x/{segment}/*": ["delete"],
            f"{self.transit}/datakey/plaintext/xcom-{dag_id}": ["update"],
            f"{self.transit}/decrypt/xcom-{dag_id}": ["update"],
            "sys/capabilities-self": ["update"],
        }

    def examine(self, rules: dict[str, list[str]], **options: str) -> dict[str, Check]:
        """What the doctor says to a token of these rules."""
        self.enter.token(self.server.token_for(self.server.policy(rules)))
        return examine(self.home, **self.options() | options)

    def options(self) -> dict[str, str]:
        """The store and the key."""
        where = f"?url={self.server.url}"
        return {
            "store": f"vault://{self.kv}/x{where}",
            "key": f"vault-transit://{self.transit}/xcom-{{domain}}{where}",
        }


@pytest.fixture
def vault(vault_server: VaultServer, enter: Enter, tmp_path: Path) -> VaultSite:
    """A sound site."""
    return VaultSite(vault_server, enter, tmp_path)


def test_a_sound_vault_has_nothing_wrong_and_nothing_left_behind(vault: VaultSite) -> None:
    checks = vault.examine(vault.rules("etl"))
    assert failed(checks) == set()
    assert {name for name, check in checks.items() if check.outcome is Outcome.SKIPPED} == {"unprotected-put"}
    assert vault.server.below(f"{vault.kv}/metadata/") == []


@pytest.mark.parametrize(
    ("path", "capabilities", "names"),
    [
        ("{kv}/data/x/etl/*", ["create"], {"store"}),
        ("{kv}/data/x/etl/*", ["read"], {"store"}),
        ("{kv}/metadata/x/etl/*", ["read"], {"store"}),
        ("{transit}/datakey/plaintext/xcom-etl", ["deny"], {"key"}),
        ("{transit}/decrypt/xcom-etl", ["deny"], {"key"}),
        ("{kv}/data/x/report/*", ["create"], {"other-write"}),
        ("{kv}/data/x/report/*", ["read"], {"other-read"}),
        ("{kv}/metadata/x/report/*", ["delete"], {"other-delete"}),
        ("{kv}/metadata/x/*", ["list"], {"list"}),
        ("{kv}/metadata/x/etl/*", ["delete", "list"], {"list"}),
        ("{transit}/datakey/plaintext/xcom-report", ["update"], {"other-key"}),
        ("{transit}/datakey/plaintext/xcom-*", ["update"], {"other-key"}),
        # What no probe tries: Vault is asked.
        ("{kv}/data/x/*", ["update"], {"other-rights"}),
        ("{kv}/data/x/*", ["patch"], {"other-rights"}),
        ("{kv}/data/x/*", ["delete"], {"other-rights"}),
        ("{kv}/data/+/+/+/+/+/+/+", ["delete"], {"other-rights"}),
        ("{kv}/delete/x/*", ["update"], {"other-rights"}),
        ("{kv}/undelete/x/*", ["update"], {"other-rights"}),
        ("{kv}/destroy/x/*", ["update"], {"other-rights"}),
        ("{kv}/subkeys/x/*", ["read"], {"other-rights"}),
        ("{kv}/metadata/x/*", ["read"], {"other-rights"}),
        ("{kv}/metadata/x/*", ["create", "update"], {"other-rights"}),
        ("{kv}/metadata/x/", ["list"], {"list"}),
        ("{kv}/metadata/x/+/+/*", ["list"], {"list"}),
        ("{transit}/decrypt/*", ["update"], {"other-rights"}),
        ("{transit}/encrypt/*", ["update"], {"other-rights"}),
        ("{transit}/rewrap/*", ["update"], {"other-rights"}),
        ("{transit}/datakey/wrapped/*", ["update"], {"other-rights"}),
        ("{transit}/export/*", ["read"], {"other-rights"}),
        ("{transit}/keys/*", ["read"], {"other-rights"}),
    ],
)
def test_what_is_wrong_at_a_vault_is_found_by_name(
    vault: VaultSite, path: str, capabilities: list[str], names: set[str]
) -> None:
    rules = vault.rules("etl") | {path.format(kv=vault.kv, transit=vault.transit): capabilities}
    checks = vault.examine(rules)
    assert failed(checks) == names
    assert all(checks[name].fix for name in names)


def test_a_transit_key_that_encrypts_and_does_not_decrypt_seals_and_opens_nothing(vault: VaultSite) -> None:
    checks = vault.examine(vault.rules("etl") | {f"{vault.transit}/decrypt/xcom-etl": ["deny"]})
    assert "makes a data key and may not unwrap it" in checks["key"].found
    assert "grant this identity the right to decrypt" in checks["key"].fix
    where, secret = Coordinates(dag_id="etl", run_id="r", task_id="t", key="password"), "kanarienvogel-4711"
    host = FakeHost()
    host.instance = TaskInstance(dag_id="etl", run_id="r", task_id="t")
    options = {name: uri.replace("{domain}", "etl") for name, uri in vault.options().items()}
    row = build(Settings.parse(options, vault.home), host).push(secret, where)
    assert secret not in json.dumps(row)
    # Another worker: it has no data key in its memory.
    with pytest.raises(KeyDenied) as refused:
        build(Settings.parse(options, vault.home), host).pull(row, where.as_query())
    assert secret not in str(refused.value)


def test_a_grant_is_no_finding_and_what_goes_beyond_it_is(vault: VaultSite, tmp_path: Path) -> None:
    (tmp_path / "routes.toml").write_text('[dag.report]\nreaders = ["etl"]\n')
    routes = str(tmp_path / "routes.toml")
    granted = vault.rules("etl") | {
        f"{vault.kv}/data/x/report/*": ["read"],
        f"{vault.transit}/decrypt/xcom-report": ["update"],
    }
    checks = vault.examine(granted, routes=routes)
    assert failed(checks) == set()
    assert "granted by the routes file" in checks["other-read"].found
    # Its policies were not printed again.
    assert failed(vault.examine(vault.rules("etl"), routes=routes)) == {"other-read"}
    more = {f"{vault.kv}/data/x/report/*": ["read", "create"], f"{vault.kv}/destroy/x/report/*": ["update"]}
    assert failed(vault.examine(granted | more, routes=routes)) == {"other-write", "other-rights"}


@pytest.mark.parametrize("templated", [False, True])
@pytest.mark.parametrize("granted", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_what_is_printed_is_sound(
    vault_server: VaultServer, enter: Enter, tmp_path: Path, *, templated: bool, granted: bool, shared: bool
) -> None:
    """On a worker of the Dag alone, and on one that holds each Dag's secret id, which can act as any."""
    etl, report, stem = Domain("etl"), Domain("report"), f"x{secrets.token_hex(4)}"
    names = {"role": f"{stem}-{{domain}}", "transit_key": f"{stem}-{{domain}}"}
    auth = AppRoleAuth(mount=vault_server.role(vault_server.policy({})).auth_mount)
    readers = (etl,) if granted else ()
    domains = ((etl, ()), (report, readers))
    site = new_site(vault_server, domains=domains, templated=templated, auth=auth, **names)
    site.apply()
    enter.nobody()
    for domain in (etl, report) if shared else (etl,):
        (tmp_path / domain.name).write_text(site.secret_ids[domain])
    where = (
        f"?url={vault_server.url}&auth=approle&auth_mount={auth.mount}&role_id={names['role']}"
        f"&secret_id_file={tmp_path}/{{domain}}"
    )
    options = {
        "store": f"vault://{site.deployment.kv_mount}/{PREFIX}{where}",
        "key": f"vault-transit://{site.deployment.transit_mount}/{names['transit_key']}{where}",
    }
    if granted:
        (tmp_path / "routes.toml").write_text('[dag.report]\nreaders = ["etl"]\n')
        options["routes"] = str(tmp_path / "routes.toml")
    checks = examine(tmp_path, **options)
    other = {name: check.outcome for name, check in checks.items() if check.outcome is not Outcome.OK}
    warned = {"other-identity": Outcome.WARNING} if shared else {}
    assert other == {"unprotected-put": Outcome.SKIPPED} | warned
    assert ("but not hostile code" in checks["other-identity"].found) is shared
    assert ("granted" in checks["other-read"].found) is granted
    assert vault_server.below(f"{site.deployment.kv_mount}/metadata/") == []


def test_who_may_not_ask_vault_is_told_what_was_not_checked(vault: VaultSite) -> None:
    checks = vault.examine(vault.rules("etl") | {"sys/capabilities-self": ["deny"]})
    assert failed(checks) == set()
    assert checks["other-rights"].outcome is Outcome.SKIPPED
    assert "overwrite, destroy or restore" in checks["other-rights"].found


def test_rights_to_become_the_other_dag_are_found(vault: VaultSite) -> None:
    """By a secret id of its role."""
    role = vault.server.role(vault.server.policy(vault.rules("etl")))
    path = f"auth/{role.auth_mount}/role"
    policy = vault.server.policy(vault.rules("etl") | {f"{path}/+/secret-id": ["update"]})
    body = {"role_id": "xcom-etl", "token_policies": policy, "token_no_default_policy": True}
    vault.server.data("POST", f"{path}/xcom-etl", body)
    vault.enter.nobody()
    (vault.home / "xcom-etl").write_text(str(vault.server.data("POST", f"{path}/xcom-etl/secret-id")["secret_id"]))
    where = (
        f"?url={vault.server.url}&auth=approle&auth_mount={role.auth_mount}&role_id=xcom-{{domain}}"
        f"&secret_id_file={vault.home}/xcom-{{domain}}"
    )
    key = f"vault-transit://{vault.transit}/xcom-{{domain}}{where}"
    checks = examine(vault.home, store=f"vault://{vault.kv}/x{where}", key=key)
    assert failed(checks) == {"other-rights"}
    assert f"{path}/xcom-report/secret-id" in checks["other-rights"].found
    assert checks["other-identity"].found == "this worker cannot act as report"


def test_one_shared_transit_key_is_found(vault: VaultSite) -> None:
    vault.server.data("POST", f"{vault.transit}/keys/shared", {"derived": True})
    rules = vault.rules("etl") | {
        f"{vault.transit}/datakey/plaintext/shared": ["update"],
        f"{vault.transit}/decrypt/shared": ["update"],
    }
    checks = vault.examine(rules, key=f"vault-transit://{vault.transit}/shared?url={vault.server.url}")
    assert failed(checks) == {"other-key"}


def test_a_key_that_is_not_derived_is_found(vault: VaultSite) -> None:
    vault.server.data("POST", f"{vault.transit}/keys/plain", {})
    rules = vault.rules("etl") | {f"{vault.transit}/datakey/plaintext/plain": ["update"]}
    checks = vault.examine(rules, key=f"vault-transit://{vault.transit}/plain?url={vault.server.url}")
    assert "derived=true" in checks["key"].found
    assert "key" in failed(checks)


def test_an_unreachable_vault_and_a_revoked_token_are_found(vault: VaultSite) -> None:
    gone = "?url=http://127.0.0.1:1"
    checks = vault.examine(
        {}, store=f"vault://{vault.kv}/x{gone}", key=f"vault-transit://t/xcom{gone}", retry_deadline="0"
    )
    assert failed(checks) >= {"store", "key"}
    vault.enter.token("no-such-token")
    where = f"?url={vault.server.url}"
    found = examine(vault.home, store=f"vault://{vault.kv}/x{where}", key=f"vault-transit://t/xcom{where}")
    assert failed(found) >= {"store", "key"}
    assert "no-such-token" not in str(found)


ROLE = "&role_arn=arn:aws:iam::123456789012:role/xcom&sts_endpoint_url={url}"


@pytest.mark.parametrize(
    ("role", "names"),
    [(ROLE, set()), ("", {"other-write", "other-read", "other-delete", "list"})],
    ids=["a role for each Dag", "one identity for all"],
)
def test_an_s3_is_sound_with_a_role_for_each_dag_and_not_with_one_identity(
    minio_server: AwsServer,
    moto_server: AwsServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    role: str,
    names: set[str],
) -> None:
    minio_server.identity.enter(monkeypatch)
    bucket = minio_server.bucket()
    where = f"endpoint_url={minio_server.url}" + role.format(url=minio_server.url)
    checks = examine(tmp_path, store=f"s3://{bucket}/x?{where}", key=f"local://{_keyring(tmp_path)}")
    assert failed(checks) == names
    assert checks["clock"].outcome is Outcome.OK
    assert "Contents" not in minio_server.s3.list_objects_v2(Bucket=bucket)


def _keyring(home: Path) -> Path:
    file = home / "keyring.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"version": 1, "primary": "a", "keys": {"a": "A" * 43 + "="}}))
    return file


def test_a_bucket_that_takes_what_is_not_encrypted_as_configured_is_found(
    moto_server: AwsServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    moto_server.identity.enter(monkeypatch)
    bucket, key = moto_server.bucket(), moto_server.kms.create_key()["KeyMetadata"]["Arn"]
    store = f"s3://{bucket}/x?endpoint_url={moto_server.url}&sse_kms_key_id={key}"
    checks = examine(tmp_path, store=store, key=f"aws-kms:///{key}?endpoint_url={moto_server.url}")
    assert {"unprotected-put", "other-key"} <= failed(checks)
    assert checks["clock"].outcome is checks["round-trip"].outcome is Outcome.OK
    assert "Contents" not in moto_server.s3.list_objects_v2(Bucket=bucket)
