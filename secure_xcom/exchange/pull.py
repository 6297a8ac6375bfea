"""``Opening``: the value that a row stands for, if whoever asks may have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from secure_xcom.contracts.enforce import authorise
from secure_xcom.errors import ClaimRefused, ObjectNotFound, PayloadError, Tampered
from secure_xcom.exchange.admission import Admission, reference
from secure_xcom.exchange.claims import HeldClaims
from secure_xcom.exchange.masking import leaves_of
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.model.claim import Claim
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.event import Entry, Event
from secure_xcom.model.object_name import require_name
from secure_xcom.model.seal import SealContext
from secure_xcom.model.value import JSON
from secure_xcom.payload import tree
from secure_xcom.payload.codec import decode_parts
from secure_xcom.payload.serde import Objects
from secure_xcom.ports.host import Host
from secure_xcom.ports.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Whose pull it is, and what it asks for."""

    query: XComQuery
    reader: TaskInstance | None
    contract_required: bool
    """Whether the value must be under a contract."""

    @property
    def where(self) -> Coordinates:
        """What the ledger calls it when no object was reached."""
        query = self.query
        return Coordinates(
            dag_id=query.dag_id,
            run_id=query.run_id or "",
            task_id=query.task_id or "",
            key=query.key or "",
            map_index=-1 if query.map_index is None else query.map_index,
        )

    @property
    def told(self) -> str:
        """Who asks for what, for an error."""
        return f"{self.reader or 'nobody that runs as a task'} asked for {self.where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A value, what in it is to be masked, and what the ledger is to say of it."""

    value: object = field(repr=False)
    leaves: Sequence[object] = field(default=(), repr=False)
    coordinates: Coordinates | None = None
    entries: Sequence[Entry] = ()


def _held(context: SealContext) -> None:
    """The claim is held already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The second half of a pull. Safe to use from several threads."""

    host: Host
    clock: Callable[[], float]
    clock_skew: int
    recorder: Recorder
    held_claims: HeldClaims

    def open(self, row: JSON, request: Request, route: Route) -> Opened:
        """Return the value of one row. Raises what ``Exchange.pull`` says, from its third check on."""
        placeholders = tree.find_placeholders(row)
        if not placeholders:
            authorise(None, request.where, request.reader, contract_required=request.contract_required)
            return Opened(value=self.host.decode(row))
        name = reference(placeholders.values(), request.query, route.store.scheme)
        entries: list[Entry] = []

        def claim(context: SealContext) -> None:
            entries.append(self.held_claims.take(context, route, request.reader))

        admission = Admission(
            name=name,
            query=request.query,
            reader=request.reader,
            now=self.clock() - self.clock_skew,
            contract_required=request.contract_required,
            claim=claim,
        )
        plaintext = route.sealer.open(self._fetch(route, name, request.told), admission)
        objects = Objects(self.host.encode, self.host.decode)
        try:
            parts = tree.unbind(row, placeholders, decode_parts(plaintext, objects.decode))
            value = tree.restore(row, tree.match(placeholders, parts), objects.decode)
            leaves = list(leaves_of((part.value for part in parts), objects.encode))
        except RecursionError:
            pass
        else:
            entries.append(self._read_entry(admission, request))
            where = admission.context.coordinates if admission.context else None
            return Opened(value=value, leaves=leaves, coordinates=where, entries=entries)
        raise PayloadError("the sealed value is nested too deeply to be rebuilt in this task")

    def recognise(self, claim: Claim, where: Coordinates, reader: TaskInstance, route: Route) -> Coordinates:
        """Return the coordinates of the object that a claim in the database names, if that is what was claimed.

        Raises like ``open``, and ``Tampered`` for the object of another claim.
        """
        query = XComQuery(dag_id=where.dag_id, run_id=None)
        require_name(claim.name, query)
        admission = Admission(name=claim.name, query=query, reader=reader, now=0, contract_required=True, claim=_held)
        route.sealer.open(self._fetch(route, claim.name, f"{reader} asked for {where}"), admission)
        found = admission.context
        if found is None or found.object_id != claim.object_id or not (found.contract and found.contract.once):
            raise Tampered("the ledger's database names another object than the one that was claimed")
        return found.coordinates

    def _fetch(self, route: Route, name: str, told: str) -> bytes:
        try:
            return route.store.get(route.folder + name)
        except ObjectNotFound as error:
            missing = error
        state = self.held_claims.state_of(name.rpartition("/")[2])
        if state:
            why = f"the value is read once, and is {state}: clear the producing task for another one"
            raise ClaimRefused(f"{told}: {why}")
        raise missing

    def _read_entry(self, admission: Admission, request: Request) -> Entry:
        context = admission.context
        where, object_id = (context.coordinates, context.object_id) if context else (request.where, "")
        return self.recorder.entry(Event.READ, where, request.reader, object_id=object_id)
