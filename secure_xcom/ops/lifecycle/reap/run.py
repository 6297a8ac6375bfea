"""``Reaping``: goes through the stores batch by batch: judge, read, judge again, record, delete.

The steps of a batch, numbered in the code:

1. judge:  by names, rows and claims, what is live and what is an orphan
2. read:   the beginning of each orphan, which tells its age and that it is one of ours; of live ones their lifetime
3. again:  look at the rows and claims once more, at the last moment
4. record: each deletion in the ledger
5. delete

Before anything is deleted, a survey counts the orphans by the first step. If too large a share of a store looks
orphaned, the prefix or the database is probably a wrong one, and nothing is deleted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice, zip_longest
from typing import Final

from secure_xcom.errors import StoreError
from secure_xcom.ops.lifecycle.reap.checkpoint import Checkpoint, Reached
from secure_xcom.ops.lifecycle.reap.judge import Judge, Limits
from secure_xcom.ops.lifecycle.reap.reading import CONCURRENT, Reading
from secure_xcom.ops.lifecycle.reap.removal import Recorded, Removal
from secure_xcom.ops.lifecycle.reap.summary import Summary
from secure_xcom.ops.lifecycle.reap.verdict import Judged
from secure_xcom.ports.listing import Listed
from secure_xcom.ports.store import Store

BATCH: Final = 500
"""Objects that are judged with one look at the database."""

SURVEY, DELETION = "survey", "deletion"

MOST_NAMED: Final = 100
"""Orphans that a report names; it counts all."""

_EVERY: Final = 5.0
"""Seconds between two checkpoints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store, its URI without parameters, and the folders to look into."""

    label: str
    store: Store
    folders: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Progress:
    """Shows how far a phase is; of a run that nobody watches, nothing."""

    began: Callable[[str, int | None], None] = lambda _phase, _total: None
    advanced: Callable[[int], None] = lambda _objects: None
    ended: Callable[[], None] = lambda: None


@dataclass(slots=True, kw_only=True)
class Reaping:
    """One run over all stores. ``lifetimes`` has it read live objects too, for those past their lifetime."""

    places: Sequence[Place]
    judge: Judge
    limits: Limits
    checkpoint: Checkpoint
    ledger: Recorded | None = None
    host: str = ""
    lifetimes: bool = True
    save: Callable[[Checkpoint], None] = lambda _: None
    progress: Progress = field(default_factory=Progress)
    batch: int = BATCH
    every: float = _EVERY
    problems: dict[str, str] = field(default_factory=dict)
    """Stores that could not be listed to their end, each with the error."""
    _named: dict[str, list[Judged]] = field(default_factory=dict)
    """The first orphans that this run deletes, or would, with the coordinates in their headers."""

    def survey(self) -> Mapping[str, Summary]:
        """Count what is there by names, rows and claims. Raises ``ConfigurationError`` and a ``LedgerError``.

        It begins anew in each run: since an interrupted one, the database or the store may have become another.
        """
        return self._through(SURVEY, None, lambda _place, _pool: lambda judged: judged, Checkpoint(asked=""))

    def preview(self) -> Mapping[str, Summary]:
        """Count what would be deleted. Raises like ``survey``."""
        return self._through("preview", None, lambda place, pool: self._read(place, pool), self.checkpoint)

    def delete(self, total: int | None = None) -> Mapping[str, Summary]:
        """Delete what is to be deleted, and count it. Raises like ``survey``; what was deleted until then is gone."""
        return self._through(DELETION, total, lambda place, pool: self._deleted(place, pool), self.checkpoint)

    def _read(self, place: Place, pool: ThreadPoolExecutor) -> Callable[[list[Judged]], list[Judged]]:
        reading = Reading(place.store, self.limits, pool)
        return lambda judged: reading.read(judged, live=self.lifetimes)  # 2. read

    def _deleted(self, place: Place, pool: ThreadPoolExecutor) -> Callable[[list[Judged]], list[Judged]]:
        read = self._read(place, pool)
        removal = Removal(place.store, self.ledger, self.limits.clock, self.host, pool)

        def deal(judged: list[Judged]) -> list[Judged]:
            found = read(judged)
            again = iter(self.judge.still([one for one in found if one.goes]))  # 3. again
            return removal.remove([next(again) if one.goes else one for one in found])  # 4. record, 5. delete

        return deal

    def _through(
        self,
        phase: str,
        total: int | None,
        step: Callable[[Place, ThreadPoolExecutor], Callable[[list[Judged]], list[Judged]]],
        checkpoint: Checkpoint,
    ) -> Mapping[str, Summary]:
        found = {place.label: Summary() for place in self.places}
        saved = time.monotonic()
        self.progress.began(phase, total)
        try:
            with ThreadPoolExecutor(CONCURRENT, "secure-xcom-reap") as pool:
                for place in self.places:
                    deal = step(place, pool)
                    for folder in place.folders:
                        reached = checkpoint.of(phase, place.label, folder)
                        for batch in self._batches(place, folder, reached):
                            judged = self.judge.judged(batch)  # 1. judge
                            reached.summary.add_judged(judged)
                            dealt = deal(judged)
                            reached.summary.add(dealt)
                            self._name(place, dealt)
                            reached.after = batch[-1].name
                            self.progress.advanced(len(batch))
                            if time.monotonic() - saved >= self.every:
                                self.save(self.checkpoint)
                                saved = time.monotonic()
                        found[place.label].merge(reached.summary)
        except BaseException:
            self.save(self.checkpoint)
            raise
        finally:
            self.progress.ended()
        return found

    @property
    def named(self) -> list[Judged]:
        """The first of what is deleted, or would be, of each store in turn."""
        turns = chain.from_iterable(zip_longest(*self._named.values()))
        return list(islice(filter(None, turns), MOST_NAMED))

    def _name(self, place: Place, dealt: Sequence[Judged]) -> None:
        # A survey reads no header, and so names nothing.
        going = (one for one in dealt if one.goes and one.where is not None)
        mine = self._named.setdefault(place.label, [])
        mine += islice(going, MOST_NAMED - len(mine))

    def _batches(self, place: Place, folder: str, reached: Reached) -> Iterator[list[Listed]]:
        """Give what lies in a folder; a listing that breaks off is noted, and the other stores are looked at."""
        if reached.done:
            return
        try:
            listing = place.store.listing(folder, reached.after)
            while batch := list(islice(listing, self.batch)):
                yield batch
        except StoreError as error:
            self.problems[place.label] = f"{type(error).__name__}: {error.message}"
        else:
            reached.done = True
