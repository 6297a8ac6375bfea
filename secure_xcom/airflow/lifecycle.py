"""What the commands that keep a deployment in order ask the metadata database."""

from __future__ import annotations

from secure_xcom.airflow.internals.metadata import metadata_url
from secure_xcom.airflow.internals.xcom_references import XComReferences


def references() -> XComReferences:
    """Return which objects the deployment's rows refer to.

    Raises ``ConfigurationError`` unless the database answers and is one of Airflow.
    """
    found = XComReferences(metadata_url())
    found.check()
    return found


def database_name() -> str:
    """Return what identifies the metadata database, without its password. Raises ``ConfigurationError``."""
    from sqlalchemy.exc import ArgumentError

    from secure_xcom.airflow.internals.metadata import unreachable
    from secure_xcom.errors import translated

    with translated((ArgumentError, ValueError), into=unreachable):
        return name_of_database(metadata_url())


def name_of_database(url: str) -> str:
    """Return a database's URL without its password, and without its parameters, where a password may stand too.

    Raises ``ArgumentError`` and ``ValueError`` if the text is not a URL.
    """
    from sqlalchemy.engine import make_url

    return make_url(url).set(query={}).render_as_string(hide_password=True)


__all__ = ["XComReferences", "database_name", "name_of_database", "references"]
