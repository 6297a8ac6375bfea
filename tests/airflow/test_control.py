"""The same sweep under Airflow's own backend: it finds the canaries, so it would find them elsewhere too."""

from __future__ import annotations

import pytest

from tests.airflow.cases import CASES, ONLY_SEALED, rendered_with_the_pin
from tests.airflow.harness.sweep import Outcome

pytestmark = pytest.mark.airflow


def test_the_consumers_are_the_same(control: Outcome) -> None:
    assert control.verdicts == dict.fromkeys(CASES - ONLY_SEALED, "ok")


@pytest.mark.parametrize(
    ("channel", "place", "canary"),
    [
        ("database", "xcom.value", "plain"),
        ("database", "xcom.value", "number"),
        ("database", "rendered_task_instance_fields.rendered_fields", "output"),
        ("database", "rendered_task_instance_fields.rendered_fields", "template"),
        ("database", "rendered_task_instance_fields.rendered_fields", "frame-wide"),
        ("database", "rendered_task_instance_fields.rendered_fields", "prefix-longest"),
        ("database", "xcom.value", "key-in-tuple"),
        ("database", "xcom.value", "connection-odd"),
        ("database", "task_instance.rendered_map_index", "expand-0"),
        ("database file", "airflow.db", "by-key"),
        ("task logs", "print_everything", "pem"),
        ("task logs", "task_id=fail", "given"),
        ("task logs", "make_customer", "plain"),
        ("task logs", "task_id=show", "frame-text"),
        ("task logs", "task_id=show", "key-of-dict"),
        ("task logs", "task_id=show", "chain-1"),
        ("task logs", "task_id=fail_once", "frame-wide"),
        ("task logs", "task_id=fail_once", "printed-odd"),
        ("component output", "scheduler.txt", "odd"),
        ("rest", "xcomEntries", "plain"),
        ("rest", "/wait", "plain"),
        ("rest", "/logs/1", "odd"),
        ("rest", "x-ndjson", "pem"),
        ("rest", "taskInstances/use_many", "output"),
        ("browser", "/xcoms", "by-key"),
        ("browser", "push_keys/xcom", "pem"),
        ("browser", "use_many/rendered_templates", "output"),
        ("browser", "bash_environment/rendered_templates", "template"),
        ("browser", "tasks/print_everything", "pem"),
        ("browser", "tasks/show", "frame-column"),
        ("browser", "show/rendered_templates", "frame-cell"),
        ("browser", "tasks/fail", "given"),
        ("shells", "shell cmdline", "template"),
        ("shells", "shell environ", "template"),
    ],
    ids=lambda value: value.replace(" ", "-"),
)
def test_the_sweep_finds_what_airflow_shows(channel: str, place: str, canary: str, control: Outcome) -> None:
    assert canary in {hit.canary for hit in control.hits[channel] if place in hit.place}


def test_airflow_shows_a_secret_that_is_too_short_to_be_masked(control: Outcome) -> None:
    for place, fields in rendered_with_the_pin(control.pin).items():
        assert control.rendered[place] | fields == control.rendered[place]
