"""``Pull``: rows to the values that they stand for, if the running task may have them.

The steps, numbered in the code, with what each raises:

1.  contract:  the Dag's own contract lets the running task ask for this                      ContractViolation
2.  recognise: the one node that claims to be a placeholder is a complete one; no text is
               what becomes of one that is edited                                             InvalidPlaceholder
3.  compare:   no plain row stands where the ledger has a sealed value      SealedValueReplaced, LedgerError
4.  route:     the running task's domain may read the domain of the Dag that is asked for     NotGranted
5.  match:     the placeholder refers, with the coordinates asked for, to an object's name
                                                                         InvalidPlaceholder, WrongCoordinates
6.  fetch:     the object is there, and this identity may read how it begins       StoreError, ClaimRefused
7.  read:      the object has a header of a version that is known; it is trusted for nothing  Tampered
8.  admit:     the header's coordinates are the ones asked for and give the object's name; its
               contract names the reader; its lifetime goes on   WrongCoordinates, ContractViolation, Expired
9.  current:   the ledger has no end of the object, and the object is not older than its run
                                                                                 Superseded, LedgerError
10. claim:     of a consume-once value, this task instance is the one reader   ClaimRefused, Expired, LedgerError
11. unlock:    the key is a configured one; the header is authentic                   KeyProviderError, Tampered
12. open:      what comes after the header is fetched, and authentic                  StoreError, Tampered
13. decode:    each part stands where it was taken from, none is missing or added             Tampered, PayloadError
14. order:     the rows of one run's mapped instances rise, as their indexes do               WrongCoordinates
15. mask:      Airflow hides what was opened before anybody has it                            MaskingFailed
16. record:    the read stands in the ledger before anybody has the value                     LedgerError

Where the store or the key denies 6, 11 or 12 to a task of another Dag, that is a refusal, and no fault: NotGranted.

A row without a placeholder skips 5 to 13, and is refused where the contract requires a sealed value
(ContractViolation). If no row has any, 4, 14 and 15 are skipped too, and the read is recorded if the ledger is about
such values. Rows that are pulled together run through 5 to 13 at the same time, and the ledger is asked once for the
ninth step of all. The claims of a pull that fails are given back when the task ends; those of one that succeeds are
marked as delivered after the last step.

No key is asked for before a row's tenth step has passed, and of a large object only the beginning is read before the
eleventh has. An altered header may pass the eighth and the ninth, and fails at the eleventh. A claim that it led to
stays with the reader, who gives it back at the end of the task.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from secure_xcom.classify.policy import is_spoken
from secure_xcom.errors import (
    ClaimRefused,
    KeyDenied,
    ObjectNotFound,
    PayloadError,
    StoreDenied,
    translated,
)
from secure_xcom.exchange.admission import NO_PAST, ReadRequest, admit, require_current, require_rising
from secure_xcom.exchange.masking import mask, nothing
from secure_xcom.exchange.refusals import elsewhere, not_granted
from secure_xcom.model.event import NOTHING_THERE, Event
from secure_xcom.model.object_name import name_at, object_id_of, reference_of, require_name
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.value import JSON, node_of
from secure_xcom.payload import decoding
from secure_xcom.payload.buffers import open_payload
from secure_xcom.payload.codec import decode_parts
from secure_xcom.payload.leaves import IsPassword, leaves_of, no_password, opened_objects
from secure_xcom.payload.parts import Found, find_placeholder, restore
from secure_xcom.ports.calls import CONCURRENT_PULLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from secure_xcom.exchange.held_claims import HeldClaim
    from secure_xcom.exchange.runtime import Runtime
    from secure_xcom.model.coordinates import XComQuery
    from secure_xcom.model.seal import SealContext
    from secure_xcom.payload import buffers
    from secure_xcom.ports.routes import Route
    from secure_xcom.ports.store import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A row, and what stands in it for sealed parts; nothing in a plain row."""

    row: JSON = field(repr=False)
    found: Found

    @classmethod
    def of(cls, row: JSON) -> Recognised:
        """Raises ``InvalidPlaceholder``."""
        return cls(row=row, found=find_placeholder(node_of(row)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A value that was opened, or a plain one; ``context`` and ``claim`` are those of a sealed one."""

    value: object = field(repr=False)
    leaves: Sequence[object] = field(default=(), repr=False)
    """What in it is to be masked."""
    context: SealContext | None = None
    claim: HeldClaim | None = None


class Pull:
    """Safe to use from several threads. ``decode`` makes the value of an encoded tree, as ``payload.decoding`` does."""

    def __init__(
        self,
        runtime: Runtime,
        decode: Callable[..., object] = decoding.decode,
        secrets_in: Callable[[str], Iterable[str]] = nothing,
        is_password: IsPassword = no_password,
    ) -> None:
        self._runtime = runtime
        self._secrets_in = secrets_in
        self._is_password = is_password
        self._host = runtime.host
        self._decode = decode

    def values_of(self, rows: Sequence[JSON], query: XComQuery, *, together: bool) -> list[object]:
        """Return the values of ``rows`` in their order, opened concurrently; the first failure is raised.

        ``together`` says that they are all rows of one pull, so that their order can be checked.
        """
        request = ReadRequest(query=query, reader=self._host.running())
        with (
            self._runtime.recorded_failures(Event.READ, request.where, request.reader),
            translated(RecursionError, into=_too_deep),
        ):
            request = self._permitted(request)  # 1. contract
            recognised = [Recognised.of(row) for row in rows]  # 2. recognise
            self._compare_plain(recognised, request)  # 3. compare
            if not any(one.found.placeholder for one in recognised):
                return self._plain_values(rows, request)
            route = self._route(request)  # 4. route
            request = self.with_past(request)  # for 9. current
            opened = self._open_all(recognised, request, route)  # 5. to 13.
            if together and query.run_id is not None:
                # Across runs Airflow's rows have no such order, and repeat for each Dag with a run of the same name.
                require_rising([one.context.coordinates for one in opened if one.context])  # 14. order
            self._deliver(opened, request)  # 15. mask, 16. record
            return [one.value for one in opened]

    def claimed_value(self, name: str, query: XComQuery) -> Pulled:
        """Return the value of the object ``name``, to which a pool's claim led.

        It has no row, which could be set back, nor others beside it: these are the steps 4, 6 to 13, 15 and 16.
        """
        request = ReadRequest(query=query, reader=self._host.running(), contract_required=True)
        with (
            self._runtime.recorded_failures(Event.READ, request.where, request.reader),
            translated(RecursionError, into=_too_deep),
        ):
            route = self._route(request)
            require_name(name, query)
            whole = Placeholder(rule="", store=route.store.scheme, ref=reference_of(name))
            recognised = Recognised(row=whole.to_json(), found=Found(whole, 1))
            opened = self._opened(name, recognised, request, route)
            self._deliver([opened], request)
            return opened

    def open_one(self, recognised: Recognised, request: ReadRequest, route: Route) -> Pulled:
        """Do the steps from the fifth to the thirteenth for one row; raises what they raise."""
        if recognised.found.placeholder is None:
            request.authorise(None, request.where)
            return Pulled(value=self._plain(recognised.row))
        placeholder = recognised.found.placeholder
        name = name_at(placeholder.ref, request.query)  # 5. match
        with (
            translated(ObjectNotFound, into=lambda error: elsewhere(error, placeholder, route)),
            translated((StoreDenied, KeyDenied), into=lambda error: not_granted(error, request)),
        ):
            return self._opened(name, recognised, request, route)  # 6. to 13.

    def _opened(self, name: str, recognised: Recognised, request: ReadRequest, route: Route) -> Pulled:
        placeholder = recognised.found.placeholder
        # A placeholder is not to be trusted, and decides no more than where the object is looked for first.
        is_large = placeholder is not None and placeholder.says_large
        reached, head = self.fetch(name, request, route, is_large=is_large)  # 6. fetch
        unopened = reached.sealer.read(head)  # 7. read
        context = unopened.context
        admit(context, name, request, now=self._runtime.clock() - self._runtime.clock_skew)  # 8. admit
        self._require_current(context, request)  # 9. current
        claim = self._claim(context, request, route) if request.takes_claims else None  # 10. claim
        unlocked = reached.sealer.unlock(unopened)  # 11. unlock
        # Nothing else refers to the object or to what is decrypted: each may be large, and is let go of on the way.
        opened = open_payload(route.opened(name, reached, head, unlocked))  # 12. open
        value, leaves = self._decoded(recognised, opened, context.coordinates.key)  # 13. decode
        return Pulled(value=value, leaves=leaves, context=context, claim=claim)

    def _permitted(self, request: ReadRequest) -> ReadRequest:
        declared = self._host.declared()
        if declared is None:
            return request
        required = declared.for_pull(request.reader, request.query)
        return replace(request, contract_required=required)

    def _compare_plain(self, recognised: Sequence[Recognised], request: ReadRequest) -> None:
        """Have plain rows compared with the ledger. A row of nothing counts as deleted, which anybody may do."""
        rows = [one.found.placeholder for one in recognised if one.row is not None]
        if not all(rows) and (history := self._runtime.history()):
            history.require_plain(rows, request.query)

    def with_past(self, request: ReadRequest) -> ReadRequest:
        """Return the request with what the ninth step compares with: what the ledger knows, and when the run began.

        Raises a ``LedgerError``.
        """
        history = self._runtime.history()
        past = history.past(request.query) if history else NO_PAST
        return replace(request, past=past, run_began=self._host.run_began())

    def _require_current(self, context: SealContext, request: ReadRequest) -> None:
        if request.query.run_id is None and (history := self._runtime.history()):
            # Which run's value it is the object itself says.
            request = replace(request, past=history.past(context.coordinates.as_query()))
        require_current(context, request, clock_skew=self._runtime.clock_skew)

    def _plain_values(self, rows: Sequence[JSON], request: ReadRequest) -> list[object]:
        if rows:
            request.authorise(None, request.where)
        detail = "not sealed" if rows else NOTHING_THERE
        self._runtime.record_plain(Event.READ, request.where, request.reader, detail)
        return [self._plain(row) for row in rows]

    def _route(self, request: ReadRequest) -> Route:
        return self._runtime.routes.route(request.query.dag_id, request.reader.dag_id if request.reader else None)

    def _open_all(self, recognised: Sequence[Recognised], request: ReadRequest, route: Route) -> list[Pulled]:
        if len(recognised) == 1:
            return [self.open_one(recognised[0], request, route)]
        with ThreadPoolExecutor(min(CONCURRENT_PULLS, len(recognised)), "secure-xcom-pull") as pool:
            return list(pool.map(lambda one: self.open_one(one, request, route), recognised))

    def fetch(self, name: str, request: ReadRequest, route: Route, *, is_large: bool = False) -> tuple[Route, Head]:
        """Return by which route an object is reached, and how it begins.

        Raises ``ClaimRefused`` if a claim tells why it is gone, or a ``StoreError``.
        """
        with translated(ObjectNotFound, into=lambda error: self._missing(name, request) or error):
            return route.find(name, is_large=is_large)

    def _missing(self, name: str, request: ReadRequest) -> ClaimRefused | None:
        state = self._runtime.claims.state_of(object_id_of(name))
        if not state:
            return None
        return ClaimRefused(
            f"the value is read once, and is {state}: clear the producing task for another one", str(request)
        )

    def _claim(self, context: SealContext, request: ReadRequest, route: Route) -> HeldClaim | None:
        if context.contract is None or not context.contract.once:
            return None
        return self._runtime.claims.take(context, route, request.reader)

    def _plain(self, row: JSON) -> object:
        return self._decode(node_of(row), self._host.decode, has_extensions=False)

    def _decoded(self, recognised: Recognised, opened: buffers.Opened, key: str) -> tuple[object, list[object]]:
        parts, has_extensions = decode_parts(opened)
        tree = restore(node_of(recognised.row), parts, recognised.found.places)
        value = self._decode(tree, self._host.decode, has_extensions=has_extensions)
        placeholder = recognised.found.placeholder
        spoken = placeholder is not None and is_spoken(placeholder.rule)
        return value, list(leaves_of(parts, opened_objects(parts, value), self._is_password, key, is_spoken=spoken))

    def _deliver(self, opened: Sequence[Pulled], request: ReadRequest) -> None:
        contexts = [one.context for one in opened if one.context]
        where = contexts[0].coordinates if contexts else None
        mask(self._host, [leaf for one in opened for leaf in one.leaves], where, self._secrets_in)  # 15. mask
        entries = []
        for one in opened:
            if one.context is not None:
                events = (Event.CLAIM, Event.READ) if one.claim else (Event.READ,)
                place, object_id = one.context.coordinates, one.context.object_id
                entries += [
                    self._runtime.recorder.entry(kind, place, request.reader, object_id=object_id) for kind in events
                ]
        claims = [one.claim for one in opened if one.claim]
        # Without its entry a claim that another process takes over would not be believed.
        self._runtime.recorder.record(*entries, required=bool(claims))  # 16. record
        if claims:
            self._runtime.claims.deliver(claims)


def _too_deep(_: RecursionError) -> PayloadError:
    return PayloadError("the value is nested too deeply to be rebuilt in this task")
