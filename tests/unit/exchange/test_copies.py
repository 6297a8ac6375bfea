"""What is sealed in one place of a value is readable in no other place of it."""

from __future__ import annotations

import json

import pytest

from secure_xcom.model.mode import Mode
from secure_xcom.model.value import JSON
from secure_xcom.secret import Secret
from tests.unit.world import CANARY, Login, ObjectHost, beside, world

HOLDING: dict[str, object] = {
    "the same text": {"password": CANARY, "hint": CANARY},
    "a text before it": {"cmd": f"login --now {CANARY}", "password": CANARY},
    "an item": {"password": CANARY, "list": [CANARY, 1]},
    "a part of a text": {"deep": {"er": [f"a {CANARY} b"]}, "password": CANARY},
    "a key": {"password": CANARY, "by": {CANARY: 1}},
    "a text in JSON": {"password": f"{CANARY}\n", "body": json.dumps({"sent": f"{CANARY}\n"})},
    "a field of an object": {"password": CANARY, "login": Login("ann", "x", note=CANARY)},
    "a text that holds another one": {"password": CANARY, "token": f"{CANARY}-and-more", "note": f"{CANARY}-and-more"},
    "what the author wrapped": [Secret(CANARY), CANARY],
}


@pytest.mark.parametrize("value", HOLDING.values(), ids=HOLDING)
def test_a_copy_of_what_is_sealed_is_sealed_too(value: object) -> None:
    there = world(host=ObjectHost())
    row = there.push(value)
    assert CANARY not in json.dumps(row)
    assert there.pull(row) == beside(_unwrapped(value))


def _unwrapped(value: object) -> object:
    return [CANARY, CANARY] if isinstance(value, list) else value


def test_a_number_that_is_sealed_is_sealed_wherever_it_stands() -> None:
    there = world()
    row = there.push({"password": 4711471147, "numbers": [1, 4711471147], "text": "call 4711471147"})
    assert "4711471147" not in json.dumps(row)
    assert there.pull(row) == {"password": 4711471147, "numbers": [1, 4711471147], "text": "call 4711471147"}


STAYING: dict[str, JSON] = {
    "a word that everybody says": {"password": "production", "stage": "production"},
    "a small number": {"password": 443, "port": 443},
    "a part of it": {"password": "kanarienvogel-4711", "bird": "kanarienvogel"},
}


@pytest.mark.parametrize("value", STAYING.values(), ids=STAYING)
def test_what_everybody_could_have_guessed_stays_readable_elsewhere(value: dict[str, JSON]) -> None:
    row = world().push(value)
    assert isinstance(row, dict)
    (other,) = value.keys() - {"password"}
    assert row[other] == value[other]


def test_where_nothing_is_enforced_copies_stay() -> None:
    value = {"password": CANARY, "hint": CANARY}
    assert world(mode=Mode.OBSERVE).push(value) == value
