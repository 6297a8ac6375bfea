"""The checks of a pull: what a placeholder may refer to, and which objects it may open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from secure_xcom.contracts.enforce import authorise
from secure_xcom.errors import Expired, InvalidPlaceholder, WrongCoordinates
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.object_name import object_name, require_name
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.seal import SealContext

Claim = Callable[[SealContext], None]
"""Claims a value that is read once for the reader, or raises."""


@dataclass(slots=True, kw_only=True)
class Admission:
    """Compares an object's own header with what was asked for, and keeps the header.

    It is asked before the object is opened. A header that somebody altered may pass, and fails then, whole; except for
    a claim that it leads to: that one is the reader's to give back.
    """

    name: str
    query: XComQuery
    reader: TaskInstance | None
    now: float
    """Unix seconds, less the clock skew."""
    contract_required: bool
    """Whether the value must be under a contract."""
    claim: Claim
    context: SealContext | None = field(default=None, init=False)

    def __call__(self, context: SealContext) -> None:
        where = context.coordinates
        if not self.query.admits(where):
            raise WrongCoordinates("the sealed object belongs to another XCom than the one that was asked for")
        if object_name(where, context.object_id) != self.name:
            raise WrongCoordinates("the sealed object was moved: it lies under another name than its own")
        authorise(context.contract, where, self.reader, contract_required=self.contract_required)
        if context.expires and self.now > context.expires:
            raise Expired(
                f"the sealed value of {where} has ended its lifetime: clear the producing task so that it pushes "
                "again, and give the key, its route or [secure_xcom] a longer ttl if it should have lived"
            )
        if context.contract is not None and context.contract.once:
            self.claim(context)
        self.context = context


def reference(placeholders: Collection[Placeholder], query: XComQuery, store: str) -> str:
    """Return the object name that all placeholders of a row give.

    Raises ``InvalidPlaceholder`` and ``WrongCoordinates`` unless it is one name, in ``store``, at the coordinates.
    """
    names = {placeholder.name for placeholder in placeholders}
    if {placeholder.store for placeholder in placeholders} != {store}:
        raise InvalidPlaceholder(
            f"the placeholder names another store than the configured {store}://: "
            "set [secure_xcom] store to the one that holds the object"
        )
    if len(names) != 1:
        raise InvalidPlaceholder("the placeholders of one row name several objects")
    (name,) = names
    require_name(name, query)
    return name


def require_rising(found: Sequence[Coordinates]) -> None:
    """Raise ``WrongCoordinates`` unless the map indexes of one run's rows rise, as the rows do."""
    one_run = len({where.run_id for where in found}) == 1
    if one_run and any(first.map_index >= second.map_index for first, second in pairwise(found)):
        raise WrongCoordinates("placeholders were moved or copied between the rows of mapped task instances")
