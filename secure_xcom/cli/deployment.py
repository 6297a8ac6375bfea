"""What the commands share: the settings of this deployment, and the way configuration mistakes are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

from secure_xcom.errors import ConfigurationError
from secure_xcom.settings import Settings

FINDINGS: Final = 1
MISCONFIGURED: Final = 2


def settings() -> Settings:
    """Return the settings that the workers of this configuration have."""
    # Airflow takes seconds to import, and `--help` needs none of it.
    from secure_xcom.airflow.configuration import read_settings

    return read_settings()


@contextmanager
def told() -> Iterator[None]:
    """Tell a configuration mistake on standard error, and exit with 2."""
    try:
        yield
    except ConfigurationError as error:
        typer.echo(str(error), err=True)
    else:
        return
    raise typer.Exit(MISCONFIGURED)
