"""``Mover``: takes one object to another store, beside tasks that read and purge it, and beside other movers.

The steps, numbered in the code:

1. read:     the object, whole; its header must give its name. A value of some size is opened: if it was sealed for its
             size alone, it goes to the ``large_store``
2. copy:     under the same name, unless an equal object is there; nothing is overwritten
3. compare:  what the target gives back with what was put
4. ask:      the previous store, whether it has the object still
5. delete:   there, if that is wanted

Three rules hold between any two steps of anybody. ``Route.find``, ``Route.delete`` and ``exchange.deletion`` keep
their part of them, and ``tests/unit/ops/lifecycle/test_move_interleavings.py`` tries every order.

- *Nothing is lost.* One of the stores has the value until it is deleted: the fifth step comes after the third, and a
  copy is taken back only if the ledger says that the value was deleted. That the object went from the previous store
  proves nothing, since another mover may have moved it.
- *A reader finds it*: it asks the stores of now, the previous ones, and the stores of now once more.
- *Nothing comes back.* A worker that deletes a value does so in the previous stores, then in those of now; records
  it; and deletes it in those of now once more. If the fourth step finds the object, both deletions of the copy are
  still to come. If it does not, either the entry is there, and the copy is taken back, or the last deletion is still
  to come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from secure_xcom.errors import ObjectNotFound, StoreError, Tampered, WrongCoordinates
from secure_xcom.model.object_name import object_name
from secure_xcom.model.seal import SealContext
from secure_xcom.ops.lifecycle.move.outcome import Moved, Outcome
from secure_xcom.ops.lifecycle.move.same import is_rewrapped
from secure_xcom.payload.size_alone import is_for_size_alone
from secure_xcom.ports.routes import Route
from secure_xcom.ports.sealer import Unopened
from secure_xcom.ports.store import Head

_SMALL: Final = 4096
"""Bytes of an object that is not worth its place in the store of large values."""

IsChainKey = Callable[[SealContext], bool]
WasDeleted = Callable[[SealContext], bool]


def opened_above(large_threshold: int) -> int:
    """Return the bytes of an object from which on it is opened, to know whether it is a large value; -1: none is.

    A large value may have been compressed to less than the threshold.
    """
    return min(large_threshold, _SMALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """From where to where the objects of a domain go."""

    source: Route
    target: Route
    in_place: bool = False
    """Whether the source is the target itself: then only what belongs into the target's large store goes there."""

    @property
    def targets(self) -> tuple[Route, ...]:
        """The routes on which something may be copied."""
        large = (self.target.large,) if self.target.large else ()
        return large if self.in_place else (self.target, *large)

    @property
    def reseals(self) -> bool:
        """Whether what lies in the source would not be encrypted elsewhere."""
        return not self.source.sealer.encrypts and self.target.sealer.encrypts


@dataclass(frozen=True, slots=True)
class _Found:
    """What the first step has read."""

    name: str
    blob: bytes
    unopened: Unopened
    leg: Leg

    @property
    def context(self) -> SealContext:
        return self.unopened.context

    def plaintext(self) -> bytes:
        return bytes(self.leg.source.sealer.unlock(self.unopened).open(self.blob))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """Safe to use from several threads. ``was_deleted`` asks the ledger for an entry of the value's deletion.

    ``deletes`` says that the previous store is to lose what was copied. ``clock_skew`` is in seconds. An object of more
    bytes than ``large_above`` may belong into the target's store of large values; none does if that is negative.
    """

    was_deleted: WasDeleted
    is_chain_key: IsChainKey
    clock: Callable[[], float]
    clock_skew: int
    deletes: bool
    large_above: int = -1

    def move(self, name: str, leg: Leg) -> Moved:
        """Take the object ``name``, without its folder, along. Raises a ``SecureXComError``, and then has lost nothing.

        A ``StoreError`` says that the target has another object of that name, which stays.
        """
        found = _read(name, leg)  # 1. read
        return Moved(Outcome.GONE, 0) if found is None else Moved(self._taken(self._directed(found)), len(found.blob))

    def may_go(self, size: int, leg: Leg) -> bool:
        """Whether an object of so many bytes may have to go; -1 is for a size that the store does not list."""
        return not leg.in_place or (self.large_above >= 0 and not 0 <= size <= self.large_above)

    def _directed(self, found: _Found) -> _Found:
        large = found.leg.target.large
        if large is None or not 0 <= self.large_above < len(found.blob) or not is_for_size_alone(found.plaintext()):
            return found
        return replace(found, leg=replace(found.leg, target=large, in_place=False))

    def _taken(self, found: _Found) -> Outcome:
        leg = found.leg
        if leg.in_place:
            return Outcome.STAYS
        if leg.reseals and self.is_chain_key(found.context):
            return Outcome.CHAIN_KEY
        if found.context.expires and self.clock() > self._dropped_at(found.context):
            return self._expired(found)
        was_there = self._copy(found)  # 2. copy, 3. compare
        if not _is_there(found):  # 4. ask
            return self._settle(found)
        if not self.deletes:
            return Outcome.THERE if was_there else Outcome.COPIED
        leg.source.store.delete(leg.source.folder + found.name)  # 5. delete
        return Outcome.MOVED

    def _copy(self, found: _Found) -> bool:
        """Put the copy unless it is there, and return whether it was. Raises unless both are the same object."""
        there = _copy_of(found)
        if there is not None:
            _require_same(found, there)
            return True
        leg, context = found.leg, found.context
        copy = leg.target.sealer.seal(found.plaintext(), context) if leg.reseals else found.blob
        leg.target.store.put(leg.target.folder + found.name, copy, self._dropped_at(context))
        there = _copy_of(found)
        # It may be gone again: who purges the value deletes the copy too. The next step finds that out.
        if there != copy and (there is not None or _is_there(found)):
            _require_same(found, there or b"")
        return False

    def _settle(self, found: _Found) -> Outcome:
        if not self.was_deleted(found.context):
            return Outcome.UNSURE
        found.leg.target.store.delete(found.leg.target.folder + found.name)
        return Outcome.GONE

    def _expired(self, found: _Found) -> Outcome:
        if self.deletes:
            found.leg.source.store.delete(found.leg.source.folder + found.name)
        return Outcome.EXPIRED

    def _dropped_at(self, context: SealContext) -> int:
        return context.expires and context.expires + self.clock_skew


def _read(name: str, leg: Leg) -> _Found | None:
    try:
        blob = leg.source.store.get(leg.source.folder + name)
    except ObjectNotFound:
        return None
    unopened = leg.source.sealer.read(Head.of(blob))
    if object_name(unopened.context.coordinates, unopened.context.object_id) != name:
        raise WrongCoordinates("the sealed object was moved: it lies under another name than its own")
    return _Found(name, blob, unopened, leg)


def _is_there(found: _Found) -> bool:
    try:
        found.leg.source.store.head(found.leg.source.folder + found.name)
    except ObjectNotFound:
        return False
    return True


def _copy_of(found: _Found) -> bytes | None:
    target = found.leg.target
    try:
        return target.store.get(target.folder + found.name)
    except ObjectNotFound:
        return None


def _require_same(found: _Found, there: bytes) -> None:
    if not _is_same(found, there):
        raise StoreError("the target has another object of this name, and none is ever overwritten")


def _is_same(found: _Found, there: bytes) -> bool:
    if there == found.blob:
        return True
    sealer = found.leg.target.sealer
    try:
        copy = sealer.read(Head.of(there))
    except Tampered:
        return False
    if copy.context != found.context:
        return False
    if found.leg.reseals:
        return sealer.unlock(copy).open(there) == found.plaintext()
    if not found.leg.source.sealer.encrypts or not is_rewrapped(found.blob, there):
        return False
    # A damaged wrapped key looks like one that was wrapped anew: only its key tells that the copy opens.
    sealer.unlock(copy)
    return True
