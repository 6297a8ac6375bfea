"""``unrecorded_runtime``: what the exchange works with, in a test without a ledger."""

from __future__ import annotations

import time
from collections.abc import Callable

from secure_xcom.exchange.held_claims import HeldClaims
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.ports.host import Host
from secure_xcom.ports.routes import Routes


def unrecorded_runtime(host: Host, routes: Routes, clock: Callable[[], float] = time.time) -> Runtime:
    """Return a runtime without a ledger, for a test that is not about it."""
    recorder = Recorder(ledger=None, clock=clock, host="test", warn=host.warn)
    claims = HeldClaims(None, recorder, host)
    return Runtime(host=host, clock=clock, routes=routes, recorder=recorder, claims=claims)
