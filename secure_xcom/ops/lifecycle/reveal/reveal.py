"""``Reveal``: the row at some coordinates to the value that it stands for, for an operator.

The steps are those of ``exchange.pull``, from the second to the thirteenth, by the same code. What differs:

1.  No Dag is loaded, so that only the contract that travels with the value is asked.
3.  A plain value is not shown at all.
8.  An operator is no reader of any contract. ``override`` sets the contract aside, and is recorded as an event of its
    own.
10. No claim is taken, and none ends.
13. The value stays as Airflow encoded it: nothing is rebuilt, and no class of a user's is imported.
16. What cannot be recorded is not shown, with best effort either.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, cast

from secure_xcom.errors import (
    ConfigurationError,
    ContractViolation,
    NothingToReveal,
    PayloadError,
    SecureXComError,
    translated,
)
from secure_xcom.exchange.admission import ReadRequest
from secure_xcom.exchange.pull import Pull, Recognised
from secure_xcom.exchange.recorder import failed
from secure_xcom.model.event import Event
from secure_xcom.ops.lifecycle.reveal.reason import quotes

if TYPE_CHECKING:
    from collections.abc import Callable

    from secure_xcom.exchange.pull import Pulled
    from secure_xcom.exchange.runtime import Runtime
    from secure_xcom.model.contract import Contract
    from secure_xcom.model.coordinates import Coordinates
    from secure_xcom.model.seal import SealContext
    from secure_xcom.model.value import JSON, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class RevealRequest:
    """Which value an operator wants to see, and why. ``operator`` is the name that this machine knows them by."""

    where: Coordinates
    operator: str
    reason: str
    override: bool = False

    @property
    def detail(self) -> str:
        """What the ledger keeps of it."""
        return f"by {self.operator}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """An opened value, as Airflow encoded it, and what its sealed object says of itself."""

    tree: Node = field(repr=False)
    context: SealContext
    state: str
    """Of a consume-once value: its state, and the task instance that has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request(ReadRequest):
    override: bool = False

    takes_claims: ClassVar[bool] = False

    def authorise(self, contract: Contract | None, where: Coordinates) -> None:
        """Raise ``ContractViolation`` for each contract, unless the operator overrides it."""
        if contract is not None and not self.override:
            raise ContractViolation(
                f"the value is {contract}, and an operator is not among them: --override sets the contract aside, "
                "and the ledger records it",
                f"asked for {where}",
            )


class Reveal:
    """Shows values with the identity of ``runtime``. ``row_at`` returns what the metadata database holds."""

    def __init__(self, runtime: Runtime, row_at: Callable[[Coordinates], JSON]) -> None:
        self._runtime = runtime
        self._row_at = row_at
        self._pull = Pull(runtime, decode=_as_encoded)

    def value_of(self, asked: RevealRequest) -> Revealed:
        """Return the value, after the ledger has the reveal.

        Raises what a pull raises, ``NothingToReveal`` for a value that is not sealed, and ``ConfigurationError``
        without a ledger. The ledger has the refusal too, if it takes entries. A mistake in the settings, and a
        reason that quotes the value, raise ``ConfigurationError``, and are not recorded.
        """
        recorder = self._runtime.recorder
        if recorder.ledger is None:
            raise ConfigurationError("ledger_mode: is off, and what is revealed must be recorded")
        try:
            opened, context = self._opened(asked)
        except ConfigurationError:
            # Nothing was refused, and with mistaken settings the ledger would be another one, or made for this alone.
            raise
        except SecureXComError as error:
            entry = recorder.entry(Event.REVEAL, asked.where, None, detail=asked.detail)
            with suppress(SecureXComError):
                recorder.record(failed(entry, error))
            raise
        if quotes(asked.reason, cast("Node", opened.value)):
            raise ConfigurationError("--reason: it holds a part of the value, and the ledger keeps no secret")
        events = (Event.OVERRIDE, Event.REVEAL) if context.contract else (Event.REVEAL,)
        made = [
            recorder.entry(event, context.coordinates, None, object_id=context.object_id, detail=asked.detail)
            for event in events
        ]
        recorder.record(*made, required=True)
        once = context.contract is not None and context.contract.once
        state = self._runtime.claims.state_of(context.object_id) if once else ""
        return Revealed(tree=cast("Node", opened.value), context=context, state=state)

    def _opened(self, asked: RevealRequest) -> tuple[Pulled, SealContext]:
        where = asked.where
        request = _Request(query=where.as_query(), reader=None, override=asked.override)
        with translated(RecursionError, into=lambda _: PayloadError("the value is nested too deeply to be shown")):
            found = Recognised.of(self._row_at(where))
            route = self._runtime.routes.route(where.dag_id, where.dag_id)
            opened = self._pull.open_one(found, self._pull.with_past(request), route)
        if opened.context is None:
            raise NothingToReveal("the value is not sealed: Airflow's own UI and API show it", str(where))
        return opened, opened.context


def _as_encoded(tree: Node, *_: object, has_extensions: bool) -> object:  # noqa: ARG001 - in the place of ``decode``
    return tree
