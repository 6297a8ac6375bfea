"""What the first push of a task process loads: no more than it uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.airflow.facts import REGISTERS_OPTIONS
from tests.root import ROOT

pytest.importorskip("airflow.sdk")

PUSH = """
import json, sys
from types import SimpleNamespace

from airflow.sdk import DAG, BaseOperator, get_current_context
from airflow.sdk.execution_time.context import set_current_context
from tests.airflow.supervisor import Database

Database().install()
with DAG("etl") as dag:
    task = BaseOperator(task_id="make")
names = dict(dag_id="etl", run_id="r", task_id="make", map_index=-1)
instance = SimpleNamespace(**names, try_number=1, id="1", task=task)
before = set(sys.modules)
from secure_xcom import SecureXComBackend
with set_current_context({"ti": instance}):
    SecureXComBackend.set("return_value", json.loads(sys.argv[1]), **names)
print(json.dumps(sorted(set(sys.modules) - before)))
"""

AIRFLOWS_PUSH = PUSH.replace("from secure_xcom import", "from airflow.sdk.bases.xcom import BaseXCom as")
"""The same with Airflow's own backend."""

FORKED_PUSH = (
    """
import os
import airflow.settings

ready, told = os.pipe()
child = os.fork()
if child:
    os.close(told)
    with open(ready) as answer:
        print(answer.read(), end="")
    os.waitpid(child, 0)
    raise SystemExit
os.dup2(told, 1)
"""
    + PUSH
    + "sys.stdout.flush(); os._exit(0)"
)
"""What a supervisor does: Airflow has loaded the policies, and forks a process for the task."""

PACKAGES = {"airflow", "airflow.internals", "assembly", "classify", "exchange", "model", "payload", "ports", "settings"}
"""A package's own module is loaded with any module in it."""

AIRFLOWS = "airflow.sdk.bases.xcom.BaseXCom"
"""With its own backend configured, Airflow has loaded nothing of ours before the push."""

ON_A_PLAIN_PUSH = {
    "airflow.backend",
    "airflow.boundary",
    "airflow.declarations",
    "airflow.end_of_task",
    "airflow.host",
    "airflow.internals.compat",
    "airflow.internals.configuration",
    "airflow.internals.masker",
    "airflow.internals.secrets_masker",
    "airflow.internals.task_runner",
    "airflow.settings",
    "airflow.task_instance",
    "assembly.build",
    "assembly.content",
    "assembly.policy",
    "classify.arguments",
    "classify.beginnings",
    "classify.columns",
    "classify.distinct",
    "classify.flat",
    "classify.forms",
    "classify.heads",
    "classify.held",
    "classify.key_names",
    "classify.kind",
    "classify.account_keys",
    "classify.cookies",
    "classify.kinds",
    "classify.named_forms",
    "classify.list_walk",
    "classify.manifest_walk",
    "classify.matcher",
    "classify.name_endings",
    "classify.name_tables",
    "classify.name_words",
    "classify.names",
    "classify.name_tails",
    "classify.names_abroad",
    "classify.neighbours",
    "classify.nested_names",
    "classify.paths",
    "classify.pieces",
    "classify.policy",
    "classify.programs",
    "classify.scan",
    "classify.section_walk",
    "classify.walk",
    "classify.search",
    "classify.shapes",
    "classify.spans",
    "classify.spelling",
    "classify.suspects",
    "classify.words",
    "exchange.exchange",
    "exchange.observing",
    "exchange.push",
    "exchange.runtime",
    "exchange.selection",
    "model.coordinates",
    "model.event",
    "model.mode",
    "model.origin",
    "model.path_pattern",
    "model.placeholder",
    "model.value",
    "payload.encoding",
    "payload.exact_types",
    "payload.foreign",
    "payload.hidden",
    "payload.lost",
    "payload.names",
    "payload.nodes",
    "ports.deferred",
    "settings.consistency",
    "settings.duration",
    "settings.parser",
    "settings.settings",
    "settings.uri",
} | (set() if REGISTERS_OPTIONS else {"settings.options"})


def _loaded(value: object, home: Path, code: str = PUSH, backend: str = AIRFLOWS) -> set[str]:
    """The modules that the first push of ``value`` loads."""
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("AIRFLOW__")},
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__XCOM_BACKEND": backend,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-P", "-W", "ignore", "-c", code, json.dumps(value)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def _ours(modules: set[str]) -> set[str]:
    return {name.removeprefix("secure_xcom.") for name in modules if name.startswith("secure_xcom.")}


def test_the_first_plain_push_loads_these_modules_and_no_other(tmp_path: Path) -> None:
    modules = _loaded({"user": "u"}, tmp_path)
    assert _ours(modules) - PACKAGES == ON_A_PLAIN_PUSH
    others = {name for name in modules if not name.startswith("secure_xcom")}
    # Airflow 3.2 loads its serialisers with the first push, whichever backend there is.
    assert others == (_loaded({"user": "u"}, tmp_path, AIRFLOWS_PUSH) if others else set())


def test_the_first_sealed_push_loads_the_adapters_of_its_route_alone(tmp_path: Path) -> None:
    adapters = {name for name in _ours(_loaded({"password": "p"}, tmp_path)) if name.startswith("adapters.")}
    assert adapters == {"adapters.local", "adapters.local.file", "adapters.local.keyring"}


def test_a_task_that_a_supervisor_forks_loads_nothing_for_its_first_plain_push(tmp_path: Path) -> None:
    assert _ours(_loaded({"user": "u"}, tmp_path, FORKED_PUSH, "secure_xcom.SecureXComBackend")) == set()


def test_a_task_that_a_supervisor_forks_has_the_content_rules_already(tmp_path: Path) -> None:
    value = {"user": "a text that is long enough to be looked at"}
    assert _ours(_loaded(value, tmp_path, FORKED_PUSH, "secure_xcom.SecureXComBackend")) == set()
