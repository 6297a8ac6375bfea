"""What the doctor says of previous stores."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.assembly.router import Router
from secure_xcom.errors import StoreDenied, StoreUnavailable
from secure_xcom.ops.doctor import previous
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.testing.fakes import FakeHost
from tests.unit.ops.lifecycle.deployment import Deployment


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path, {"store": f"file://{tmp_path}/old"})
    made.push()
    made.change(f"file://{tmp_path}/new")
    return made


def _check(deployment: Deployment) -> Check:
    settings = deployment.settings
    return previous.check(settings, Router(settings, FakeHost().connections))


def test_a_store_that_holds_objects_is_fine_and_says_how_to_empty_it(deployment: Deployment) -> None:
    found = _check(deployment)
    assert (found.outcome, "secure-xcom move --delete" in found.found) == (Outcome.OK, True)


def test_an_empty_store_is_to_be_taken_out(deployment: Deployment) -> None:
    deployment.move()
    found = _check(deployment)
    assert (found.outcome, "take it out" in found.fix) == (Outcome.WARNING, True)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(StoreDenied("no"), Outcome.SKIPPED), (StoreUnavailable("no"), Outcome.FAILED)],
    ids=["denied", "down"],
)
def test_a_store_that_does_not_list_is_told_apart_from_one_that_may_not_be_listed(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: Outcome
) -> None:
    def fails(*_: object) -> object:
        raise error

    monkeypatch.setattr(FileStore, "listing", fails)
    assert _check(deployment).outcome is outcome


def test_a_store_for_each_dag_is_not_listed(deployment: Deployment) -> None:
    deployment.options["previous_stores"] = f"file://{deployment.home}/old/{{domain}}"
    assert _check(deployment).outcome is Outcome.SKIPPED
