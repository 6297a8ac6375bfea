"""What the commands that read the ledger share: the ledger of this deployment, and how its errors are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from secure_xcom.cli.deployment import MISCONFIGURED, settings
from secure_xcom.errors import ConfigurationError, SecureXComError
from secure_xcom.ops.lineage.text import visible
from secure_xcom.settings.settings import Records

if TYPE_CHECKING:
    from secure_xcom.ledger.lazy import LazyLedger


def open_ledger() -> LazyLedger:
    """Return the ledger that the workers of this configuration write. Raises ``ConfigurationError``."""
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.build import build_ledger

    return build_ledger(settings(), AirflowHost())


def record_plain_values() -> bool:
    """Whether plain values are recorded too. Raises ``ConfigurationError``."""
    return settings().ledger_records is Records.ALL


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Tell what keeps the ledger from answering on standard error, and exit with 2: nothing was found out."""
    try:
        yield
    except ConfigurationError as error:
        problem = str(error)
    except SecureXComError as error:
        problem = visible(f"{type(error).__name__}: {error}")
    else:
        return
    typer.echo(problem, err=True)
    raise typer.Exit(MISCONFIGURED)
