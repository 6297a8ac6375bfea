"""``AirflowSite``: what the doctor asks of Airflow's configuration, and the Dags that Airflow knows."""

from __future__ import annotations

from importlib.metadata import version

from secure_xcom.airflow.internals.compat import conf
from secure_xcom.errors import ConfigurationError


class AirflowSite:
    """Implements ``doctor.site.Site``, read once."""

    def __init__(self) -> None:
        self.version: str = version("apache-airflow-core")
        self.backend: str = conf.get("core", "xcom_backend")
        self.hides_sensitive: bool = conf.getboolean("core", "hide_sensitive_var_conn_fields")
        self.shortest_maskable: int = conf.getint("logging", "min_length_masked_secret", fallback=5)


def known_dags() -> list[str]:
    """Return the ids of the Dags in the metadata database. Raises ``ConfigurationError`` if it is out of reach."""
    # A machine that administers Airflow has more of it than the Task SDK. Nothing else here needs more.
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import select
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with create_session() as session:
            return sorted(session.scalars(select(DagModel.dag_id).where(DagModel.is_stale.is_(False))))
    except SQLAlchemyError as error:
        failure = type(error).__name__
    raise ConfigurationError(f"--dag: Airflow's metadata database does not answer here ({failure}): name the Dags")
