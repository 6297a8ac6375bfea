"""``Verification``: what a walk through every chain found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from secure_xcom.ledger.cuts import Cut
from secure_xcom.ledger.walk import Break, End


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Entries of a Dag's runs that were pruned, as signed records say. The latest was of ``until``, in Unix
    milliseconds."""

    dag_id: str
    runs: int
    entries: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found. ``ends`` are the chains' ends as the database has them, to be compared the next time.

    ``cuts`` are where a domain's chains begin anew, or cannot be verified since their key is lost.
    """

    runs: int
    entries: int
    breaks: tuple[Break, ...]
    cuts: tuple[Cut, ...] = ()
    unproved: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How many entries of each Dag's run came from a worker's disk, and nothing shows that their domain wrote them."""
    pruned: tuple[Pruned, ...] = ()
    ends: Mapping[str, End] = field(repr=False)
