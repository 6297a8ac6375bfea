"""Airflow's connections for stores and keys, and whose task is running, through Airflow's own Task SDK."""

from __future__ import annotations

import sys

import pytest

from secure_xcom.errors import MissingDependency
from tests.mistakes import mistake
from tests.unit.world import assert_tells_nothing

CANARY = "canary-of-the-connection"


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch):
    from secure_xcom.airflow.connections import AirflowConnections
    from tests.airflow.supervisor import Database

    Database().install()
    uri = f"vault://dag:{CANARY}@vault.example:8200/?auth_type=approle"
    monkeypatch.setenv("AIRFLOW_CONN_VAULT_XCOM", uri)
    return AirflowConnections()


def test_a_connection_has_what_airflow_knows_of_it(connections) -> None:
    found = connections.connection("vault_xcom")
    assert (found.host, found.port, found.login, found.password) == ("vault.example", 8200, "dag", CANARY)
    assert found.extra == {"auth_type": "approle"}
    assert CANARY not in repr(found)


def test_airflow_masks_a_connections_password_from_then_on(connections) -> None:
    from airflow.sdk.log import redact

    connections.connection("vault_xcom")
    assert CANARY not in str(redact(f"logged in with {CANARY}"))


@pytest.mark.parametrize("ask", ["connection", "aws_session"])
def test_an_absent_connection_is_told_and_never_another_identity_taken(connections, ask: str) -> None:
    arguments = ("none", None) if ask == "aws_session" else ("none",)
    with mistake("no connection 'none'") as caught:
        getattr(connections, ask)(*arguments)
    assert_tells_nothing(caught.value)
    assert caught.value.__context__ is None


def test_without_the_amazon_provider_an_aws_connection_is_told(connections, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_AWS_XCOM", "aws://")
    for name in ("airflow.providers.amazon", "airflow.providers.amazon.aws.hooks.base_aws"):
        monkeypatch.setitem(sys.modules, name, None)
    with mistake("apache-airflow-providers-amazon", MissingDependency):
        connections.aws_session("aws_xcom", "eu-west-1")


def test_outside_of_a_task_no_dag_is_running() -> None:
    from secure_xcom.airflow.host import AirflowHost

    assert AirflowHost().running() is None
