"""Whether anything still needs the previous keys: the chain keys, and the first objects of each store."""

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
    routes = settings.routes.routes if settings.routes else ()
    if not settings.previous_keys and not any(route.previous_keys for route in routes):
        raise Skipped("no previous key is configured")
    estate = Estate(settings, connections)
    sample = Run(estate, RewrapOptions(dry_run=True, most=SAMPLE))
    _look(sample, estate, own)
    if settings.ledger_mode is not LedgerMode.OFF:
        sample.chain_keys(LazyLedger(settings.ledger, router, time.time))
    providers = sample.previous() or estate.keys(own[0]).previous
    uses = {f"{one.scheme}://{one.current()}": sample.summary.uses(one) for one in providers}
    looked_at = sample.summary.fates.total()
    used = [f"{name} ({count})" for name, count in uses.items() if count]
    if used:
        raise Warned(
            f"still needed: {', '.join(used)} of {looked_at} objects and the chain keys that were looked at",
            "run `secure-xcom rewrap`, and keep previous_keys until it finds nothing",
        )
    return f"none of {looked_at} objects, and no chain key, needs {', '.join(uses)}: {_ALL}"


def _look(sample: Run, estate: Estate, own: Sequence[Domain]) -> None:
    refused = Skipped(f"this identity may not list objects, as no Dag's should: {_ALL}")
    with translated((StoreDenied, StoreUnauthenticated), into=lambda _: refused):
        for _ in sample.objects(estate.places(own)):
            pass
