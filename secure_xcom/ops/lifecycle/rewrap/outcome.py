"""``Outcome``: what became of one object, or of one chain key; ``Summary``: of all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

from secure_xcom.ports.keys import KeyProvider
from secure_xcom.seal.rewrapping import Kek

MOST_PROBLEMS: Final = 20
"""How many failures a summary names; it counts all."""


@unique
class Fate(Enum):
    """What became of an object, or would."""

    REWRAPPED = "rewrapped"
    CURRENT = "current"
    """It is under the key of now already."""
    NATIVE = "native"
    """The store encrypts it itself, so it has no wrapped key."""
    NOT_OURS = "not-ours"
    """It is not an object that secure-xcom wrote under this name. It was left alone."""
    CHANGED = "changed"
    """It was deleted or replaced meanwhile, and that stands."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One object: ``kek`` is the key that it was found under, ``bytes`` what was written."""

    name: str
    fate: Fate
    kek: Kek | None = None
    bytes: int = 0
    problem: str = ""


@dataclass(slots=True, kw_only=True)
class Summary:
    """What a run did. ``found`` counts objects by the key that they were found under."""

    fates: Counter[Fate] = field(default_factory=Counter)
    found: Counter[Kek] = field(default_factory=Counter)
    chain_keys: Counter[Fate] = field(default_factory=Counter)
    chain_keys_found: Counter[Kek] = field(default_factory=Counter)
    bytes: int = 0
    problems: list[str] = field(default_factory=list)
    ended: bool = False
    """Whether the run came to its end."""
    partial: bool = False
    """Whether a key may be used all the same: it looked at some Dags alone, or at what an interrupted run had left, or
    a move may be under way."""

    def add(self, outcome: Outcome) -> None:
        """Count an object."""
        self.bytes += outcome.bytes
        self._count(outcome, self.fates, self.found)

    def add_chain_key(self, outcome: Outcome) -> None:
        """Count a chain key of the ledger."""
        self._count(outcome, self.chain_keys, self.chain_keys_found)

    @property
    def failed(self) -> int:
        """How many could not be moved."""
        return self.fates[Fate.FAILED] + self.chain_keys[Fate.FAILED]

    @property
    def has_any(self) -> bool:
        """Whether there was an object or a chain key."""
        return bool(self.fates or self.chain_keys)

    def under(self, kek: Kek) -> int:
        """Return how many objects and chain keys were found under a key."""
        return self.found[kek] + self.chain_keys_found[kek]

    def uses(self, provider: KeyProvider) -> int:
        """Return how many objects and chain keys were found under a provider's keys. Raises a ``KeyProviderError``."""
        found = self.found + self.chain_keys_found
        return sum(count for (kind, kek), count in found.items() if kind == provider.scheme and provider.holds(kek))

    def _count(self, outcome: Outcome, fates: Counter[Fate], found: Counter[Kek]) -> None:
        fates[outcome.fate] += 1
        if outcome.kek is not None:
            found[outcome.kek] += 1
        if outcome.fate is Fate.FAILED and len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"{outcome.name}: {outcome.problem}")
