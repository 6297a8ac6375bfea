"""``AirflowSite``: what the doctor asks of Airflow's configuration, and the Dags that Airflow knows."""

from __future__ import annotations

from importlib.metadata import version

from secure_xcom.airflow.internals.compat import conf
from secure_xcom.airflow.internals.metadata import XComRows, known_dags, metadata_url, stored_value
from secure_xcom.airflow.internals.placeholders import sealed_values


class AirflowSite:
    """Implements ``doctor.site.Site``, read once."""

    def __init__(self) -> None:
        self.version: str = version("apache-airflow-core")
        self.backend: str = conf.get("core", "xcom_backend")
        self.hides_sensitive: bool = conf.getboolean("core", "hide_sensitive_var_conn_fields")
        self.shortest_maskable: int = conf.getint("logging", "min_length_masked_secret", fallback=5)


__all__ = ["AirflowSite", "XComRows", "known_dags", "metadata_url", "sealed_values", "stored_value"]
