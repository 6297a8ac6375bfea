"""What a consumer gets is what Airflow's own backend would hand it, in the same run, in all ways of being sealed."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import attrs
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from pydantic import BaseModel, SecretStr

from secure_xcom.errors import PayloadError
from secure_xcom.secret import Secret
from tests.airflow import any_object
from tests.airflow.any_object import CANARY, Account, Card, Colour, Level, Login, Pair, Point, Tone, Version
from tests.airflow.beside import Backends, Way
from tests.airflow.facts import READS_OLD_TUPLES
from tests.unit.any_value import handed_out, same
from tests.unit.world import assert_tells_nothing, refusal

VALUES = 3_000 if "CI" in os.environ else 300
"""Each is pushed and pulled in every way: in CI 21,000 cases, each of them beside Airflow's own backend."""

pytestmark = pytest.mark.filterwarnings("ignore")


def assert_as_beside(value: object, way: Way, backends: Backends) -> bool:
    """Fail unless ours hands out what Airflow's own backend does, and of what it refuses the exact value or an error.

    Return whether ours has handed something out.
    """
    pushed = way.around(value)
    airflows = _outcome(lambda: backends.airflow_result(pushed))
    if airflows is None:
        return _is_exact_or_refused(pushed, way, backends)
    row, result = backends.our_result(pushed, way)
    assert same(result, airflows[1])
    if "secure_xcom.Sealed" not in row:
        assert row == airflows[0]
    if way is not Way.NAMES:
        assert ("secure_xcom.Sealed" in row) is way.seals(value)
    assert way is not Way.PART or json.loads(row)["user"] == "ann"
    return True


def _outcome(call: Callable[[], tuple[str, object]]) -> tuple[str, object] | None:
    try:
        return call()
    except Exception:
        return None


def _is_exact_or_refused(pushed: object, way: Way, backends: Backends) -> bool:
    opened: list[object] = []
    error = refusal(lambda: opened.append(backends.our_result(pushed, way)[1]))
    if error is None:
        assert same(opened[0], handed_out(pushed, lambda value: backends.airflow_result(value, limits=False)[1]))
        return True
    assert error.__context__ is None
    assert_tells_nothing(error, CANARY)
    return False


# What it covers is covered by its tables; to trace all cases would double its time.
@pytest.mark.no_cover
@settings(
    max_examples=VALUES,
    derandomize="CI" in os.environ,
    deadline=None,
    suppress_health_check=[*HealthCheck],
    database=None,
)
@given(value=any_object.values)
@example(value=Secret(Login(None, None, "\ud800")))  # type: ignore[arg-type]
@example(value=Version("\ud800"))
def test_a_consumer_gets_what_airflows_own_backend_would_hand_it(backends: Backends, value: object) -> None:
    for way in Way:
        assert_as_beside(value, way, backends)


@dataclass
class Row:
    """A record with a key that tells nothing."""

    name: str
    day: dt.date


class Odd(list[object]):
    """A list with names for more items than it has."""

    _fields = ("user", "password", "token")


class Raising:
    """An object whose columns fail."""

    def serialize(self) -> dict[str, object]:
        """Answer Airflow."""
        return {"password": CANARY, "n": 1}

    @staticmethod
    def deserialize(data: dict[str, object], version: int) -> Raising:
        """Answer Airflow."""
        assert data == {"password": CANARY, "n": 1}
        return Raising()

    @property
    def columns(self) -> list[str]:
        """Fail, and quote a secret."""
        raise ValueError(CANARY)


_DAYS = pd.date_range("2026-01-01", periods=2)
_FRAME = pd.DataFrame({"user": ["ann"], "password": [CANARY]})

ACCEPTED: dict[str, object] = {
    "an enum as a key below a sensitive name": {"total_tokens": {Colour.RED: 12690}},
    "an enum of texts as a key": {"total_tokens": {Tone.LOUD: 12690}, "tokens": {Level.HIGH: 1}},
    "a path as a key": {"secret_files": {Path("/run/a"): "x"}},
    "timestamps as keys": {"tokens_per_day": pd.Series([5, 7], _DAYS).to_dict()},
    "a class as a key": {"secrets": {Login: 1, int: 2}},
    "a named tuple as a key": {"tokens": {Pair("a", "b"): 1}, "users": {Pair("a", "b"): 1}},
    "a dataclass as a key": {"tokens": {Point(1, "a"): 1}},
    "bytes as a key": {"tokens": {b"a": 1}},
    "numbers as keys": {"password": {0: "aaaaa", 1: "bbbbb"}, "name": {0: "x", 1: "y"}},
    "other keys": {"password": {None: 1, True: 2, 1.5: 3, (1, "a"): 4, Decimal("1.10"): 5}},
    "keys that collide": {"password": {1: "a", "x": 0, "1": "b"}, "name": {True: "a", "True": "b"}},
    "a series": {"password": pd.Series([CANARY, "b"], ["a", "b"]).to_dict()},
    "a frame": [_FRAME, {"password": _FRAME}],
    "a frame with an index": {"password": _FRAME.set_index("user"), "n": pd.DataFrame({"n": [1]}, [9])},
    "decimals, lossy as Airflow makes them": {"password": [Decimal("1.10"), Decimal("1E+3"), Decimal("0.1")]},
    "a dataclass in a dataclass": {"password": Login(Login("a", "b"), None), "user": Login(Login("a", "b"))},
    "an attrs class in an attrs class": {"token": Account(Account("a", ("b",)))},
    "a pydantic model": {"token": Card(number=CANARY, seen=[dt.date(2026, 1, 1)]), "card": Card(number="1")},
    "a named tuple": {"token": Pair("a", ("b",)), "users": [Pair("a", CANARY)]},
    "sets": {"password": {1, 2}, "token": frozenset({("a", 1)}), "users": {Pair("a", CANARY)}},
    "a list with names for more items than it has": Odd(["ann", CANARY]),
    "an object whose columns fail": {"user": Raising(), "token": [Raising()]},
    "an old encoding": {"__type": "dict", "__var": {"password": CANARY}},
    "an old encoding of a tuple": [{"__type": "tuple", "__var": ["a", {"password": CANARY}]}],
    "half of an old encoding": {"__type": "dict", "password": CANARY},
    "a class of another version": {"password": Version([1, (2,)]), "user": Version("x")},
    "dates as an object's fields": {"token_rows": [Row("a", dt.date(2026, 1, 1))]},
    "nothing": None,
    "nothing below a name": {"password": None},
}
if not READS_OLD_TUPLES:
    del ACCEPTED["an old encoding of a tuple"]
Raising.__eq__ = lambda self, other: isinstance(other, Raising)  # type: ignore[assignment,method-assign]


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("value", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_airflow_accepts_comes_back_as_airflow_hands_it_out(value: object, way: Way, backends: Backends) -> None:
    assert backends.airflow_result(value)
    assert assert_as_beside(value, way, backends)


EXACT: dict[str, object] = {
    "bytes": b"\x00\xff",
    "a bytearray": bytearray(b"\x00\xff"),
    "a complex number": complex(1.5, -0.0),
    "a time": dt.time(12, 30, fold=1, tzinfo=dt.UTC),
    "a reserved key": {"__classname__": "os.system", "__version__": 1, "__data__": [1]},
    "another reserved key, beside numbers": {"__id__": 1, 2: [{3: 4}], None: ("a",)},
    "a placeholder": {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": {"ref": "x"}},
    "a mark as a key": {Secret("k"): {1: 2}},
    "a mark in a key": {(1, Secret(2)): 3},
    "bytes among what Airflow accepts": [{1: b"x"}, (b"x", Decimal("1.10")), {b"x"}, Pair("a", b"x"), Login("a")],
    "bytes in an old encoding": {"__type": "dict", "__var": b"x"},
    "bytes beside an object": {"password": b"x", "login": Login("a", Secret(Login("b")))},
}


@pytest.mark.parametrize("way", [Way.PART, Way.WHOLE, Way.CONTRACT, Way.ALL])
@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_what_only_airflow_refuses_comes_back_exact_when_it_is_sealed(
    value: object, way: Way, backends: Backends
) -> None:
    assert _outcome(lambda: backends.airflow_result(value)) is None
    assert assert_as_beside(value, way, backends)


def _nested(depth: int, make: Callable[[object], object], inner: object = 1) -> object:
    for _ in range(depth):
        inner = make(inner)
    return inner


WIRE: dict[str, tuple[object, bool]] = {
    "no number": (float("nan"), False),
    "infinite": (float("inf"), False),
    "infinite below zero": (float("-inf"), False),
    "the largest float": (1.7976931348623157e308, True),
    "the smallest float": ([5e-324, -0.0], True),
    "the largest integer": (2**64 - 1, True),
    "an integer too large": (2**64, False),
    "the smallest integer": (-(2**63), True),
    "an integer too small": (-(2**63) - 1, False),
    "an integer that Python does not print": (10**5000, False),
    "a lone surrogate": ("a\ud800", False),
    "a lone surrogate in a key": ({"a\udfff": 1}, False),
    "text beyond the BMP": ({"\U0001f426": "\U0001f426"}, True),
    "a zero character": ({"a\0": "b\0"}, True),
    "the deepest list": (_nested(254, lambda inner: [inner]), True),
    "the deepest empty list": (_nested(254, lambda inner: [inner], []), True),
    "the deepest dict": (_nested(254, lambda inner: {"a": inner}), True),
    "a list too deep": (_nested(255, lambda inner: [inner]), False),
    "an empty list too deep": (_nested(255, lambda inner: [inner], []), False),
    "a dict too deep": (_nested(255, lambda inner: {"a": inner}), False),
    "a tuple too deep": (_nested(128, lambda inner: (inner,)), False),
}


@pytest.mark.parametrize(("value", "fits"), WIRE.values(), ids=WIRE.keys())
def test_airflows_messages_hold_what_a_row_may_and_nothing_else(value: object, fits: bool, backends: Backends) -> None:
    assert (_outcome(lambda: backends.airflow_result(value)) is not None) is fits
    error = refusal(lambda: backends.push(value, Way.PLAIN))
    assert (error is None) is fits
    assert fits or isinstance(error, PayloadError)


class Model(BaseModel):
    """A model that hides its secret."""

    password: SecretStr


@attrs.define
class Holder:
    """An attrs class of anything."""

    inner: object


HIDDEN: dict[str, object] = {
    "a model": Model(password=SecretStr(CANARY)),
    "in a dataclass": Login(Model(password=SecretStr(CANARY))),
    "in a dict in a dataclass": Login({"a": [Model(password=SecretStr(CANARY))]}),
    "in an attrs class": Holder(Model(password=SecretStr(CANARY))),
    "in a list": [Model(password=SecretStr(CANARY))],
    "in a dict": {"a": {1: Model(password=SecretStr(CANARY))}},
}


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("value", HIDDEN.values(), ids=HIDDEN.keys())
def test_asterisks_of_pydantic_are_not_handed_out_as_data(value: object, way: Way, backends: Backends) -> None:
    with pytest.raises(PayloadError, match="SecretStr") as caught:
        backends.push(way.around(value), way)
    assert_tells_nothing(caught.value, CANARY)
