"""Settings to ``Exchange``, ledger and policy."""

from __future__ import annotations

import socket
import time
from typing import Final

from secure_xcom.assembly.router import Router
from secure_xcom.classify import Policy
from secure_xcom.classify.names import name_rule
from secure_xcom.errors import ConfigurationError
from secure_xcom.exchange.claims import HeldClaims
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ledger.spool import SPOOL, Spool
from secure_xcom.ports.calls import DEADLINE_SECONDS
from secure_xcom.ports.host import Host
from secure_xcom.settings.settings import LedgerMode, Records, Seal, Settings

BEST_EFFORT_SECONDS: Final = 5.0
"""How long a push or pull waits for a ledger that it can do without."""


def build(settings: Settings, host: Host) -> Exchange:
    """Assemble an ``Exchange``. No network is touched; raises ``ConfigurationError`` for what cannot work."""
    router = Router(settings, host)
    router.check()
    best_effort = settings.ledger_mode is LedgerMode.BEST_EFFORT
    ledger = None
    if settings.ledger_mode is not LedgerMode.OFF:
        ledger = LazyLedger(
            settings.ledger, router, time.time, BEST_EFFORT_SECONDS if best_effort else DEADLINE_SECONDS
        )
    recorder = Recorder(
        ledger=ledger,
        clock=time.time,
        host=socket.gethostname(),
        warn=host.warn,
        spool=Spool(settings.home / SPOOL),
        best_effort=best_effort,
        record_plain_values=settings.ledger_records is Records.ALL,
    )
    claims = HeldClaims(ledger.claims if ledger else None, recorder, host)
    runtime = Runtime(host=host, clock=time.time, recorder=recorder, claims=claims, clock_skew=settings.clock_skew)
    return Exchange(runtime, router, build_policy(settings, host), settings.mode)


def build_ledger(settings: Settings, host: Host) -> LazyLedger:
    """Assemble the ledger for commands that read or verify it. Raises ``ConfigurationError``, also if it is off."""
    if settings.ledger_mode is LedgerMode.OFF:
        raise ConfigurationError("ledger_mode: is off, so there is no ledger to ask")
    return LazyLedger(settings.ledger, Router(settings, host), time.time)


def build_policy(settings: Settings, host: Host) -> Policy:
    """Assemble the classifier's policy."""
    return Policy(
        rule_of_name=name_rule(host.hides_name, settings.sensitive_keys, settings.ignored_keys),
        holds_registered_secret=host.holds_registered_secret,
        everything=settings.seal is Seal.ALL,
    )
