"""``Migration``: rows that were written in plaintext to what a push would have stored for them, and back.

An operator's command asks for it, for the rows of all Dags. Each row is sealed and opened as its own Dag: with that
Dag's identity, in its domain, and recorded there. No contract is known outside of a task, so none is enforced here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ClaimRefused, PayloadError, translated
from secure_xcom.exchange.admission import require_lifetime, require_place
from secure_xcom.exchange.push import Push
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.event import IN_PLACE_OF_SEALED, MIGRATED, Event
from secure_xcom.model.mode import Mode
from secure_xcom.model.object_name import name_at, object_id_of
from secure_xcom.model.value import JSON, node_of
from secure_xcom.payload.buffers import open_payload
from secure_xcom.payload.codec import decode_parts
from secure_xcom.payload.frames import frames_stored
from secure_xcom.payload.nodes import require_storable
from secure_xcom.payload.parts import find_placeholder, restore

if TYPE_CHECKING:
    from secure_xcom.classify import Policy
    from secure_xcom.exchange.runtime import Runtime
    from secure_xcom.model.seal import SealContext
    from secure_xcom.model.value import Selection
    from secure_xcom.ports.routes import Route
    from secure_xcom.ports.sealer import Unopened
    from secure_xcom.ports.store import Head

REVERSED: Final = "reversed"
"""The detail of a value's reveal, and of its object's purge, when it goes back to the database in plaintext."""

OVERTAKEN: Final = "the row was rewritten or deleted meanwhile"
"""The detail of the purge of an object whose row was no longer what had been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A row that is to be written, and the object that it refers to; ``name`` is empty if nothing was sealed."""

    row: JSON = field(repr=False)
    where: Coordinates
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed:
    """The plain row of a sealed one, and the object that is to be deleted when it is written."""

    row: JSON = field(repr=False)
    where: Coordinates
    name: str


@dataclass(frozen=True, slots=True)
class _Found:
    """A sealed row's object: ``holding`` is the route of ``route`` by which it is reached."""

    name: str
    places: int
    route: Route
    holding: Route
    head: Head
    unopened: Unopened


class Migration:
    """Safe to use from several threads. What it records waits in the runtime's ledger: its caller sees to it.

    ``operator`` is the name of who asked for it: the ledger has it with each value that is written in plaintext.
    """

    def __init__(self, runtime: Runtime, policy: Policy, large_threshold: int, operator: str) -> None:
        self._runtime = runtime
        self._operator = operator
        # What an operator asks to have sealed is sealed, whatever mode the tasks run in.
        self._push = Push(runtime, policy, Mode.ENFORCE, large_threshold)

    def selection_of(self, encoded: JSON, where: Coordinates) -> Selection | None:
        """Return which parts of a plain row are sensitive, by the rules of a push. Raises ``PayloadError``."""
        return self._push.selection_of(encoded, where)

    def is_large(self, encoded: JSON, where: Coordinates) -> bool:
        """Return whether ``seal`` would move a plain row that holds nothing sensitive, because of its size."""
        return self._push.is_large(encoded, where)

    def seal(self, encoded: JSON, where: Coordinates) -> Sealed:
        """Return the row that a push would have left; what is sensitive in it is in the store when this returns.

        Raises what the steps of ``exchange.push`` from the second on raise, and then leaves nothing behind.
        """
        row = self._push.row_of_encoded(encoded, where, MIGRATED)
        placeholder = find_placeholder(node_of(row)).placeholder
        if placeholder is None:
            return Sealed(row=row, where=where)
        return Sealed(row=row, where=where, name=name_at(placeholder.ref, where.as_query()))

    def take_back(self, sealed: Sealed, detail: str = OVERTAKEN) -> None:
        """Delete the object of a row that was not written. Raises a ``SecureXComError``."""
        if sealed.name:
            self._delete(sealed.name, sealed.where, detail)

    def open(self, row: JSON, where: Coordinates) -> Reversed | None:
        """Return the plain row of a sealed one, ``None`` for one that is not sealed; records that it was revealed.

        Raises ``ClaimRefused`` for a consume-once value, ``PayloadError`` for what Airflow cannot store in plaintext,
        and what ``exchange.pull`` raises.
        """
        found = self._found(row, where)
        if found is None:
            return None
        unlocked = found.holding.sealer.unlock(found.unopened)
        parts, _ = decode_parts(open_payload(found.route.opened(found.name, found.holding, found.head, unlocked)))
        with translated(RecursionError, into=_too_deep):
            tree = restore(node_of(row), parts, found.places)
            plain = require_storable(frames_stored(tree, self._runtime.host.encode))
        recorder, object_id = self._runtime.recorder, object_id_of(found.name)
        # The second says that a plain value may stand there from now on: its row is written after it.
        by = f"by {self._operator}: {REVERSED}"
        for event, detail in ((Event.REVEAL, by), (Event.WRITE, IN_PLACE_OF_SEALED)):
            recorder.record(recorder.entry(event, where, None, object_id=object_id, detail=detail))
        return Reversed(row=plain, where=where, name=found.name)

    def is_reversible(self, row: JSON, where: Coordinates) -> bool:
        """Return whether a row is sealed, and can be written back as far as its object's header tells.

        The header is not authenticated for this: no key is asked for, and nothing is recorded. Raises like ``open``.
        """
        return self._found(row, where) is not None

    def delete(self, reversed_: Reversed) -> None:
        """Delete the object of a row that is plain again. Raises a ``SecureXComError``."""
        self._delete(reversed_.name, reversed_.where, REVERSED)

    def _found(self, row: JSON, where: Coordinates) -> _Found | None:
        """Find a row's object, and judge it by its header; ``None`` for a row that is not sealed."""
        found = find_placeholder(node_of(row))
        if found.placeholder is None:
            return None
        route, name = self._route(where), name_at(found.placeholder.ref, where.as_query())
        holding, head = route.find(name, is_large=found.placeholder.says_large)
        unopened = holding.sealer.read(head)
        self._require_reversible(unopened.context, name, where)
        return _Found(name, found.places, route, holding, head, unopened)

    def _require_reversible(self, context: SealContext, name: str, where: Coordinates) -> None:
        require_place(context, name, where.as_query())
        require_lifetime(context, now=self._runtime.clock() - self._runtime.clock_skew)
        if context.contract is not None and context.contract.once:
            raise ClaimRefused("the value is read once: its one consumer gets it, and no row may hold it in plaintext")

    def _delete(self, name: str, where: Coordinates, detail: str) -> None:
        route, recorder = self._route(where), self._runtime.recorder
        route.delete(name)
        recorder.record(recorder.entry(Event.PURGE, where, None, object_id=object_id_of(name), detail=detail))

    def _route(self, where: Coordinates) -> Route:
        return self._runtime.routes.route(where.dag_id, where.dag_id)


def _too_deep(_: RecursionError) -> PayloadError:
    return PayloadError("the value is nested too deeply to be written back")
