"""A whole backend without Airflow: an ``Exchange`` over fakes that count, and the checks that many tests share."""

import json
import traceback
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass

from secure_xcom.classify import Policy
from secure_xcom.classify.names import Names
from secure_xcom.errors import SecureXComError
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.exchange.held_claims import HeldClaims
from secure_xcom.exchange.history import History
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.exchange.runtime import Runtime
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.model.mode import Mode, PlainInPlace
from secure_xcom.model.value import JSON
from secure_xcom.ports.ledger import Claims
from secure_xcom.secret import Secret
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryLedger, InMemoryStore, SingleRoute

CANARY = "kanarienvogel-4711"
"""A secret that must turn up nowhere but in sealed objects and in what the consumer gets."""

PLACE = Coordinates(dag_id="etl", run_id="manual__2026-01-01T00:00:00+00:00", task_id="group.make", key="out")
NOW = 1_767_225_600


@dataclass
class Login:
    """An object that only the host's serialiser knows how to encode."""

    user: str
    password: object
    note: object = None


class ObjectHost(FakeHost):
    """Encodes dataclasses and ``Secret`` too, in the shape that Airflow gives them."""

    def encode(self, value: object) -> JSON:
        """Encode an object as its class's name and its fields."""
        if isinstance(value, Secret):
            return {"__classname__": Secret.CLASSNAME, "__version__": 1, "__data__": value.serialize()}  # type: ignore[dict-item]
        if is_dataclass(value):
            content = {field.name: self.encode(getattr(value, field.name)) for field in fields(value)}
            return {"__classname__": "tests.Login", "__version__": 1, "__data__": content}
        return super().encode(value)

    def decode(self, encoded: JSON) -> object:
        """Rebuild what ``encode`` encoded, but no mark: no worker's list of allowed classes holds it."""
        match encoded:
            case {"__classname__": "tests.Login", "__data__": dict(content)}:
                return Login(**{key: self.decode(item) for key, item in content.items()})
        return super().decode(encoded)


def beside(value: object) -> object:
    """What a backend without secure-xcom would hand out. Raises what its serialiser raises."""
    host = ObjectHost()
    return host.decode(json.loads(json.dumps(host.encode(value))))


class RememberingLedger(InMemoryLedger):
    """A ledger that tells in short what it was told."""

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """Event, outcome and error of each entry."""
        return [(entry.event.value, entry.outcome.value, entry.error) for entry in self.entries]


@dataclass
class World:
    """An exchange and the fakes behind it."""

    exchange: Exchange
    store: InMemoryStore
    keys: InMemoryKeyProvider
    host: FakeHost
    ledger: RememberingLedger
    routes: SingleRoute

    def push(self, value: object, place: Coordinates = PLACE) -> JSON:
        """Push, and send the row through JSON as the database does."""
        row: JSON = json.loads(json.dumps(self.exchange.push(value, place)))
        return row

    def pull(self, row: JSON, place: Coordinates = PLACE) -> object:
        """Pull as a reader does that names all coordinates."""
        return self.exchange.pull(row, query(place))

    def round_trip(self, value: object) -> object:
        """What the consumer of ``value`` gets."""
        return self.pull(self.push(value))


def world(
    *,
    host: FakeHost | None = None,
    store: InMemoryStore | None = None,
    keys: InMemoryKeyProvider | None = None,
    sensitive: Collection[str] = (),
    ignored: Collection[str] = (),
    everything: bool = False,
    native: bool = False,
    mode: Mode = Mode.ENFORCE,
    clock: Callable[[], float] = lambda: NOW,
    claims: Callable[[], Claims] | None = None,
    record_plain_values: bool = False,
    remembers: bool = True,
) -> World:
    """Assemble a backend as ``assembly`` does, from fakes. With ``remembers`` off, the ledger is never asked."""
    host, store, keys = host or FakeHost(), store or InMemoryStore(), keys or InMemoryKeyProvider()
    policy = Policy(
        names=Names(sensitive=sensitive, ignored=ignored, listed=host.hides_name).compiled(),
        holds_registered_secret=host.holds_registered_secret,
        everything=everything,
    )
    routes = SingleRoute(store, None if native else keys)
    ledger = RememberingLedger()
    recorder = Recorder(ledger=ledger, clock=clock, host="worker-1", warn=host.warn)
    history = History(recorder, host, PlainInPlace.REFUSE)
    runtime = Runtime(
        host=host,
        clock=clock,
        routes=routes,
        recorder=recorder,
        claims=HeldClaims(claims, recorder, host),
        record_plain_values=record_plain_values,
        history=lambda: history if remembers else None,
    )
    exchange = Exchange(runtime, policy, mode)
    return World(exchange, store, keys, host, ledger, routes)


def query(place: Coordinates, **left_open: None) -> XComQuery:
    """The request that names every coordinate of ``place`` but those ``left_open``."""
    named = {field.name: getattr(place, field.name) for field in fields(place)}
    return XComQuery(**{**named, **left_open})


def refusal(call: Callable[[], object]) -> SecureXComError | None:
    """The error of ours that ``call`` raises, or ``None``; any other error passes through, and fails the test."""
    try:
        call()
    except SecureXComError as error:
        return error
    return None


def assert_reads_or_refuses(call: Callable[[], object]) -> None:
    """Fail unless ``call`` returns, or raises an error of ours that has no other behind it."""
    error = refusal(call)
    assert error is None or error.__context__ is None


def assert_tells_nothing(error: BaseException, secret: str = CANARY) -> None:
    """Fail if ``secret`` can be read from an error or from anything that a log prints beside it."""
    told = [*_told(error), "".join(traceback.format_exception(error))]
    assert not [text for text in told if secret in text]


def _told(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield from (str(error), repr(error), repr(error.args), repr(vars(error)))
        # Ours are raised outside of the block that caught the cause, so there is no chain to follow into it.
        yield from _told(error.__cause__)
        error = error.__context__
