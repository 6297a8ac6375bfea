"""What becomes of an object, and the sums of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

MOST_FAILURES: Final = 1000
"""Failures that are kept one by one; of more only the number is known, so that no memory grows with the store."""


@unique
class Outcome(Enum):
    """What became of an object of a previous store."""

    LISTED = "listed"
    """It would be copied; only a dry run says so."""
    COPIED = "copied"
    """It is in both stores now."""
    THERE = "there"
    """It was in both stores already."""
    MOVED = "moved"
    """It was deleted in the previous store after its copy was compared."""
    GONE = "gone"
    """It was deleted meanwhile, or another run has moved it. No copy is left that this run has made."""
    UNSURE = "unsure"
    """It went from the previous store meanwhile, and the ledger has no entry of that: the copy stays."""
    EXPIRED = "expired"
    """Its lifetime has ended, so it is not copied."""
    CHAIN_KEY = "chain_key"
    """It is a key of the ledger that only ``ledger rekey`` can take along."""
    STAYS = "stays"
    """Its previous store is the current store, and it is not a large value."""
    FOREIGN = "foreign"
    """It is not an object of ours, or one of a domain that has another previous store. It is left alone."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of an object of so many bytes, which some stores do not list."""

    outcome: Outcome
    size: int


@dataclass(frozen=True, slots=True)
class Failure:
    """An object that was not moved, and why. The object is where it was."""

    name: str
    error: str
    message: str


@dataclass(slots=True)
class Summary:
    """What a run did. ``left`` names, for each previous store, whether it holds objects of ours still;
    it is empty after a move of single Dags."""

    objects: Counter[Outcome] = field(default_factory=Counter)
    bytes: Counter[Outcome] = field(default_factory=Counter)
    failed: int = 0
    failures: list[Failure] = field(default_factory=list)
    left: dict[str, bool] = field(default_factory=dict)
    in_place: set[str] = field(default_factory=set)
    """The previous stores that are the current store, from which only large values go."""

    def add(self, moved: Moved) -> None:
        """Count an object."""
        self.objects[moved.outcome] += 1
        self.bytes[moved.outcome] += max(moved.size, 0)

    def fail(self, failure: Failure) -> None:
        """Count an object that was not moved."""
        self.failed += 1
        if len(self.failures) < MOST_FAILURES:
            self.failures.append(failure)

    @property
    def is_through(self) -> bool:
        """Whether no previous store holds an object of ours any more."""
        return bool(self.left) and not any(self.left.values())

    @property
    def seen(self) -> Sequence[Outcome]:
        """The outcomes that there were, in the order of their class."""
        return [outcome for outcome in Outcome if self.objects[outcome]]
