"""A reveal on a real Vault: the printed operator's policy is enough for it, and no role of a Dag is taken on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.assembly.build import build, build_runtime
from secure_xcom.assembly.operator import as_operator
from secure_xcom.errors import StoreDenied
from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.vault.auth import AppRoleAuth
from secure_xcom.ops.lifecycle.reveal.reveal import Reveal, RevealRequest
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.docs.values import VALUE, host, where
from tests.fixtures.vault import Enter, VaultServer, key_uri, store_uri
from tests.isolation.vault_site import PREFIX, new_site


def test_the_operator_reveals_with_a_token_of_the_printed_policy_and_another_dag_does_not(
    vault_server: VaultServer, enter: Enter, tmp_path: Path
) -> None:
    mount = f"sxc-reveal-{tmp_path.name[-8:].replace('_', '-')}"
    vault_server._make(f"sys/auth/{mount}", {"type": "approle"})
    domains = ((Domain("etl"), ()), (Domain("report"), ()))
    site = new_site(vault_server, domains=domains, auth=AppRoleAuth(mount=mount), role=f"{mount}-{{domain}}")
    site.apply()
    file = tmp_path / "secret_id"
    file.write_text(site.secret_ids[Domain("etl")])
    login = f"auth=approle&auth_mount={mount}&role_id={site.deployment.role}&secret_id_file={file}"
    settings = replace(
        Settings.parse({"ledger": f"sqlite:///{tmp_path / 'ledger.db'}"}, tmp_path),
        store=store_uri(vault_server, str(site.deployment.kv_mount), PREFIX, login),
        key=key_uri(vault_server, str(site.deployment.transit_mount), site.deployment.transit_key, login),
    )
    enter.nobody()
    row = build(settings, host("etl")).push(VALUE, where("etl"))
    # Nothing of a Dag's may help the operator.
    file.unlink()
    asked = RevealRequest(where=where("etl"), operator="alice", reason="ticket 4711")

    def revealed() -> object:
        return Reveal(build_runtime(as_operator(settings), FakeHost()), lambda _: row).value_of(asked).tree

    enter.token(vault_server.token_for(f"{mount}-all--operator"))
    assert revealed() == VALUE
    enter.token(site.tokens[Domain("report")])
    with pytest.raises(StoreDenied):
        revealed()
