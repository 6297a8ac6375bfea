"""Settings to ``Exchange``, ledger and policy."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Final

from secure_xcom.assembly.policy import build_policy
from secure_xcom.errors import ConfigurationError
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.ports.deferred import deferred
from secure_xcom.settings.settings import LedgerMode, Records, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from secure_xcom.exchange.held_claims import HeldClaims
    from secure_xcom.exchange.history import History
    from secure_xcom.exchange.recorder import Recorder
    from secure_xcom.ledger.lazy import LazyLedger
    from secure_xcom.ledger.spool import Spool
    from secure_xcom.ports.host import Host
    from secure_xcom.ports.routes import Routes

BEST_EFFORT_SECONDS: Final = 5.0
"""How long a push or pull waits for a ledger that it can do without."""


def build(settings: Settings, host: Host) -> Exchange:
    """Assemble an ``Exchange``. Ledger, claims and routes are made when a value first needs them.

    Then, and not before, a mistake in the settings of a store or key is raised as a ``ConfigurationError``.
    """
    return Exchange(
        build_runtime(settings, host), build_policy(settings, host), settings.mode, settings.large_threshold
    )


def build_runtime(settings: Settings, host: Host) -> Runtime:
    """Assemble what a push, a pull and a reveal share; raises and makes as little as ``build`` does."""
    routes: Routes = deferred(lambda: _router(settings, host))
    seconds = BEST_EFFORT_SECONDS if settings.ledger_mode is LedgerMode.BEST_EFFORT else settings.retry_deadline
    ledger = deferred(lambda: _ledger(settings, routes, min(seconds, settings.retry_deadline)))
    recorder = deferred(lambda: build_recorder(settings, host, ledger))
    return Runtime(
        host=host,
        clock=time.time,
        routes=routes,
        recorder=recorder,
        claims=deferred(lambda: _claims(settings, host, ledger, recorder)),
        clock_skew=settings.clock_skew,
        record_plain_values=settings.ledger_records is Records.ALL,
        history=_history(settings, host, recorder),
    )


def _router(settings: Settings, host: Host) -> Routes:
    from secure_xcom.assembly.router import Router

    return Router(settings, host.connections)


def _ledger(settings: Settings, routes: Routes, deadline_seconds: float) -> LazyLedger:
    from secure_xcom.ledger.lazy import LazyLedger

    return LazyLedger(settings.ledger, routes, time.time, deadline_seconds)


def build_recorder(settings: Settings, host: Host, ledger: LazyLedger) -> Recorder:
    """Assemble what writes to a ledger, or to the disk where the settings let it wait."""
    from secure_xcom.exchange.recorder import Recorder

    return Recorder(
        ledger=None if settings.ledger_mode is LedgerMode.OFF else ledger,
        clock=time.time,
        host=socket.gethostname(),
        warn=host.warn,
        spool=deferred(lambda: _spool(settings)),
        best_effort=settings.ledger_mode is LedgerMode.BEST_EFFORT,
    )


def _history(settings: Settings, host: Host, recorder: Recorder) -> Callable[[], History | None]:
    """Return what hands out the history of places, unless the ledger is still to be made.

    A deployment that never seals has no ledger's file, so its plain values load no module of the ledger.
    """
    file, is_off = settings.ledger_file, settings.ledger_mode is LedgerMode.OFF
    made = deferred(lambda: _made_history(settings, host, recorder))
    return lambda: None if is_off or (file is not None and not file.exists()) else made


def preload() -> None:
    """Load what asks the ledger about a place, so that no task that this process forks has to for a plain value."""
    from secure_xcom.exchange import history, recorder  # noqa: F401
    from secure_xcom.ledger import lazy, places  # noqa: F401


def _made_history(settings: Settings, host: Host, recorder: Recorder) -> History:
    from secure_xcom.exchange.history import History

    return History(recorder, host, settings.plain_in_place_of_sealed)


def _spool(settings: Settings) -> Spool:
    from secure_xcom.ledger.spool import SPOOL, Spool

    return Spool(settings.home / SPOOL)


def _claims(settings: Settings, host: Host, ledger: LazyLedger, recorder: Recorder) -> HeldClaims:
    from secure_xcom.exchange.held_claims import HeldClaims

    return HeldClaims(None if settings.ledger_mode is LedgerMode.OFF else ledger.claims, recorder, host)


def build_ledger(settings: Settings, host: Host) -> LazyLedger:
    """Assemble the ledger for commands that read or verify it. Raises ``ConfigurationError``, also if it is off."""
    if settings.ledger_mode is LedgerMode.OFF:
        raise ConfigurationError("ledger_mode: is off, so there is no ledger to ask")
    return _ledger(settings, _router(settings, host), settings.retry_deadline)
