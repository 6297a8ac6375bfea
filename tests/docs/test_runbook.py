"""docs/runbook.md, run as it stands: keys are rotated, values moved and keys revoked, and every value opens."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from secure_xcom.errors import ObjectNotFound, WrongKey
from tests.docs.deployment import Deployment
from tests.docs.page import Block, sections
from tests.docs.values import VALUE
from tests.fixtures.vault import VaultServer

PAGE = sections("docs/runbook.md")
ROTATE, ON_VAULT, ANOTHER = PAGE["1. Rotate"]
REWRAP, REWRAP_ON_VAULT = PAGE["2. Rewrap"]
REVOKE, RETIRE, REVOKE_ON_VAULT, _ = PAGE["3. Revoke"]
(VERIFY,) = PAGE["4. Verify"]
SHRED, *_ = PAGE["Shred a Dag or a run"]

Deploy = Callable[..., Deployment]


@pytest.fixture
def deploy(deploy: Deploy) -> Deploy:
    """Deploy and push, and begin an anchor."""

    def made(*environment: dict[str, str], **options: str) -> Deployment:
        deployment = deploy(*environment, **options)
        deployment.machine.do(sections("docs/changing.md")["Before"])
        return deployment

    return made


def _opens(deployment: Deployment) -> None:
    for dag_id in ("settlement", "once"):
        assert deployment.pull(deployment.rows[dag_id], dag_id) == VALUE


def _keyring(deployment: Deployment, name: str = "keyring.json") -> Path:
    return deployment.machine.root / "var/airflow/secure_xcom" / name


def test_a_keyring_is_rotated_and_its_earlier_key_removed(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.machine.do([ROTATE, REWRAP, REVOKE])
    keyring = _keyring(deployment)
    os.utime(keyring, (0, 0))
    assert "removed, nothing used it" in deployment.machine.do([RETIRE])
    assert len(json.loads(keyring.read_text())["keys"]) == 1
    _opens(deployment)
    deployment.machine.do([VERIFY])


def test_an_earlier_key_that_is_still_used_is_not_removed(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.machine.do([ROTATE])
    os.utime(_keyring(deployment), (0, 0))
    said = deployment.machine.do([Block("sh", "secure-xcom keys rotate --retire    # exits with 1\n")])
    assert "kept, 3 objects" in said or "kept, 4 objects" in said
    _opens(deployment)


def test_a_key_of_another_name_takes_the_place_of_one_that_then_goes(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.machine.do([ANOTHER])
    assert "is unused" in deployment.machine.do([REWRAP, REVOKE])
    deployment.machine.do([Block("ini", "[secure_xcom]\nprevious_keys =\n")])
    _keyring(deployment).unlink()
    _opens(deployment)
    deployment.machine.do([VERIFY])


def test_after_a_rotation_on_vault_the_earlier_version_ends(
    deploy: Deploy, vault_server: VaultServer, vault: dict[str, str], commands: Path
) -> None:
    if not (commands / "vault").exists():
        pytest.skip("Vault's command is missing: put bao or vault on the PATH, or `make servers`, with Go")
    vault_server.ask("POST", "sys/mounts/transit", {"type": "transit"})
    try:
        vault_server.data("POST", "transit/keys/airflow-xcom", {"derived": True})
        deployment = deploy(vault, key=f"vault-transit://transit/airflow-xcom?url={vault_server.url}")
        late = deployment.push("late")
        deployment.machine.do([ON_VAULT, REWRAP_ON_VAULT])
        deployment.machine.do([REVOKE_ON_VAULT, VERIFY])
        _opens(deployment)
        assert deployment.pull(late, "late") == VALUE
    finally:
        vault_server.ask("DELETE", "sys/mounts/transit")


def test_an_earlier_version_that_ended_too_early_opens_nothing(
    deploy: Deploy, vault_server: VaultServer, vault: dict[str, str], commands: Path
) -> None:
    if not (commands / "vault").exists():
        pytest.skip("Vault's command is missing: put bao or vault on the PATH, or `make servers`, with Go")
    vault_server.ask("POST", "sys/mounts/transit", {"type": "transit"})
    try:
        vault_server.data("POST", "transit/keys/airflow-xcom", {"derived": True})
        deployment = deploy(vault, key=f"vault-transit://transit/airflow-xcom?url={vault_server.url}")
        deployment.machine.do([ON_VAULT, REVOKE_ON_VAULT])
        with pytest.raises(WrongKey):
            deployment.pull(deployment.rows["settlement"])
    finally:
        vault_server.ask("DELETE", "sys/mounts/transit")


def test_a_run_that_is_shredded_is_gone_and_no_other_is(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.machine.do([SHRED])
    with pytest.raises(ObjectNotFound):
        deployment.pull(deployment.rows["settlement"])
    assert deployment.pull(deployment.rows["once"], "once") == VALUE


def test_each_block_that_can_run_here_is_run() -> None:
    run = [ROTATE, ON_VAULT, ANOTHER, REWRAP, REWRAP_ON_VAULT, REVOKE, RETIRE, REVOKE_ON_VAULT, VERIFY, SHRED]
    can = [
        block for blocks in PAGE.values() for block in blocks if block.language == "sh" or "[secure_xcom]" in block.text
    ]
    assert can == run
