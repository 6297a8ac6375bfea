"""What earlier processes of a task instance claimed, authenticated before this process answers for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from secure_xcom.errors import LedgerTampered, SecureXComError, Tampered
from secure_xcom.exchange.admission import ReadRequest, admit
from secure_xcom.exchange.held_claims import HeldClaim, somewhere
from secure_xcom.model.coordinates import TaskInstance, XComQuery
from secure_xcom.model.object_name import dag_segment, object_name, place_of, require_name

if TYPE_CHECKING:
    from secure_xcom.exchange.pull import Pull
    from secure_xcom.exchange.runtime import Runtime
    from secure_xcom.model.claim import Claim

_NO_LIFETIME = 0.0
"""A claimed value is deleted with its claim even if its lifetime has ended meanwhile."""


class Adoption:
    """Takes over the claims of a task instance's earlier tries and of its processes before a deferral."""

    def __init__(self, runtime: Runtime, pull: Pull) -> None:
        self._runtime = runtime
        self._pull = pull

    def adopt(self) -> None:
        """Hold what earlier processes of the running task instance had read. Raises nothing."""
        reader = self._runtime.host.running()
        if reader is None:
            return
        for claim in self._runtime.claims.left_by_earlier_processes(reader):
            self._runtime.claims.hold(self._adopted(claim, reader))

    def _adopted(self, claim: Claim, reader: TaskInstance) -> HeldClaim:
        try:
            return self._recognised(claim, reader)
        except SecureXComError as error:
            # The claim ends with the task all the same; only the object stays where it is.
            self._runtime.claims.warn_of(f"an object that {reader} had read before will not be deleted", error)
        return HeldClaim(claim=claim, where=somewhere(reader), delivered=True)

    def _recognised(self, claim: Claim, reader: TaskInstance) -> HeldClaim:
        """Open the object that the database names, and check that it is the one that was claimed."""
        named = place_of(claim.name)
        # A long id is cut in the name; most readers are of the writer's Dag.
        if claim.name.startswith(f"{dag_segment(reader.dag_id)}/"):
            named = replace(named, dag_id=reader.dag_id)
        route = self._runtime.routes.route(named.dag_id, reader.dag_id)
        query = XComQuery(dag_id=named.dag_id, run_id=None)
        require_name(claim.name, query)
        request = ReadRequest(query=query, reader=reader, contract_required=True)
        found, head = self._pull.fetch(claim.name, request, route)
        unopened = found.sealer.read(head)
        admit(unopened.context, claim.name, request, now=_NO_LIFETIME)
        found.sealer.unlock(unopened)
        context = unopened.context
        if context.object_id != claim.object_id or not (context.contract and context.contract.once):
            raise Tampered("the ledger's database names another object than the one that was claimed")
        # The row of a claim is not signed: a writer to the database could name an object that nobody has read.
        if not self._runtime.recorder.has_claimed(context.coordinates, reader, claim.object_id):
            raise LedgerTampered("the ledger has no signed entry of the claim: run secure-xcom audit verify")
        name = object_name(context.coordinates, claim.object_id)
        return HeldClaim(claim=claim, name=name, route=route, where=context.coordinates, delivered=True)
