"""``Past``: what the ledger tells of the objects that were sealed at one place.

Its parts are sets, so the order in which entries came is of no account: clocks differ, and an entry of a worker's
spool comes late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import IN_PLACE_OF_SEALED, MIGRATED, Event

_ENDINGS: Final = (Outcome.DONE.value, Outcome.FAILED.value)
"""Of a purge: the row goes, also when the object could not be deleted."""


class Line(NamedTuple):
    """What an entry about an object says, as the database writes it."""

    event: str
    outcome: str
    detail: str
    object_id: str
    map_index: int


@dataclass(frozen=True, slots=True)
class Past:
    """The objects that were sealed at a place, by id, each with its map index.

    ``replaced``: a plain value was pushed in their place. ``ended``: their row was deleted or replaced.
    """

    sealed: Mapping[str, int] = field(default_factory=dict)
    replaced: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Past:
        """Gather what entries say."""
        sealed: dict[str, int] = {}
        replaced: set[str] = set()
        ended: set[str] = set()
        for line in lines:
            if not isinstance(line.object_id, str) or not isinstance(line.map_index, int):
                # SQLite keeps anything in any column. ``audit verify`` names such a row.
                continue
            match line.event, line.outcome:
                case Event.WRITE.value, Outcome.DONE.value if line.detail == IN_PLACE_OF_SEALED:
                    replaced.add(line.object_id)
                case Event.WRITE.value, Outcome.DONE.value:
                    sealed[line.object_id] = line.map_index
                    if line.detail == MIGRATED:
                        # Its row was plain before, and still is if the migration was ended before it wrote the row.
                        replaced.add(line.object_id)
                case Event.PURGE.value, outcome if outcome in _ENDINGS:
                    ended.add(line.object_id)
        return cls(sealed, frozenset(replaced), frozenset(ended))

    @property
    def standing(self) -> dict[str, int]:
        """The objects whose row may still be there."""
        return {name: index for name, index in self.sealed.items() if name not in self.ended}

    @property
    def unreplaced(self) -> dict[str, int]:
        """The objects in whose place no plain value of this backend can be."""
        return {name: index for name, index in self.standing.items() if name not in self.replaced}
