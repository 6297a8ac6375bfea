"""The checks of a pull that compare: a placeholder and an object's header with what the running task asks for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Final

from secure_xcom.contracts.enforce import authorise
from secure_xcom.errors import Expired, Superseded, WrongCoordinates
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.object_name import object_name
from secure_xcom.model.past import Past

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secure_xcom.model.contract import Contract
    from secure_xcom.model.seal import SealContext

NO_PAST: Final = Past()
"""Nothing is known of the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """Who pulls, and what. ``contract_required`` says that the value must be under a contract."""

    query: XComQuery
    reader: TaskInstance | None
    contract_required: bool = False
    past: Past = NO_PAST
    """What the ledger knows of the place."""
    run_began: float = 0.0
    """When the reader's run began at the earliest, in Unix seconds; 0.0 where nothing says so."""

    takes_claims: ClassVar[bool] = True
    """Whether the reader of a consume-once value claims it."""

    def authorise(self, contract: Contract | None, where: Coordinates) -> None:
        """Raise ``ContractViolation`` unless the reader may read a value that travels with ``contract``."""
        authorise(contract, where, self.reader, contract_required=self.contract_required)

    @property
    def where(self) -> Coordinates:
        """The coordinates under which the ledger records a pull that reached no object."""
        query = self.query
        return Coordinates(
            dag_id=query.dag_id,
            run_id=query.run_id or "",
            task_id=query.task_id or "",
            key=query.key or "",
            map_index=-1 if query.map_index is None else query.map_index,
        )

    def __str__(self) -> str:
        return f"{self.reader or 'code outside a task'} asked for {self.where}"


def admit(context: SealContext, name: str, request: ReadRequest, *, now: float) -> None:
    """Compare an object's own header with the request; ``now`` is in Unix seconds.

    Raises ``WrongCoordinates``, ``ContractViolation`` or ``Expired``.
    """
    where = context.coordinates
    require_place(context, name, request.query)
    request.authorise(context.contract, where)
    require_lifetime(context, now=now)


def require_place(context: SealContext, name: str, query: XComQuery) -> None:
    """Raise ``WrongCoordinates`` unless an object's header belongs to what was asked for, and to its own name."""
    if not query.admits(context.coordinates):
        raise WrongCoordinates("the sealed object belongs to another XCom than the one that was asked for")
    if object_name(context.coordinates, context.object_id) != name:
        raise WrongCoordinates("the sealed object was moved: it lies under another name than its own")


def require_lifetime(context: SealContext, *, now: float) -> None:
    """Raise ``Expired`` if the object's lifetime has ended; ``now`` is in Unix seconds."""
    if context.expires and now > context.expires:
        raise Expired(
            "the sealed value has ended its lifetime: clear the producing task so that it pushes again",
            f"it is {context.coordinates}. "
            "Give the key, its route or [secure_xcom] a longer ttl if it should have lived",
        )


def require_current(context: SealContext, request: ReadRequest, *, clock_skew: int) -> None:
    """Raise ``Superseded`` for an object whose row was deleted or replaced, or that is older than the reader's run."""
    where, reader = context.coordinates, request.reader
    advice = f"it is {where}. Somebody has set the row back, past this backend: clear the producing task"
    if context.object_id in request.past.ended:
        raise Superseded("the row refers to an object that was deleted, or that a later push has superseded", advice)
    is_of_own_run = reader is not None and (reader.dag_id, reader.run_id) == (where.dag_id, where.run_id)
    if is_of_own_run and context.created + clock_skew < request.run_began:
        raise Superseded(
            "the row refers to an object that is older than its run: an earlier run had the same id", advice
        )


def require_rising(found: Sequence[Coordinates]) -> None:
    """Raise ``WrongCoordinates`` unless the map indexes of one run's rows rise, as the rows do."""
    one_run = len({where.run_id for where in found}) == 1
    if one_run and any(first.map_index >= second.map_index for first, second in pairwise(found)):
        raise WrongCoordinates("placeholders were moved or copied between the rows of mapped task instances")
