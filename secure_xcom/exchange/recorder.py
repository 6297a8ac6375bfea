"""``Recorder``: writes entries for the exchange, and knows what happens when the ledger does not take them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import (
    ContractViolation,
    Expired,
    KeyProviderError,
    LedgerError,
    LedgerUnavailable,
    PayloadError,
    Refused,
    SecureXComError,
    StoreError,
    Tampered,
    translated,
)
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
    from secure_xcom.model.past import Past
    from secure_xcom.ports.ledger import Ledger, Spool

_STEPS: Final[tuple[tuple[type[SecureXComError], str], ...]] = (
    (Refused, "authorise"),
    (PayloadError, "encode"),
    (Tampered, "open"),
    (KeyProviderError, "key"),
    (StoreError, "store"),
    (LedgerError, "ledger"),
)
"""Which step of a push or pull each family of errors comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Records what was done, or that it was not. ``ledger`` ``None`` records nothing.

    An entry that cannot be written fails the task; with ``best_effort`` it waits in the ``spool``, and ``warn`` tells.
    What waits there is written before anything else, whatever the mode is by then.
    """

    ledger: Ledger | None
    clock: Callable[[], float]
    host: str
    warn: Callable[[str], None]
    spool: Spool | None = None
    best_effort: bool = False

    def entry(
        self,
        event: Event,
        where: Coordinates,
        actor: TaskInstance | None,
        *,
        object_id: str = "",
        detail: str = "",
    ) -> Entry:
        """Make an entry of this moment."""
        return Entry(
            at=int(self.clock() * 1000),
            event=event,
            outcome=Outcome.DONE,
            where=where,
            actor=actor,
            host=self.host,
            object_id=object_id,
            detail=detail,
        )

    def record(self, *entries: Entry, required: bool = False) -> None:
        """Write entries. Raises what the ledger raises; with best effort, unless they are ``required``, only what the
        disk does."""
        if self.ledger is None or not entries:
            return
        try:
            self._work_off(self.ledger)
            self.ledger.append(entries)
        except SecureXComError as error:
            if self.spool is None or required or not self.best_effort:
                raise
            problem = f"{type(error).__name__}: {error.message}"
        else:
            return
        self._keep(self.spool, entries, self.ledger.prove(entries), problem)

    def has_claimed(self, where: Coordinates, holder: TaskInstance, object_id: str) -> bool:
        """Whether the ledger has the signed entry of a claim that ``holder`` still has. Raises what the ledger
        raises."""
        claim = self.entry(Event.CLAIM, where, holder, object_id=object_id)
        return self.ledger is not None and self.ledger.has_claimed(claim)

    def past(self, query: XComQuery) -> Past | None:
        """Return what the ledger knows of a place, with what waits on this worker's disk; ``None`` without a ledger.

        Raises what the ledger raises; with best effort it warns instead, and returns ``None``.
        """
        if self.ledger is None:
            return None
        try:
            if self.best_effort:
                self._work_off(self.ledger)
            return self.ledger.past(query)
        except SecureXComError as error:
            if not self.best_effort:
                raise
            self.warn(f"secure-xcom: the ledger does not say what was sealed before: {error.on_one_line}")
        return None

    def record_failure(
        self,
        event: Event,
        where: Coordinates,
        actor: TaskInstance | None,
        error: SecureXComError,
        object_id: str = "",
    ) -> None:
        """Record what did not happen, on the way to its error, which no error of the ledger may hide."""
        detail = error.message if isinstance(error, ContractViolation) else ""
        with suppress(SecureXComError):
            self.record(failed(self.entry(event, where, actor, object_id=object_id, detail=detail), error))

    def _work_off(self, ledger: Ledger) -> None:
        if self.spool is not None:
            self.spool.replay(ledger.append_kept, self.warn)

    def _keep(self, spool: Spool, entries: Sequence[Entry], proofs: Sequence[str], problem: str) -> None:
        def neither(error: OSError) -> Exception:
            return LedgerUnavailable(f"neither the ledger nor the disk takes its entries: {problem}; {error.strerror}")

        with translated(OSError, into=neither):
            spool.keep(entries, proofs)
        self.warn(f"secure-xcom: the ledger waits on this worker's disk: {problem}")


def failed(entry: Entry, error: SecureXComError) -> Entry:
    """Return the entry of what did not happen, with the step that failed and the error's class."""
    step = next((step for kind, step in _STEPS if isinstance(error, kind)), "other")
    return replace(entry, outcome=_outcome(error), step=step, error=type(error).__name__)


def _outcome(error: SecureXComError) -> Outcome:
    match error:
        case Expired():
            return Outcome.EXPIRED
        case Refused():
            return Outcome.REFUSED
    return Outcome.FAILED
