"""What the doctor says of keys that seal nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.assembly.router import Router
from secure_xcom.model.domain import Domain
from secure_xcom.ops.doctor import previous_keys
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.testing.fakes import FakeHost
from tests.unit.ops.lifecycle.rekeyed import Deployment, place

Change: TypeAlias = Callable[[Deployment], str]


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path, {"key": f"local://{tmp_path}/ring.json"})
    made.push(place())
    return made


def _said(deployment: Deployment) -> Check:
    settings, connections = deployment.settings, FakeHost().connections
    return previous_keys.check(settings, connections, Router(settings, connections), [Domain("etl")])


def _rotated(deployment: Deployment) -> str:
    ring = LocalKeyring(deployment.home / "ring.json")
    before = ring.current()
    ring.rotate()
    return f"local://{before}"


def _replaced(deployment: Deployment) -> str:
    before = LocalKeyring(deployment.home / "ring.json").current()
    deployment.options |= {"key": f"local://{deployment.home}/new.json", "previous_keys": deployment.options["key"]}
    LocalKeyring(deployment.home / "new.json").rotate()
    return f"local://{before}"


def test_a_key_that_never_changed_is_no_matter(deployment: Deployment) -> None:
    assert _said(deployment).outcome is Outcome.SKIPPED


@pytest.mark.parametrize("change", [_rotated, _replaced])
def test_a_former_key_is_needed_until_a_rewrap(deployment: Deployment, change: Change) -> None:
    former = change(deployment)
    needed = _said(deployment)
    assert needed.outcome is Outcome.WARNING
    assert f"still needed: {former} by 2. Looked at" in needed.found
    deployment.rewrap()
    unused = _said(deployment)
    assert unused.outcome is Outcome.OK
    assert former in unused.found


@pytest.mark.parametrize("change", [_rotated, _replaced])
def test_no_former_key_is_called_unneeded_while_a_move_may_be_under_way(deployment: Deployment, change: Change) -> None:
    change(deployment)
    deployment.rewrap()
    deployment.options["previous_stores"] = f"file://{deployment.home}/earlier"
    said = _said(deployment)
    assert said.outcome is Outcome.WARNING
    assert "previous_stores" in said.fix


def test_a_previous_keyring_that_is_not_there_is_told_of(deployment: Deployment) -> None:
    deployment.options["previous_keys"] = f"local://{deployment.home}/gone.json"
    said = _said(deployment)
    assert said.outcome is Outcome.WARNING
    assert "where there is no key" in said.found
