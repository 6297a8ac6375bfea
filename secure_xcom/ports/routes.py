"""``Routes``: the way to each Dag's objects, as the layers above ask for it; ``assembly.Router`` knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from secure_xcom.model.domain import Domain
from secure_xcom.ports.sealer import Sealer
from secure_xcom.ports.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where the objects of ``domain`` lie, and how they are sealed, for the identity that asks.

    ``folder`` goes before each object's name: empty, or a namespace's segment and a slash. ``ttl`` is the lifetime of
    what is pushed, in seconds; 0 is without end.
    """

    domain: Domain
    store: Store
    sealer: Sealer
    folder: str = ""
    ttl: int = 0


class Routes(Protocol):
    """Knows the way to every Dag's objects."""

    def route(self, owner: str, running: str | None) -> Route:
        """Return the way to the objects of the Dag ``owner``, for a task of the Dag ``running``, or for what is no
        task: a trigger, a callback of a Dag. No network is touched.

        Raises ``NotGranted`` for a reader of another domain that was not granted reading, and for what is no task where
        Dags are kept apart, since nobody knows for which Dag it asks; ``ConfigurationError``; and
        ``InvalidCoordinates`` for a Dag that has no domain, such as ``..``.
        """
