"""A mover beside readers, purgers, consumers and other movers, in every order of their steps.

Nothing is lost, a reader finds the value, and what was deleted does not come back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from secure_xcom.classify import Policy
from secure_xcom.classify.names import Names
from secure_xcom.exchange import deletion
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.exchange.held_claims import HeldClaims
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.model.domain import Domain
from secure_xcom.model.entry import Entry
from secure_xcom.model.event import Event
from secure_xcom.model.seal import SealContext
from secure_xcom.ops.lifecycle.move.mover import Leg, Mover
from secure_xcom.ports.routes import Route
from secure_xcom.ports.store import Head
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.native import NativeSealer
from secure_xcom.seal.sealer import EnvelopeSealer
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryLedger, InMemoryStore
from secure_xcom.testing.fakes import store as fake_store
from tests.unit.ops.lifecycle.interleaving import Actor, in_every_order, in_some_orders, step
from tests.unit.world import CANARY, NOW, PLACE, query

# It walks the same lines again and again, which smaller tests trace.
pytestmark = pytest.mark.no_cover

SOME = 150


class SteppedStore(InMemoryStore):
    """A store each of whose requests is a step."""

    def _put(self, name: str, data: bytes, expires: int) -> None:
        step()
        super()._put(name, data, expires)

    def _get(self, name: str) -> bytes:
        step()
        return super()._get(name)

    def _head(self, name: str) -> Head:
        step()
        return super()._head(name)

    def _delete(self, name: str) -> None:
        step()
        super()._delete(name)


class SteppedLedger(InMemoryLedger):
    """A ledger each of whose requests is a step."""

    def append(self, new: Sequence[Entry]) -> None:
        step()
        super().append(new)

    def has_deletion(self, context: SealContext) -> bool:
        step()
        endings = (Event.PURGE, Event.CONSUME)
        return any(one.event in endings and one.object_id == context.object_id for one in self.entries)


_KEYS = DataKeys(InMemoryKeyProvider())
_ENVELOPES = EnvelopeSealer(_KEYS, Domain(PLACE.dag_id))


@dataclass
class Site:
    """Two stores, with one value in the previous one, and what goes on there."""

    native: bool = False
    value: str = CANARY
    goes_to_large: bool = False
    """Whether the value was sealed for its size alone, so that it goes to the store of large values."""
    in_place: bool = False
    """Whether the previous store is the store of now, too."""
    previous: SteppedStore = field(default_factory=SteppedStore)
    now: SteppedStore = field(default_factory=SteppedStore)
    large: SteppedStore = field(default_factory=SteppedStore)
    ledger: SteppedLedger = field(default_factory=SteppedLedger)
    values: list[object] = field(default_factory=list)
    row: object = None
    name: str = ""

    def __post_init__(self) -> None:
        domain = Domain(PLACE.dag_id)
        self.now = self.previous if self.in_place else self.now
        source = Route(domain=domain, store=self.previous, sealer=NativeSealer() if self.native else _ENVELOPES)
        large = Route(domain=domain, store=self.large, sealer=_ENVELOPES) if self.goes_to_large else None
        self.route = Route(domain=domain, store=self.now, sealer=_ENVELOPES, elsewhere=(source,), large=large)
        self.leg = Leg(source=source, target=self.route, in_place=self.in_place)
        self.row = self._exchange(source).push(self.value, PLACE)
        ((self.name, _),) = self.previous.objects.items()
        self.ledger.entries.clear()

    def mover(self, *, deletes: bool = True) -> Actor:
        mover = Mover(
            was_deleted=self.ledger.has_deletion,
            is_chain_key=lambda _: False,
            clock=lambda: NOW,
            clock_skew=60,
            deletes=deletes,
            large_above=0,
        )
        return lambda: mover.move(self.name, self.leg)

    def purge(self) -> None:
        self._exchange(self.route).purge(self.row, query(PLACE))

    def pull(self) -> None:
        self.values.append(self._exchange(self.route).pull(self.row, query(PLACE)))

    def consume(self) -> None:
        """End a claim as a task's success does: the entry first, then the object."""
        self.ledger.append([_entry(self, Event.CONSUME)])
        self.route.delete(self.name)

    def places(self) -> list[str]:
        stores = (("previous", self.previous), ("now", self.now), ("large", self.large))
        return [name for name, store in stores if store.objects and not (name == "now" and self.in_place)]

    def _exchange(self, route: Route) -> Exchange:
        host = FakeHost()
        recorder = Recorder(ledger=self.ledger, clock=lambda: NOW, host="worker", warn=host.warn)
        runtime = Runtime(
            host=host,
            clock=lambda: NOW,
            routes=_OneRoute(route),
            recorder=recorder,
            claims=HeldClaims(None, recorder, host),
        )
        return Exchange(runtime, _NOTHING, large_threshold=0) if self.goes_to_large else Exchange(runtime, _POLICY)


class _OneRoute:
    def __init__(self, route: Route) -> None:
        self._route = route

    def require_access(self, owner: str, running: str | None) -> None:
        """Let everybody."""

    def route(self, owner: str, running: str | None) -> Route:
        return self._route

    def route_alone(self, dag_id: str) -> Route:
        return self._route


_POLICY = Policy(
    names=Names(sensitive=(), ignored=(), listed=lambda _: False).compiled(),
    holds_registered_secret=lambda _: False,
    everything=True,
)


_NOTHING = replace(_POLICY, everything=False)


def _entry(site: Site, event: Event) -> Entry:
    recorder = Recorder(ledger=site.ledger, clock=lambda: NOW, host="worker", warn=lambda _: None)
    return recorder.entry(event, PLACE, None, object_id=site.name.rpartition("/")[2])


@pytest.fixture(autouse=True)
def _in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A purge waits for the store in a thread of its own, which no order could be given."""
    monkeypatch.setattr(deletion, "_within", lambda _, call: call())


CASES = {
    "copies": (False, {}),
    "deletes": (True, {}),
    "copies what is sealed on the way": (False, {"native": True}),
    "deletes what is sealed on the way": (True, {"native": True}),
    "deletes a large value": (True, {"goes_to_large": True}),
    "copies a large value out of the store of now": (False, {"goes_to_large": True, "in_place": True}),
    "takes a large value out of the store of now": (True, {"goes_to_large": True, "in_place": True}),
}
KINDS = pytest.mark.parametrize(("deletes", "kind"), CASES.values(), ids=CASES)
LARGE = pytest.mark.parametrize("large", [False, True], ids=["a secret", "a large value"])


@KINDS
def test_a_reader_finds_the_value_at_every_step_of_a_move(deletes: bool, kind: dict[str, bool]) -> None:
    site = Site()

    def make() -> Sequence[Actor]:
        nonlocal site
        site = Site(**kind)
        return [site.mover(deletes=deletes), site.pull]

    target = "large" if kind.get("goes_to_large") else "now"
    for order in in_every_order(make):
        assert site.values == [CANARY], order
        assert site.places() == ([target] if deletes else ["previous", target]), order


@LARGE
def test_a_reader_finds_the_rest_of_a_long_value_where_a_move_has_taken_it(
    monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """Of a long object the beginning is read first: between the two, the object may go to the other store."""
    monkeypatch.setattr(fake_store, "HEAD_BYTES", 1000)
    site, value = Site(), CANARY * 100

    def make() -> Sequence[Actor]:
        nonlocal site
        site = Site(value=value, goes_to_large=large)
        return [site.mover(), site.pull]

    for order in in_some_orders(make, SOME) if large else in_every_order(make):
        assert site.values == [value], order
    assert len((site.large if large else site.now).objects[site.name]) > 1000


@KINDS
@pytest.mark.parametrize("ending", [Site.purge, Site.consume], ids=["purge", "consume"])
def test_what_is_deleted_during_a_move_is_in_no_store_after_both(
    deletes: bool, kind: dict[str, bool], ending: Callable[[Site], None]
) -> None:
    site = Site()

    def make() -> Sequence[Actor]:
        nonlocal site
        site = Site(**kind)
        return [site.mover(deletes=deletes), lambda: ending(site)]

    for order in in_some_orders(make, SOME) if kind.get("goes_to_large") else in_every_order(make):
        assert site.places() == [], order


def test_two_moves_at_once_lose_nothing() -> None:
    site = Site()

    def make() -> Sequence[Actor]:
        nonlocal site
        site = Site()
        return [site.mover(), site.mover()]

    for order in in_every_order(make):
        assert "now" in site.places(), order
        site.pull()
        assert site.values == [CANARY], order


@pytest.mark.parametrize("ending", [Site.purge, Site.consume], ids=["purge", "consume"])
def test_two_moves_and_a_deletion_leave_nothing(ending: Callable[[Site], None]) -> None:
    site = Site()

    def make() -> Sequence[Actor]:
        nonlocal site
        site = Site()
        return [site.mover(), site.mover(deletes=False), lambda: ending(site)]

    for order in in_some_orders(make, SOME):
        assert site.places() == [], order


def test_a_reader_finds_the_value_beside_two_moves() -> None:
    site = Site()

    def make() -> Sequence[Actor]:
        nonlocal site
        site = Site()
        return [site.mover(), site.mover(), site.pull]

    for order in in_some_orders(make, SOME):
        assert site.values == [CANARY], order


def test_a_deletion_without_an_entry_leaves_a_copy_at_most_and_never_a_hole() -> None:
    """As a person deletes in the store: whether a mover did it cannot be told, so that nothing is taken back."""
    site = Site()

    def make() -> Sequence[Actor]:
        nonlocal site
        site = Site()
        return [site.mover(), lambda: site.previous.delete(site.name)]

    for order in in_every_order(make):
        assert site.places() in ([], ["now"]), order


def test_the_orders_are_all_of_them_and_each_comes_once() -> None:
    def three() -> None:
        step()
        step()

    orders = list(in_every_order(lambda: [three, three]))
    assert len(orders) == len(set(orders)) == 20
