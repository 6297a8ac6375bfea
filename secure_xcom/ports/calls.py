"""Deadlines and retries: shared by every adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from secure_xcom.errors import Diagnosis, SecureXComError, translated

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

DEADLINE_SECONDS: Final = 30.0
"""Total time for one operation with its retries: well below Airflow's 300 s task heartbeat time-out."""

CONCURRENT_PULLS: Final = 32
"""Objects fetched at a time when values are pulled together; network adapters size their connection pools to it."""

CONNECT_TIMEOUT_SECONDS: Final = 5.0

READ_TIMEOUT_SECONDS: Final = 20.0
"""Socket limits that every network adapter passes to its client."""


def diagnosed(diagnose: Callable[[Exception], Diagnosis], error: Exception, scheme: str) -> Diagnosis:
    """Return what an adapter says of ``error``; one that fails at that must not bring its words to light."""
    try:
        return diagnose(error)
    except Exception:
        return Diagnosis.unknown(f"{scheme}://", error)


def retried(
    call: Callable[[], R],
    into: Callable[[Exception], SecureXComError],
    retriable: type[SecureXComError],
    deadline_seconds: float,
) -> R:
    """Run ``call``, whose SDK's exceptions ``into`` translates, and return its result.

    Run it again on ``retriable`` errors, with jittered exponential back-off, until the deadline; then raise the last
    one as it is. Refusals are other types, and are never tried again.
    """
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay
    from tenacity import wait_random_exponential as back_off

    retrying = Retrying(
        retry=retry_if_exception_type(retriable),
        wait=back_off(multiplier=0.2, max=5.0),
        stop=stop_after_attempt(6) | stop_before_delay(deadline_seconds),
        reraise=True,
    )
    return retrying(translated(Exception, into=into)(call))
