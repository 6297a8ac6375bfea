"""``Push``: a value to its row, with what is sensitive in it sealed into the store.

The steps, numbered in the code, with what each raises:

1. contract: the running task may push here, and the Dag's contract lets it         NotGranted, ContractViolation
2. encode:   once, as Airflow does; this tree is scanned, sealed and stored         PayloadError
3. classify: select what is sensitive; all of it under a contract                   PayloadError
4. route:    the store and the sealer of the Dag's domain       InvalidCoordinates, NotGranted, ConfigurationError
5. cut:      take the selected parts out; the rest holds nothing sensitive, and
             nothing that Airflow cannot store                                      PayloadError
6. mask:     tell Airflow what must not show in logs                                MaskingFailed
7. remember: what the ledger has of the place is superseded by this push            LedgerError
8. seal:     the parts to bytes, bound to their places in the row                   KeyProviderError
9. store:    the object first, so that a crash leaves an orphan and never a hole    StoreError
10. record:  the write stands in the ledger before anybody hears of the object      LedgerError
11. offer:   a consume-once value can be claimed from now on                        LedgerError

Of a value with nothing sensitive the whole tree is the row: of the steps after the third it takes the seventh alone,
and is recorded if the ledger is about such values. A large one is sealed whole, by the fourth step and those from the
seventh to the tenth. With a ledger of best effort the tenth step may wait in the spool.

Then the caller writes the row. Every failure raises; neither plaintext nor a placeholder without its object is left.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.policy import is_spoken
from secure_xcom.errors import InvalidCoordinates, NotGranted, PayloadError, SecureXComError, translated
from secure_xcom.exchange.selection import Classifier, Selected
from secure_xcom.model.coordinates import Coordinates, TaskInstance, is_airflows
from secure_xcom.model.event import Event
from secure_xcom.model.mode import Mode
from secure_xcom.model.origin import UNKNOWN, Origin
from secure_xcom.model.value import JSON, Selection, node_of
from secure_xcom.payload.encoding import Encoding, adopt, encode
from secure_xcom.payload.foreign import guarded, name_of
from secure_xcom.payload.nodes import require_storable

if TYPE_CHECKING:
    from collections.abc import Callable

    from secure_xcom.classify import Policy
    from secure_xcom.exchange.runtime import Runtime
    from secure_xcom.model.claim import Offer, PoolSlot
    from secure_xcom.model.contract import Terms
    from secure_xcom.model.pieces import Pieces
    from secure_xcom.model.seal import SealContext
    from secure_xcom.payload.buffers import Unsealed
    from secure_xcom.payload.parts import Parts
    from secure_xcom.ports.routes import Route

_UNDER_CONTRACT: Final = "contract"
"""The rule by which a value under contract is sealed whole, whatever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """Who pushes, where, and on which terms. ``where`` is ``None`` when Airflow serialises outside a push."""

    where: Coordinates | None
    writer: TaskInstance | None
    terms: Terms | None = None
    slot: PoolSlot | None = None
    acts_as: str | None = None
    """The Dag whose identity an operator's command takes on. A task acts as its own Dag."""
    detail: str = ""
    """What the ledger says of the write besides."""

    @property
    def running(self) -> str | None:
        """The Dag whose identity the write goes by."""
        return self.writer.dag_id if self.writer else self.acts_as


class Push:
    """Safe to use from several threads."""

    def __init__(self, runtime: Runtime, policy: Policy, mode: Mode, large_threshold: int) -> None:
        self._runtime = runtime
        self._host = runtime.host
        self._classifier = Classifier(runtime, policy, mode)
        self._policy = policy
        self._large_threshold = large_threshold if mode is Mode.ENFORCE else -1

    def row_of(self, value: object, where: Coordinates | None) -> JSON:
        """Return the row for ``value``; what is sensitive in it is in the store when this returns."""
        writer = self._host.running()
        with self._runtime.recorded_failures(Event.WRITE, where, writer), translated(RecursionError, into=_too_deep):
            request = self._permitted(value, WriteRequest(where=where, writer=writer))  # 1. contract
            encoding = encode(value, self._host.encode)  # 2. encode
            selected = self._selected(encoding, request)  # 3. classify
            if selected is not None:
                return self._sealed(encoding, selected, request)  # 4. to 11.
            if (moved := self._moved(encoding, name_of(type(value)), request)) is not None:
                return moved
            storable = require_storable(encoding.stored(encoding.tree))
            if where is not None and (history := self._runtime.history()):
                history.begin_plain(where, writer)  # 7. remember
            self._runtime.record_plain(Event.WRITE, where, writer)
            return storable

    def row_of_encoded(self, encoded: JSON, where: Coordinates, detail: str) -> JSON:
        """Return the row for what Airflow's serialiser made of a value before: the steps from the second on.

        An operator's command asks for it, as the value's own Dag. The serialiser is not asked again, and no class is
        loaded. No contract is known here.
        """
        from secure_xcom.exchange.large import kind_of

        request = WriteRequest(where=where, writer=None, acts_as=where.dag_id, detail=detail)
        with translated(RecursionError, into=_too_deep):
            encoding = adopt(encoded)
            selected = self._classifier.selected(encoding, where, Origin(task_id=where.task_id))
            if selected is not None:
                return self._sealed(encoding, selected, request)
            moved = self._moved(encoding, kind_of(encoded), request)
            return require_storable(encoding.tree) if moved is None else moved

    def selection_of(self, encoded: JSON, where: Coordinates) -> Selection | None:
        """Return what ``row_of_encoded`` would seal. Raises ``PayloadError``."""
        with translated(RecursionError, into=_too_deep):
            selected = self._classifier.selected(adopt(encoded), where, Origin(task_id=where.task_id))
            return selected.parts if selected else None

    def is_large(self, encoded: JSON, where: Coordinates) -> bool:
        """Return whether ``row_of_encoded`` would move a plain value for its size. NaN stays: no row takes it back."""
        with translated(RecursionError, into=_too_deep):
            encoding = adopt(encoded)
            if self._unsealed_if_large(encoding, where) is None:
                return False
            with suppress(PayloadError):
                require_storable(encoding.tree)
                return True
            return False

    def put(self, value: object, where: Coordinates, terms: Terms, slot: PoolSlot) -> None:
        """Seal a value whole and offer it in a pool: the second step, and those from the fourth on. It has no row."""
        writer = self._host.running()
        with self._runtime.recorded_failures(Event.WRITE, where, writer), translated(RecursionError, into=_too_deep):
            request = WriteRequest(where=where, writer=writer, terms=terms, slot=slot)
            encoding = encode(value, self._host.encode)
            self._sealed(encoding, self._classifier.whole(_UNDER_CONTRACT), request)

    def _selected(self, encoding: Encoding, request: WriteRequest) -> Selected | None:
        if request.terms:
            return self._classifier.whole(_UNDER_CONTRACT)
        where = request.where
        return self._classifier.selected(encoding, where, self._host.origin(where) if where else UNKNOWN)

    def _sealed(self, encoding: Encoding, selected: Selected, request: WriteRequest) -> JSON:
        # A task that seals nothing loads none of these.
        from secure_xcom.model.object_name import object_name, reference_of
        from secure_xcom.model.placeholder import Placeholder
        from secure_xcom.payload.codec import encode_parts
        from secure_xcom.payload.parts import cut

        where = _required(request.where)
        route = self._runtime.routes.route(where.dag_id, request.running)  # 4. route
        context = self._context(where, route, request.terms)
        name = object_name(where, context.object_id)
        rule = selected.shown_rule
        placeholder = node_of(Placeholder(rule=rule, store=route.store.scheme, ref=reference_of(name)).to_json())
        row, parts = cut(encoding.tree, selected.parts, placeholder)  # 5. cut
        while (left := self._classifier.left_in(row, parts, placeholder, where, selected)) is not None:
            selected = selected.with_more(left)
            row, parts = cut(encoding.tree, selected.parts, placeholder)
        storable = require_storable(encoding.stored(row))
        self._mask(parts, encoding, where, rule)  # 6. mask
        self._keep(lambda: encode_parts(parts).payload(), context, request, route)  # 7. to 11.
        return storable

    def _mask(self, parts: Parts, encoding: Encoding, where: Coordinates, rule: str) -> None:
        from secure_xcom.exchange.masking import mask
        from secure_xcom.payload.leaves import leaves_of

        names_a_password = self._policy.names_a_password
        leaves = leaves_of(parts, encoding.object_of, names_a_password, where.key, is_spoken=is_spoken(rule))
        mask(self._host, leaves, where, self._policy.secrets_in)

    def _moved(self, encoding: Encoding, kind: str, request: WriteRequest) -> JSON | None:
        """Return the placeholder of a value that was moved because of its size; ``None`` if it stays in the row.

        There is nothing to mask, and nothing that Airflow reads from the database is moved.
        """
        where = request.where
        if where is None or (unsealed := self._unsealed_if_large(encoding, where)) is None:
            return None
        from secure_xcom.exchange.large import large_rule, packed_for
        from secure_xcom.model.object_name import object_name, reference_of
        from secure_xcom.model.placeholder import Placeholder

        route = self._runtime.routes.route(where.dag_id, request.running).for_large  # 4. route
        context = self._context(where, route, request.terms)
        name = object_name(where, context.object_id)
        rule = large_rule(kind, unsealed.size)
        self._keep(lambda: packed_for(route.store, unsealed), context, request, route)  # 7. to 10.
        return Placeholder(rule=rule, store=route.store.scheme, ref=reference_of(name)).to_json()

    def _unsealed_if_large(self, encoding: Encoding, where: Coordinates) -> Unsealed | None:
        if self._large_threshold < 0 or is_airflows(where.key):
            return None
        from secure_xcom.exchange.large import encoded_above

        return encoded_above(self._large_threshold, encoding.tree)

    def _permitted(self, value: object, request: WriteRequest) -> WriteRequest:
        where, writer = request.where, request.writer
        if where is None:
            return request
        if writer is None:
            self._runtime.routes.require_access(where.dag_id, None)
        require_own(writer, where)
        declared = self._host.declared()
        if declared is None or where.dag_id != declared.dag_id:
            return request
        terms = guarded(
            # Of what is returned as several outputs the keys are asked for, and the class may be the author's own.
            lambda: declared.for_push(writer, where, value),
            lambda: f"the keys of a value of type {name_of(type(value))}",
            "cannot be read",
        )
        return WriteRequest(where=where, writer=writer, terms=terms)

    def _context(self, where: Coordinates, route: Route, terms: Terms | None) -> SealContext:
        from secure_xcom.model.object_name import new_object_id
        from secure_xcom.model.seal import SealContext

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

    def _keep(self, payload: Callable[[], Pieces], context: SealContext, request: WriteRequest, route: Route) -> None:
        """Seal and store a payload, which is made here and let go of before the store may copy what was sealed."""
        from secure_xcom.model.object_name import object_name

        name = object_name(context.coordinates, context.object_id)
        if history := self._runtime.history():
            history.begin_sealed(context.coordinates, request.writer, context.object_id)  # 7. remember
        blob = route.sealer.seal(payload(), context)  # 8. seal
        route.store.put(route.folder + name, blob, self._dropped_at(context))  # 9. store
        self._announce(name, context, request, route)  # 10. record, 11. offer

    def _announce(self, name: str, context: SealContext, request: WriteRequest, route: Route) -> None:
        terms, once = request.terms, bool(context.contract and context.contract.once)
        detail = str(context.contract) if context.contract else request.detail
        entry = self._runtime.recorder.entry(
            Event.WRITE, context.coordinates, request.writer, object_id=context.object_id, detail=detail
        )
        try:
            # 10. record. Without the ledger's database there is no offer either, and no entry of the object.
            self._runtime.recorder.record(entry, required=once)
            if terms is not None and once:
                # 11. offer. It comes last: from then on a consumer may claim the value.
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
        raise NotGranted(
            f"a task may push and delete only values of its own Dag, and {where.dag_id!r} is another one", str(actor)
        )


def _too_deep(_: RecursionError) -> PayloadError:
    return PayloadError("the value is nested too deeply, or contains itself")


def _required(where: Coordinates | None) -> Coordinates:
    if where is None:
        raise InvalidCoordinates("a sensitive value can only be sealed with its dag_id, run_id, task_id and key")
    return where


def _offer(name: str, object_id: str, request: WriteRequest, *, expires: int) -> Offer:
    from secure_xcom.exchange.held_claims import LEASE_SECONDS
    from secure_xcom.model import claim

    terms, slot = request.terms, request.slot
    return claim.Offer(
        object_id=object_id,
        name=name,
        lease_seconds=(terms.lease if terms else 0) or LEASE_SECONDS,
        expires=expires,
        keeps=bool(terms and terms.keeps),
        pool=slot.pool if slot else "",
        shard=slot.shard if slot else None,
    )
