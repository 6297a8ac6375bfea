"""Where the commands of a page are run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command_server import serving
from tests.docs.deployment import LIB, Deployment
from tests.docs.page import Block, Machine, environment_of
from tests.fixtures.vault import BUILT, Enter, VaultServer


@pytest.fixture(scope="package")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with ``secure-xcom``, and ``vault``."""
    directory = tmp_path_factory.mktemp("bin")
    if vault := shutil.which("vault") or shutil.which("bao") or (str(BUILT) if BUILT.exists() else ""):
        (directory / "vault").symlink_to(vault)
    environment = environment_of(directory, AIRFLOW_HOME=str(tmp_path_factory.mktemp("none")))
    with serving(directory, environment):
        yield directory


@pytest.fixture
def vault(vault_server: VaultServer, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Vault's address and its token, for this process and for the commands."""
    enter.token(vault_server.token)
    monkeypatch.setenv("VAULT_ADDR", vault_server.url)
    return {"VAULT_ADDR": vault_server.url, "VAULT_TOKEN": vault_server.token}


@pytest.fixture
def deploy(commands: Path, tmp_path: Path) -> Callable[..., Deployment]:
    """Deploy with these options, and push: a value of a Dag, and one that may be read once."""

    def made(environment: dict[str, str] | None = None, /, **options: str) -> Deployment:
        backend = {"AIRFLOW__CORE__XCOM_BACKEND": "secure_xcom.SecureXComBackend"}
        machine = Machine(tmp_path, environment_of(commands, **backend, **(environment or {})))
        for below in ("var/airflow", "mnt"):
            (tmp_path / below).mkdir(parents=True)
        lines = {"store": f"file://{LIB}/store", "key": f"local://{LIB}/keyring.json"} | options
        lines.setdefault("ledger", f"sqlite:///{LIB}/ledger.db")
        machine.do(
            [Block("ini", "\n".join(["[secure_xcom]", *(f"{name} = {value}" for name, value in lines.items())]))]
        )
        deployment = Deployment(machine)
        for dag_id in ("settlement", "once"):
            deployment.rows[dag_id] = deployment.push(dag_id)
        return deployment

    return made
