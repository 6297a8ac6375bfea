"""Airflow's metadata database, for commands on a machine that administers Airflow."""

from __future__ import annotations

from secure_xcom.errors import ConfigurationError


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
