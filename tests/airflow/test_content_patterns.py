"""What Airflow 3.4 masks by its content is sensitive, if ``[core] mask_secrets_content_patterns`` says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("airflow.sdk")

from airflow.sdk._shared.secrets_masker.secrets_masker import SecretsMasker

from secure_xcom.airflow.host import AirflowHost
from secure_xcom.airflow.internals.secrets_masker import LONGEST_BY_CONTENT
from secure_xcom.assembly.policy import build_policy
from secure_xcom.settings.settings import Settings
from tests.mistakes import mistake

OPTION = "AIRFLOW__CORE__MASK_SECRETS_CONTENT_PATTERNS"
METHOD = "_get_content_pattern_replacer"


@pytest.fixture
def _patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the masker know a pattern, as that of Airflow 3.4 does."""
    monkeypatch.setattr(SecretsMasker, METHOD, lambda _: re.compile(r"\bacme-[0-9]{6}\b"), raising=False)


def _rule_of(text: str, tmp_path: Path, **options: str) -> str | None:
    return build_policy(Settings.parse({**options}, tmp_path), AirflowHost()).rule_of_text(text)


@pytest.mark.usefixtures("_patterns")
@pytest.mark.parametrize("content_rules", ["on", "off"])
def test_what_airflow_masks_by_content_is_sensitive(
    content_rules: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OPTION, "True")
    options = {"content_rules": content_rules}
    assert _rule_of("the code is acme-123456.", tmp_path, **options) == "content-airflow-pattern"
    assert _rule_of("the code is acme-12345.", tmp_path, **options) is None


@pytest.mark.usefixtures("_patterns")
@pytest.mark.parametrize("value", ["False", None])
def test_without_the_option_the_patterns_do_not_count(
    value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(OPTION, raising=False)
    if value:
        monkeypatch.setenv(OPTION, value)
    assert _rule_of("the code is acme-123456.", tmp_path) is None


def test_an_airflow_without_patterns_has_none_that_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(SecretsMasker, METHOD, raising=False)
    monkeypatch.setenv(OPTION, "True")
    assert AirflowHost().masks_by_content is None
    assert _rule_of("the code is acme-123456.", tmp_path) is None


@pytest.mark.usefixtures("_patterns")
def test_the_patterns_look_no_further_than_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OPTION, "True")
    before = "x " * (LONGEST_BY_CONTENT // 2)
    assert _rule_of(f"{before}acme-123456", tmp_path) is None
    assert _rule_of(f"{before[:-12]}acme-123456", tmp_path) == "content-airflow-pattern"


@pytest.mark.usefixtures("_patterns")
def test_an_option_that_is_neither_true_nor_false_names_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OPTION, "perhaps")
    with mistake(r"\[core\] mask_secrets_content_patterns: must be True or False"):
        _rule_of("text", tmp_path)
