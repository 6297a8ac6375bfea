"""The same sweep under Airflow's own backend: it finds the canaries, so it would find them elsewhere too."""

from __future__ import annotations

import pytest

from secure_xcom.ops.audit.finding import State
from tests.airflow.cases import CASES, ONLY_SEALED, rendered_with_the_pin
from tests.airflow.facts import SCHEDULER_PRINTS_TASK_LOGS
from tests.airflow.harness.scans import COLUMNS
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
        ("database", "rendered_task_instance_fields.rendered_fields", "connection-odd"),
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
        ("task logs", "task_id=use_connection/attempt=1", "connection-odd"),
        ("task logs", "task_id=use_connection_again", "connection-odd"),
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


def test_the_sweep_finds_what_the_scheduler_prints_of_its_tasks(control: Outcome) -> None:
    printed = {hit.canary for hit in control.hits["component output"] if "scheduler.txt" in hit.place}
    assert ("odd" in printed) is SCHEDULER_PRINTS_TASK_LOGS


def test_airflow_shows_a_secret_that_is_too_short_to_be_masked(control: Outcome) -> None:
    for place, fields in rendered_with_the_pin(control.pin).items():
        assert control.rendered[place] | fields == control.rendered[place]


_TOLD_BY_SECRET = {
    *("deeper", "expand-0", "expand-1", "frame-bytes", "frame-category", "frame-cell", "frame-number", "frame-text"),
    *("key-in-tuple", "key-of-dict", "under-key"),
}
"""Its author's ``Secret`` alone tells, which Airflow's own backend lacks: the name is harmless, and so is its look."""

_TOLD_BY_THE_MASKER = {"connection-odd"}
"""The password of a connection under a harmless name: only the running task knows it."""

_PRINTED = {"frame-index", "frame-wide"}
"""pandas prints the name of an index on a line of its own, and cuts a long cell."""

_WRITTEN_BY_PYTHON = {
    *("chain-0", "chain-1", "chain-2", "key-under-name", "prefix", "prefix-longer", "prefix-longest", "printed-odd"),
}
"""A list or a dict below the name, in a text that is no JSON: the rules of contents read the value beside a name."""

_WITH_SPACES = {"template-odd", "odd"}
"""Spaces and quotes, at which a value in a text or a URL ends."""

_WITHOUT_ITS_NAME = {
    *("async-key", "output", "pem", "template", "try-1"),
    *("apart-address", "apart-document", "apart-settings", "apart-table"),
}
"""Rendered or printed alone. The canaries have the form of no provider's token."""

_MISSED_IN_XCOMS = _TOLD_BY_SECRET - {"frame-number"}
"""The number shows in no form that is searched for. The connection's password is ``dsn`` in JSON, which is read."""

_MISSED = {
    "xcom.value": _MISSED_IN_XCOMS,
    "rendered_task_instance_fields.rendered_fields": {
        *(_MISSED_IN_XCOMS | _TOLD_BY_THE_MASKER | _PRINTED | _WRITTEN_BY_PYTHON | {"output", "template-odd"}),
    },
    "task_instance.rendered_map_index": {"expand-0", "expand-1"},
    # Each line of what a task prints is an entry by itself there.
    "task log": {
        *(_MISSED_IN_XCOMS | _TOLD_BY_THE_MASKER | _PRINTED | {"frame-column", "frame-number"}),
        *(_WRITTEN_BY_PYTHON | _WITH_SPACES | _WITHOUT_ITS_NAME),
    },
}
"""What the rules do not cover, by place."""


def test_a_scan_finds_each_canary_that_the_rules_cover(control: Outcome) -> None:
    assert control.scan is not None
    there = {(hit.place, hit.canary) for hit in control.hits["database"] if hit.place in COLUMNS}
    there |= {(hit.place, hit.canary) for hit in control.hits["task logs"]}
    unseen = there - control.scan.canaries
    missed = {(place if place in COLUMNS else "task log", canary) for place, canary in unseen}
    listed = {(place, canary) for place, canaries in _MISSED.items() for canary in canaries}
    assert missed - listed == set(), sorted(unseen)
    assert {canary for place, canary in missed if place == "xcom.value"} == _MISSED_IN_XCOMS
    assert len(there & control.scan.canaries) > 80


def test_a_scan_reads_all_that_airflow_wrote(control: Outcome) -> None:
    assert control.scan is not None
    not_whole = {State.PARTLY, State.UNREADABLE}
    assert [(one.name, one.problem, one.passed_over) for one in control.scan.sources if one.state in not_whole] == []
