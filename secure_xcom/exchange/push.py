"""``Sealing``: a value's sensitive parts into the store, and a placeholder for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from secure_xcom.errors import PayloadError, SecureXComError
from secure_xcom.exchange.claims import LEASE_SECONDS, HeldClaims
from secure_xcom.exchange.masking import leaves_of, mask
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.model.claim import Offer
from secure_xcom.model.contract import Terms
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.event import Event
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.seal import SealContext
from secure_xcom.model.value import JSON, Finding, Path
from secure_xcom.payload import tree
from secure_xcom.payload.codec import encode_parts
from secure_xcom.payload.serde import Objects
from secure_xcom.ports.host import Host
from secure_xcom.ports.routes import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSlot:
    """In which pool a value is offered, and to which of its shards."""

    pool: str
    shard: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """The second half of a push. Safe to use from several threads."""

    host: Host
    clock: Callable[[], float]
    clock_skew: int
    recorder: Recorder
    held_claims: HeldClaims

    def seal(
        self,
        value: object,
        findings: Sequence[Finding],
        where: Coordinates,
        route: Route,
        objects: Objects,
        *,
        terms: Terms | None,
        writer: TaskInstance | None,
        slot: PoolSlot | None = None,
    ) -> JSON:
        """Return the row for ``value``, whose ``findings`` are in the store when this returns, offered and recorded."""
        try:
            parts = tree.extract(value, findings, objects.encode)
            mask(self.host, list(leaves_of((part.value for part in parts), objects.encode)), where)
            context = self._context(where, route.ttl, terms)
            name = object_name(where, context.object_id)
            row = tree.replace(value, _placeholders(findings, route.store.scheme, name), objects.encode)
            sealed = route.sealer.seal(encode_parts(tree.bind(row, parts), objects.encode), context)
        except RecursionError:
            pass
        else:
            # The store's clock counts too: it is not to drop what readers may still open.
            route.store.put(route.folder + name, sealed, context.expires and context.expires + self.clock_skew)
            try:
                self._announce(name, context, terms, writer, slot)
            except SecureXComError:
                # Nobody has been told of the object, and nobody will be.
                self._take_back(route, name, context)
                raise
            return row
        raise PayloadError(f"the value of {where} is nested too deeply, or contains itself")

    def _announce(
        self, name: str, context: SealContext, terms: Terms | None, writer: TaskInstance | None, slot: PoolSlot | None
    ) -> None:
        detail = str(context.contract) if context.contract else ""
        where, object_id = context.coordinates, context.object_id
        once = terms is not None and terms.contract.once
        entry = self.recorder.entry(Event.WRITE, where, writer, object_id=object_id, detail=detail)
        # Without the ledger's database there is no offer either, and nothing was written.
        self.recorder.record(entry, required=once)
        # The offer comes last: from then on somebody may take it.
        if terms is not None and once:
            expires = context.expires and context.expires + self.clock_skew
            self.held_claims.offer(_offer(slot, terms, name, context.object_id, expires))

    def _take_back(self, route: Route, name: str, context: SealContext) -> None:
        if context.contract is not None and context.contract.once:
            with suppress(SecureXComError):
                self.held_claims.withdraw(context.object_id)
        with suppress(SecureXComError):
            route.store.delete(route.folder + name)

    def _context(self, where: Coordinates, ttl: int, terms: Terms | None) -> SealContext:
        now = int(self.clock())
        shortest = min((span for span in (ttl, terms.ttl if terms else 0) if span), default=0)
        return SealContext(
            coordinates=where,
            object_id=new_object_id(),
            created=now,
            expires=now + shortest if shortest else 0,
            contract=terms.contract if terms else None,
        )


def _placeholders(findings: Sequence[Finding], store: str, name: str) -> dict[Path, Placeholder]:
    return {finding.path: Placeholder(store=store, name=name, index=index) for index, finding in enumerate(findings)}


def _offer(slot: PoolSlot | None, terms: Terms, name: str, object_id: str, expires: int) -> Offer:
    return Offer(
        object_id=object_id,
        name=name,
        lease_seconds=terms.lease or LEASE_SECONDS,
        expires=expires,
        keeps=terms.keeps,
        pool=slot.pool if slot else "",
        shard=slot.shard if slot else None,
    )
