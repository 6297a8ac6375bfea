"""Texts in base64, as Airflow's ``SSHOperator`` returns what a command prints."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.classify.content.encoded_text import may_hold, text_in
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost

OUTPUT = "APP_ENV=prod\nDB_PASSWORD=rZ7k-quiet-lamp\n"


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _rule_of(value: object) -> object:
    return scan(value, "return_value", build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=())))  # type: ignore[arg-type]


ENCODED: dict[str, object] = {
    "the output of a command": OUTPUT,
    "JSON": '{"user": "etl", "password": "Fietsbel12"}',
    "colours": "\x1b[1mdone\x1b[0m DB_PASSWORD=rZ7k-quiet-lamp",
    "letters of other languages": "contrase\u00f1a: Fietsbel12 f\u00fcr den Zugang",
}


@pytest.mark.parametrize("text", ENCODED.values(), ids=ENCODED)
def test_a_secret_in_an_encoded_text_is_found(text: str) -> None:
    assert _rule_of(_encoded(text)) is not None
    assert _rule_of({"output": _encoded(text), "code": 0}) is not None


def test_an_encoded_text_may_stand_on_several_lines() -> None:
    assert _rule_of(base64.encodebytes((OUTPUT * 4).encode()).decode()) is not None


def test_an_encoded_text_without_a_secret_stays_readable() -> None:
    assert _rule_of(_encoded("2,481 rows were loaded into sales.orders")) is None


@given(st.text(min_size=16))
def test_a_text_that_may_hold_one_is_never_passed_over(text: str) -> None:
    encoded = _encoded(text)
    assert text_in(encoded) is None or (may_hold(encoded) and text_in(encoded) == text)


def test_hardly_anything_random_is_decoded() -> None:
    source = random.Random(1)
    assert sum(may_hold(base64.b64encode(source.randbytes(48)).decode()) for _ in range(10_000)) < 10


def test_a_text_that_is_too_long_is_not_decoded() -> None:
    assert text_in(_encoded("a" * (1 << 20))) is None
