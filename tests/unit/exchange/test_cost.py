"""Whatever an input looks like, a push and a pull do work in proportion to its size, counted in calls."""

import json
import sys
from collections.abc import Callable
from typing import Any, Self

import pytest

from secure_xcom.errors import InvalidPlaceholder, SecureXComError
from secure_xcom.model.value import JSON
from secure_xcom.secret import Secret
from tests.unit.world import CANARY, PLACE, Login, ObjectHost, World, world

# It walks the same lines again and again, which smaller tests trace.
pytestmark = pytest.mark.no_cover

Make = Callable[[int], object]

SLACK = 1.1
"""What a doubled input may cost besides twice the calls."""


class Calls:
    """Counts the calls of functions, Python's own too, within the block."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Self:
        sys.setprofile(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _called(self, frame: object, event: str, argument: object) -> None:
        self.count += event in ("call", "c_call")


def _push(there: World, value: object) -> tuple[JSON, int]:
    with Calls() as calls:
        row = there.exchange.push(value, PLACE)
    return json.loads(json.dumps(row)), calls.count


def _pull(there: World, row: JSON) -> tuple[object, int]:
    with Calls() as calls:
        value = there.pull(row)
    return value, calls.count


def _nested(depth: int, inner: object) -> object:
    for level in range(depth):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


GROWING: dict[str, Make] = {
    "keys that are no text with a part under each": lambda n: {number: {"password": "x"} for number in range(n)},
    "keys of tuples with a part under each": lambda n: {(number, 1): Secret(number) for number in range(n)},
    "parts in a list": lambda n: [{"password": number} for number in range(n)],
    "parts in a tuple": lambda n: tuple(Secret(number) for number in range(n)),
    "parts in a set": lambda n: {Secret(number) for number in range(n)},
    "parts in objects": lambda n: [Login("u", number) for number in range(n)],
    "plain objects": lambda n: [Login("u", None) for _ in range(n)],
    "a plain dict": lambda n: {f"key-{number}": number for number in range(n)},
    "a plain dict of numbers": lambda n: {number: number for number in range(n)},
    "a sealed dict": lambda n: {"password": {f"key-{number}": number for number in range(n)}},
    "a sealed dict with lone surrogates": lambda n: {"password": {f"\ud800{number}": number for number in range(n)}},
    "a refused dict": lambda n: {"__id__": 1, **{f"key-{number}": number for number in range(n)}},
    "sealed bytes": lambda n: {"password": [b"x"] * n},
    "sealed bytes behind much else": lambda n: {"password": [["x"] * n, b"x"]},
    "texts with a registered secret": lambda n: [f"at {CANARY}"] * n,
    "columns": lambda n: Secret([{"first": 1, "second": "b"}] * n),
}


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING.keys())
def test_a_value_of_twice_the_size_costs_twice_the_calls_each_way(make: Make) -> None:
    pushes, pulls = [], []
    for size in (500, 1000):
        there = world(host=ObjectHost(registered=[CANARY]))
        row, calls = _push(there, make(size))
        pushes.append(calls)
        pulls.append(_pull(there, row)[1])
    assert pushes[1] <= SLACK * 2 * pushes[0]
    assert pulls[1] <= SLACK * 2 * pulls[0]


DEEP: dict[str, Callable[[int], object]] = {
    "parts": lambda depth: _nested(depth, [{"password": number} for number in range(1000)]),
    "parts in a dict": lambda depth: _nested(depth, {number: Secret(number) for number in range(1000)}),
    "a sealed value": lambda depth: {"password": _nested(depth, list(range(1000)))},
    "a sealed value with bytes": lambda depth: {"password": _nested(depth, [[*range(1000)], b"x"])},
    "a plain value": lambda depth: _nested(depth, list(range(1000))),
}


@pytest.mark.parametrize("make", DEEP.values(), ids=DEEP.keys())
def test_depth_adds_to_the_cost_of_the_parts_and_does_not_multiply_it(make: Make) -> None:
    pushes, pulls = [], []
    for depth in (20, 100):
        there = world(host=ObjectHost())
        row, calls = _push(there, make(depth))
        pushes.append(calls)
        pulls.append(_pull(there, row)[1])
    # 80 levels more, each of about a hundred calls: far below 80 times a thousand parts.
    assert pushes[1] - pushes[0] < 80 * 300
    assert pulls[1] - pulls[0] < 80 * 300


def _forged(count: int) -> tuple[World, Any]:
    there = world()
    row = there.push(Secret(CANARY))
    return there, [row] * count


FORGED: dict[str, tuple[Callable[[int], tuple[World, Any]], type[SecureXComError]]] = {
    "copied": (_forged, InvalidPlaceholder),
    "damaged": (lambda n: (world(), [{"__classname__": "secure_xcom.Sealed"}] * n), InvalidPlaceholder),
    "of other objects": (
        lambda n: (world(), [_pointing(f"r/-1/{number:032x}") for number in range(n)]),
        InvalidPlaceholder,
    ),
}


def _pointing(reference: str) -> JSON:
    data: JSON = {"rule": "name", "store": "memory", "ref": reference}
    return {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": data}


@pytest.mark.parametrize(("make", "kind"), FORGED.values(), ids=FORGED.keys())
def test_a_row_of_forged_placeholders_costs_in_proportion(
    make: Callable[[int], tuple[World, Any]], kind: type[SecureXComError]
) -> None:
    counts = []
    for size in (1000, 2000):
        there, row = make(size)
        with Calls() as calls, pytest.raises(kind):
            there.pull(row)
        counts.append(calls.count)
    assert counts[1] <= SLACK * 2 * counts[0]


LARGE: dict[str, tuple[object, int]] = {
    "20,000 keys that are no text with a part under each": (
        {number: {"password": "x"} for number in range(20_000)},
        20_000,
    ),
    "5,000 parts at a depth of 200": (_nested(200, [{"password": number} for number in range(5_000)]), 5_200),
    "200,000 keys": (dict.fromkeys(map(str, range(200_000))), 200_000),
}


@pytest.mark.parametrize(("value", "size"), LARGE.values(), ids=LARGE.keys())
def test_a_large_value_costs_a_few_calls_for_each_of_its_parts(value: object, size: int) -> None:
    there = world()
    row, pushed = _push(there, value)
    _, pulled = _pull(there, row)
    assert pushed < 400 * size
    assert pulled < 400 * size


def test_a_row_of_a_table_costs_a_few_calls() -> None:
    rows = [{"id": number, "name": f"user-{number:05d}", "password": f"pw-{number:016x}"} for number in range(2000)]
    _, pushed = _push(world(host=ObjectHost(registered=[CANARY])), rows)
    # A few for each leaf that is sealed: the others are looked at by columns.
    assert pushed < 125 * len(rows)


def test_100_000_forged_placeholders_cost_a_few_calls_each() -> None:
    there, row = _forged(100_000)
    with Calls() as calls, pytest.raises(InvalidPlaceholder):
        there.pull(row)
    assert calls.count < 30 * 100_000
