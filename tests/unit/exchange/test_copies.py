"""What is sealed in one place of a value is readable in no other place of it."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.mode import Mode
from secure_xcom.model.value import JSON
from secure_xcom.ops.explain.value import explain_value
from secure_xcom.secret import Secret
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost, unrecorded_runtime
from tests.unit.exchange.test_cost import Calls
from tests.unit.world import CANARY, PLACE, Login, ObjectHost, beside, query, world

HOLDING: dict[str, object] = {
    "the same text": {"password": CANARY, "hint": CANARY},
    "a text before it": {"cmd": f"login --now {CANARY}", "password": CANARY},
    "an item": {"password": CANARY, "list": [CANARY, 1]},
    "a part of a text": {"deep": {"er": [f"a {CANARY} b"]}, "password": CANARY},
    "a key": {"password": CANARY, "by": {CANARY: 1}},
    "a text in JSON": {"password": f"{CANARY}\n", "body": json.dumps({"sent": f"{CANARY}\n"})},
    "a field of an object": {"password": CANARY, "login": Login("ann", "x", note=CANARY)},
    "a text that holds another one": {"password": CANARY, "token": f"{CANARY}-and-more", "note": f"{CANARY}-and-more"},
    "what stands in a dict that is sealed whole": {"password": {"value": CANARY}, "log": f"login {CANARY}"},
    "what stands in lists of dicts": {"secrets": [{"env": "prod", "v": CANARY}], "log": CANARY},
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


BY_RULES = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))

TELLING: dict[str, JSON] = {
    "the name of a password": {"password": {"name": "mysql-pass-7712"}, "db_password": "mysql-pass-7712"},
    "the name of an account": {"credentials": {"type": "service_account", "name": "acme-77"}, "token": "acme-77"},
    "the id of a key": {"token": "kid-2024-aa71", "auth": {"jwt": {"kid": "kid-2024-aa71"}}},
    "a user": {"password": "svc-etl-7712", "secret": {"username": "svc-etl-7712", "region": "eu"}},
    "a name that is a key": {"api_keys": {"acme-deploy-7712": True}, "api_key": "acme-deploy-7712"},
    "what is said of a field": {
        "token": "abcDEF123456xyz",
        "api_key": {"type": "string", "description": "Like abcDEF123456xyz here"},
    },
    "a password in an address": {"password": {"name": "mysql-pass-7712"}, "url": "postgres://a:mysql-pass-7712@h.x/y"},
}


@pytest.mark.parametrize("value", TELLING.values(), ids=TELLING)
def test_a_copy_in_what_tells_of_another_secret_is_sealed_and_the_push_succeeds(value: JSON) -> None:
    there = world()
    exchange = Exchange(unrecorded_runtime(there.host, there.routes, lambda: 0.0), BY_RULES)
    row = exchange.push(value, PLACE)
    secret = next(word for word in re.findall(r"[\w-]{7,}", json.dumps(value)) if any(map(str.isdigit, word)))
    assert secret not in json.dumps(row)
    assert exchange.pull(row, query(PLACE)) == value


@pytest.mark.parametrize("other", [Secret("x-is-marked-1"), None, 1], ids=["marked", "nothing", "a number"])
def test_an_argument_is_sealed_whatever_stands_beside_it(other: object) -> None:
    there = world(host=ObjectHost())
    exchange = Exchange(unrecorded_runtime(there.host, there.routes, lambda: 0.0), BY_RULES)
    row = exchange.push({"args": ["-u", other, "--token", "k3Jd92LmQx7v"]}, PLACE)
    assert "k3Jd92LmQx7v" not in json.dumps(row)


def test_hosts_that_are_sealed_with_a_secret_stay_readable_elsewhere() -> None:
    host = "warehouse.internal.acme"
    row = world().push({"secret": {"host": host, "x": CANARY}, "host": host, "log": f"connected to {host}"})
    assert isinstance(row, dict)
    assert (row["host"], row["log"]) == (host, f"connected to {host}")


def test_a_chain_of_copies_ends() -> None:
    links = [f"link-number-{number:04d}-of-it" for number in range(300)]
    rows: list[JSON] = [{"key": first, "token": second} for first, second in pairwise(links)]
    there = world()
    with Calls() as calls:
        row = there.push({"password": links[0], "rows": rows})
    assert not [link for link in links[:-1] if link in json.dumps(row)]
    assert calls.count < 300 * 2000


@pytest.mark.parametrize(("length", "is_whole"), [(3, False), (5, False), (6, True), (300, True)])
def test_what_is_explained_of_a_chain_of_copies_is_what_a_push_seals(length: int, is_whole: bool) -> None:
    links = [f"link-number-{number:04d}-of-it" for number in range(length)]
    by_link: list[JSON] = [{first: second} for first, second in pairwise(links)]
    value: JSON = {"password": links[0], "by_link": by_link, "stage": "production"}
    explained = explain_value(value, PLACE.key, BY_RULES, FakeHost())
    row = Exchange(unrecorded_runtime(FakeHost(), world().routes, lambda: 0.0), BY_RULES).push(value, PLACE)
    assert ("production" not in json.dumps(row)) is is_whole
    assert ([part.path for part in explained] == [()]) is is_whole


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
