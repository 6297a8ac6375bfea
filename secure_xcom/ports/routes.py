"""``Routes``: how the flow finds the store and the sealer of each Dag; ``assembly.router.Router`` implements it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from secure_xcom.errors import ObjectNotFound, StoreDenied, StoreError, Tampered

if TYPE_CHECKING:
    from secure_xcom.model.domain import Domain
    from secure_xcom.model.pieces import Bytes
    from secure_xcom.ports.sealer import Sealer, Unlocked
    from secure_xcom.ports.store import Head, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where the objects of ``domain`` lie, and how they are sealed, for the identity of the running task.

    ``folder`` goes before each object's name: empty, or a namespace's segment and a slash. ``ttl`` is the lifetime of
    what is pushed, in seconds; 0 means without end. ``elsewhere`` are other routes of the domain, where objects may lie
    too: they are read and purged there, and nothing is put there.
    """

    domain: Domain
    store: Store
    sealer: Sealer
    folder: str = ""
    ttl: int = 0
    elsewhere: tuple[Route, ...] = ()
    large: Route | None = None
    """Where large values are put; ``None``: here, too."""

    @property
    def everywhere(self) -> tuple[Route, ...]:
        """The routes by which an object of the domain can be reached, this one first."""
        return (self, *((self.large,) if self.large else ()), *self.elsewhere)

    @property
    def again(self) -> tuple[Route, ...]:
        """The routes by which a move takes objects from elsewhere to here, meanwhile: so they are asked once more."""
        if not self.elsewhere:
            return ()
        return (self, self.large) if self.large else (self,)

    @property
    def for_large(self) -> Route:
        """The route by which large values are put."""
        return self.large or self

    def find(self, name: str, *, is_large: bool = False) -> tuple[Route, Head]:
        """Return by which route an object is reached, and how it begins; a large one is looked for with these first.

        Where none leads to it, raises what ``Store.head`` raises by the first, and names the others that were asked.
        """
        refusals: list[StoreError] = []
        first, *others = dict.fromkeys((self.for_large, *self.everywhere)) if is_large else self.everywhere
        for route in (first, *others, *self.again):
            # To who may not list, S3 answers with a refusal for an object that does not exist.
            try:
                return route, route.store.head(route.folder + name)
            except (ObjectNotFound, StoreDenied) as refusal:
                refusals.append(refusal)
        first_refusal, *more = refusals
        asked = {
            where: f"asked besides: {where}"
            for one in more
            for where in one.args[1:]
            if where not in first_refusal.args
        }
        raise type(first_refusal)(*first_refusal.args, *asked.values())

    def whole(self, name: str, found: Route, head: Head) -> bytes:
        """Return the object that ``find`` found, also if a move has taken it along meanwhile.

        Raises what ``Store.whole`` raises.
        """
        *routes, last = dict.fromkeys((found, *self.again))
        for route in routes:
            with suppress(ObjectNotFound):
                return route.store.whole(route.folder + name, head)
        return last.store.whole(last.folder + name, head)

    def opened(self, name: str, found: Route, head: Head, unlocked: Unlocked) -> Bytes:
        """Open the object that ``find`` found, once more from its beginning if a rewrap has replaced its wrapped key.

        Nothing but that may have changed: the second beginning must have the context of the first. Raises what
        ``Unlocked.open``, ``find``, ``whole`` and ``Sealer.unlock`` raise.
        """
        try:
            return unlocked.open(self.whole(name, found, head))
        except Tampered:
            again, beginning = self.find(name)
            unopened = again.sealer.read(beginning)
            if beginning == head or unopened.context != found.sealer.read(head).context:
                raise
        return again.sealer.unlock(unopened).open(self.whole(name, again, beginning))

    def delete(self, name: str) -> None:
        """Delete an object wherever it lies: by the other routes first. Raises the first ``StoreError``, after all.

        In this order a move that still finds the object after it has copied it knows that its copy is deleted too.
        """
        failures: list[StoreError] = []
        for route in (*self.elsewhere, *((self.large,) if self.large else ()), self):
            try:
                route.store.delete(route.folder + name)
            except StoreError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    def delete_again(self, name: str) -> None:
        """Delete a copy that a move has put since ``delete``. Raises a ``StoreError``."""
        for route in self.again:
            route.store.delete(route.folder + name)


class Routes(Protocol):
    """Knows the route to every Dag's objects."""

    def require_access(self, owner: str, running: str | None) -> None:
        """Raise ``NotGranted`` unless a task of the Dag ``running`` may use the objects of the Dag ``owner``.

        ``running`` is ``None`` for code outside a task, such as a trigger or a Dag's callback. Where Dags are kept
        apart such code is refused, since nothing tells for which Dag it asks.
        """

    def route(self, owner: str, running: str | None) -> Route:
        """Return the route to the objects of ``owner``. No network is touched.

        Raises ``NotGranted`` like ``require_access``, ``ConfigurationError``, and ``InvalidCoordinates`` for a Dag that
        has no domain, such as ``..``.
        """

    def route_alone(self, dag_id: str) -> Route:
        """Return the route to the Dag's objects as a domain of its own, which it was before it joined a namespace.

        No network is touched. Raises ``ConfigurationError`` and ``InvalidCoordinates`` like ``route``.
        """
