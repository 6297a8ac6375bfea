"""``AirflowConnections``: Airflow's connections, for the URIs of stores and keys that name one."""

from __future__ import annotations

from typing import Any

from secure_xcom.airflow.compat import AirflowNotFoundException, AirflowRuntimeError
from secure_xcom.errors import ConfigurationError, MissingDependency
from secure_xcom.ports import Connection


class AirflowConnections:
    """Implements ``ports.Connections``. Airflow registers a connection's secrets with its masker as it hands it out."""

    def connection(self, conn_id: str) -> Connection:
        """Return a connection; raises ``ConfigurationError`` when there is none."""
        found = _found(conn_id)
        return Connection(
            host=found.host,
            port=found.port,
            login=found.login,
            password=found.password,
            extra=found.extra_dejson,
        )

    def aws_session(self, conn_id: str, region_name: str | None) -> object:
        """Return a boto3 session; raises ``ConfigurationError``, ``MissingDependency`` without the amazon provider."""
        # The amazon hook takes an absent connection for "use boto3's own chain", which is another identity.
        _found(conn_id)
        try:
            from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
        except ImportError:
            pass
        else:
            return AwsBaseHook(aws_conn_id=conn_id, region_name=region_name).get_session()
        raise MissingDependency("conn_id: an AWS connection needs apache-airflow-providers-amazon")


def _found(conn_id: str) -> Any:
    from airflow.sdk.bases.hook import BaseHook

    try:
        return BaseHook.get_connection(conn_id)
    except (AirflowNotFoundException, AirflowRuntimeError):
        pass
    raise ConfigurationError(f"conn_id: Airflow has no connection {conn_id!r}")
