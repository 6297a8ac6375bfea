"""Lines of a task's log, masked in this process: what is their structure stays, whatever text is registered.

Airflow's log reader loses a line whose level or time is masked. ``deployment/test_logs`` has the same in an Airflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from airflow.sdk import log
from airflow.sdk._shared.secrets_masker import _secrets_masker, mask_secret

from secure_xcom.airflow.internals.log import keep_structure

STRUCTURE = ("timestamp", "level", "logger")
TODAY = "2026-11-28"
LINE = {"timestamp": f"{TODAY}T09:05:27.123456Z", "level": "error", "logger": "airflow.task.operators"}
TOKEN = "canary4f0c9be1d7a2638850e9"


@pytest.fixture(autouse=True)
def _structure_is_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(log, "redact", log.redact)
    keep_structure()
    _secrets_masker().reset_masker()
    yield
    _secrets_masker().reset_masker()


def _masked(**fields: object) -> dict[str, object]:
    """A line with these fields, as the supervisor writes it."""
    return log.mask_logs(None, "info", LINE | fields)


@pytest.mark.parametrize("registered", ["error", TODAY, "airflow", "task", "operators", "09:05:27", "123456"])
def test_a_word_that_is_registered_leaves_the_structure_of_a_line_as_it_is(registered: str) -> None:
    mask_secret(registered)
    assert {name: _masked(event="said")[name] for name in STRUCTURE} == LINE


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical", "exception"])
def test_a_level_that_is_registered_stays_a_level(level: str) -> None:
    mask_secret(level)
    assert _masked(event="said", level=level)["level"] == level


@pytest.mark.parametrize(
    "timestamp",
    [
        f"{TODAY}T09:05:27Z",
        f"{TODAY}T09:05:27.123456+00:00",
        f"{TODAY} 09:05:27,123",
        datetime(2026, 11, 28, 9, 5, 27, tzinfo=UTC),
    ],
    ids=str,
)
def test_a_time_with_a_date_that_is_registered_stays_a_time(timestamp: object) -> None:
    mask_secret(TODAY)
    assert _masked(event="said", timestamp=timestamp)["timestamp"] == timestamp


@pytest.mark.parametrize("logger", ["task", "task.stdout", "unusual_prefix_1f.dag_of-mine", "__main__.part"])
def test_a_logger_with_a_word_that_is_registered_keeps_its_name(logger: str) -> None:
    for word in ("stdout", "prefix", "unusual", "mine", "_main"):
        mask_secret(word)
    assert _masked(event="said", logger=logger)["logger"] == logger


@pytest.mark.parametrize("registered", ["error", TODAY, TOKEN])
def test_the_event_of_a_line_is_masked(registered: str) -> None:
    mask_secret(registered)
    assert _masked(event=f"<{registered}>")["event"] == "<***>"


def test_each_other_field_of_a_line_is_masked_at_any_depth() -> None:
    mask_secret(TOKEN)
    found = _masked(event="said", note=TOKEN, state={"rows": [TOKEN, {"level": TOKEN, "kept": 3}]})
    assert found["note"] == "***"
    assert found["state"] == {"rows": ["***", {"level": "***", "kept": 3}]}


@pytest.mark.parametrize("name", STRUCTURE)
def test_a_field_below_another_one_is_text_even_if_it_is_called_and_looks_like_structure(name: str) -> None:
    mask_secret(LINE[name])
    assert _masked(event="said", state={name: LINE[name]})["state"] == {name: "***"}


@pytest.mark.parametrize("name", STRUCTURE)
@pytest.mark.parametrize("text", [f"<{TOKEN}>", f"{TOKEN}!", f"Bearer {TOKEN}", f"{TODAY}T{TOKEN}", f"1{TOKEN}/"])
def test_a_field_that_is_called_like_structure_and_does_not_look_like_it_is_masked(name: str, text: str) -> None:
    mask_secret(TOKEN)
    assert TOKEN not in str(_masked(event="said", **{name: text})[name])


@pytest.mark.parametrize("name", STRUCTURE)
def test_a_field_that_is_called_like_structure_and_is_no_text_is_masked(name: str) -> None:
    mask_secret(TOKEN)
    assert _masked(event="said", **{name: [TOKEN]})[name] == ["***"]


def test_a_name_that_airflow_hides_is_hidden_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_secrets_masker(), "sensitive_variables_fields", ["token"])
    assert _masked(event="said", token_type="Bearer")["token_type"] == "***"


def test_what_is_no_line_is_masked_as_airflow_does() -> None:
    mask_secret(TOKEN)
    assert log.redact(f"<{TOKEN}>") == "<***>"
    assert log.redact([TOKEN]) == ["***"]


def test_a_line_that_has_no_structure_is_masked() -> None:
    mask_secret(TOKEN)
    assert log.mask_logs(None, "info", {"event": TOKEN}) == {"event": "***"}


def test_the_line_that_was_logged_is_not_changed() -> None:
    mask_secret(TOKEN)
    line = LINE | {"event": TOKEN}
    log.mask_logs(None, "info", line)
    assert line == LINE | {"event": TOKEN}


@pytest.mark.parametrize("logger", [TOKEN, f"task.{TOKEN}", f"{TOKEN}.task"])
def test_a_logger_whose_name_holds_a_distinctive_secret_is_masked(logger: str) -> None:
    mask_secret(TOKEN)
    assert TOKEN not in str(_masked(event="said", logger=logger)["logger"])


def test_an_hour_that_is_registered_leaves_the_times_of_that_hour_as_they_are() -> None:
    mask_secret(f"{TODAY}T09")
    assert _masked(event="said")["timestamp"] == LINE["timestamp"]
