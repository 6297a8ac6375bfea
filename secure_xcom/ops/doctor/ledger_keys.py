"""Whether the chain key of each Dag that the ledger knows can be opened."""

from __future__ import annotations

import time

from secure_xcom.assembly.router import Router
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ops.doctor.report import Check, Failed, Skipped, run
from secure_xcom.settings.settings import LedgerMode, Settings

_FIX = (
    "restore the store or key that sealed it, or run `secure-xcom ledger rekey`: without the old key, it begins a new "
    "chain (docs/ledger.md)"
)


def check(settings: Settings, router: Router) -> Check:
    """Open each chain key. Nothing is made."""
    return run("ledger-keys", lambda: _found(settings, router), "make the ledger answer, and run the doctor again")


def _found(settings: Settings, router: Router) -> str:
    if settings.ledger_mode is LedgerMode.OFF:
        raise Skipped("ledger_mode is off: nothing is signed")
    found = LazyLedger(settings.ledger, router, time.time).problems_of_keys()
    if not found:
        raise Skipped("the ledger has no chain key yet")
    failing = [f"{dag_id} ({problem})" for dag_id, problem in found.items() if problem]
    if failing:
        raise Failed(f"the key that signs the ledger's entries cannot be opened for Dag {', '.join(failing)}", _FIX)
    return f"{len(found)} open"
