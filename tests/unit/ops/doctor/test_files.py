"""Modes of the files that say who a worker is."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from secure_xcom.model.domain import Domain
from secure_xcom.ops.doctor import files
from secure_xcom.ops.doctor.report import Check, Outcome
from secure_xcom.settings.settings import Settings

VAULT = "vault://secret/x?url=https://vault.example&auth=approle&role_id=xcom-{{domain}}&secret_id_file={}/{{domain}}"
REDIS = "redis://redis.example/x?username=xcom&password_file={}/etl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with a credential of two Dags, sound."""
    made = tmp_path / "xcom of mine"
    made.mkdir(mode=0o700)
    for name in ("etl", "report", "routes.toml"):
        (made / name).touch(mode=0o600)
    return made


def check(folder: Path, store: str = VAULT) -> Check:
    written = store.format(str(folder).replace(" ", "%20"))
    settings = Settings.parse({"store": written, "key": "local:///none"}, folder)
    return files.check(settings, [Domain("etl"), Domain("report")], folder / "routes.toml")


def test_files_that_are_closed_to_others_are_in_order(folder: Path) -> None:
    assert check(folder).outcome is Outcome.OK
    # A group may share a credential, and anybody may read who is granted what.
    (folder / "etl").chmod(0o640)
    (folder / "routes.toml").chmod(0o644)
    assert check(folder).outcome is Outcome.OK


@pytest.mark.parametrize("store", [VAULT, REDIS])
@pytest.mark.parametrize(
    ("name", "mode", "change"),
    [
        ("etl", 0o604, "chmod o-rwx"),
        ("etl", 0o602, "chmod o-rwx"),
        ("routes.toml", 0o646, "chmod o-w"),
        (".", 0o707, "chmod o-w"),
    ],
)
def test_what_others_may_read_or_change_is_found_with_its_cure(
    folder: Path, name: str, mode: int, change: str, store: str
) -> None:
    (folder / name).chmod(mode)
    found = check(folder, store)
    assert found.outcome is Outcome.FAILED
    assert f"{mode:04o}" in found.found
    os.system(found.fix)
    assert change in found.fix
    assert check(folder, store).outcome is Outcome.OK


def test_the_files_of_each_of_the_dags_are_looked_at(folder: Path) -> None:
    (folder / "report").chmod(0o644)
    assert "/report has mode 0644" in check(folder).found


def test_a_sticky_directory_protects_what_lies_in_it(folder: Path) -> None:
    folder.chmod(0o1777)
    assert check(folder).outcome is Outcome.OK


def test_a_volume_that_is_mounted_read_only_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "etl").chmod(0o644)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    assert check(folder).outcome is Outcome.SKIPPED


def test_a_deployment_without_such_files_has_nothing_to_check(tmp_path: Path) -> None:
    settings = Settings.parse({}, tmp_path)
    assert files.check(settings, [Domain("etl")], None).outcome is Outcome.SKIPPED
    assert files.check(settings, [Domain("etl")], tmp_path / "gone").outcome is Outcome.SKIPPED
