"""``Runtime``: what a push and a pull share."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secure_xcom.errors import SecureXComError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from secure_xcom.exchange.held_claims import HeldClaims
    from secure_xcom.exchange.history import History
    from secure_xcom.exchange.recorder import Recorder
    from secure_xcom.model.coordinates import Coordinates, TaskInstance
    from secure_xcom.model.event import Event
    from secure_xcom.ports.host import Host
    from secure_xcom.ports.routes import Routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The process's collaborators. ``clock`` returns Unix seconds.

    ``clock_skew`` is how many seconds a value still opens after its lifetime, since no two clocks agree.
    ``record_plain_values`` has the ledger tell of values that are not sealed, too.
    """

    host: Host
    clock: Callable[[], float]
    routes: Routes
    recorder: Recorder
    claims: HeldClaims
    clock_skew: int = 60
    record_plain_values: bool = False
    history: Callable[[], History | None] = lambda: None
    """What is known of places; ``None`` without a ledger, or while it cannot have an entry."""

    @contextmanager
    def recorded_failures(
        self, event: Event, where: Coordinates | None, actor: TaskInstance | None, object_id: str = ""
    ) -> Iterator[None]:
        """Record that the block failed, if it does; the block's own error is raised."""
        try:
            yield
        except SecureXComError as error:
            if where is not None:
                self.recorder.record_failure(event, where, actor, error, object_id)
            raise

    def record_plain(
        self, event: Event, where: Coordinates | None, actor: TaskInstance | None, detail: str = "not sealed"
    ) -> None:
        """Record what was done with a value that is not sealed, if the ledger is about those too."""
        if self.record_plain_values and where is not None:
            self.recorder.record(self.recorder.entry(event, where, actor, detail=detail))
