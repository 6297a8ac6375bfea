"""``Summary``: how many objects and bytes there are of each verdict."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from secure_xcom.ops.lifecycle.reap.verdict import Judged, Kept, Reason


class Tally(msgspec.Struct):
    """Objects, and their bytes where the store tells them."""

    objects: int = 0
    bytes: int = 0


class Summary(msgspec.Struct, kw_only=True):
    """The verdicts of one store.

    ``named`` objects have a name of ours. ``orphaned`` ones look so by their names, rows and claims, before any was
    read: what is read may turn out to be young, or none of ours.
    """

    tallies: dict[str, Tally] = {}
    named: int = 0
    orphaned: int = 0

    def add_judged(self, judged: Iterable[Judged]) -> None:
        """Count objects by what their names, rows and claims say."""
        for one in judged:
            self.named += one.place is not None
            self.orphaned += one.goes and one.place is not None

    def add(self, judged: Iterable[Judged]) -> None:
        """Count objects."""
        for one in judged:
            tally = self.tallies.setdefault(one.verdict.name, Tally())
            tally.objects += 1
            tally.bytes += one.size

    def merge(self, other: Summary) -> None:
        """Count what another one has."""
        self.named += other.named
        self.orphaned += other.orphaned
        for name, tally in other.tallies.items():
            mine = self.tallies.setdefault(name, Tally())
            mine.objects += tally.objects
            mine.bytes += tally.bytes

    def of(self, verdict: Reason | Kept) -> Tally:
        """Return what has a verdict."""
        return self.tallies.get(verdict.name, Tally())

    @property
    def going(self) -> Tally:
        """What is to be deleted, or was."""
        found = [self.of(reason) for reason in Reason]
        return Tally(sum(one.objects for one in found), sum(one.bytes for one in found))


def total_of(summaries: Iterable[Summary]) -> Summary:
    """Return the sums of several stores."""
    total = Summary()
    for summary in summaries:
        total.merge(summary)
    return total
