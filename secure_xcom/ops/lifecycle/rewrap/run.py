"""``Run``: all objects of a deployment's stores, and the ledger's chain keys, one after the other.

Memory is bounded: names come page by page, a few objects are at work at a time, and of large ones a single one. A run
that was interrupted leaves each object whole, under the old key or the new; the next run passes over the latter.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from secure_xcom.assembly.estate import DomainKeys, Estate, Place
from secure_xcom.ledger.rewrapping import rewrap_chain_keys
from secure_xcom.model.domain import Domain
from secure_xcom.ops.lifecycle.rewrap.former import FormerKey, former_keys
from secure_xcom.ops.lifecycle.rewrap.objects import Rewrap
from secure_xcom.ops.lifecycle.rewrap.outcome import Outcome, Summary
from secure_xcom.seal.rewrapping import Rewrapping

if TYPE_CHECKING:
    from secure_xcom.ledger.lazy import LazyLedger

PARALLEL: Final = 8
"""Objects at work at a time, by default: two requests each, to a server that is some milliseconds away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewrapOptions:
    """What the operator asks for. ``every`` wraps anew what is under the key of now, too."""

    dry_run: bool = False
    every: bool = False
    parallel: int = PARALLEL
    most: int | None = None
    """Look at so many objects of each store, for a sample."""


class Run:
    """Rewraps what ``places`` hold. ``summary`` says at any time what was done so far."""

    def __init__(self, estate: Estate, asked: RewrapOptions) -> None:
        self._estate = estate
        self._asked = asked
        self._rewrappings: dict[Domain, Rewrapping | None] = {}
        self._earlier: dict[Domain, Sequence[str]] = {}
        self._making = threading.Lock()
        self._rewrap = Rewrap(self.rewrapping_of, dry_run=asked.dry_run)
        self.summary = Summary()

    def rewrapping_of(self, domain: Domain) -> Rewrapping | None:
        """Return what moves a domain's objects, made once. Raises ``ConfigurationError``."""
        # All threads ask at once for the first objects of a domain, and share the data keys of the one that is made.
        with self._making:
            if domain not in self._rewrappings:
                keys = self._estate.keys(domain)
                # Before the first object: what is rotated meanwhile was the key that this run moved objects to.
                self._earlier[domain] = keys.earlier()
                self._rewrappings[domain] = _rewrapping(domain, keys, every=self._asked.every)
            return self._rewrappings[domain]

    @property
    def seen(self) -> int:
        """How many data keys were in this process's memory, since no service could move them."""
        return sum(one.seen for one in self._rewrappings.values() if one is not None)

    def former(self, domains: Sequence[Domain] = ()) -> list[FormerKey]:
        """Return the former keys of ``domains`` and of those that were looked at. Raises a ``KeyProviderError``."""
        for domain in domains:
            self.rewrapping_of(domain)
        known = [(self._estate.keys(domain), earlier) for domain, earlier in self._earlier.items()]
        return former_keys(known, self.summary)

    def objects(self, places: Iterable[Place], after: str = "") -> Iterator[tuple[Place, Outcome]]:
        """Move the objects, in the order of the listings; the first place begins behind the name ``after``.

        Raises what makes going on useless, and leaves nothing half done.
        """
        for place in places:
            for outcome in self._outcomes(place, after):
                self.summary.add(outcome)
                yield place, outcome
            after = ""

    def chain_keys(self, ledger: LazyLedger, only: Sequence[Domain] = ()) -> None:
        """Move the chain keys of all domains, or of some. Raises a ``LedgerError``."""
        for outcome in rewrap_chain_keys(ledger, self._rewrap.chain_key, only):
            self.summary.add_chain_key(outcome)

    def _outcomes(self, place: Place, after: str) -> Iterator[Outcome]:
        pool = ThreadPoolExecutor(self._asked.parallel, "secure-xcom-rewrap")
        pending: deque[Future[Outcome]] = deque()
        try:
            for number, listed in enumerate(place.store.listing(place.folder, after)):
                if number == self._asked.most:
                    break
                pending.append(pool.submit(self._rewrap.object, place.store, listed.name))
                if len(pending) > 2 * self._asked.parallel:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _rewrapping(domain: Domain, keys: DomainKeys, *, every: bool) -> Rewrapping | None:
    return None if keys.provider is None else Rewrapping(domain, keys.provider, keys.previous, every=every)
