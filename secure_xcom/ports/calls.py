"""Deadlines and retries: shared by every adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from secure_xcom.errors import Diagnosis, SecureXComError, translated

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

DEADLINE_SECONDS: Final = 30.0
"""How long one operation is tried again, unless ``[secure_xcom] retry_deadline`` says otherwise.

Long enough for a Vault that elects a leader, and well below Airflow's 300 s task heartbeat time-out.
"""

_FIRST_WAIT_SECONDS: Final = 0.2

_LONGEST_WAIT_SECONDS: Final = 5.0
"""Bounds of the back-off: the second wait may be twice as long as the first one, and so on up to the longest."""

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

    Run it again on ``retriable`` errors, with jittered exponential back-off. The last attempt begins at the deadline,
    and its error is raised as it is. Refusals are other types, and are never tried again.

    ``call`` may have taken effect although its answer was lost, so a second one must do no harm: object names are never
    reused, and a transaction that was lost is a transaction that did not happen.
    """
    from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay
    from tenacity import wait_random_exponential as back_off

    jittered = back_off(multiplier=_FIRST_WAIT_SECONDS, max=_LONGEST_WAIT_SECONDS)

    def wait(state: RetryCallState) -> float:
        # A wait beyond the deadline would give up while there is time for one more attempt.
        left = deadline_seconds - (state.seconds_since_start or 0.0)
        return min(jittered(state), max(left, 0.0))

    retrying = Retrying(
        retry=retry_if_exception_type(retriable), wait=wait, stop=stop_after_delay(deadline_seconds), reraise=True
    )
    return retrying(translated(Exception, into=into)(call))
