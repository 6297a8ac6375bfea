"""``Runtime``: what a push and a pull share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from secure_xcom.exchange.claims import HeldClaims
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.ports.host import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The process's collaborators. ``clock`` returns Unix seconds.

    ``clock_skew`` is how many seconds a value still opens after its lifetime, since no two clocks agree.
    """

    host: Host
    clock: Callable[[], float]
    recorder: Recorder
    claims: HeldClaims
    clock_skew: int = 60
