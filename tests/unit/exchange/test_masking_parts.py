"""A consumer may take a sealed text apart: its secrets are masked by themselves too."""

from __future__ import annotations

import base64

import pytest

from benchmarks.detection.detectors import policy
from secure_xcom.exchange.masking import LONGEST, masking_of

POLICY = policy()
SECRET = "Hy6nB4cD1sF0"

TEXTS = {
    "an address": f"postgresql://ann:{SECRET}@db.internal/sales",
    "a line of settings": f"DB_HOST=db\nDB_PASSWORD={SECRET}\n",
    "JSON": f'{{"user": "ann", "password": "{SECRET}"}}',
    "a column of JSON": f'{{"user": {{"0": "ann"}}, "password": {{"0": "{SECRET}"}}}}',
    "a table of JSON": f'{{"columns": ["user", "password"], "data": [["ann", "{SECRET}"]]}}',
    "JSON that escapes a name": f'{{"p\\u0061ssword": "{SECRET}"}}',
    "CSV": f"user,password\nann,{SECRET}\n",
    "a table that is printed": f"  user      password\n0  ann  {SECRET}\n",
    "a connection string": f"Server=db;User ID=ann;Password={SECRET};",
    "a pair of YAML": f"- name: DB_PASSWORD\n  value: {SECRET}\n",
    "a property of XML": f'<property name="password" value="{SECRET}"/>',
    "a table of Vault": f"Key         Value\n---         -----\npassword    {SECRET}\n",
    "a sentence": f"Your password is: {SECRET}",
    "the base64 of a text": base64.b64encode(f"DB_HOST=db\nDB_PASSWORD={SECRET}\n".encode()).decode(),
    "the base64 of a text without signs": base64.b64encode(f"DB_HOST=db\nDB_PASSWORD={SECRET}".encode()).decode(),
    "a command": f"mysql -u ann -p{SECRET} sales",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_secret_within_a_text_is_masked_by_itself(text: str) -> None:
    assert POLICY.rule_of_text(text) is not None
    assert SECRET in masking_of([text], 5, frozenset(), POLICY.secrets_in).texts


def test_what_is_no_secret_in_a_text_is_not_masked_by_itself() -> None:
    texts = masking_of([f"DB_HOST=warehouse77\nDB_PASSWORD={SECRET}\n"], 5, frozenset(), POLICY.secrets_in).texts
    assert "warehouse77" not in texts


@pytest.mark.parametrize("value", ["sunshine", "1234", "ab1"])
def test_a_part_that_would_hide_half_of_a_log_is_not_masked_by_itself(value: str) -> None:
    assert value not in masking_of([f"user,password\nann,{value}\n"], 5, frozenset(), POLICY.secrets_in).texts


def test_a_name_of_the_run_is_not_masked() -> None:
    assert SECRET not in masking_of([TEXTS["CSV"]], 5, frozenset({SECRET}), POLICY.secrets_in).texts


def test_a_text_of_one_piece_is_not_taken_apart_and_of_a_long_one_its_beginning_is() -> None:
    asked: list[int] = []
    for text in ("kanarienvogel-4711", "aGVsbG8gd29ybGQ=", "x, " * LONGEST):
        masking_of([text], 5, frozenset(), lambda text: asked.append(len(text)) or ())  # type: ignore[func-returns-value]
    assert asked == [LONGEST]


def test_so_many_parts_of_a_text_are_masked_at_most() -> None:
    rows = "".join(f"ann,{SECRET}{number}\n" for number in range(3000))
    texts = masking_of([f"user,password\n{rows}"], 5, frozenset(), POLICY.secrets_in).texts
    assert f"{SECRET}999" in texts
    assert f"{SECRET}1000" not in texts
