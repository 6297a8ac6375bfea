"""``Deployment``: one Airflow with this backend and its defaults, where several modules run Dags of their own.

To start it takes as much processor time as a hundred tasks.
"""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.airflow.harness.stack import Stack
from tests.root import ROOT

CONTRACT_RUN = "under_contract"
_HERE = Path(__file__).parent
_FOLDERS = ("contract_dags", "log_dags", "reap_dags")
_EXAMPLE = ROOT / "examples" / "dags" / "fraud_detection.py"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A running Airflow, and what its Dags got from its environment."""

    stack: Stack
    verdicts: Path
    """Where the Dags under contract write what they were given and refused."""
    canary: str = field(repr=False)
    said: dict[str, object] = field(repr=False)
    """The secrets that are logged, and what stands beside them."""


def deployment_in(directory: Path) -> Deployment:
    """Lay out a deployment; ``with deployment.stack`` starts it."""
    dags, verdicts = directory / "dags", directory / "verdicts"
    verdicts.mkdir()
    for folder in _FOLDERS:
        shutil.copytree(_HERE / folder, dags, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    shutil.copy(_EXAMPLE, dags)
    canary, said = f"canary-{secrets.token_hex(8)}", _said()
    extra = {
        "AIRFLOW__CORE__XCOM_BACKEND": "secure_xcom.SecureXComBackend",
        "CONTRACT_CANARY": canary,
        "CONTRACT_VERDICTS": str(verdicts),
        "CONTRACT_RUN": CONTRACT_RUN,
        "LOG_SAID": json.dumps(said),
        # Its output is searched while it runs.
        "PYTHONUNBUFFERED": "1",
    }
    database = f"sqlite:///{directory}/airflow.db?timeout=20"
    stack = Stack(home=directory / "home", database=database, dags=dags, extra=extra)
    return Deployment(stack=stack, verdicts=verdicts, canary=canary, said=said)


def _said() -> dict[str, object]:
    shorter = f"hunter-{secrets.token_hex(6)}"
    return {
        "today": datetime.now(UTC).date().isoformat(),
        "token": secrets.token_hex(20),
        "shorter": shorter,
        "longer": f"{shorter}-{secrets.token_hex(6)}",
        "number": secrets.randbelow(9 * 10**14) + 10**14,
    }
