"""``Run``: a whole move: what is listed, the threads, and the sums."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final

from secure_xcom.errors import ConfigurationError, ObjectTooLarge, SecureXComError
from secure_xcom.ops.lifecycle.move.mover import Leg, Mover
from secure_xcom.ops.lifecycle.move.outcome import Failure, Moved, Outcome, Summary
from secure_xcom.ops.lifecycle.move.places import Placed, Places, Scope
from secure_xcom.ports.listing import Listed

THREADS: Final = 8

LARGE: Final = 4 << 20
"""Bytes of an object from which on they are moved one at a time, so that memory holds few of them."""

Done = Moved | Failure

_STAY: Final = (Outcome.LISTED, Outcome.COPIED, Outcome.THERE, Outcome.CHAIN_KEY)
"""What is in its previous store still."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is shown while a run goes on; nothing, unless it is given."""

    began: Callable[[int | None], None] = lambda _: None
    advanced: Callable[[int], None] = lambda _: None
    ended: Callable[[], None] = lambda: None
    counts: bool = False
    """Whether the objects are to be counted first, which lists each store twice."""


@dataclass(slots=True, kw_only=True)
class Run:
    """Moves all that the previous stores list. ``dry_run`` reads no object and changes nothing."""

    places: Places
    mover: Mover
    dry_run: bool
    progress: Progress = field(default_factory=Progress)
    _large: threading.Lock = field(default_factory=threading.Lock)
    _waiting: set[str] = field(default_factory=set)
    """The previous stores that are the current store, and that have a large value still."""

    def run(self, summary: Summary) -> None:
        """Add to ``summary`` what becomes of each object.

        Raises ``ConfigurationError``, and the ``SecureXComError`` of a store that cannot be listed.
        """
        scopes = self.places.scopes()
        summary.in_place |= {str(scope.previous) for scope in scopes if self.places.is_in_place(scope)}
        total = sum(1 for scope in scopes for _ in self.places.listed(scope)) if self.progress.counts else None
        self.progress.began(total)
        try:
            with ThreadPoolExecutor(THREADS, "secure-xcom-move") as pool:
                for done in _windowed(pool, self._jobs(scopes)):
                    self._count(summary, done)
        finally:
            self.progress.ended()
        if self.places.dags:
            # What other Dags have there was not looked at.
            return
        for scope in scopes:
            name = str(scope.previous)
            is_left = name in self._waiting if name in summary.in_place else self.places.is_left(scope)
            summary.left[name] = summary.left.get(name, False) or is_left

    def _jobs(self, scopes: list[Scope]) -> Iterator[Callable[[], Done]]:
        for scope in scopes:
            for listed in self.places.listed(scope):
                yield self._job(scope, listed)

    def _job(self, scope: Scope, listed: Listed) -> Callable[[], Done]:
        placed = Placed.of(listed.name)
        foreign = Moved(Outcome.FOREIGN, listed.size)
        if placed is None:
            return lambda: foreign
        try:
            leg = self.places.leg_of(scope, placed)
            if leg is None:
                return lambda: foreign
            if not self.dry_run:
                self.places.require_apart(scope, placed, leg)
        except ConfigurationError:
            raise
        except SecureXComError as error:
            failure = _failure(listed, error)
            return lambda: failure
        return lambda: self._noted(scope, self._moved(listed, placed, leg))

    def _noted(self, scope: Scope, done: Done) -> Done:
        if isinstance(done, Failure) or done.outcome in _STAY:
            self._waiting.add(str(scope.previous))
        return done

    def _moved(self, listed: Listed, placed: Placed, leg: Leg) -> Done:
        try:
            limit = max(target.store.max_object_bytes for target in {leg.target, leg.target.for_large})
            if listed.size > limit:
                raise ObjectTooLarge(f"the object has {listed.size} bytes, and the target takes at most {limit}")
            if not self.mover.may_go(listed.size, leg):
                return Moved(Outcome.STAYS, listed.size)
            if self.dry_run:
                return Moved(Outcome.LISTED, listed.size)
            with self._large if listed.size > LARGE else nullcontext():
                return self.mover.move(placed.name, leg)
        except SecureXComError as error:
            return _failure(listed, error)

    def _count(self, summary: Summary, done: Done) -> None:
        if isinstance(done, Failure):
            summary.fail(done)
        else:
            summary.add(done)
        self.progress.advanced(1)


def _windowed(pool: ThreadPoolExecutor, jobs: Iterator[Callable[[], Done]]) -> Iterator[Done]:
    """Run jobs in a pool and give what they return in their order; few of them wait at a time."""
    waiting: deque[Future[Done]] = deque()
    try:
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) > 2 * THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _failure(listed: Listed, error: SecureXComError) -> Failure:
    return Failure(listed.name, type(error).__name__, error.message)
