"""Whether anything still needs a former key: the chain keys, and the first objects of each store."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from secure_xcom.assembly.estate import Estate
from secure_xcom.assembly.router import Router
from secure_xcom.errors import StoreDenied, StoreUnauthenticated, translated
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.model.domain import Domain
from secure_xcom.ops.doctor.report import Check, Skipped, Warned, run
from secure_xcom.ops.lifecycle.rewrap.run import RewrapOptions, Run
from secure_xcom.ports.identity import Connections
from secure_xcom.settings.settings import LedgerMode, Settings

SAMPLE: Final = 200
"""Objects of each store: a doctor is not waited for as a rewrap is, which looks at all."""

_ALL: Final = "`secure-xcom rewrap --dry-run`, as the operator, looks at all"


def check(settings: Settings, connections: Connections, router: Router, own: Sequence[Domain]) -> Check:
    """Look at a sample; of stores that are made for each domain, at those of ``own``. Nothing is changed."""
    return run(
        "previous-keys", lambda: _found(settings, connections, router, own), f"check the key that it names. {_ALL}"
    )


def _found(settings: Settings, connections: Connections, router: Router, own: Sequence[Domain]) -> str:
    estate = Estate(settings, connections)
    sample = Run(estate, RewrapOptions(dry_run=True, most=SAMPLE))
    if not sample.former(own) and not _names_any(settings):
        raise Skipped("no previous key is configured, and no keyring holds an earlier one")
    _look(sample, estate, own)
    if settings.ledger_mode is not LedgerMode.OFF:
        sample.chain_keys(LazyLedger(settings.ledger, router, time.time))
    keys, looked_at = sample.former(own), sample.summary.fates.total()
    used = ", ".join(f"{key} by {key.uses}" for key in keys if key.uses)
    if used:
        raise Warned(
            f"still needed: {used}. Looked at: the ledger's chain keys, and {looked_at} objects",
            "run `secure-xcom rewrap`, and keep previous_keys and the keyring's earlier keys until it finds nothing",
        )
    if absent := ", ".join(str(key) for key in keys if key.is_absent):
        raise Warned(f"previous_keys names {absent}, where there is no key", "correct it, or take it out")
    found = f"none of {looked_at} objects, and no chain key, needs {', '.join(map(str, keys))}"
    if settings.has_previous_stores:
        raise Warned(f"{found}; but a move may be under way", "keep them until previous_stores is taken out")
    return f"{found}: {_ALL}"


def _names_any(settings: Settings) -> bool:
    routes = settings.routes.routes if settings.routes else ()
    return bool(settings.previous_keys) or any(route.previous_keys for route in routes)


def _look(sample: Run, estate: Estate, own: Sequence[Domain]) -> None:
    refused = Skipped(f"this identity may not list objects, as no Dag's should: {_ALL}")
    with translated((StoreDenied, StoreUnauthenticated), into=lambda _: refused):
        for _ in sample.objects(estate.places(own)):
            pass
