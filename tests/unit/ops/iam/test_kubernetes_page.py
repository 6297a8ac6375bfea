"""The hooks that docs/isolation.md gives the scheduler, as they stand there, against what a Dag's author may write."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.vault.auth import KubernetesAuth
from secure_xcom.ops.iam.vault.deployment import VaultDeployment, documents
from secure_xcom.settings.routes_file import RoutesFile
from tests.root import ROOT

PAGE = (ROOT / "docs" / "isolation.md").read_text()
DAGS = ("etl", "my_dag", "ETL", "a.b", "x" * 200, "settlement", "{{domain}}", "-")


@pytest.fixture
def local_settings() -> dict[str, object]:
    """The page's module; one of the Dags is in a namespace."""
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "pod_mutation_hook" in block)
    module: dict[str, object] = {}
    exec(code, module)
    module["ROUTES"] = RoutesFile.parse({"namespace": {"payments": {"dags": ["settlement"]}}})
    return module


def pod(dag_id: str | None, account: str | None = None) -> SimpleNamespace:
    annotations = None if dag_id is None else {"dag_id": dag_id, "task_id": "t"}
    return SimpleNamespace(
        metadata=SimpleNamespace(annotations=annotations),
        spec=SimpleNamespace(service_account_name=account, service_account=account),
    )


def bound(domain: Domain) -> object:
    """The account that the printed role takes."""
    deployment = VaultDeployment(domains=((domain, ()),), kv_mount="secret", auth=KubernetesAuth())
    return documents(deployment).roles[0].fields["bound_service_account_names"]


@pytest.mark.parametrize("dag_id", DAGS)
@pytest.mark.parametrize("asked_for", [None, "default", "xcom-report"])
def test_a_pod_has_the_account_that_its_dags_role_is_bound_to(
    local_settings: dict, dag_id: str, asked_for: str | None
) -> None:
    made = pod(dag_id, asked_for)
    local_settings["pod_mutation_hook"](made)
    domain = Domain("payments", is_namespace=True) if dag_id == "settlement" else Domain(dag_id)
    assert [made.spec.service_account_name] == bound(domain)
    assert made.spec.service_account == made.spec.service_account_name


def test_a_pod_that_the_executor_did_not_make_keeps_its_account(local_settings: dict) -> None:
    made = pod(None, "of the template")
    local_settings["pod_mutation_hook"](made)
    assert made.spec.service_account_name == "of the template"


@pytest.mark.parametrize("dag_id", DAGS)
def test_what_the_author_asks_of_the_executor_is_dropped(local_settings: dict, dag_id: str) -> None:
    task = SimpleNamespace(
        dag_id=dag_id, queue="xcom-report", executor="LocalExecutor", executor_config={"pod_override": pod("report")}
    )
    local_settings["task_instance_mutation_hook"](task)
    assert (task.executor, task.executor_config) == (None, {})
    assert task.queue == f"xcom-{'payments--team' if dag_id == 'settlement' else Domain(dag_id).name}"


@pytest.mark.parametrize("dag_id", ["etl", "my_dag"])
def test_the_page_names_the_accounts_as_they_are(dag_id: str) -> None:
    assert f"`{KubernetesAuth().alias('', Domain(dag_id)).removeprefix('airflow/')}`" in PAGE
