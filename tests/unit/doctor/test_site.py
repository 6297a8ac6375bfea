"""The doctor's checks of Airflow's configuration."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from secure_xcom.doctor.report import Outcome
from secure_xcom.doctor.site import checks
from secure_xcom.settings import Settings


@dataclass
class FakeSite:
    version: str = "3.3.2"
    backend: str = "secure_xcom.SecureXComBackend"
    hides_sensitive: bool = True
    shortest_maskable: int = 5


def _failed(site: FakeSite, **options: str) -> dict[str, str]:
    found = checks(site, Settings.parse(options, Path("/nowhere")))
    return {check.name: check.fix for check in found if check.outcome is Outcome.FAILED}


@pytest.mark.parametrize("version", ["3.1.0", "3.1.8", "3.2.2", "3.3.2", "3.3.0rc1"])
def test_a_sound_site_has_nothing_wrong(version: str) -> None:
    pytest.importorskip("airflow.sdk")
    assert _failed(FakeSite(version=version)) == {}


@pytest.mark.parametrize(
    ("site", "options", "name"),
    [
        (FakeSite(version="2.11.0"), {}, "airflow-version"),
        (FakeSite(version="3.0.6"), {}, "airflow-version"),
        (FakeSite(version="3.4.0"), {}, "airflow-version"),
        (FakeSite(version="4.0"), {}, "airflow-version"),
        (FakeSite(version="nonsense"), {}, "airflow-version"),
        (FakeSite(backend="airflow.sdk.bases.xcom.BaseXCom"), {}, "backend"),
        (FakeSite(backend="no_such_package.Backend"), {}, "backend"),
        (FakeSite(backend="secure_xcom.Backend"), {}, "backend"),
        (FakeSite(backend="secure_xcom.Secret"), {}, "backend"),
        (FakeSite(backend="json.dumps"), {}, "backend"),
        (FakeSite(backend=""), {}, "backend"),
        (FakeSite(hides_sensitive=False), {}, "masking"),
        (FakeSite(shortest_maskable=12), {}, "masking"),
        (FakeSite(), {"hide_returned_values": "False"}, "returned-values"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_what_is_wrong_is_found_by_name_with_its_fix(site: FakeSite, options: dict[str, str], name: str) -> None:
    failed = _failed(site, **options)
    assert set(failed) == {name}
    assert failed[name]


def test_checks_that_need_no_settings_run_without_them() -> None:
    found = {check.name: check.outcome for check in checks(FakeSite(version="2.0"), None)}
    assert found["airflow-version"] is Outcome.FAILED
    assert found["returned-values"] is Outcome.SKIPPED
