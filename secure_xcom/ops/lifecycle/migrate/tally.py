"""``Tally``: what a migration found and did, in counts and coordinates, in memory that does not grow with the rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from secure_xcom.model.value import findings_of

if TYPE_CHECKING:
    from secure_xcom.model.coordinates import Coordinates
    from secure_xcom.model.value import Selection

MOST_GROUPS: Final = 20_000
"""Pairs of Dag and rule that are counted by themselves; further ones are counted together."""

MOST_EXAMPLES: Final = 20
"""Coordinates that are kept of what was not done for one reason."""

OTHERS: Final = "(others)"

_MOST_KINDS: Final = 200
"""Reasons that are counted each by itself: an error's message may name what it is about."""


@unique
class Done(Enum):
    """What became of a value."""

    SEALED = "sealed"
    MOVED = "moved"
    """From an object of ``XComObjectStorageBackend``, sealed or not."""
    LARGE = "moved to where large values go"
    MASKED = "masked"
    REVERSED = "reversed"
    ALREADY = "sealed before"
    PLAIN = "nothing to do"
    OVERTAKEN = "rewritten or deleted meanwhile"


CHANGES: Final = (Done.SEALED, Done.MOVED, Done.LARGE, Done.MASKED, Done.REVERSED)
"""What changes the database."""


@unique
class Left(Enum):
    """Why a value was left as it is, though it should not be."""

    PICKLED = "pickled by Airflow 2: nothing may unpickle it; delete it, or have its task push again"
    PICKLED_TEXT = "a pickle in base64: nothing may unpickle it; delete it, or have its task push again"
    DAMAGED = "not JSON, or nested too deeply"
    FORGED = "holds a damaged placeholder, or what becomes of one that is edited: clear its task"
    BESIDES = "sealed before, and holds what is sensitive besides: have its task push again"
    TOO_LARGE = "larger than what is read"
    OBJECT = "its object of XComObjectStorageBackend cannot be read, or is too large"
    KEPT = "moved, and its object of XComObjectStorageBackend could not be deleted: delete it"
    BYTES = "bytes, as Airflow 2 stored them: drop the archive"
    REFUSED = "cannot be sealed"
    IRREVERSIBLE = "cannot be written back"
    ONCE = "read once: its one consumer gets it"
    EXPIRED = "its lifetime has ended"
    ENDED = "consumed or purged, as the ledger says: nothing of it is left"


NOTHING_LEFT: Final = (Left.EXPIRED, Left.ENDED)
"""What nobody can get any more, with this product or without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Values that were left for one reason, and where the first of them stand. ``why`` is the error's own message."""

    left: Left
    why: str
    count: int
    examples: tuple[Coordinates, ...]


@dataclass(slots=True)
class Tally:
    """Counts. ``groups`` has the values of each Dag by the rule that says that they are sensitive."""

    rows: int = 0
    done: Counter[Done] = field(default_factory=Counter)
    groups: Counter[tuple[str, str]] = field(default_factory=Counter)
    _problems: dict[tuple[Left, str], list[Coordinates]] = field(default_factory=dict)
    _counts: Counter[tuple[Left, str]] = field(default_factory=Counter)

    def found(self, dag_id: str, selection: Selection) -> None:
        """Count the sensitive parts of one value."""
        for finding in findings_of(selection):
            self.count(dag_id, finding.rule)

    def count(self, dag_id: str, rule: str, parts: int = 1) -> None:
        """Count sensitive parts by their Dag and rule."""
        group = (dag_id, rule)
        is_full = group not in self.groups and len(self.groups) >= MOST_GROUPS
        self.groups[(OTHERS, OTHERS) if is_full else group] += parts

    def leave(self, left: Left, where: Coordinates, why: str = "") -> None:
        """Count a value that was left as it is, and keep the coordinates of the first ones."""
        kind = (left, why)
        if kind not in self._counts and len(self._counts) >= _MOST_KINDS:
            kind = (left, OTHERS)
        self._counts[kind] += 1
        examples = self._problems.setdefault(kind, [])
        if len(examples) < MOST_EXAMPLES:
            examples.append(where)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was left, the most frequent reason first."""
        return tuple(
            Problem(left=left, why=why, count=count, examples=tuple(self._problems[left, why]))
            for (left, why), count in self._counts.most_common()
        )
