"""What Airflow's own commands say of the package."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from secure_xcom import __version__
from secure_xcom.settings.options import OPTIONS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow")


def _airflow(home: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return subprocess.run(
        [Path(sys.executable).with_name("airflow"), *arguments],
        env=environment | {"AIRFLOW_HOME": str(home), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout


def test_config_list_shows_every_option_with_its_description_type_and_version(home: Path) -> None:
    shown = _airflow(
        home,
        "config",
        "list",
        "--section=secure_xcom",
        "--include-descriptions",
        "--include-sources",
        "--include-env-vars",
        "--include-examples",
    )
    for option in OPTIONS:
        assert option.description in shown
        assert re.search(rf"^(# )?{option.name} = ", shown, re.MULTILINE)
        assert f"AIRFLOW__SECURE_XCOM__{option.name.upper()}" in shown


def test_config_get_value_gives_the_default(home: Path) -> None:
    assert _airflow(home, "config", "get-value", "secure_xcom", "mode").strip().endswith("enforce")


def test_providers_list_shows_the_package(home: Path) -> None:
    (row,) = [line for line in _airflow(home, "providers", "list").splitlines() if "secure-xcom" in line]
    assert __version__ in row


def test_providers_get_names_the_configuration_section(home: Path) -> None:
    assert "secure_xcom" in _airflow(home, "providers", "get", "secure-xcom", "--full")
