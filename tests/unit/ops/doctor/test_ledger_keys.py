"""The doctor opens the chain key of each Dag that the ledger knows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from secure_xcom.assembly.router import Router
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ops.doctor.ledger_keys import check
from secure_xcom.ops.doctor.report import Outcome
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.ledger.site import entry


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A machine with the default settings, where two Dags have run."""
    settings = Settings.parse({}, tmp_path)
    ledger = LazyLedger(settings.ledger, Router(settings, FakeHost()), time.time)
    for dag_id in ("etl", "report"):
        ledger.append([entry(dag_id=dag_id)])
    return tmp_path


def _check(home: Path, **section: str) -> tuple[Outcome, str, str]:
    settings = Settings.parse(dict(section), home)
    found = check(settings, Router(settings, FakeHost()))
    return found.outcome, found.found, found.fix


def test_keys_that_open_are_counted(home: Path) -> None:
    assert _check(home) == (Outcome.OK, "2 open", "")


def test_each_dag_whose_key_does_not_open_is_named_with_the_reason(home: Path) -> None:
    (home / "secure_xcom" / "keyring.json").unlink()
    settings = Settings.parse({}, home)
    ledger = LazyLedger(f"sqlite:///{home}/other.db", Router(settings, FakeHost()), time.time)
    ledger.append([entry()])
    outcome, found, fix = _check(home)
    assert outcome is Outcome.FAILED
    assert "Dag etl (WrongKey: " in found
    assert "report (WrongKey: " in found
    assert "secure-xcom ledger rekey" in fix


@pytest.mark.parametrize("section", [{"ledger_mode": "off"}, {"ledger": "sqlite:////tmp/secure-xcom-none/none.db"}])
def test_without_a_key_there_is_nothing_to_open(home: Path, section: dict[str, str]) -> None:
    assert _check(home, **section)[0] is Outcome.SKIPPED
