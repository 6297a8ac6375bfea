"""``Push``: a value to its row, with what is sensitive in it sealed into the store.

The steps, numbered in the code:

1. contract: the running task may push here, and the Dag's contract lets it        NotGranted, ContractViolation
2. classify: find what is sensitive; all of it under a contract                    PayloadError
3. route:    the store and the sealer of the Dag's domain                          NotGranted, ConfigurationError
4. mask:     tell Airflow what must not show in logs
5. seal:     the sensitive parts to bytes, bound to their places in the row        KeyProviderError
6. store:    the object first, so that a crash leaves an orphan and never a hole   StoreError
7. record:   the write stands in the ledger before anybody hears of the object     LedgerError
8. offer:    a consume-once value can be claimed from now on                       LedgerError

Then the caller writes the row. Every failure raises; neither plaintext nor a placeholder without its object is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from secure_xcom.classify import Policy, scan
from secure_xcom.errors import InvalidCoordinates, NotGranted, PayloadError, SecureXComError, translated
from secure_xcom.exchange.claims import LEASE_SECONDS
from secure_xcom.exchange.masking import leaves_of, mask
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.model.claim import Offer
from secure_xcom.model.contract import Terms
from secure_xcom.model.coordinates import READ_BY_AIRFLOW, Coordinates, TaskInstance
from secure_xcom.model.event import Event
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.seal import Mode, SealContext
from secure_xcom.model.value import JSON, Finding, Path
from secure_xcom.payload import tree
from secure_xcom.payload.codec import encode_parts
from secure_xcom.payload.serde import Objects
from secure_xcom.ports.routes import Route, Routes

_WHOLE: Final = (Finding(path=(), rule="contract"),)
"""A value under contract is sealed whole, whatever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSlot:
    """In which pool a value is offered, and to which of its shards."""

    pool: str
    shard: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """Who pushes, where, and on which terms. ``where`` is ``None`` when Airflow serialises outside a push."""

    where: Coordinates | None
    writer: TaskInstance | None
    terms: Terms | None = None
    slot: PoolSlot | None = None


class Push:
    """Safe to use from several threads."""

    def __init__(self, runtime: Runtime, routes: Routes, policy: Policy, mode: Mode) -> None:
        self._runtime = runtime
        self._host = runtime.host
        self._recorder = runtime.recorder
        self._routes = routes
        self._policy = policy
        self._mode = mode

    def row_of(self, value: object, where: Coordinates | None) -> JSON:
        """Return the row for ``value``; what is sensitive in it is in the store when this returns."""
        writer = self._host.running()
        with self._recorder.failures(Event.WRITE, where, writer):
            request = self._permitted(value, WriteRequest(where=where, writer=writer))  # 1. contract
            objects = Objects(self._host.encode, self._host.decode)
            findings = _WHOLE if request.terms else self._classified(value, where, objects)  # 2. classify
            if findings:
                return self._sealed(value, findings, request, objects)  # 3. to 8.
            self._recorder.record_plain(Event.WRITE, where, writer)
            return self._host.encode(value)

    def put(self, value: object, where: Coordinates, terms: Terms, slot: PoolSlot) -> None:
        """Seal a value whole and offer it in a pool: the steps from the third on. It has no row."""
        writer = self._host.running()
        with self._recorder.failures(Event.WRITE, where, writer):
            request = WriteRequest(where=where, writer=writer, terms=terms, slot=slot)
            self._sealed(value, _WHOLE, request, Objects(self._host.encode, self._host.decode))

    def _sealed(self, value: object, findings: Sequence[Finding], request: WriteRequest, objects: Objects) -> JSON:
        where = _required(request.where)
        route = self._route(where, request.writer)  # 3. route
        context = self._context(where, route, request.terms)
        name = object_name(where, context.object_id)
        with _refused_if_too_deep(f"the value of {where}"):
            parts = tree.extract(value, findings, objects.encode)
            mask(self._host, list(leaves_of((part.value for part in parts), objects.encode)), where)  # 4. mask
            row = tree.replace(value, _placeholders(findings, route.store.scheme, name), objects.encode)
            blob = route.sealer.seal(encode_parts(tree.bind(row, parts), objects.encode), context)  # 5. seal
        route.store.put(route.folder + name, blob, self._dropped_at(context))  # 6. store
        self._announce(name, context, request, route)  # 7. record, 8. offer
        return row

    def _permitted(self, value: object, request: WriteRequest) -> WriteRequest:
        where, writer = request.where, request.writer
        if where is None:
            return request
        if writer is None:
            self._routes.require_access(where.dag_id, None)
        require_own(writer, where)
        declared = self._host.declared()
        if declared is None or where.dag_id != declared.dag_id:
            return request
        return WriteRequest(where=where, writer=writer, terms=declared.for_push(writer, where, value))

    def _classified(self, value: object, where: Coordinates | None, objects: Objects) -> list[Finding]:
        name = where.key if where else ""
        # What the author marked is never written in plaintext, whatever the mode.
        mode = Mode.OPEN_ONLY if name in READ_BY_AIRFLOW else self._mode
        policy = self._policy if mode is Mode.ENFORCE else self._policy.for_marks_only()
        with _refused_if_too_deep("the value"):
            findings = scan(value, name, policy, objects.encode)
            observed = scan(value, name, self._policy, objects.encode) if mode is Mode.OBSERVE else []
        if observed:
            sealed = {finding.path for finding in findings}
            self._host.report(where, [finding for finding in observed if finding.path not in sealed])
        return findings

    def _route(self, where: Coordinates, writer: TaskInstance | None) -> Route:
        return self._routes.route(where.dag_id, writer.dag_id if writer else None)

    def _context(self, where: Coordinates, route: Route, terms: Terms | None) -> SealContext:
        now = int(self._runtime.clock())
        shortest = min((span for span in (route.ttl, terms.ttl if terms else 0) if span), default=0)
        return SealContext(
            coordinates=where,
            object_id=new_object_id(),
            created=now,
            expires=now + shortest if shortest else 0,
            contract=terms.contract if terms else None,
        )

    def _dropped_at(self, context: SealContext) -> int:
        """Return when the store may drop the object: its clock counts too, and readers have the clock skew."""
        return context.expires and context.expires + self._runtime.clock_skew

    def _announce(self, name: str, context: SealContext, request: WriteRequest, route: Route) -> None:
        terms, once = request.terms, bool(context.contract and context.contract.once)
        detail = str(context.contract) if context.contract else ""
        entry = self._recorder.entry(
            Event.WRITE, context.coordinates, request.writer, object_id=context.object_id, detail=detail
        )
        try:
            # 7. record. Without the ledger's database there is no offer either, and nothing was written.
            self._recorder.record(entry, required=once)
            if terms is not None and once:
                # 8. offer. It comes last: from then on a consumer may claim the value.
                offer = _offer(name, context.object_id, request, expires=self._dropped_at(context))
                self._runtime.claims.offer(offer)
        except SecureXComError:
            # Nobody has heard of the object, and nobody will.
            self._take_back(route, name, context, once=once)
            raise

    def _take_back(self, route: Route, name: str, context: SealContext, *, once: bool) -> None:
        if once:
            with suppress(SecureXComError):
                self._runtime.claims.withdraw(context.object_id)
        with suppress(SecureXComError):
            route.store.delete(route.folder + name)


def require_own(actor: TaskInstance | None, where: Coordinates) -> None:
    """Raise ``NotGranted`` if a task writes or deletes in another Dag's place, whose readers trust that Dag."""
    if actor is not None and actor.dag_id != where.dag_id:
        raise NotGranted(f"{actor} may push and delete only values of its own Dag, and {where.dag_id!r} is another one")


def _refused_if_too_deep(what: str) -> translated[RecursionError]:
    return translated(RecursionError, into=lambda _: PayloadError(f"{what} is nested too deeply, or contains itself"))


def _required(where: Coordinates | None) -> Coordinates:
    if where is None:
        raise InvalidCoordinates("a sensitive value can only be sealed with its dag_id, run_id, task_id and key")
    return where


def _placeholders(findings: Sequence[Finding], store: str, name: str) -> dict[Path, Placeholder]:
    return {finding.path: Placeholder(store=store, name=name, index=index) for index, finding in enumerate(findings)}


def _offer(name: str, object_id: str, request: WriteRequest, *, expires: int) -> Offer:
    terms, slot = request.terms, request.slot
    return Offer(
        object_id=object_id,
        name=name,
        lease_seconds=(terms.lease if terms else 0) or LEASE_SECONDS,
        expires=expires,
        keeps=bool(terms and terms.keeps),
        pool=slot.pool if slot else "",
        shard=slot.shard if slot else None,
    )
