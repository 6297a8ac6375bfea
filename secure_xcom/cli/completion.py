"""What the shell completes: the Dags that Airflow knows. Formats are completed by Typer, from their enumerations."""

from __future__ import annotations

import io
import threading
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Final

from secure_xcom.cli.airflow_home import untouched

LONGEST_WAIT_SECONDS: Final = 2.0
"""For the database: a person waits at the prompt. The import of Airflow, which says where it is, comes before."""


def dag_ids(incomplete: str) -> list[str]:
    """Return the ids that begin with what was typed, and no id where Airflow's database is silent."""
    found: list[str] = []

    def ask() -> None:
        with suppress(Exception):
            found.extend(known_dags())

    # Whatever Airflow says or raises while it starts would land in the line that is being typed.
    with suppress(Exception), untouched(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        from secure_xcom.airflow.deployment import known_dags

        # A daemon: a server that does not answer must not keep the shell.
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(LONGEST_WAIT_SECONDS)
    return [dag_id for dag_id in tuple(found) if dag_id.startswith(incomplete)]
