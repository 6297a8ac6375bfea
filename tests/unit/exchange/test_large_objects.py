"""Of a large object only the beginning is read until its header is known to be authentic."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from secure_xcom.errors import Tampered, WrongCoordinates
from secure_xcom.ports.store import HEAD_BYTES
from secure_xcom.seal.envelope import parse_header
from secure_xcom.secret import Secret
from tests.unit.world import PLACE, World, assert_tells_nothing, refusal, world

LARGE = "x" * (3 * HEAD_BYTES)


def _requests(there: World) -> list[str]:
    return [call for call, _ in there.store.calls]


def test_a_large_value_comes_back_and_costs_one_request_more() -> None:
    there = world()
    row = there.push(Secret(LARGE))
    there.store.calls.clear()
    assert there.pull(row) == LARGE
    assert _requests(there) == ["head", "get"]


def test_a_small_value_costs_one_request() -> None:
    there = world()
    row = there.push(Secret("x"))
    there.store.calls.clear()
    there.pull(row)
    assert _requests(there) == ["head"]


def _flipped(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def _of_another_key(_: bytes) -> bytes:
    other = world()
    other.push(Secret(LARGE), replace(PLACE, key="other"))
    return next(iter(other.store.objects.values()))


def _of_another_writer(_: bytes) -> bytes:
    """Return what somebody seals who knows the coordinates and has no key of the configured provider."""
    other = world()
    other.push(Secret(LARGE))
    return next(iter(other.store.objects.values()))


FORGED: dict[str, tuple[Callable[[bytes], bytes], type[Exception]]] = {
    "anything": (lambda data: bytes(len(data)), Tampered),
    "a byte more": (lambda data: data + b"\0", Tampered),
    "a byte less": (lambda data: data[:-1], Tampered),
    "an altered time": (lambda data: _flipped(data, 15), Tampered),
    "an altered salt": (lambda data: _flipped(data, parse_header(data, len(data)).size - 64), Tampered),
    "of another key": (_of_another_key, WrongCoordinates),
    "of another writer": (_of_another_writer, WrongCoordinates),
}


@pytest.mark.parametrize(("forge", "error"), FORGED.values(), ids=FORGED.keys())
def test_a_forged_header_is_refused_before_the_rest_is_read(
    forge: Callable[[bytes], bytes], error: type[Exception]
) -> None:
    there = world()
    row = there.push(Secret(LARGE))
    ((name, data),) = there.store.objects.items()
    there.store.objects[name] = forge(data)
    there.store.calls.clear()
    refused = refusal(lambda: there.pull(row))
    assert type(refused) is error
    assert_tells_nothing(refused)
    assert _requests(there) == ["head"]


def test_an_object_that_is_replaced_between_the_two_requests_is_refused() -> None:
    there = world()
    row = there.push(Secret(LARGE))
    ((name, data),) = there.store.objects.items()
    read = there.store._head

    def replaced(asked: str) -> object:
        head = read(asked)
        there.store.objects[name] = _flipped(data, 0)
        return head

    there.store._head = replaced  # type: ignore[method-assign,assignment]
    with pytest.raises(Tampered, match=r"two different objects|not a sealed object"):
        there.pull(row)
