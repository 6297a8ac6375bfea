"""Settings to ``Migration``, whose entries for the ledger wait until their page is through."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secure_xcom.assembly.build import build_recorder
from secure_xcom.assembly.policy import build_policy
from secure_xcom.assembly.router import Router
from secure_xcom.exchange.held_claims import HeldClaims
from secure_xcom.exchange.migration import Migration
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.settings.settings import LedgerMode

if TYPE_CHECKING:
    from secure_xcom.classify import Policy
    from secure_xcom.ports.host import Host
    from secure_xcom.ports.ledger import Ledger
    from secure_xcom.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A migration, the rules that it goes by, and what writes to the ledger what it has recorded."""

    migration: Migration
    policy: Policy
    recorder: Recorder
    ended: Callable[[str, Sequence[str]], frozenset[str]]
    """Which of a Dag's objects were purged or consumed, as the ledger says; none of them without a ledger."""


def build_migration(settings: Settings, host: Host, waiting: Ledger, operator: str) -> Assembled:
    """Assemble a migration that records to ``waiting``, and that ``operator`` asks for.

    Raises ``ConfigurationError`` for what no route could do without, and as ``build_policy`` does.
    """
    router = Router(settings, host.connections)
    router.check()
    policy = build_policy(settings, host)
    ledger = LazyLedger(settings.ledger, router, time.time, settings.retry_deadline)
    own = Recorder(
        ledger=None if settings.ledger_mode is LedgerMode.OFF else waiting,
        clock=time.time,
        host=socket.gethostname(),
        warn=host.warn,
    )
    runtime = Runtime(
        host=host,
        clock=time.time,
        routes=router,
        recorder=own,
        claims=HeldClaims(None, own, host),
        clock_skew=settings.clock_skew,
    )
    return Assembled(
        migration=Migration(runtime, policy, settings.large_threshold, operator),
        policy=policy,
        recorder=build_recorder(settings, host, ledger),
        ended=(lambda *_: frozenset()) if settings.ledger_mode is LedgerMode.OFF else ledger.ended,
    )
