"""docs/reviewers.md: the blocks that need no Airflow services are run as they stand, and show what the page says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.docs.page import Machine, environment_of, sections

PAGE = sections("docs/reviewers.md")
BLOCKS = {
    title.partition(".")[0]: [block for block in blocks if block.language == "sh"] for title, blocks in PAGE.items()
}
S3 = {
    "AIRFLOW__SECURE_XCOM__STORE": "s3://my-bucket/x?region_name=eu-central-1&role_arn=arn:aws:iam::111122223333:role/xcom",
    "AIRFLOW__SECURE_XCOM__KEY": "aws-kms:///arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    "?role_arn=arn:aws:iam::111122223333:role/xcom",
    "AIRFLOW__SECURE_XCOM__LEDGER": "postgresql+psycopg2://xcom@db.example.com/xcom_ledger",
}


@pytest.fixture
def machine(commands: Path, tmp_path: Path) -> Machine:
    made = Machine(tmp_path, environment_of(commands, AIRFLOW__CORE__XCOM_BACKEND="secure_xcom.SecureXComBackend"))
    made.home.mkdir()
    made.replaced[".venv/bin/python"] = sys.executable
    return made


def test_an_altered_object_fails_an_edited_ledger_is_found_and_no_step_shows_the_value(machine: Machine) -> None:
    push, attack = BLOCKS["3"]
    assert machine.do([push]).count("correct horse battery") == 1
    attacked = machine.do([attack])
    assert re.findall(r"^(\w+): ", attacked, re.MULTILINE)[:3] == ["Tampered", "Tampered", "ObjectNotFound"]
    assert attacked.count("correct horse battery") == 1
    machine.do(BLOCKS["4"])
    events = machine.do(BLOCKS["5"])
    assert events.count('"outcome":"done"') >= 3
    assert events.count('"event":"read","outcome":"') >= 5
    assert "secure_xcom_ledger_breaks 0" in events
    assert "correct horse" not in events


def test_the_policies_are_printed_with_what_breaks_without_each_right(machine: Machine) -> None:
    machine.environment = {**machine.environment, **S3}
    machine.do(BLOCKS["7"])
    assert "dag_id" in (machine.root / "policies.json").read_text()


def test_each_block_of_commands_is_run() -> None:
    assert {step for step, blocks in BLOCKS.items() if blocks} == {"3", "4", "5", "7"}
