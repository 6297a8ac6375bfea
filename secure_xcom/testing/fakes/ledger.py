"""``InMemoryLedger``: a ledger in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from secure_xcom.errors import SecureXComError
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.model.entry import Entry
from secure_xcom.model.event import Event
from secure_xcom.model.past import Line, Past


class InMemoryLedger:
    """Implements ``ports.ledger.Ledger`` with a list. Set ``error`` to have the next entries refused."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.error: SecureXComError | None = None
        self.silence: SecureXComError | None = None
        """What is raised in answer to a question."""
        self.proof = "known to the domain"
        """What proves an entry that waited. Set to another one to have those that wait be unproved."""
        self.peers: list[InMemoryLedger] = [self]
        """The same ledger, as other processes have it."""

    def append(self, new: Sequence[Entry]) -> None:
        """Append entries in their order, or raise ``error``."""
        if self.error is not None:
            raise self.error
        self.entries.extend(new)

    def read(self, dag_id: str, run_id: str | None = None) -> list[Entry]:
        """Return the entries about a Dag's XComs, of one run or of all, oldest first."""
        about = [entry for entry in self.entries if entry.where.dag_id == dag_id]
        return sorted((entry for entry in about if run_id in (None, entry.where.run_id)), key=lambda entry: entry.at)

    def prove(self, waiting: Sequence[Entry]) -> list[str]:
        """Return the proof, for each entry."""
        return [self.proof for _ in waiting]

    def append_kept(self, kept: Sequence[Entry], proofs: Sequence[str]) -> None:
        """Append entries that waited, with or without their proof."""
        pairs = zip(kept, proofs, strict=True)
        self.append([replace(entry, proved=proof == self.proof) for entry, proof in pairs])

    def has_claimed(self, claim: Entry) -> bool:
        """Whether the last entry of the run about the object's claim is this one, in whichever try."""
        endings = (Event.CLAIM, Event.RELEASE, Event.CONSUME)
        said = [entry for ledger in self.peers for entry in ledger.entries if entry.event in endings]
        last = [entry for entry in said if entry.run == claim.run and entry.object_id == claim.object_id][-1:]
        return [_identified(entry) for entry in last] == [_identified(claim)]

    def past(self, query: XComQuery) -> Past:
        """Return what the Dag's own tasks recorded of the objects at a place, or raise ``silence``."""
        if self.silence is not None:
            raise self.silence
        about = (entry for entry in self.entries if entry.object_id and _is_at(query, entry.where))
        own = (entry for entry in about if entry.actor is None or entry.actor.dag_id == query.dag_id)
        return Past.of(
            Line(entry.event.value, entry.outcome.value, entry.detail, entry.object_id, entry.where.map_index)
            for entry in own
        )


def _is_at(query: XComQuery, where: Coordinates) -> bool:
    return query.admits(where) and query.run_id is not None


def _identified(entry: Entry) -> tuple[object, ...]:
    actor = entry.actor and (entry.actor.dag_id, entry.actor.run_id, entry.actor.task_id, entry.actor.map_index)
    return entry.event, entry.outcome, entry.where, actor, entry.object_id
