"""``Entry``: one line of the ledger. It holds the actor, the event, the XCom and the outcome, never a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secure_xcom.model.coordinates import Coordinates, TaskInstance
    from secure_xcom.model.event import Event


class Outcome(Enum):
    """How it ended: done, refused by a rule, past its lifetime, or failed."""

    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``at`` is in Unix milliseconds by the clock of ``host``. ``actor`` is ``None`` outside of a task.

    ``step`` and ``error`` say where it failed and the error's class; they are empty when it did not. ``detail`` holds
    what rules say, such as a contract: names, never content. ``proved`` is off for an entry that came from a worker's
    disk, and about which nothing shows that its domain wrote it.
    """

    at: int
    event: Event
    outcome: Outcome
    where: Coordinates
    actor: TaskInstance | None = None
    host: str = ""
    step: str = ""
    error: str = ""
    object_id: str = ""
    detail: str = ""
    proved: bool = True

    @property
    def run(self) -> tuple[str, str]:
        """The Dag and the run whose chain holds the entry: the actor's, since the actor's domain signs it."""
        if self.actor is None:
            return self.where.dag_id, self.where.run_id
        return self.actor.dag_id, self.actor.run_id
