"""``AirflowConnections``: Airflow's connections, for the URIs of stores and keys that name one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from secure_xcom.airflow.internals.compat import AirflowNotFoundException, AirflowRuntimeError
from secure_xcom.errors import ConfigurationError, MissingDependency
from secure_xcom.ports.identity import Connection


class AirflowConnections:
    """Implements ``ports.identity.Connections``. Airflow itself masks the secrets of a connection that it returns."""

    def connection(self, conn_id: str) -> Connection:
        """Return a connection. Raises ``ConfigurationError`` if Airflow has no such connection."""
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
        # Without the connection the amazon hook would fall back to boto3's own chain, which is another identity.
        _found(conn_id)
        try:
            from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
        except ImportError:
            pass
        else:
            return AwsBaseHook(aws_conn_id=conn_id, region_name=region_name).get_session()
        raise MissingDependency("conn_id: an AWS connection needs apache-airflow-providers-amazon")

    def storage_path(self, uri: str, conn_id: str | None) -> object:
        """Return an ``ObjectStoragePath`` with its client; raises ``ConfigurationError``, ``MissingDependency``."""
        if conn_id is not None:
            _found(conn_id)
        from airflow.sdk.io import has_fs

        scheme = uri.partition(":")[0]
        try:
            return _opened(uri, conn_id)
        except ImportError:
            pass
        except ValueError:
            # Airflow raises this for a scheme that it does not know. For any other, a connection's field is at fault.
            if has_fs(scheme):
                raise
        provider = _PROVIDERS.get(scheme, "the provider that does")
        raise MissingDependency(f"store: no Airflow provider that is installed brings {scheme}://; install {provider}")


_PROVIDERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("abfs", "abfss"), "apache-airflow-providers-microsoft-azure"),
    **dict.fromkeys(("gcs", "gs"), "apache-airflow-providers-google"),
}


def _opened(uri: str, conn_id: str | None) -> object:
    from airflow.sdk import ObjectStoragePath
    from airflow.sdk.io import attach, get_fs

    path = ObjectStoragePath(uri, conn_id=conn_id)
    # Airflow keeps its clients across a fork, but fsspec's thread that serves them stays in the parent process.
    if getattr(path.fs, "_pid", os.getpid()) != os.getpid():
        attach(path.protocol, conn_id).fs = get_fs(path.protocol, conn_id)
        # Airflow 3.1's paths keep the client that they have had.
        return ObjectStoragePath(uri, conn_id=conn_id)
    return path


def _found(conn_id: str) -> Any:
    from airflow.sdk.bases.hook import BaseHook

    try:
        return BaseHook.get_connection(conn_id)
    except (AirflowNotFoundException, AirflowRuntimeError):
        pass
    raise ConfigurationError(f"conn_id: Airflow has no connection {conn_id!r}")
