"""Installed is not switched on: what the package does to an Airflow that uses it, and to one that does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.mistakes import mistake

FOREIGN = """
from airflow.sdk.bases.xcom import BaseXCom

class Foreign(BaseXCom):
    pass
"""

DERIVED = """
from secure_xcom import SecureXComBackend

class Derived(SecureXComBackend):
    pass
"""

PLAIN = """
from airflow.sdk import dag, task

@dag(schedule=None)
def plain():
    @task
    def one():
        return 1

    @task
    def each(number):
        return number

    one()
    each.expand(number=[1, 2])

plain()
"""

DECLARED = """
from airflow.sdk import dag, task

from secure_xcom import exclusive

@dag(schedule=None)
def declared():
    @task
    @exclusive("token")
    def make():
        pass

    @task
    def use():
        pass

    make() >> use()

declared()
"""

PROBE = """
import json, os, sys, warnings
warnings.simplefilter("ignore")
import airflow
loaded = sorted(name for name in sys.modules if name.startswith("secure_xcom"))

from airflow.sdk._shared.secrets_masker.secrets_masker import SecretsMasker
from airflow.sdk.execution_time import supervisor, task_runner
if os.fork() == 0:
    os._exit(0)
os.wait()
own_depth, copies = SecretsMasker.MAX_RECURSION_DEPTH, getattr(supervisor, "reconfigure_logger", None)

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1])
tasks = bag.dags["plain"].task_dict
print(json.dumps({
    "loaded": loaded,
    "depth": SecretsMasker.MAX_RECURSION_DEPTH,
    "copies": copies and hasattr(copies, "secure_xcom_wrapped"),
    "execution": hasattr(task_runner._execute_task, "secure_xcom_wrapped"),
    "labels": hasattr(task_runner._render_map_index, "secure_xcom_wrapped"),
    "shows": [tasks["one"].show_return_value_in_logs, tasks["each"].partial_kwargs.get("show_return_value_in_logs")],
    "errors": bag.import_errors,
}))
"""

OFF = [None, "airflow.sdk.bases.xcom.BaseXCom", "foreign.Foreign"]
ON = ["secure_xcom.SecureXComBackend", "secure_xcom.airflow.backend.SecureXComBackend", "derived.Derived"]


@dataclass(frozen=True)
class Process:
    """What a process of Airflow has become, after it forked and parsed the Dags."""

    loaded: list[str]
    """Modules of the package that Airflow had loaded before."""
    depth: int
    copies: bool | None
    """``None`` on Airflow 3.1, which makes no copies."""
    execution: bool
    labels: bool
    shows: list[bool | None]
    errors: dict[str, str]


def _process(home: Path, backend: str | None) -> Process:
    for name, source in {"foreign": FOREIGN, "derived": DERIVED, "plain": PLAIN, "declared": DECLARED}.items():
        (home / f"{name}.py").write_text(source)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    settings = {"AIRFLOW_HOME": str(home / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    if backend is not None:
        settings["AIRFLOW__CORE__XCOM_BACKEND"] = backend
    settings["PYTHONPATH"] = os.pathsep.join(filter(None, (str(home), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(home)], env=kept | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Process(**json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module", params=OFF)
def off(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Process:
    """Airflow with another backend."""
    return _process(tmp_path_factory.mktemp("off"), request.param)


@pytest.fixture(scope="module", params=ON)
def on(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Process:
    """Airflow with this backend, or a subclass of it."""
    return _process(tmp_path_factory.mktemp("on"), request.param)


def test_with_another_backend_nothing_of_airflow_is_patched(off: Process) -> None:
    assert (off.depth, bool(off.copies), off.execution, off.labels) == (5, False, False, False)


def test_with_another_backend_tasks_log_what_they_return_as_they_did(off: Process) -> None:
    assert off.shows == [True, None]


def test_with_another_backend_a_contract_is_an_import_error_that_says_what_to_set(off: Process) -> None:
    ((path, error),) = off.errors.items()
    assert path.endswith("declared.py")
    assert "nothing enforces this contract: set xcom_backend of section core to secure_xcom.SecureXComBackend" in error
    assert "declared.py:9" in error
    # Airflow's table of import errors would swallow a word in brackets.
    assert "[" not in error


def test_with_this_backend_what_a_supervisor_writes_is_masked(on: Process) -> None:
    assert on.depth == 200
    assert on.copies in (True, None)


def test_with_this_backend_tasks_are_followed_and_do_not_log_what_they_return(on: Process) -> None:
    assert on.execution is True
    assert on.shows == [False, False]


def test_with_this_backend_a_contract_is_no_error(on: Process) -> None:
    assert on.errors == {}


def test_with_another_backend_airflow_loads_the_policy_and_the_metadata_alone(off: Process) -> None:
    policy = {"", ".airflow", ".airflow.policy", ".errors", ".secret"}
    metadata = {".settings.provider_info", ".settings", ".settings.options"}
    assert set(off.loaded) <= {f"secure_xcom{name}" for name in policy | metadata}


def test_a_backend_that_cannot_be_imported_is_not_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.switch import is_on

    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "no.such.Backend")
    assert is_on() is False


def test_a_pool_works_with_this_backend_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom import Pool

    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "airflow.sdk.bases.xcom.BaseXCom")
    with mistake(r"set .core. xcom_backend = secure_xcom\.SecureXComBackend"):
        Pool("orders").put(1)


@pytest.mark.parametrize(("hide", "shows"), [("True", False), ("False", True)])
def test_the_task_policy_can_be_switched_off_by_itself(hide: str, shows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.policy import task_policy

    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "secure_xcom.SecureXComBackend")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__HIDE_RETURNED_VALUES", hide)
    task = SimpleNamespace(show_return_value_in_logs=True)
    task_policy(task)
    assert task.show_return_value_in_logs is shows


def test_a_mistake_in_the_options_is_no_import_error_of_every_dag(monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.policy import task_policy

    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "secure_xcom.SecureXComBackend")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__STROE", "file:///x")
    task = SimpleNamespace(show_return_value_in_logs=True)
    task_policy(task)
    assert task.show_return_value_in_logs is False
