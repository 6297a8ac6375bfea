"""A mark tells nothing, and answers nobody but the classifier."""

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import asdict, dataclass

import pytest

from secure_xcom.errors import Refused
from secure_xcom.secret import Secret, exposed
from tests.unit.world import CANARY, assert_tells_nothing

SECRET = Secret(CANARY)


@pytest.mark.parametrize(
    "text",
    [
        repr(SECRET),
        str(SECRET),
        f"{SECRET}",
        f"{SECRET:>10}",
        f"{SECRET!r}",
        " ".join(map(str, [SECRET])),
        repr([SECRET]),
    ],
)
def test_prints_as_three_stars(text: str) -> None:
    assert "***" in text
    assert CANARY not in text


def test_gives_back_what_it_was_given() -> None:
    value = object()
    assert Secret(value).reveal() is value


def test_equals_another_mark_of_the_same_value_and_never_the_bare_one() -> None:
    assert Secret("x") == Secret("x")
    assert Secret("x") != Secret("y")
    assert Secret("x") != "x"
    assert len({Secret("x"), Secret("x"), "x"}) == 2


def test_is_never_pickled() -> None:
    for attempt in (pickle.dumps, copy.copy):
        with pytest.raises(Refused) as caught:
            attempt(SECRET)
        assert_tells_nothing(caught.value)


def test_survives_asdict() -> None:
    @dataclass
    class Holder:
        secret: Secret[str]

    assert asdict(Holder(SECRET))["secret"] is SECRET


def test_a_dataclass_in_a_mark_is_encoded_like_one_in_a_field() -> None:
    @dataclass
    class Holder:
        content: object

    inner = [Holder((Holder(1),))]
    with exposed():
        marked = asdict(Holder(Secret(inner)))["content"].reveal()
    assert marked == asdict(Holder(inner))["content"] == [{"content": ({"content": 1},)}]


PRINTING: list[Callable[[object], object]] = [
    repr,
    str,
    ascii,
    format,
    lambda secret: f"postgres://u:{secret}@h",
    lambda secret: f"{secret:>10}",
    lambda secret: f"{secret!r}",
    lambda secret: "{}".format(secret),  # noqa: UP032 - a way of its own
    lambda secret: "%s" % secret,  # noqa: UP031 - a way of its own
    lambda secret: str([secret]),
]


def test_prints_nothing_while_a_serialiser_is_answered() -> None:
    for printing in PRINTING:
        with exposed(), pytest.raises(Refused, match="not a key") as caught:
            printing(SECRET)
        assert_tells_nothing(caught.value)
    with exposed(), pytest.raises(Refused, match="not a key"):
        f"{SECRET.serialize()}"


def test_answers_a_serialiser_only_within_the_block_and_with_what_no_json_holds() -> None:
    with exposed():
        answer = SECRET.serialize()
    assert answer.value == CANARY
    assert CANARY not in repr(answer)
    with pytest.raises(TypeError):
        json.dumps(answer)
    with pytest.raises(Refused, match="xcom_backend") as caught:
        SECRET.serialize()
    assert_tells_nothing(caught.value)


def test_closes_again_when_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), exposed():
        raise ZeroDivisionError
    with pytest.raises(Refused):
        SECRET.serialize()


def test_has_no_dict_in_which_a_debugger_prints_its_value() -> None:
    with pytest.raises(TypeError):
        vars(SECRET)


def test_it_has_no_subclasses() -> None:
    with pytest.raises(TypeError, match="subclass"):
        type("Sub", (Secret,), {})
