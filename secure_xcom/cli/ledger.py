"""What the commands on the ledger share: the ledger of this deployment, and the report of its errors."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from secure_xcom.cli.deployment import MISCONFIGURED, settings
from secure_xcom.cli.shown import names, shown
from secure_xcom.errors import ConfigurationError, SecureXComError, translated
from secure_xcom.settings.settings import Records

if TYPE_CHECKING:
    from secure_xcom.ledger.lazy import LazyLedger


def open_ledger() -> LazyLedger:
    """Return the ledger of this deployment, with the operator's own identity. Raises ``ConfigurationError``."""
    from secure_xcom.airflow.host import AirflowHost
    from secure_xcom.assembly.build import build_ledger
    from secure_xcom.assembly.operator import as_operator

    return build_ledger(as_operator(settings()), AirflowHost())


def default_anchor() -> Path:
    """Return where ``audit verify`` keeps its anchor unless told otherwise. Raises ``ConfigurationError``."""
    from secure_xcom.ops.audit.anchor import anchor_beside

    configured = settings()
    return anchor_beside(configured.ledger, configured.home)


def record_plain_values() -> bool:
    """Whether the ledger records plain values too. Raises ``ConfigurationError``."""
    return settings().ledger_records is Records.ALL


def exit_on_error() -> AbstractContextManager[None]:
    """Tell what keeps the ledger from answering on standard error, and exit with 2: nothing was found out."""
    return translated(SecureXComError, into=_told)


def _told(error: SecureXComError) -> typer.Exit:
    is_configuration = isinstance(error, ConfigurationError)
    text = names().text(str(error)) if is_configuration else shown(f"{type(error).__name__}: {error}")
    typer.echo(text, err=True)
    return typer.Exit(MISCONFIGURED)
