"""Which checks run, by what is configured and asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.ops.doctor.checks import Deployment, Request, checks
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.unit.ops.doctor.test_site import FakeSite

OF_THE_INSTALLATION = ["airflow-version", "backend", "masking", "returned-values", "mode", "ledger", "spool"]
VAULT = {"store": "vault://secret/x?url=https://vault.example&auth=approle&role_id=xcom-{domain}&secret_id_file=/none"}


def run(home: Path, section: dict[str, str | None], **request: object) -> list[Check]:
    deployment = Deployment(
        site=FakeSite(), connections=FakeHost(), read_settings=lambda: Settings.parse(section, home)
    )
    return list(checks(deployment, Request(**request)))


def test_a_sound_deployment_is_checked_from_the_settings_to_the_rights(tmp_path: Path) -> None:
    names = [check.name for check in run(tmp_path, {})]
    assert names[:9] == ["settings", *OF_THE_INSTALLATION, "files"]
    assert names[-1] == "other-rights"


def test_without_isolation_the_rights_on_the_other_dag_are_left_out(tmp_path: Path) -> None:
    assert "other-rights" not in [check.name for check in run(tmp_path, {}, isolation=False)]


@pytest.mark.parametrize(
    ("section", "request_", "found"),
    [
        ({"stroe": "x", "seal": "some"}, {}, ["stroe: no such option", "seal: must be one of"]),
        ({}, {"dag": "a", "other": "a"}, ["--other: a is in the same domain as a"]),
        (VAULT, {}, ["name --dag and --other: with {domain}"]),
        (VAULT, {"dag": "etl"}, ["name --other: with {domain}"]),
    ],
)
def test_each_mistake_is_a_failed_check_and_leaves_those_of_the_installation(
    tmp_path: Path, section: dict[str, str | None], request_: dict[str, object], found: list[str]
) -> None:
    made = run(tmp_path, section, **request_)
    mistakes = made[: len(found)]
    assert [check.name for check in made] == [*["settings"] * len(found), *OF_THE_INSTALLATION]
    assert all(check.outcome is Outcome.FAILED and check.fix for check in mistakes)
    assert all(check.found.startswith(text) for check, text in zip(mistakes, found, strict=True))
