"""``Exchange``: push, pull and purge. The only place that knows the order of the steps.

Everything here fails closed: a step that cannot be done raises, and neither a placeholder nor plaintext takes the
value's place. What was done, and what was refused, stands in the ledger.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from secure_xcom.classify import Policy, scan
from secure_xcom.contracts.enforce import authorise
from secure_xcom.errors import (
    ContractViolation,
    InvalidCoordinates,
    NotGranted,
    PayloadError,
    SecureXComError,
    StoreUnavailable,
)
from secure_xcom.exchange.admission import reference, require_rising
from secure_xcom.exchange.claims import HeldClaims
from secure_xcom.exchange.masking import mask
from secure_xcom.exchange.pull import Opened, Opening, Request
from secure_xcom.exchange.push import PoolSlot, Sealing
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.model.claim import Claim
from secure_xcom.model.contract import Terms
from secure_xcom.model.coordinates import READ_BY_AIRFLOW, Coordinates, TaskInstance, XComQuery
from secure_xcom.model.event import Event
from secure_xcom.model.object_name import dag_segment, place_of
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.seal import Mode
from secure_xcom.model.value import JSON, Finding
from secure_xcom.payload import tree
from secure_xcom.payload.serde import Objects
from secure_xcom.ports.calls import CONCURRENT_PULLS
from secure_xcom.ports.host import Host
from secure_xcom.ports.routes import Route, Routes

PURGE_SECONDS: Final = 10.0
"""How long a purge may hold up the start of a task."""

_WHOLE: Final = (Finding(path=(), rule="contract"),)
"""A value under contract is sealed whole, whatever it is."""


class Exchange:
    """Seals values into a store and gets them back. Safe to use from several threads."""

    def __init__(
        self,
        *,
        routes: Routes,
        policy: Policy,
        host: Host,
        clock: Callable[[], float],
        recorder: Recorder,
        held_claims: HeldClaims,
        mode: Mode = Mode.ENFORCE,
        clock_skew: int = 60,
        record_plain_values: bool = False,
    ) -> None:
        self._routes = routes
        self._policy = policy
        self._host = host
        self._recorder = recorder
        self._mode = mode
        self._record_plain_values = record_plain_values
        self.held_claims = held_claims
        self._sealing = Sealing(
            host=host, clock=clock, clock_skew=clock_skew, recorder=recorder, held_claims=held_claims
        )
        self._opening = Opening(
            host=host, clock=clock, clock_skew=clock_skew, recorder=recorder, held_claims=held_claims
        )

    def push(self, value: object, coordinates: Coordinates | None) -> JSON:
        """Return what the database is to hold for ``value``; what is sensitive in it is in the store when this returns.

        Raises a ``SecureXComError`` and leaves no plaintext anywhere when any step fails.
        """
        writer = self._host.running()
        with self._recorded(Event.WRITE, coordinates, writer):
            if writer is None and coordinates is not None:
                # Where Dags are kept apart, what is no task has no way to any Dag's place.
                self._route(coordinates.dag_id, None)
            terms = self._terms(coordinates, writer, value)
            objects = Objects(self._host.encode, self._host.decode)
            findings = _WHOLE if terms else self._classify(value, coordinates, objects)
            if not findings:
                self._record_plain(Event.WRITE, coordinates, writer)
                return self._host.encode(value)
            where = _required(coordinates)
            route = self._route(where.dag_id, writer)
            return self._sealing.seal(value, findings, where, route, objects, terms=terms, writer=writer)

    def pull(self, row: JSON, query: XComQuery) -> object:
        """Return the value that ``row`` stands for, exactly as it was pushed.

        The checks, in their order; each raises its own ``SecureXComError``:

        0. contract: the Dag's contract lets the running task ask for this                ContractViolation
        1. grant: its domain may read the one that is asked for                           NotGranted
        2. recognise: every node that claims to be a placeholder is a whole one           InvalidPlaceholder
        3. reference: all name one object, in the configured store, at coordinates asked  InvalidPlaceholder, Wrong-
        4. fetch: the object is there, and this identity may read it                      StoreError
        5. admit: the object's own coordinates are the ones asked for, and give its name; the contract that it brings
           names the reader; its lifetime has not ended        WrongCoordinates, ContractViolation, Expired
        6. claim: of a value that is read once, this task instance is the one reader      ClaimRefused
        7. open: the key is a configured one, header and content are authentic            WrongKey, Tampered
        8. match: each part stands where it was taken from, none is missing or added      Tampered
        """
        (value,) = self._pull([row], query, together=False)
        return value

    def pull_all(self, rows: Sequence[JSON], query: XComQuery) -> list[object]:
        """Pull rows together, concurrently, in their order; the first failure is raised.

        Besides the checks of ``pull``, the map indexes of the objects must rise when one run was asked for, as the
        rows do: a placeholder moved to the row of another mapped instance is found by that.
        """
        return self._pull(rows, query, together=True)

    def adopt(self) -> None:
        """Take over what earlier processes of the running task instance had read once. Raises nothing."""
        reader = self._host.running()
        if reader is None:
            return

        def recognise(claim: Claim) -> tuple[Route, Coordinates]:
            where = place_of(claim.name)
            # A long id is cut in the name; most readers are of the writer's Dag.
            if claim.name.startswith(f"{dag_segment(reader.dag_id)}/"):
                where = replace(where, dag_id=reader.dag_id)
            route = self._route(where.dag_id, reader)
            return route, self._opening.recognise(claim, where, reader, route)

        self.held_claims.adopt(reader, recognise)

    def purge(self, row: JSON, query: XComQuery) -> None:
        """Delete the object that ``row`` stands for, if it belongs to ``query``; idempotent.

        Returns within ``PURGE_SECONDS``. Raises a ``SecureXComError``, which the caller logs: a purge that failed
        leaves an orphan, never a broken task.
        """
        placeholders = tree.find_placeholders(row)
        if placeholders:
            request = Request(query=query, reader=self._host.running(), contract_required=False)
            with self._recorded(Event.PURGE, request.where, request.reader):
                _require_own(request.reader, request.where)
                route = self._route(query.dag_id, request.reader)
                name = reference(placeholders.values(), query, route.store.scheme)
                _within(PURGE_SECONDS, lambda: route.store.delete(route.folder + name))
                self._recorder.record(self._recorder.entry(Event.PURGE, request.where, request.reader))

    def put(self, value: object, where: Coordinates, terms: Terms, slot: PoolSlot) -> None:
        """Seal a value whole and offer it in a pool."""
        writer = self._host.running()
        with self._recorded(Event.WRITE, where, writer):
            route = self._route(where.dag_id, writer)
            objects = Objects(self._host.encode, self._host.decode)
            self._sealing.seal(value, _WHOLE, where, route, objects, terms=terms, writer=writer, slot=slot)

    def take(self, name: str, query: XComQuery) -> object:
        """Return the value of the object ``name``, which a claim of a pool's oldest value gave.

        The checks are those of ``pull`` from the second on.
        """
        reader = self._host.running()
        request = Request(query=query, reader=reader, contract_required=True)
        with self._recorded(Event.READ, request.where, reader):
            route = self._route(query.dag_id, reader)
            row = Placeholder(store=route.store.scheme, name=name, index=0).to_json()
            opened = self._opening.open(row, request, route)
            self._finish([opened])
            return opened.value

    def _pull(self, rows: Sequence[JSON], query: XComQuery, *, together: bool) -> list[object]:
        reader = self._host.running()
        request = Request(query=query, reader=reader, contract_required=False)
        with self._recorded(Event.READ, request.where, reader):
            declared = self._host.declared()
            if declared is not None:
                request = replace(request, contract_required=declared.for_pull(reader, query))
            route = self._route(query.dag_id, reader) if any(map(tree.find_placeholders, rows)) else None
            if route is None:
                return self._plain(rows, request)
            opened = self._open_all(rows, request, route)
            # Across runs Airflow's rows are in no such order, and repeat for each Dag that has a run of the same name.
            if together and query.run_id is not None:
                require_rising([one.coordinates for one in opened if one.coordinates is not None])
            self._finish(opened)
            return [one.value for one in opened]

    def _plain(self, rows: Sequence[JSON], request: Request) -> list[object]:
        if rows:
            authorise(None, request.where, request.reader, contract_required=request.contract_required)
        self._record_plain(Event.READ, request.where, request.reader, "not sealed" if rows else "nothing there")
        return [self._host.decode(row) for row in rows]

    def _open_all(self, rows: Sequence[JSON], request: Request, route: Route) -> list[Opened]:
        if len(rows) == 1:
            return [self._opening.open(rows[0], request, route)]
        with ThreadPoolExecutor(min(CONCURRENT_PULLS, len(rows)), "secure-xcom-pull") as pool:
            return list(pool.map(lambda row: self._opening.open(row, request, route), rows))

    def _finish(self, opened: Sequence[Opened]) -> None:
        """Mask what was opened, and record it, before anybody has it."""
        coordinates = next((one.coordinates for one in opened if one.coordinates), None)
        mask(self._host, [leaf for one in opened for leaf in one.leaves], coordinates)
        entries = [entry for one in opened for entry in one.entries]
        self._recorder.record(*entries)
        self.held_claims.deliver(entry.object_id for entry in entries if entry.event is Event.CLAIM)

    def permit_deletion(self, query: XComQuery) -> None:
        """Raise a ``Refused`` when the running task may not delete what is asked for."""
        request = Request(query=query, reader=self._host.running(), contract_required=False)
        with self._recorded(Event.PURGE, request.where, request.reader):
            if request.reader is None:
                raise NotGranted("only a task deletes values, its own Dag's: what runs here is none")
            _require_own(request.reader, request.where)
            declared = self._host.declared()
            if declared is not None:
                declared.for_deletion(request.reader, request.where)

    def _terms(self, where: Coordinates | None, writer: TaskInstance | None, value: object) -> Terms | None:
        if where is not None:
            _require_own(writer, where)
        declared = self._host.declared()
        if declared is None or where is None or where.dag_id != declared.dag_id:
            return None
        return declared.for_push(writer, where, value)

    def _classify(self, value: object, coordinates: Coordinates | None, objects: Objects) -> list[Finding]:
        name = coordinates.key if coordinates else ""
        # What the author marked is never written in plaintext, whatever the mode.
        mode = Mode.OPEN_ONLY if name in READ_BY_AIRFLOW else self._mode
        policy = self._policy if mode is Mode.ENFORCE else self._policy.for_marks_only()
        try:
            findings = scan(value, name, policy, objects.encode)
            observed = scan(value, name, self._policy, objects.encode) if mode is Mode.OBSERVE else []
        except RecursionError:
            pass
        else:
            if observed:
                sealed = {finding.path for finding in findings}
                self._host.report(coordinates, [finding for finding in observed if finding.path not in sealed])
            return findings
        raise PayloadError("the value is nested too deeply, or contains itself")

    def _route(self, dag_id: str, running: TaskInstance | None) -> Route:
        return self._routes.route(dag_id, running.dag_id if running else None)

    @contextmanager
    def _recorded(self, event: Event, where: Coordinates | None, actor: TaskInstance | None) -> Iterator[None]:
        """Record that the block failed, if it does."""
        try:
            yield
        except SecureXComError as error:
            if where is not None:
                detail = str(error) if isinstance(error, ContractViolation) else ""
                self._recorder.record_failure(self._recorder.entry(event, where, actor, error=error, detail=detail))
            raise

    def _record_plain(
        self, event: Event, where: Coordinates | None, actor: TaskInstance | None, detail: str = "not sealed"
    ) -> None:
        if self._record_plain_values and where is not None:
            self._recorder.record(self._recorder.entry(event, where, actor, detail=detail))


def _require_own(actor: TaskInstance | None, where: Coordinates) -> None:
    """Raise ``NotGranted`` for a task that writes or deletes in another Dag's place: its readers trust that Dag."""
    if actor is not None and actor.dag_id != where.dag_id:
        raise NotGranted(f"{actor} may neither push nor delete values of Dag {where.dag_id!r}: it has its own")


def _required(coordinates: Coordinates | None) -> Coordinates:
    if coordinates is None:
        raise InvalidCoordinates("a sensitive value can only be sealed with its dag_id, run_id, task_id and key")
    return coordinates


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Run ``call`` in a thread and wait no longer than ``seconds``; what it raises in that time is raised here."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            call()
        except Exception as error:
            failures.append(error)

    # A daemon: the store's own deadline ends it, and it must not keep the task's process alive until then.
    thread = threading.Thread(target=run, name="secure-xcom-purge", daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if thread.is_alive():
        raise StoreUnavailable(f"the store did not answer within {seconds:.0f} s; the object may be left as an orphan")
